"""Its definitions."""
