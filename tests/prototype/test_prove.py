"""A small project proven end to end: real processes, real runs, the real `dg` commands."""

from __future__ import annotations

import json
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from pyprojects import PYPROJECT

from dagway.errors import DagwayError
from dagway.prototype.model import (
    Automation,
    Plan,
    PlannedAsset,
    PlannedCheck,
    PlannedSchedule,
    Requirement,
    Variable,
)
from dagway.prototype.prove import Evidence, prove

DEFINITIONS = """
import dagster as dg

COLUMNS = dg.TableSchema([dg.TableColumn("id", "BIGINT"), dg.TableColumn("note", "VARCHAR")])
COMMON = dict(group_name="shop", owners=["team:shop"], tags={"domain": "shop"}, kinds={"python"})


@dg.asset(
    key=["staging", "orders"],
    description="Orders.",
    check_specs=[
        dg.AssetCheckSpec("ids", asset=["staging", "orders"]),
        dg.AssetCheckSpec("notes", asset=["staging", "orders"]),
    ],
    **COMMON,
)
def orders() -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": 3,
            "dagster/column_schema": COLUMNS,
            "preview": dg.MetadataValue.md("| id | note |\\n| --- | --- |\\n| 1 | <script>alert(1)</script> |"),
        },
        check_results=[
            dg.AssetCheckResult(check_name="ids", passed=True),
            dg.AssetCheckResult(
                check_name="notes", passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"failed_rows": 2}
            ),
        ],
    )


@dg.asset(
    key=["marts", "totals"],
    deps=[["staging", "orders"]],
    description="Totals.",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=__import__("datetime").timedelta(hours=36)),
    automation_condition=dg.AutomationCondition.eager(),
    check_specs=[dg.AssetCheckSpec("positive", asset=["marts", "totals"])],
    **COMMON,
)
def totals() -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={"dagster/row_count": 1},
        check_results=[dg.AssetCheckResult(check_name="positive", passed=False, metadata={"failed_rows": 1})],
    )


@dg.asset(key=["marts", "broken"], deps=[["staging", "orders"]], description="Broken.", **COMMON)
def broken() -> None:
    raise ValueError("no tax rate for 1 country")


@dg.asset(key=["marts", "after"], deps=[["marts", "broken"]], description="After.", **COMMON)
def after() -> None:
    pass


@dg.asset(
    key=["marts", "days"],
    deps=[["staging", "orders"]],
    description="Days.",
    partitions_def=dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-11"),
    backfill_policy=dg.BackfillPolicy.single_run(),
    **COMMON,
)
def days(context: dg.AssetExecutionContext) -> None:
    assert len(context.partition_keys) == 10


@dg.asset(
    key=["marts", "later"],
    description="Later.",
    partitions_def=dg.DynamicPartitionsDefinition(name="shops"),
    **COMMON,
)
def later() -> None:
    pass


job = dg.define_asset_job("daily_job", selection='key:"staging/orders"')
defs = dg.Definitions(
    assets=[orders, totals, broken, after, days, later],
    jobs=[job],
    executor=dg.in_process_executor,
    schedules=[dg.ScheduleDefinition("daily", job=job, cron_schedule="0 5 * * *", execution_timezone="Europe/Paris")],
)
"""
TWO_PARTITIONS = """
import dagster as dg


@dg.asset(partitions_def=dg.DailyPartitionsDefinition("2024-01-01"))
def days() -> None: ...


@dg.asset(partitions_def=dg.HourlyPartitionsDefinition("2024-01-01-00:00"))
def hours() -> None: ...


defs = dg.Definitions([days, hours], jobs=[dg.define_asset_job("nightly", "*")])
"""
TESTS = """
def test_orders():
    assert True
"""


def planned(key: str, *meets: str, checks: tuple[PlannedCheck, ...] = (), **more: Any) -> PlannedAsset:
    values: dict[str, Any] = {
        "key": tuple(key.split("/")),
        "role": "python",
        "how": "python",
        "component": None,
        "reason": "it is Python",
        "integration": "python",
        "alternatives": (),
        "naming": "",
        "description": "",
        "group": "shop",
        "owners": (),
        "tags": {},
        "kinds": (),
        "automation": Automation("none", "", ""),
        "checks": checks,
        "meets": meets,
    }
    return PlannedAsset(**{**values, **more})


def check(name: str, severity: Any = "error") -> PlannedCheck:
    return PlannedCheck(name, "sql", None, severity, False, "")


def requirement(number: str, *lines: str) -> Requirement:
    return Requirement(number, f"Requirement {number}.", lines)


