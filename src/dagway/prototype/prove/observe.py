"""Loads the project once and sees what it does: runs, checks, ticks, exports, alerts. The worker's lane."""

from __future__ import annotations

import gc
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import dagster as dg

from dagway._dagster.batched import batched_instance, commit
from dagway._dagster.component_loading import fast_component_loading
from dagway._dagster.repository import load_defs_folder, repositories_in
from dagway._dagster.swift_steps import swift_steps
from dagway.components.environment import is_demo
from dagway.components.freshness import is_fresh, oldest
from dagway.errors import DagwayError
from dagway.project.failure import explain
from dagway.project.locate import Location, locate
from dagway.project.model import Asset, slash
from dagway.project.read import read
from dagway.prototype.model import Plan
from dagway.prototype.prove import alerts, automation, exports, metadata, partitions
from dagway.prototype.prove.materialize import Outcome, materialize
from dagway.prototype.prove.model import AssetEvidence, CheckEvidence, Facts
from dagway.prototype.prove.rhythm import Rhythms
from dagway.prototype.prove.simulated import simulators
from dagway.prototype.prove.verdict_outward import sensors_of
from dagway.prototype.prove.warehouse import Tables

Report = Callable[[str, int, int], None]
VERSIONS_OF = ("dagway", "dagster", "duckdb", "pandas", "sqlglot")
_FAILED_ROWS = ("failed_rows", "failing_rows", "violations", "failed")


def observe(folder: Path, plan: Plan | None, report: Report) -> Facts:
    """Everything that running the project shows. For a process of its own: its import path becomes the project's.

    Args:
        folder: the project's root; DAGSTER_HOME names the instance.
        report: told of progress: phase, how many done, how many in all.

    Raises:
        DagwayError: the project does not load.
    """
    location = locate(folder)[0]
    sys.path[:0] = [str(path) for path in location.paths]
    warnings.simplefilter("ignore")
    with ExitStack() as stack:
        receivers = stack.enter_context(simulators(plan, demo=is_demo()))
        report("load", 0, 1)
        started = time.perf_counter()
        repository = load(location)
        loaded = time.perf_counter() - started
        report("load", 1, 1)
        project = read(repository, location.name, location.root)
        _reach_warehouse(repository, plan)
        instance = stack.enter_context(batched_instance())
        tables = stack.enter_context(Tables.of(repository, plan))
        total = sum(asset.executable and not asset.external for asset in project.assets)
        done = iter(range(1, total + 1))
        started = time.perf_counter()
        # A thousand steps make many objects and few cycles: looking for those often would take a fifth of the time.
        gc.set_threshold(100_000, 20, 20)
        with swift_steps():
            outcome = materialize(
                repository,
                instance,
                lambda group, definition: partitions.with_data(
                    group, definition, instance, plan, tables, datetime.now(UTC)
                ),
                lambda _key: report("materialize", next(done, total), total),
            )
        commit(instance)
        materialized = time.perf_counter() - started
        ages = _ages(repository, instance, datetime.now(UTC))
        assets = tuple(_asset(asset, outcome, tables, ages) for asset in project.assets)
        seconds = {asset.key: asset.seconds or 0.0 for asset in assets}
        if plan:
            clocks = automation.clocks(project, repository, seconds)
            assets = tuple(_with_rhythms(assets, plan, Rhythms(plan, clocks, seconds, datetime.now(UTC))))
        report("evaluate", 0, 3)
        read_back = exports.read_back(plan, assets, tables, repository)
        report("evaluate", 1, 3)
        of_alerts = [name for alert in (plan.alerts if plan else ()) for name in sensors_of(alert)]
        now = datetime.now(UTC)
        sensors = automation.sensors(project, plan, repository, instance, of_alerts, now)
        schedules = automation.schedules(project, plan, repository, instance, seconds, now)
        report("evaluate", 2, 3)
        alerted = alerts.prove(project, plan, repository, receivers)
        report("evaluate", 3, 3)
        return Facts(
            project=project,
            assets=assets,
            schedules=schedules,
            sensors=sensors,
            exports=read_back,
            alerts=alerted,
            run_ids=tuple(outcome.run_ids),
            load_seconds=loaded,
            materialize_seconds=materialized,
            versions=versions(),
        )


def load(location: Location) -> dg.RepositoryDefinition:
    """The repository of a code location, loaded in this process.

    Raises:
        DagwayError: it does not load, with the project's own file and line.
    """
    try:
        with fast_component_loading():
            repository = _repository(location)
            # Dagster makes jobs when they are first asked for: one that cannot be made is a failure of loading too.
            repository.get_all_jobs()
            return repository
    except DagwayError:
        raise
    # A project may fail in any way, also by SystemExit: each becomes one explained error.
    except (Exception, SystemExit) as error:
        raise explain(error, location) from error


