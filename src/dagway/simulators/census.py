"""Census on this machine: its management API v1, as far as syncs and their runs need it.

Covered: tokens, as bearer or as the password of the user `bearer`; syncs, sources and destinations, one or listed in pages by
`page` and `per_page`; triggering a sync, and its runs with their states (`queued`, `working`, then how it ended) and counts of
rows. Not covered: creating or changing anything, records of a run, the quotas themselves (faults answer 429). No rows move.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from dagway.simulators.receiver import Answer, Request
from dagway.simulators.service import Route, Service, answered

STATUSES = {
    401: "unauthorized",
    404: "not_found",
    422: "invalid",
    429: "too_many_requests",
    501: "not_simulated",
}

Items = Sequence[Mapping[str, Any]]


@dataclass
class Run:
    """A run of a sync, and how often it was looked at."""

    id: int
    full: bool
    created_at: str
    looks: int = 0


@dataclass
class Sync:
    """A sync, and how its next runs go.

    Attributes:
        rows: records of its source.
        rejected: records that the destination does not take.
        invalid: records that Census leaves out.
        looks: how often a run is seen under way before it ends.
        outcome: how a run ends.
    """

    id: int
    label: str = "Demo"
    source: int = 1
    destination: int = 1
    rows: int = 0
    rejected: int = 0
    invalid: int = 0
    looks: int = 2
    outcome: Literal["completed", "failed", "skipped"] = "completed"
    error: str | None = None
    runs: list[Run] = field(default_factory=list[Run])

    def state(self, run: Run) -> str:
        """Where a run is."""
        if run.looks > self.looks:
            return self.outcome
        return "queued" if run.looks <= 1 else "working"


def sample() -> list[Sync]:
    """A workspace to look at by hand."""
    return [Sync(1, "Customers to CRM", rows=120), Sync(2, "Orders to ads", rows=80, rejected=3, looks=5)]


@dataclass
class Census(Service):
    """A workspace of Census. `largest_page` bounds what one page holds, whatever `per_page` says."""

    title: ClassVar[str] = "Census"
    covers: ClassVar[str] = (
        "syncs, sources and destinations in pages; triggering a sync; its runs with their states and rows"
    )
    syncs: list[Sync] = field(default_factory=sample)
    key: str = "demo_key"
    largest_page: int = 100

    def credentials(self) -> dict[str, str]:
        return {"api_key": self.key}

    def is_allowed(self, request: Request) -> bool:
        basic = base64.b64encode(f"bearer:{self.key}".encode()).decode()
        return request.headers.get("authorization") in (f"Bearer {self.key}", f"Basic {basic}")

    def error(self, status: int, message: str) -> Answer:
        return answered({"status": STATUSES.get(status, "error"), "message": message}, status)

    def routes(self) -> Sequence[Route]:
        one, syncs = r"/api/v1/syncs/(?P<identity>\d+)", [_sync(sync) for sync in self.syncs]
        sources, destinations = self._connections("source"), self._connections("destination")
        return (
            Route("GET", "/api/v1/syncs", self._listed(syncs)),
            Route("GET", one, self._one(syncs, "Sync")),
            Route("POST", f"{one}/trigger", self._on(self._trigger)),
            Route("GET", f"{one}/sync_runs", self._on(self._runs)),
            Route("GET", r"/api/v1/sync_runs/(?P<identity>\d+)", self._run),
            Route("GET", "/api/v1/sources", self._listed(sources)),
            Route("GET", r"/api/v1/sources/(?P<identity>\d+)", self._one(sources, "Source")),
            Route("GET", "/api/v1/destinations", self._listed(destinations)),
            Route("GET", r"/api/v1/destinations/(?P<identity>\d+)", self._one(destinations, "Destination")),
        )

    def sync(self, identity: int) -> Sync:
        """The sync of that id."""
        return next(one for one in self.syncs if one.id == identity)

    def _connections(self, kind: str) -> list[dict[str, Any]]:
        identities = dict.fromkeys(getattr(sync, kind) for sync in self.syncs)
        service = {"source": "snowflake", "destination": "salesforce"}[kind]
        return [{"id": one, "name": f"Demo {kind}", "type": service} for one in identities]

    def _on(self, handler: Callable[[Request, Sync], Answer]) -> Callable[..., Answer]:
        """A handler of one sync: it is looked up by its id."""

        def found(request: Request, identity: str) -> Answer:
            sync = next((one for one in self.syncs if str(one.id) == identity), None)
            return handler(request, sync) if sync else self.error(404, f"Sync {identity} was not found")

        return found

    def _one(self, items: Items, kind: str) -> Callable[..., Answer]:
        def found(request: Request, identity: str) -> Answer:
            item = next((one for one in items if str(one["id"]) == identity), None)
            return _success(item) if item else self.error(404, f"{kind} {identity} was not found")

        return found

    def _listed(self, items: Items) -> Callable[..., Answer]:
        def page(request: Request) -> Answer:
            return self._page(request, items)

        return page

    def _page(self, request: Request, items: Items) -> Answer:
        page, size = request.query.get("page", "1"), request.query.get("per_page", "25")
        if not page.isdigit() or not size.isdigit() or int(size) == 0:
            return self.error(422, "page and per_page have to be numbers.")
        number, size = max(1, int(page)), min(int(size), self.largest_page)
        last = max(1, -(-len(items) // size))
        pagination = {
            "total_records": len(items),
            "per_page": size,
            "page": number,
            "prev_page": number - 1 if number > 1 else None,
            "next_page": number + 1 if number < last else None,
            "last_page": last,
        }
        shown = list(items[(number - 1) * size : number * size])
        return answered({"status": "success", "pagination": pagination, "data": shown})

    def _trigger(self, request: Request, sync: Sync) -> Answer:
        number = sum(len(one.runs) for one in self.syncs) + 1
        full = bool(json.loads(request.body or b"{}").get("force_full_sync", False))
        sync.runs.append(Run(number, full, datetime.now(UTC).isoformat()))
        return _success({"sync_run_id": number})

    def _runs(self, request: Request, sync: Sync) -> Answer:
        return self._page(request, [_run(sync, run) for run in reversed(sync.runs)])

    def _run(self, request: Request, identity: str) -> Answer:
        for sync in self.syncs:
            for run in sync.runs:
                if str(run.id) == identity:
                    run.looks += 1
                    return _success(_run(sync, run))
        return self.error(404, f"Sync run {identity} was not found")


def _success(data: Any) -> Answer:
    return answered({"status": "success", "data": data})


def _sync(sync: Sync) -> dict[str, Any]:
    return {
        "id": sync.id,
        "label": sync.label,
        "resource_identifier": f"sync_{sync.id}",
        "operation": "upsert",
        "paused": False,
        "source_attributes": {"connection_id": sync.source, "object": {"type": "dbt_model"}},
        "destination_attributes": {"connection_id": sync.destination, "object": "Contact"},
        "mappings": [{"from": {"type": "column", "data": "id"}, "to": "Id", "is_primary_identifier": True}],
        "status": "Ready",
    }


def _run(sync: Sync, run: Run) -> dict[str, Any]:
    state = sync.state(run)
    completed = state == "completed"
    sent = sync.rows - sync.invalid
    return {
        "id": run.id,
        "sync_id": sync.id,
        "status": state,
        "source_record_count": sync.rows if state != "queued" else None,
        "records_processed": sent if completed else None,
        "records_updated": sent - sync.rejected if completed else None,
        "records_failed": sync.rejected if completed else None,
        "records_invalid": sync.invalid,
        "created_at": run.created_at,
        "updated_at": datetime.now(UTC).isoformat(),
        "completed_at": datetime.now(UTC).isoformat() if completed else None,
        "error_code": "SYNC_ERROR" if state == "failed" else None,
        "error_message": sync.error if state == "failed" else None,
        "error_detail": sync.error if state == "failed" else None,
        "canceled": False,
        "full_sync": run.full,
    }
