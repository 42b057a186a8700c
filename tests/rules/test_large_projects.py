"""Rules on large projects look at each thing about once: the work is counted, not the time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from dagway.project.model import Asset, Position, Project, Sensor
from dagway.rules.library.automation_sensor_stopped import check as sensors_stopped
from dagway.rules.library.dbt_hardcoded_relation import check as hardcoded_relation
from dagway.rules.loaded import LoadedProject
from dagway.rules.nearest import Nearest
from dagway.rules.source.sql import SqlFile

pytestmark = pytest.mark.unit
MANY = 5000


class Counted(tuple[str, ...]):
    """A key that counts how often its segments are gone through."""

    __slots__ = ()
    looked = 0

    def __iter__(self) -> Iterator[str]:
        Counted.looked += 1
        return super().__iter__()


def test_a_name_that_thousands_have_is_compared_with_a_few() -> None:
    near = Nearest([Counted((f"tenant_{number}", "orders")) for number in range(MANY)])
    near.to(("nobody", "orders"))
    Counted.looked = 0
    assert near.to(("raw", "tenant_4321", "orders")) == ("tenant_4321", "orders")
    assert near.to(("elsewhere", "orders")) == ("tenant_0", "orders")
    once = Counted.looked
    assert once < MANY / 10
    assert near.to(("elsewhere", "orders")) == ("tenant_0", "orders")
    assert Counted.looked == once


def test_nothing_is_sorted_where_nothing_is_looked_for() -> None:
    def keys() -> Iterator[tuple[str, ...]]:
        raise AssertionError("the keys were gone through")
        yield ()

    assert Nearest(keys()) is not None


def test_a_file_of_many_sensors_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sensors.py"
    call = "dg.AutomationConditionSensorDefinition('s{0}', target='*'{1})\n"
    lines = [
        call.format(at, ", default_status=status()" if at % 2 else ", default_status=Status.STOPPED")
        for at in range(300)
    ]
    file.write_text("".join(lines))
    assets = tuple(Asset((f"a{at}",), automation="eager") for at in range(300))
    sensors = tuple(
        Sensor(f"s{at}", "AUTOMATION", assets=((f"a{at}",),), evaluates=True, position=Position(file, at + 1))
        for at in range(300)
    )
    read: list[str] = []
    parse: Callable[..., Any] = ast.parse

    def noted(text: str, *others: Any, **named: Any) -> Any:
        read.append(text)
        return parse(text, *others, **named)

    monkeypatch.setattr(ast, "parse", noted)
    found = list(sensors_stopped(LoadedProject(tmp_path, Project("p", tmp_path, assets, sensors=sensors))))
    assert [problem.object for problem in found] == [f"s{at}" for at in range(0, 300, 2)]
    assert read.count(file.read_text()) == 1


@pytest.mark.parametrize(
    ("text", "parses"), [("select a.id from orders as a", 0), ("select id from raw.orders", 1)]
)
def test_a_model_is_parsed_once_and_only_if_it_may_name_a_relation(
    monkeypatch: pytest.MonkeyPatch, text: str, parses: int
) -> None:
    parsed: list[str] = []
    parse: Callable[..., Any] = sqlglot.parse

    def noted(sql: str, **named: Any) -> Any:
        parsed.append(sql)
        return parse(sql, **named)

    monkeypatch.setattr(sqlglot, "parse", noted)
    # What another test has parsed is kept; no other has this text.
    found = list(hardcoded_relation(SqlFile("models/a.sql", f"{text} -- counted", is_dbt_model=True)))
    assert (len(parsed), len(found)) == (parses, parses)
