"""Proves a project: runs it, and says of each requirement whether it is met and what shows it."""

from dagway.prototype.prove.model import Evidence
from dagway.prototype.prove.proof import prove

__all__ = ["Evidence", "prove"]
