"""The definitions load, in demo mode: no credential is needed."""

import os

import dagster as dg

os.environ["DAGWAY_DEMO"] = "1"

from modern_stack.definitions import defs


def test_the_definitions_load() -> None:
    dg.Definitions.validate_loadable(defs())
