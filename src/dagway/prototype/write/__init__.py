"""Files to disk: a person's changes are kept, and an interruption leaves the old state or the new one."""

from dagway.prototype.write.changes import Changes
from dagway.prototype.write.writing import diff, recover, write

__all__ = ["Changes", "diff", "recover", "write"]
