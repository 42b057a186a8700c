"""The project in miniature that components are tried in."""

from built_project import project, read

__all__ = ["project", "read"]
