"""Conventions as rules: what is checked, the engine that checks it, and the library of rules."""
