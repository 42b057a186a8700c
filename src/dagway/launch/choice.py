"""Which part of a repository a request means, and in which runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from dagway._dagster.launching import ALL_ASSETS, Part, assets_of, ops_of, partitioned_configuration
from dagway._dagster.repository import resolved_keys
from dagway.errors import DagwayError
from dagway.launch.partitions import Slice, slices
from dagway.launch.request import Request
from dagway.project.nearest import nearest, nothing_matches
from dagway.project.read import read

_START, _END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_MOST_NAMED = 3


@dataclass(frozen=True)
class Wish:
    """One run that is to be: its configuration, its tags, and its partitions in words."""

    config: Mapping[str, Any]
    tags: Mapping[str, str]
    partition: str = ""


def choose(whole: Part, request: Request) -> Part:
    """What the request means of a repository, given as a part that is all of it.

    Raises:
        DagwayError: there is no such job, or nothing is selected.
    """
    if not request.job:
        return replace(whole, job=ALL_ASSETS, assets=_assets(whole, request, _runnable(whole.repository)))
    repository = whole.repository
    if not repository.has_job(request.job):
        known = (name for name in repository.job_names if not name.startswith("__"))
        raise DagwayError(f"{whole.location} has no job {request.job!r}.", nearest(request.job, known))
    part = replace(whole, job=request.job)
    if not request.select:
        return part
    job = repository.get_job(request.job)
    if keys := assets_of(job):
        return replace(part, assets=_assets(whole, request, keys))
    return replace(part, ops=_ops(job, request))


def _runnable(repository: dg.RepositoryDefinition) -> frozenset[dg.AssetKey]:
    return frozenset(repository.asset_graph.executable_asset_keys)


def _assets(whole: Part, request: Request, among: frozenset[dg.AssetKey]) -> frozenset[dg.AssetKey]:
    repository, text = whole.repository, request.selection()
    keys = _selected(repository, text)
    if not keys:
        raise DagwayError(*nothing_matches(text, read(repository, whole.location, whole.root)))
    chosen = keys & among
    if not chosen:
        where = f"part of the job {request.job}" if request.job else "computed here: they are external"
        raise DagwayError(
            f"{_named(keys)}: none of these is {where}.", "Select others; `dagway list` shows all."
        )
    # An observation beside what is materialized is not what was asked for.
    return chosen & frozenset(repository.asset_graph.materializable_asset_keys) or chosen


def _selected(repository: dg.RepositoryDefinition, text: str) -> frozenset[dg.AssetKey]:
    try:
        keys = resolved_keys(dg.AssetSelection.from_string(text), repository)
    except Exception as error:
        raise DagwayError(
            f"The selection {text!r} is not valid: {error}",
            "Write it as Dagster does, for example 'group:staging' or '+key:orders'.",
        ) from error
    return frozenset(map(dg.AssetKey, keys))


def _ops(job: dg.JobDefinition, request: Request) -> tuple[str, ...]:
    """Op selections; a name in them that is no op's is refused here, where the nearest is known."""
    known = set(ops_of(job))
    for text in request.select:
        name = text.strip("*+0123456789")
        if name and name.partition(".")[0] not in known:
            raise DagwayError(f"The job {job.name} has no op {name!r}.", nearest(name, known))
    return request.select


def wishes(part: Part, request: Request, instance: dg.DagsterInstance) -> list[Wish]:
    """The runs, in their order: one, or one for each slice of the partitions.

    Raises:
        DagwayError: a partition is unknown, or missing, or one too many.
    """
    definition, what = _partitions(part)
    keys = None if definition is None else definition.get_partition_keys(dynamic_partitions_store=instance)
    axes = definition.partitions_defs if isinstance(definition, dg.MultiPartitionsDefinition) else ()
    found = slices(request, what, keys, _most(part), max(len(axes), 1))
    if definition is None or not found:
        return [Wish(request.config, request.tags)]
    return [_wish(part, request, definition, one) for one in found]


def _wish(part: Part, request: Request, definition: dg.PartitionsDefinition[Any], one: Slice) -> Wish:
    if one.first != one.last:
        return Wish(request.config, {**request.tags, _START: one.first, _END: one.last}, str(one))
    of_job = partitioned_configuration(part.repository.get_job(part.job), one.first)
    config, tags = of_job or ({}, definition.get_tags_for_partition_key(one.first))
    return Wish(request.config or config, {**tags, **request.tags}, str(one))


def _partitions(part: Part) -> tuple[dg.PartitionsDefinition[Any] | None, str]:
    """The partitions that all of it has, and what has them.

    Raises:
        DagwayError: its assets have different ones.
    """
    job = part.repository.get_job(part.job)
    keys = part.assets or assets_of(job)
    if not keys:
        return job.partitions_def, f"The job {part.job}"
    graph = part.repository.asset_graph
    found: dict[dg.PartitionsDefinition[Any], dg.AssetKey] = {}
    for key in sorted(keys):
        if definition := graph.get(key).partitions_def:
            found.setdefault(definition, key)
    if len(found) > 1:
        raise DagwayError(
            f"{_named(found.values())} are partitioned in different ways: one run cannot have them all.",
            "Launch those of each kind of partitions by themselves.",
        )
    definition = next(iter(found), None)
    return definition, _named([found[definition]] if definition else keys)


def _most(part: Part) -> int | None:
    """How many partitions one run may take: what all partitioned assets allow; an asset that says nothing takes one."""
    graph = part.repository.asset_graph
    nodes = [graph.get(key) for key in part.assets or assets_of(part.repository.get_job(part.job))]
    policies = [node.backfill_policy for node in nodes if node.partitions_def is not None]
    most = [policy.max_partitions_per_run if policy else 1 for policy in policies]
    limits = [limit for limit in most if limit is not None]
    if not most:
        return 1
    return min(limits) if limits else None


def _named(keys: Iterable[dg.AssetKey]) -> str:
    names = sorted("/".join(key.path) for key in keys)
    rest = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{rest}"
