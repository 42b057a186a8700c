"""Materializes everything in a project, with its checks, as real runs on a real instance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DynamicPartitionsDefinition,
    ExecuteInProcessResult,
    PartitionsDefinition,
    RepositoryDefinition,
)

from dagway.prototype.prove.groups import Group, blocked, groups

PROOF_TAG = {"dagway/proof": "true"}
#: Runs speak through their events: console lines of a thousand assets would only cost time.
QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

Choose = Callable[[Group, PartitionsDefinition[Any]], Sequence[str]]
Advance = Callable[[str], None]


@dataclass
class Outcome:
    """What the runs showed, by asset."""

    materializations: dict[AssetKey, list[AssetMaterialization]] = field(
        default_factory=dict[AssetKey, list[AssetMaterialization]]
    )
    checks: dict[AssetKey, dict[str, AssetCheckEvaluation]] = field(
        default_factory=dict[AssetKey, dict[str, AssetCheckEvaluation]]
    )
    seconds: dict[AssetKey, float] = field(default_factory=dict[AssetKey, float])
    errors: dict[AssetKey, str] = field(default_factory=dict[AssetKey, str])
    check_errors: dict[AssetKey, dict[str, str]] = field(default_factory=dict[AssetKey, dict[str, str]])
    run_ids: list[str] = field(default_factory=list[str])

    @property
    def failed(self) -> set[AssetKey]:
        """Assets that nothing downstream may build on."""
        return set(self.errors)


def materialize(
    repository: RepositoryDefinition, instance: DagsterInstance, choose: Choose, advance: Advance
) -> Outcome:
    """Runs every group in order. An asset that fails is a result; what depends on it does not run.

    Args:
        choose: the partitions of a group that have data, in order.
        advance: told the key of each asset that is done.
    """
    outcome = Outcome()
    for group in groups(repository):
        outcome.errors.update(blocked(group, repository, outcome.failed))
        keys = sorted(group.keys - outcome.failed, key=lambda key: key.to_user_string())
        if not keys:
            continue
        for partition, tags in _slices(group, keys, repository, outcome, choose):
            _run(repository, instance, keys, partition, tags, outcome)
        for key in keys:
            advance(key.to_user_string())
    return outcome


def _slices(
    group: Group, keys: Sequence[AssetKey], repository: RepositoryDefinition, outcome: Outcome, choose: Choose
) -> Iterable[tuple[str | None, dict[str, str]]]:
    """The runs of a group: one, one over a range of partitions, or one for each partition."""
    if group.partitions is None:
        return [(None, {})]
    chosen = choose(group, group.partitions)
    if not chosen:
        kind = (
            "dynamic partitions"
            if isinstance(group.partitions, DynamicPartitionsDefinition)
            else "partitions"
        )
        outcome.errors.update(dict.fromkeys(keys, f"it has {kind} and none of them has data"))
        return []
    policies = [repository.asset_graph.get(key).backfill_policy for key in keys]
    if all(policy is not None and policy.max_partitions_per_run is None for policy in policies):
        return [(None, _range(chosen[0], chosen[-1]))]
    return [(partition, {}) for partition in chosen]


def _range(first: str, last: str) -> dict[str, str]:
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def _run(
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    keys: Sequence[AssetKey],
    partition: str | None,
    tags: dict[str, str],
    outcome: Outcome,
) -> None:
    result = repository.get_implicit_global_asset_job_def().execute_in_process(
        run_config=QUIET,
        instance=instance,
        partition_key=partition,
        raise_on_error=False,
        asset_selection=_selection(repository, keys),
        tags={**PROOF_TAG, **tags},
    )
    outcome.run_ids.append(result.run_id)
    _collect(result, repository, keys, outcome)


def _selection(repository: RepositoryDefinition, keys: Sequence[AssetKey]) -> list[AssetKey] | None:
    """None for all that there is: Dagster need not make a part of its job, which takes most of a second for 1,000 assets."""
    graph = repository.asset_graph
    whole = graph.executable_asset_keys | {check.asset_key for check in graph.asset_check_keys}
    return None if whole == set(keys) else list(keys)


def _collect(
    result: ExecuteInProcessResult,
    repository: RepositoryDefinition,
    keys: Sequence[AssetKey],
    outcome: Outcome,
) -> None:
    assets = _assets_of_steps(repository, keys)
    for event in result.all_events:
        _collect_event(event, assets, outcome)
    for event in result.all_events:
        step = assets.get((event.step_key or "").partition(".")[0], set())
        if event.event_type == DagsterEventType.STEP_SUCCESS:
            seconds = event.step_success_data.duration_ms / 1000
            outcome.seconds.update({key: outcome.seconds.get(key, 0.0) + seconds for key in step})
        elif event.event_type == DagsterEventType.STEP_FAILURE:
            outcome.errors.update(dict.fromkeys(step, _cause(event)))
            for check in () if step else _checks_of_step(repository, event.step_key):
                outcome.check_errors.setdefault(check.asset_key, {})[check.name] = _cause(event)
    for key in set(keys) - set(outcome.materializations) - set(outcome.errors):
        outcome.errors[key] = "its step did not run, because something upstream failed"


def _assets_of_steps(repository: RepositoryDefinition, keys: Sequence[AssetKey]) -> dict[str, set[AssetKey]]:
    """The assets that a step computes, by the name of its node: a step that fails yields no event that names them."""
    found: dict[str, set[AssetKey]] = {}
    for key in keys:
        found.setdefault(repository.assets_defs_by_key[key].node_def.name, set()).add(key)
    return found


def _checks_of_step(repository: RepositoryDefinition, step: str | None) -> list[AssetCheckKey]:
    """The checks that a step of their own answers."""
    defined = repository.asset_checks_defs_by_key.items()
    return [key for key, definition in defined if definition.node_def.name == step]


def _collect_event(event: DagsterEvent, assets: dict[str, set[AssetKey]], outcome: Outcome) -> None:
    if event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
        materialization = event.step_materialization_data.materialization
        outcome.materializations.setdefault(materialization.asset_key, []).append(materialization)
        assets.setdefault(event.step_key or "", set()).add(materialization.asset_key)
    elif event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
        check = event.asset_check_evaluation_data
        outcome.checks.setdefault(check.asset_key, {})[check.check_name] = check


def _cause(event: DagsterEvent) -> str:
    """The innermost cause's first lines: what the asset's own code said."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    text = (error.message if error else "the step failed").strip()
    return "\n".join(text.splitlines()[:5])
