"""Fixtures that tests of building and proving share."""

from built_project import project

__all__ = ["project"]
