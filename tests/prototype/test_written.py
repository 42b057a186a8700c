"""A plan says that a function is to be written until the project's own file has it."""

from pathlib import Path

import pytest

from dagway.prototype.model import Plan
from dagway.prototype.plan import plan
from dagway.prototype.written import as_written
from tests.prototype.blueprints import SMALL, loaded

TEXT = (
    SMALL.replace("checks: [{unique: order_id}]", "checks: [{python: py/tests.py:holds}]")
    + """\
  marts/value: {python: py/value.py:value, deps: [staging/orders]}
sensors:
  polled: {python: polls.py:polled, selection: "*"}
"""
)
SKELETON = 'def {}(orders):\n    """What it does."""\n    raise NotImplementedError("not written yet")\n'
WRITTEN = 'def {}(orders):\n    """What it does."""\n    return orders\n'
FILES = {"py/value.py": "value", "py/tests.py": "holds", "polls.py": "polled"}


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    return plan(loaded(tmp_path, TEXT))


def write(project: Path, form: str) -> None:
    for path, name in FILES.items():
        file = project / "shop_reports" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(form.format(name))


def to_write(plan: Plan) -> list[str]:
    return [note.rpartition(" ")[2] for note in plan.notes if note.startswith("still to be written")]


def test_each_function_that_is_missing_is_noted(planned: Plan) -> None:
    assert to_write(planned) == ["assets/marts/value", "assets/staging/orders", "sensors/polled"]


@pytest.mark.parametrize("form", [SKELETON, "this is no Python"])
def test_a_skeleton_is_still_to_be_written(planned: Plan, tmp_path: Path, form: str) -> None:
    write(tmp_path, form)
    assert as_written(planned, tmp_path) == planned
    assert as_written(planned, tmp_path / "not built yet") == planned


def test_what_the_project_has_is_done(planned: Plan, tmp_path: Path) -> None:
    write(tmp_path, WRITTEN)
    found = as_written(planned, tmp_path)
    assert to_write(found) == []
    assert not found.asset(("marts", "value")).scaffolded
    assert "does not exist" not in found.asset(("marts", "value")).reason
    assert len(found.notes) == len(planned.notes) - 3
