"""What a platform has: its assets and jobs, and which of them a request means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.errors import DagwayError
from dagway.launch.graphql import ASSETS, JOBS, Webserver
from dagway.launch.request import Request
from dagway.project.model import Asset, Key, Project, slash
from dagway.project.nearest import nearest, nothing_matches

if TYPE_CHECKING:
    import dagster as dg

ALL_ASSETS = "__ASSET_JOB"


@dataclass(frozen=True)
class Served:
    """An asset that a platform serves.

    Attributes:
        place: the code location and the repository.
        most: how many partitions one run may take; None for any number; 1 where nothing says so.
        dimensions: of its partitions' keys.
    """

    asset: Asset
    place: tuple[str, str]
    partitioned: bool
    most: int | None
    dimensions: int
    jobs: tuple[str, ...]


@dataclass(frozen=True)
class Meant:
    """A job, or a part of it.

    Attributes:
        of_ops: whether it is a job of ops.
        assets: their keys; empty for the whole job.
        ops: op selections; empty for the whole job.
        partitioned: an asset of it that is; None where none is.
        most: how many partitions one run may take.
        dimensions: of their keys.
    """

    place: tuple[str, str]
    job: str
    of_ops: bool = False
    assets: tuple[Key, ...] = ()
    ops: tuple[str, ...] = ()
    partitioned: Key | None = None
    most: int | None = 1
    dimensions: int = 1

    @property
    def what(self) -> str:
        """It in words."""
        return slash(self.partitioned) if self.partitioned else f"The job {self.job}"

    def selector(self, name: str) -> dict[str, Any]:
        """As GraphQL wants it; `name` is how it calls the job."""
        return {
            "repositoryLocationName": self.place[0],
            "repositoryName": self.place[1],
            name: self.job,
            "assetSelection": [{"path": list(key)} for key in self.assets] or None,
            "solidSelection": list(self.ops) or None,
        }


def meant(webserver: Webserver, request: Request) -> Meant:
    """What the request means of what is served there.

    Raises:
        DagwayError: there is no such job, or nothing is selected, or it lies in several code locations.
    """
    if not request.job:
        assets = _of_place(_served(webserver), request.location)
        return _part(ALL_ASSETS, _chosen(assets, request, webserver.url))
    place, is_of_assets, ops = _job(webserver, request)
    assets = [one for one in _served(webserver) if one.place == place and request.job in one.jobs]
    if not is_of_assets:
        return Meant(place, request.job, of_ops=True, ops=_ops(request, ops))
    if not request.select:
        whole = _part(request.job, assets)
        return replace(whole, assets=())
    return _part(request.job, _chosen(assets, request, webserver.url))


def _served(webserver: Webserver) -> list[Served]:
    return [_asset(node) for node in webserver.ask(ASSETS, "assetNodes")]


def _asset(node: Mapping[str, Any]) -> Served:
    policy = node["backfillPolicy"]
    asset = Asset(
        key=tuple(node["assetKey"]["path"]),
        deps=tuple(tuple(key["path"]) for key in node["dependencyKeys"]),
        kinds=tuple(node["kinds"]),
        group=node["groupName"],
        owners=tuple(
            owner["email"] if "email" in owner else f"team:{owner['team']}" for owner in node["owners"]
        ),
        tags=tuple((tag["key"], tag["value"]) for tag in node["tags"]),
        executable=node["isExecutable"],
        materializable=node["isMaterializable"],
    )
    place = (node["repository"]["location"]["name"], node["repository"]["name"])
    most = policy["maxPartitionsPerRun"] if policy else 1
    definition = node["partitionDefinition"]
    dimensions = max(len(definition["dimensionTypes"]), 1) if definition else 1
    return Served(asset, place, node["isPartitioned"], most, dimensions, tuple(node["jobNames"]))


def _of_place(assets: Sequence[Served], location: str) -> list[Served]:
    known = {one.place[0] for one in assets}
    if location and location not in known:
        raise DagwayError(f"There is no code location {location!r} with assets.", nearest(location, known))
    return [one for one in assets if not location or one.place[0] == location]


def _chosen(assets: Sequence[Served], request: Request, name: str) -> list[Served]:
    text = request.selection()
    keys = _selected(text, [one.asset for one in assets])
    if not keys:
        raise DagwayError(*nothing_matches(text, Project(name, Path(), tuple(one.asset for one in assets))))
    found = [one for one in assets if one.asset.key in keys]
    able = [one for one in found if one.asset.materializable] or [
        one for one in found if one.asset.executable
    ]
    if not able:
        names = ", ".join(slash(key) for key in sorted(keys)[:3])
        raise DagwayError(f"{names}: none of these is computed there: they are external.", "Select others.")
    return able


def _selected(text: str, assets: Sequence[Asset]) -> set[Key]:
    """By Dagster's own reading of the selection."""
    import dagster as dg

    try:
        resolve: Any = dg.AssetSelection.from_string(text).resolve  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]
        return {tuple(key.path) for key in resolve(_definitions(assets))}
    except Exception as error:
        raise DagwayError(
            f"The selection {text!r} is not valid: {error}",
            "Write it as Dagster does, for example 'group:staging' or '+key:orders'.",
        ) from error


