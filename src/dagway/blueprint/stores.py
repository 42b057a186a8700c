"""Where files are kept: object stores by the scheme of their addresses, and the file system."""

from __future__ import annotations

SCHEMES = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "az": "azure",
    "abfs": "azure",
    "azure": "azure",
}
"""Scheme of an address → the store that it is in."""
FILES = frozenset({"filesystem", "s3", "gcs", "azure"})
"""Integrations that read and write files, wherever these are."""