PLAN = Plan(
    name="shop",
    description="A small shop.",
    timezone="Europe/Paris",
    dialect="duckdb",
    warehouse="duckdb",
    assets=(
        planned("staging/orders", "R1", checks=(check("ids"), check("notes", "warn"))),
        planned(
            "marts/totals",
            "R2",
            checks=(check("positive"),),
            freshness="36h",
            deps=(("staging", "orders"),),
            automation=Automation("condition", "eager", ""),
        ),
        planned("marts/broken", "R3", deps=(("staging", "orders"),)),
        planned("marts/after", "R3", deps=(("marts", "broken"),)),
        planned("marts/days", "R5", deps=(("staging", "orders"),)),
        planned("marts/later", "R6"),
        planned("marts/missing", "R7"),
    ),
    schedules=(
        PlannedSchedule("daily", "0 5 * * *", "Europe/Paris", "x", "06:00", "", "", (("staging", "orders"),)),
    ),
    sensors=(),
    alerts=(),
    requirements=(
        requirement("R1", "assets/staging/orders", "schedules/daily"),
        requirement("R2", "assets/marts/totals"),
        requirement("R3", "assets/marts/broken", "assets/marts/after"),
        requirement("R4"),
        requirement("R5", "assets/marts/days"),
        requirement("R6", "assets/marts/later"),
        requirement("R7", "assets/marts/missing"),
        requirement("R8", "alerts/nobody"),
    ),
    variables=(Variable("SHOP_URL", None, ("sources/shop",), True),),
)


def make_project(folder: Path, definitions: str = DEFINITIONS, plan: Plan | None = PLAN) -> Path:
    (folder / "shop" / "defs").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "README.md").write_text("# Shop\n")
    (folder / "shop" / "__init__.py").write_text("")
    (folder / "shop" / "definitions.py").write_text(textwrap.dedent(definitions))
    (folder / "tests" / "test_orders.py").write_text(TESTS)
    if plan:
        (folder / "plan.json").write_text(json.dumps(plan.to_json()))
    return folder


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Evidence]:
    folder = make_project(tmp_path_factory.mktemp("proof") / "project")
    return folder, prove(folder, demo=True)


def summaries(evidence: Evidence, number: str) -> list[str]:
    item = next(item for item in evidence.requirements if item.id == number)
    return [piece.summary for piece in item.evidence if not piece.passed]


@pytest.mark.integration
class TestVerdicts:
    def test_a_requirement_whose_lines_hold_is_met(self, proven: tuple[Path, Evidence]) -> None:
        met = {item.id: item.met for item in proven[1].requirements}
        assert met == dict.fromkeys(["R2", "R3", "R4", "R6", "R7", "R8"], False) | {"R1": True, "R5": True}

    def test_a_failed_warning_is_shown_and_breaks_nothing(self, proven: tuple[Path, Evidence]) -> None:
        assert summaries(proven[1], "R1") == ["staging/orders: notes failed (a warning): 2 rows fail"]

    def test_a_failed_error_check_breaks(self, proven: tuple[Path, Evidence]) -> None:
        assert summaries(proven[1], "R2") == ["marts/totals: positive failed: 1 row fail"]

    def test_a_failing_asset_is_a_result_with_its_cause(self, proven: tuple[Path, Evidence]) -> None:
        broken, after = summaries(proven[1], "R3")
        assert "ValueError: no tax rate for 1 country" in broken
        assert "upstream failed" in after

    @pytest.mark.parametrize(
        ("number", "reason"),
        [
            ("R4", "Nothing in the blueprint meets it."),
            ("R6", "dynamic partitions"),
            ("R7", "not in the loaded project"),
            ("R8", "no alert nobody"),
        ],
    )
    def test_what_no_run_has_shown_is_unmet(
        self, proven: tuple[Path, Evidence], number: str, reason: str
    ) -> None:
        assert reason in " ".join(summaries(proven[1], number))

    def test_a_range_of_partitions_is_filled_in_one_run(self, proven: tuple[Path, Evidence]) -> None:
        days = proven[1].facts.asset("marts/days")
        assert days is not None
        assert (days.partitions, days.partition_range) == (10, ("2024-01-01", "2024-01-10"))

    def test_a_schedule_has_a_next_tick_and_is_in_time(self, proven: tuple[Path, Evidence]) -> None:
        (schedule,) = proven[1].facts.schedules
        assert schedule.next_tick is not None
        assert "T05:00:00" in schedule.next_tick
        assert schedule.targets == ("staging/orders",)


