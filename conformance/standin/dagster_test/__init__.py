"""Stands in for the small module of test helpers that is not on the package index; written from how it is called."""
