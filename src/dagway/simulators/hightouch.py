"""Hightouch on this machine: its API v1, as far as syncs and their runs need it.

Covered: bearer tokens; syncs, models and destinations, one or listed in pages by `limit` and `offset`; triggering a sync, and
its runs with their states (`queued`, `querying`, `processing`, then how it ended) and counts of rows. Not covered: creating
or changing anything, sources, sequences, events, the quotas themselves (faults answer 429). No rows move.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from dagway.simulators.receiver import Answer, Request
from dagway.simulators.service import Route, Service, answered

STATES = ("queued", "querying", "processing")
Items = Sequence[Mapping[str, Any]]
Outcome = Literal["success", "warning", "failed", "cancelled", "interrupted"]


@dataclass
class Run:
    """A run of a sync, and how often it was looked at."""

    id: int
    created_at: str
    looks: int = 0


@dataclass
class Sync:
    """A sync, and how its next runs go.

    Attributes:
        rows: rows of its model.
        rejected: rows that the destination does not take.
        looks: how often a run is seen under way before it ends.
        outcome: how a run ends; of rejected rows, `warning` if nothing else is said.
    """

    id: str
    slug: str = "demo-sync"
    model: str = "1"
    destination: str = "1"
    rows: int = 0
    rejected: int = 0
    looks: int = 3
    outcome: Outcome = "success"
    error: str | None = None
    runs: list[Run] = field(default_factory=list[Run])

    def state(self, run: Run) -> str:
        """Where a run is."""
        if run.looks <= self.looks:
            return STATES[min(run.looks, len(STATES)) - 1]
        return "warning" if self.rejected and self.outcome == "success" else self.outcome


def sample() -> list[Sync]:
    """A workspace to look at by hand."""
    return [Sync("1", "customers-to-crm", rows=120), Sync("2", "orders-to-ads", rows=80, rejected=3, looks=6)]


@dataclass
class Hightouch(Service):
    """A workspace of Hightouch. `largest_page` bounds what one page holds, whatever `limit` says."""

    title: ClassVar[str] = "Hightouch"
    covers: ClassVar[str] = (
        "syncs, models and destinations in pages; triggering a sync; its runs with their states and rows"
    )
    syncs: list[Sync] = field(default_factory=sample)
    key: str = "demo_key"
    largest_page: int = 100

    def credentials(self) -> dict[str, str]:
        return {"api_key": self.key}

    def is_allowed(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.key}"

    def error(self, status: int, message: str) -> Answer:
        return answered({"message": message, "details": {}}, status)

    def routes(self) -> Sequence[Route]:
        one, syncs = "/api/v1/syncs/(?P<identity>[^/]+)", [_sync(sync) for sync in self.syncs]
        models, destinations = self._models(), self._destinations()
        return (
            Route("GET", "/api/v1/syncs", self._listed(syncs)),
            Route("POST", "/api/v1/syncs/trigger", self._trigger_named),
            Route("GET", one, self._one(syncs, "Sync")),
            Route("GET", f"{one}/runs", self._on(self._runs)),
            Route("POST", f"{one}/trigger", self._on(_triggered)),
            Route("GET", "/api/v1/models", self._listed(models)),
            Route("GET", "/api/v1/models/(?P<identity>[^/]+)", self._one(models, "Model")),
            Route("GET", "/api/v1/destinations", self._listed(destinations)),
            Route("GET", "/api/v1/destinations/(?P<identity>[^/]+)", self._one(destinations, "Destination")),
        )

    def sync(self, name: str) -> Sync:
        """The sync of that id or slug."""
        return next(one for one in self.syncs if name in (one.id, one.slug))

    def _on(self, handler: Callable[[Request, Sync], Answer]) -> Callable[..., Answer]:
        """A handler of one sync: it is looked up by its id."""

        def found(request: Request, identity: str) -> Answer:
            sync = next((one for one in self.syncs if one.id == identity), None)
            return handler(request, sync) if sync else self.error(404, f"Sync {identity} not found")

        return found

    def _one(self, items: Items, kind: str) -> Callable[..., Answer]:
        def found(request: Request, identity: str) -> Answer:
            item = next((one for one in items if one["id"] == identity), None)
            return answered(item) if item else self.error(404, f"{kind} {identity} not found")

        return found

    def _listed(self, items: Items) -> Callable[..., Answer]:
        def page(request: Request) -> Answer:
            return self._page(request, items)

        return page

    def _page(self, request: Request, items: Items) -> Answer:
        limit, offset = request.query.get("limit", "100"), request.query.get("offset", "0")
        if not limit.isdigit() or not offset.isdigit():
            return self.error(422, "limit and offset have to be numbers.")
        end = int(offset) + min(int(limit), self.largest_page)
        return answered({"data": list(items[int(offset) : end]), "hasMore": end < len(items)})

    def _trigger_named(self, request: Request) -> Answer:
        body = json.loads(request.body or b"{}")
        wanted = {str(body[name]) for name in ("syncId", "syncSlug") if name in body}
        sync = next((one for one in self.syncs if wanted & {one.id, one.slug}), None)
        return _triggered(request, sync) if sync else self.error(404, "Sync not found")

    def _runs(self, request: Request, sync: Sync) -> Answer:
        asked = request.query.get("runId")
        runs = [run for run in reversed(sync.runs) if asked in (None, str(run.id))]
        for run in runs:
            run.looks += 1
        return self._page(request, [_run(sync, run) for run in runs])

    def _models(self) -> list[dict[str, Any]]:
        names = dict.fromkeys(sync.model for sync in self.syncs)
        return [
            {"id": name, "name": f"Model {name}", "primaryKey": "id", "queryType": "dbt_model"}
            for name in names
        ]

    def _destinations(self) -> list[dict[str, Any]]:
        names = dict.fromkeys(sync.destination for sync in self.syncs)
        return [
            {"id": name, "name": "Demo", "slug": f"demo-{name}", "type": "salesforce", "configuration": {}}
            for name in names
        ]


def _triggered(_: Request, sync: Sync) -> Answer:
    run = Run(len(sync.runs) + 1, datetime.now(UTC).isoformat())
    sync.runs.append(run)
    return answered({"id": str(run.id)})


def _sync(sync: Sync) -> dict[str, Any]:
    return {
        "id": sync.id,
        "slug": sync.slug,
        "destinationId": sync.destination,
        "modelId": sync.model,
        "configuration": {"mode": "upsert", "object": "Contact"},
        "schedule": None,
        "status": sync.state(sync.runs[-1]) if sync.runs else "pending",
        "disabled": False,
        "primaryKey": "id",
        "lastRunAt": sync.runs[-1].created_at if sync.runs else None,
    }


def _run(sync: Sync, run: Run) -> dict[str, Any]:
    state = sync.state(run)
    ended = state not in STATES
    taken = sync.rows - sync.rejected if state in ("success", "warning") else 0
    return {
        "id": run.id,
        "createdAt": run.created_at,
        "startedAt": run.created_at if state != "queued" else None,
        "finishedAt": datetime.now(UTC).isoformat() if ended else None,
        "querySize": sync.rows if run.looks > 1 else None,
        "status": state,
        "completionRatio": 1 if ended else 0.5 if state == "processing" else 0,
        # Nothing is planned before the model was read.
        "plannedRows": _counts(sync.rows) if run.looks > 2 or ended else None,
        "successfulRows": _counts(taken),
        "failedRows": _counts(sync.rejected if ended else 0),
        "error": sync.error or (f"{sync.rejected} rows were rejected" if state == "warning" else None),
    }


def _counts(added: int) -> dict[str, int]:
    return {"addedCount": added, "changedCount": 0, "removedCount": 0}