@pytest.mark.integration
class TestWhatIsLeft:
    def test_the_json_names_requirements_assets_and_checklist(self, proven: tuple[Path, Evidence]) -> None:
        data: dict[str, Any] = json.loads((proven[0] / "evidence" / "evidence.json").read_text())
        assert data["requirements"]["R1"]["met"] is True
        assert data["assets"]["staging/orders"]["rows"] == 3
        assert data["assets"]["marts/broken"]["materialized"] is False
        assert {line["id"]: line["status"] for line in data["checklist"]}["definitions-load"] == "passed"
        assert data["run"]["environment"] == "demo"

    def test_the_page_escapes_what_tables_hold(self, proven: tuple[Path, Evidence]) -> None:
        page = (proven[0] / "evidence" / "index.html").read_text()
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

    def test_the_ui_finds_the_runs_and_materializations(self, proven: tuple[Path, Evidence]) -> None:
        import dagster as dg

        with dg.DagsterInstance.from_config(str(proven[0] / ".dagway" / "home")) as instance:
            runs = {run.run_id: run.status for run in instance.get_runs()}
            assert set(proven[1].run.ids) <= runs.keys()
            event = instance.get_latest_materialization_event(dg.AssetKey(["staging", "orders"]))
            assert event is not None
            assert event.asset_materialization is not None

    def test_the_commands_of_the_checklist_really_ran(self, proven: tuple[Path, Evidence]) -> None:
        commands = {command.name: command for command in proven[1].facts.commands}
        for name in ("dg check defs", "dg check yaml", "dg list defs", "pytest", "dg launch"):
            assert commands[name].succeeded, commands[name].output
        assert "1 passed" in commands["pytest"].output


@pytest.mark.integration
class TestFaults:
    def test_a_project_that_does_not_load_is_explained(self, tmp_path: Path) -> None:
        folder = make_project(tmp_path / "project", "import no_such_module\n")
        with pytest.raises(DagwayError, match="no_such_module"):
            prove(folder, demo=True)
        assert not list((folder / "evidence").iterdir())

    def test_a_job_of_different_partitions_is_explained(self, tmp_path: Path) -> None:
        folder = make_project(tmp_path / "project", TWO_PARTITIONS)
        with pytest.raises(DagwayError, match=r"does not load: .* must have the same partitions"):
            prove(folder, demo=True)

    def test_a_killed_process_leaves_the_earlier_proof(self, tmp_path: Path) -> None:
        folder = make_project(
            tmp_path / "project", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
        )
        (folder / "evidence").mkdir()
        (folder / "evidence" / "evidence.json").write_text("earlier")
        with pytest.raises(DagwayError, match="SIGKILL"):
            prove(folder, demo=True)
        assert (folder / "evidence" / "evidence.json").read_text() == "earlier"

    def test_time_is_bounded(self, tmp_path: Path) -> None:
        folder = make_project(tmp_path / "project", "import threading\nthreading.Event().wait()\n")
        started = time.monotonic()
        with pytest.raises(DagwayError, match="took longer than 3 s"):
            prove(folder, demo=True, timeout=3)
        assert time.monotonic() - started < 20

    def test_missing_variables_are_all_named_before_anything_runs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SHOP_URL", raising=False)
        folder = make_project(tmp_path / "project")
        with pytest.raises(DagwayError) as caught:
            prove(folder)
        assert "SHOP_URL, used by sources/shop" in caught.value.message
        assert "--demo" in caught.value.remedy
        assert not (folder / ".dagway").exists()

    def test_a_folder_without_a_project_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DagwayError, match="not a Dagster project"):
            prove(tmp_path)

    def test_a_folder_that_cannot_be_made_is_explained(self, tmp_path: Path) -> None:
        folder = make_project(tmp_path / "project")
        (folder / ".dagway").write_text("a file where a folder belongs")
        with pytest.raises(DagwayError, match="cannot be written"):
            prove(folder, demo=True)

    def test_a_broken_plan_is_named(self, tmp_path: Path) -> None:
        folder = make_project(tmp_path / "project")
        (folder / "plan.json").write_text("[1")
        with pytest.raises(DagwayError, match="is not a plan"):
            prove(folder, demo=True)


@pytest.mark.integration
def test_a_project_without_a_plan_is_still_proven(tmp_path: Path) -> None:
    definitions = """
    import dagster as dg

    @dg.asset
    def numbers() -> None: ...

    defs = dg.Definitions(assets=[numbers], executor=dg.in_process_executor)
    """
    folder = make_project(tmp_path / "project", definitions, plan=None)
    evidence = prove(folder)
    assert evidence.requirements == ()
    assert "no plan.json" in evidence.run.notes[0]
    numbers = evidence.facts.asset("numbers")
    assert numbers is not None
    assert numbers.materialized
    assert {line.id for line in evidence.failed_lines} >= {"kinds", "metadata", "documentation"}
