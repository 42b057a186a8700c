"""Helpers of tests that call dg."""
