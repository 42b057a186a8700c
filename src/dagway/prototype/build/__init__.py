"""From a blueprint to the files of a Dagster project."""

from dagway.prototype.build.files import Copy, Files
from dagway.prototype.build.render import render

__all__ = ["Copy", "Files", "render"]
