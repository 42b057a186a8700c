"""`prove(folder, demo) -> Evidence`: starts the worker, judges what it saw, writes the evidence."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from dagway.project.locate import locate
from dagway.prototype.model import Plan
from dagway.prototype.prove.checklist import checklist
from dagway.prototype.prove.files import write_evidence
from dagway.prototype.prove.home import environment_of, prepare_home, require_dg
from dagway.prototype.prove.model import Evidence, Facts, RunEvidence
from dagway.prototype.prove.planned import read_plan
from dagway.prototype.prove.supervise import Progress, work
from dagway.prototype.prove.variables import require_variables
from dagway.prototype.prove.verdict import verdicts
from dagway.prototype.written import as_written

TIMEOUT = 1800.0
NO_PLAN = "The project has no plan.json, so it states no requirements: assets and checklist are proven alone."
LOCAL_ALERTS = "Alerts went to a local receiver, not to people."
NOTHING_MOVED = "A simulator stood in for {}: no row left the warehouse by its syncs."


def prove(
    folder: Path, demo: bool = False, progress: Progress | None = None, timeout: float = TIMEOUT
) -> Evidence:
    """Runs the project and writes `evidence/evidence.json` and `evidence/index.html` into it.

    Args:
        folder: the project's root.
        demo: demo data and simulators; without it sources, warehouse and exports are the real ones.
        progress: told the phase, how many of its steps are done, and how many there are.
        timeout: seconds after which the proof is given up.

    Raises:
        DagwayError: the project cannot be run; an earlier proof stays as it was.
    """
    folder = folder.resolve()
    locate(folder)
    require_dg(folder)
    built = read_plan(folder)
    plan = as_written(built, folder) if built else None
    environment = environment_of(folder, demo=demo)
    if plan and not demo:
        require_variables(plan, environment)
    prepare_home(folder)
    started, clock = datetime.now(UTC), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dagway-proof-") as scratch:
        facts = work(folder, Path(scratch), environment, progress or _silent, timeout)
    run = _run(facts, started, time.perf_counter() - clock, environment, plan)
    evidence = judge(folder, plan, facts, run)
    write_evidence(evidence, folder)
    return evidence


def judge(folder: Path, plan: Plan | None, facts: Facts, run: RunEvidence) -> Evidence:
    """Verdicts and checklist from what was seen; reads the project's files, runs nothing."""
    return Evidence(
        project=plan.name if plan else facts.project.name,
        description=plan.description if plan else "",
        requirements=verdicts(plan, facts) if plan else (),
        facts=facts,
        checklist=checklist(folder, plan, facts),
        run=run,
    )


def _run(
    facts: Facts, started: datetime, seconds: float, environment: dict[str, str], plan: Plan | None
) -> RunEvidence:
    demo = environment.get("DAGWAY_DEMO") == "1"
    tools = sorted({item.counted_by for item in facts.exports if item.counted_by}) if demo else []
    notes = ([] if plan else [NO_PLAN]) + ([LOCAL_ALERTS] if facts.alerts else [])
    notes += [NOTHING_MOVED.format(" and ".join(tools))] if tools else []
    return RunEvidence(
        started=started.isoformat(timespec="seconds"),
        seconds=round(seconds, 2),
        environment="demo" if demo else environment.get("DAGWAY_ENVIRONMENT") or "default",
        ids=facts.run_ids,
        versions=facts.versions,
        phases={"load": round(facts.load_seconds, 2), "materialize": round(facts.materialize_seconds, 2)}
        | {command.name: round(command.seconds, 2) for command in facts.commands},
        notes=tuple(notes + (list(plan.notes) if plan else [])),
    )


def _silent(_phase: str, _done: int, _total: int) -> None:
    """Says nothing."""
