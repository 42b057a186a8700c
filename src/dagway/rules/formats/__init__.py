"""A report as people and tools read it."""