def _repository(location: Location) -> dg.RepositoryDefinition:
    if location.module is None:
        return load_defs_folder(location.root)
    import importlib

    return repositories_in(importlib.import_module(location.module), location.attribute)[0]


def _reach_warehouse(repository: dg.RepositoryDefinition, plan: Plan | None) -> None:
    """Opens and closes the warehouse: one that cannot be opened is one error, not the failure of every asset.

    Raises:
        DagwayError: it is held by another process, or cannot be opened.
    """
    with Tables.of(repository, plan) as tables:
        if tables.warehouse is not None:
            with tables.warehouse.session():
                pass


@dataclass(frozen=True)
class Age:
    """Seconds since an asset's last materialization, None where there was none, whether its policy allows that, and how
    many it allows."""

    seconds: float | None
    fresh: bool
    oldest: float | None


def _ages(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, now: datetime
) -> dict[dg.AssetKey, Age]:
    """The age of each asset that has a freshness policy."""
    graph = repository.asset_graph
    policies = {key: graph.get(key).freshness_policy for key in graph.toposorted_asset_keys}
    return {key: _age(key, policy, instance, now) for key, policy in policies.items() if policy is not None}


def _age(key: dg.AssetKey, policy: dg.FreshnessPolicy, instance: dg.DagsterInstance, now: datetime) -> Age:
    event = instance.get_latest_materialization_event(key)
    last = datetime.fromtimestamp(event.timestamp, UTC) if event else None
    allowed = oldest(policy)
    return Age(
        (now - last).total_seconds() if last else None,
        is_fresh(policy, last, now),
        allowed.total_seconds() if allowed else None,
    )


def _with_rhythms(assets: Sequence[AssetEvidence], plan: Plan, rhythms: Rhythms) -> Iterator[AssetEvidence]:
    """How often those will be materialized that have to be fresh."""
    wanted = {slash(asset.key): asset.key for asset in plan.assets if asset.freshness}
    for asset in assets:
        yield replace(asset, rhythm=rhythms.of(wanted[asset.key])) if asset.key in wanted else asset


def _asset(asset: Asset, outcome: Outcome, tables: Tables, ages: Mapping[dg.AssetKey, Age]) -> AssetEvidence:
    key, events = dg.AssetKey(asset.key), outcome.materializations.get(dg.AssetKey(asset.key), [])
    recorded: metadata.Metadata = events[-1].metadata if events else {}
    age = ages.get(key)
    parts = sorted({event.partition for event in events if event.partition})
    rows = metadata.row_count(recorded)
    if parts and events:
        rows = tables.count(slash(asset.key)) or rows
    return AssetEvidence(
        key=slash(asset.key),
        materialized=bool(events),
        rows=rows,
        seconds=outcome.seconds.get(key),
        partitions=len(parts),
        partition_range=(parts[0], parts[-1]) if parts else None,
        columns=metadata.columns(recorded),
        preview=metadata.preview(recorded),
        checks=(
            *(_check(item) for item in outcome.checks.get(key, {}).values()),
            *(_raised(name, error) for name, error in outcome.check_errors.get(key, {}).items()),
        ),
        error=outcome.errors.get(key),
        deps=tuple(slash(dep) for dep in asset.deps),
        kinds=asset.kinds,
        group=asset.group,
        owners=asset.owners,
        tags=dict(asset.tags),
        description=asset.description,
        external=asset.external,
        executable=asset.executable,
        freshness=asset.freshness,
        fresh=age.fresh if age else None,
        age=age.seconds if age else None,
        oldest=age.oldest if age else None,
        automation=asset.automation,
        table=metadata.text(recorded, "dagster/table_name"),
        location=_from_root(metadata.text(recorded, "location", "uri", "path")),
        format=metadata.text(recorded, "format"),
    )


def _from_root(location: str | None) -> str | None:
    """A file of the project by its path from the root, in which this process works: others have it elsewhere."""
    if location is None or "://" in location or not Path(location).is_relative_to(Path.cwd()):
        return location
    return Path(location).relative_to(Path.cwd()).as_posix()


def _check(seen: dg.AssetCheckEvaluation) -> CheckEvidence:
    rows = next(
        (metadata.number(seen.metadata, name) for name in _FAILED_ROWS if name in seen.metadata), None
    )
    return CheckEvidence(
        name=seen.check_name,
        passed=seen.passed,
        severity="warn" if seen.severity == dg.AssetCheckSeverity.WARN else "error",
        failed_rows=None if rows is None else int(rows),
        description=seen.description,
        details=metadata.plain(seen.metadata),
    )


def _raised(name: str, error: str) -> CheckEvidence:
    """A check whose own code failed. Its severity counts for answers alone: this fails the run."""
    return CheckEvidence(name, passed=False, severity="error", description=error)


def versions() -> dict[str, str]:
    """What the proof was made with."""
    found = {"python": platform.python_version()}
    for name in VERSIONS_OF:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
