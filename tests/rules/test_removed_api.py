"""What removed names lead to is there."""

from __future__ import annotations

import inspect
import re

import dagster as dg
import pytest

from dagway.rules.installed import Lookup, lookup
from dagway.rules.library.removed_api import RENAMED, REPLACED, SAME_ARGUMENTS

NEW = sorted({name for text in REPLACED.values() for name in re.findall(r"dagster\.[A-Za-z_]+", text)})


@pytest.mark.parametrize("name", NEW)
def test_what_took_a_names_place_is_in_the_installed_dagster(name: str) -> None:
    assert lookup(name) is Lookup.PRESENT


@pytest.mark.parametrize("name", sorted(name for name in REPLACED if re.fullmatch(r"dagster\.\w+", name)))
def test_a_name_that_was_replaced_is_gone(name: str) -> None:
    assert lookup(name) is Lookup.ABSENT


def test_the_other_name_takes_the_same_arguments() -> None:
    for name, same in SAME_ARGUMENTS.items():
        assert same <= set(inspect.signature(getattr(dg, RENAMED[name])).parameters)
