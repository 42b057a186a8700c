"""Loads the defs folder."""

from pathlib import Path

from dagster import Definitions, definitions, load_from_defs_folder


@definitions
def defs() -> Definitions:
    """Everything in `defs/`."""
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