def _definitions(assets: Sequence[Asset]) -> list[dg.AssetsDefinition]:
    """What a selection looks at; what is upstream of something counts only where it can be computed."""
    import dagster as dg

    able = [_spec(asset) for asset in assets if asset.executable]
    external = [_spec(asset) for asset in assets if not asset.executable]
    found = [dg.AssetsDefinition(specs=external)] if external else []
    if able:
        found.append(dg.multi_asset(specs=able, name="served", can_subset=True)(lambda: None))
    return found


def _spec(asset: Asset) -> dg.AssetSpec:
    import dagster as dg

    return dg.AssetSpec(
        dg.AssetKey(asset.key),
        deps=[dg.AssetKey(dep) for dep in asset.deps],
        group_name=asset.group,
        kinds=set(asset.kinds),
        owners=asset.owners,
        tags={key: value for key, value in asset.tags if not key.startswith("dagster/kind/")},
    )


def _part(job: str, assets: Sequence[Served]) -> Meant:
    places = sorted({one.place for one in assets})
    if len(places) > 1:
        names = ", ".join(place[0] for place in places)
        raise DagwayError(
            f"The selected assets lie in {len(places)} code locations: {names}; a run belongs to one of them.",
            "Add --location NAME, or select less.",
        )
    partitioned = [one for one in assets if one.partitioned]
    limits = [one.most for one in partitioned if one.most is not None]
    return Meant(
        places[0],
        job,
        assets=tuple(one.asset.key for one in assets),
        partitioned=partitioned[0].asset.key if partitioned else None,
        most=min(limits) if limits else None,
        dimensions=partitioned[0].dimensions if partitioned else 1,
    )


def _job(webserver: Webserver, request: Request) -> tuple[tuple[str, str], bool, list[str]]:
    """Where the job is, whether it is one of assets, and its ops."""
    found: list[tuple[tuple[str, str], bool, list[str]]] = []
    known: set[str] = set()
    for node in webserver.ask(JOBS, "repositoriesOrError")["nodes"]:
        place = (node["location"]["name"], node["name"])
        for job in node["jobs"]:
            known.add(job["name"])
            if job["name"] == request.job and request.location in {"", place[0]}:
                found.append((place, job["isAssetJob"], job["nodeNames"]))
    if len(found) > 1:
        names = ", ".join(place[0] for place, _, _ in found)
        raise DagwayError(f"Several code locations have a job {request.job!r}.", f"Add --location: {names}.")
    if not found:
        advice = nearest(request.job, _named(known))
        raise DagwayError(f"{webserver.url} has no job {request.job!r}.", advice)
    return found[0]


def _named(jobs: Iterable[str]) -> list[str]:
    return [name for name in jobs if not name.startswith("__")]


def _ops(request: Request, known: Sequence[str]) -> tuple[str, ...]:
    for text in request.select:
        name = text.strip("*+0123456789").partition(".")[0]
        if name and name not in known:
            raise DagwayError(f"The job {request.job} has no op {name!r}.", nearest(name, known))
    return request.select
