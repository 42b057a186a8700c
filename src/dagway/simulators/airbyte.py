"""Airbyte on this machine: its public API v1, and the one call of its configuration API that catalogues of streams need.

Covered: access tokens for a client's id and secret; workspaces, connections and destinations, one or listed in pages by `limit` and
`offset`; `POST /api/v1/connections/get` with the catalogue of streams; sync jobs: started, looked at (`pending`, `running`, then how they
ended), listed and cancelled; a second job of a connection is refused. Not covered: creating or changing anything, sources,
reset jobs, passwords instead of tokens. No rows move.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode

from dagway.simulators.receiver import Answer, Request
from dagway.simulators.service import Route, Service, answered

PUBLIC, CONFIGURATION = "/api/public/v1", "/api/v1"
UNDER_WAY = ("pending", "running", "incomplete")
TITLES = {400: "bad-request", 401: "unauthorized", 404: "resource-not-found", 409: "try-again-later"}
Items = Sequence[Mapping[str, Any]]


@dataclass
class Job:
    """A sync of a connection, and how often it was looked at."""

    id: int
    connection: str
    created_at: str
    looks: int = 0
    cancelled: bool = False


@dataclass
class Connection:
    """A connection: its streams with their columns, where they land, and how its next jobs go.

    Attributes:
        streams: the columns of each stream.
        prefix: what stands before each table's name.
        looks: how often a job is seen under way before it ends.
        outcome: how a job ends.
    """

    id: str
    name: str
    streams: Mapping[str, Sequence[str]]
    schema: str = "public"
    prefix: str = ""
    looks: int = 2
    outcome: Literal["succeeded", "failed"] = "succeeded"
    jobs: list[Job] = field(default_factory=list[Job])

    def state(self, job: Job) -> str:
        """Where a job is."""
        if job.cancelled:
            return "cancelled"
        if job.looks > self.looks:
            return self.outcome
        return "pending" if job.looks <= 1 else "running"


def sample() -> list[Connection]:
    """A workspace to look at by hand."""
    shop = Connection(
        "shop-connection", "shop", {"customers": ["id", "name"], "orders": ["id", "amount"]}, "shop"
    )
    crm = Connection("crm-connection", "crm", {"accounts": ["id", "name"]}, "crm", looks=5)
    return [shop, crm]


@dataclass
class Airbyte(Service):
    """A workspace of Airbyte. `largest_page` bounds what one page holds, whatever `limit` says."""

    title: ClassVar[str] = "Airbyte"
    covers: ClassVar[str] = (
        "tokens, workspaces, connections and destinations in pages; the catalogue of streams; starting, looking at, listing and "
        "cancelling sync jobs"
    )
    connections: list[Connection] = field(default_factory=sample)
    client_id: str = "demo_client"
    client_secret: str = "demo_secret"  # noqa: S105  of the simulator alone
    token: str = "demo_token"  # noqa: S105
    workspace: str = "demo-workspace"
    destination_type: str = "snowflake"
    largest_page: int = 100

    def credentials(self) -> dict[str, str]:
        return {
            "workspace_id": self.workspace,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }

    def is_allowed(self, request: Request) -> bool:
        asks_for_token = request.path == f"{PUBLIC}/applications/token"
        return asks_for_token or request.headers.get("authorization") == f"Bearer {self.token}"

    def error(self, status: int, message: str) -> Answer:
        title = TITLES.get(status, "unexpected-problem")
        return answered(
            {"status": status, "type": f"error:{title}", "title": title, "detail": message}, status
        )

    def routes(self) -> Sequence[Route]:
        connections = [self._connection(one) for one in self.connections]
        destinations = [self._destination(one) for one in self.connections]
        workspaces = [{"workspaceId": self.workspace, "name": "Demo", "dataResidency": "eu"}]
        return (
            Route("POST", f"{PUBLIC}/applications/token", self._token),
            Route("GET", f"{PUBLIC}/workspaces", self._listed(workspaces)),
            Route("GET", f"{PUBLIC}/workspaces/(?P<identity>[^/]+)", self._one(workspaces, "workspaceId")),
            Route("GET", f"{PUBLIC}/connections", self._listed(connections)),
            Route("GET", f"{PUBLIC}/connections/(?P<identity>[^/]+)", self._one(connections, "connectionId")),
            Route("GET", f"{PUBLIC}/destinations", self._listed(destinations)),
            Route(
                "GET", f"{PUBLIC}/destinations/(?P<identity>[^/]+)", self._one(destinations, "destinationId")
            ),
            Route("POST", f"{CONFIGURATION}/connections/get", self._catalogue),
            Route("POST", f"{PUBLIC}/jobs", self._start),
            Route("GET", f"{PUBLIC}/jobs", self._jobs),
            Route("GET", rf"{PUBLIC}/jobs/(?P<identity>\d+)", self._on_job(self._look)),
            Route("DELETE", rf"{PUBLIC}/jobs/(?P<identity>\d+)", self._on_job(self._cancel)),
        )

    def connection(self, name: str) -> Connection:
        """The connection of that id or name."""
        return next(one for one in self.connections if name in (one.id, one.name))

    def _one(self, items: Items, key: str) -> Callable[..., Answer]:
        def found(request: Request, identity: str) -> Answer:
            item = next((one for one in items if one[key] == identity), None)
            return answered(item) if item else self._missing(identity)

        return found

    def _missing(self, identity: str) -> Answer:
        return self.error(404, f"Could not find a resource for: {identity}")

    def _listed(self, items: Items) -> Callable[..., Answer]:
        def page(request: Request) -> Answer:
            return self._page(request, items)

        return page

    def _page(self, request: Request, items: Items) -> Answer:
        """A page of a listing, with the address of the next one."""
        limit, offset = request.query.get("limit", "20"), request.query.get("offset", "0")
        if not limit.isdigit() or not offset.isdigit() or not 1 <= int(limit) <= 100:
            return self.error(400, "limit has to be between 1 and 100, and offset a number.")
        end = int(offset) + min(int(limit), self.largest_page)
        query = urlencode({**request.query, "limit": limit, "offset": end})
        after = f"{self.url}{request.path}?{query}" if end < len(items) else ""
        return answered({"previous": "", "next": after, "data": list(items[int(offset) : end])})

    def _token(self, request: Request) -> Answer:
        body = json.loads(request.body or b"{}")
        if (body.get("client_id"), body.get("client_secret")) != (self.client_id, self.client_secret):
            return self.error(401, "The client's id or secret is wrong.")
        return answered({"access_token": self.token, "token_type": "Bearer", "expires_in": 180})

    def _catalogue(self, request: Request) -> Answer:
        identity = str(json.loads(request.body or b"{}").get("connectionId"))
        found = next((one for one in self.connections if one.id == identity), None)
        if found is None:
            return self._missing(identity)
        streams = [_stream(name, columns) for name, columns in found.streams.items()]
        return answered({**self._connection(found), "syncCatalog": {"streams": streams}})

    def _start(self, request: Request) -> Answer:
        body = json.loads(request.body or b"{}")
        found = next((one for one in self.connections if one.id == body.get("connectionId")), None)
        if found is None:
            return self._missing(str(body.get("connectionId")))
        if body.get("jobType") != "sync":
            return self.error(501, f"Jobs of type {body.get('jobType')} are not simulated.")
        if any(found.state(job) in UNDER_WAY for job in found.jobs):
            return self.error(409, "A sync is already running for this connection.")
        number = sum(len(one.jobs) for one in self.connections) + 1
        found.jobs.append(Job(number, found.id, datetime.now(UTC).isoformat()))
        return answered(_job(found, found.jobs[-1]))

    def _jobs(self, request: Request) -> Answer:
        wanted = request.query.get("connectionId")
        jobs = [
            _job(one, job)
            for one in self.connections
            if wanted in (None, one.id)
            for job in reversed(one.jobs)
        ]
        return self._page(request, jobs)

    def _on_job(self, handler: Callable[[Connection, Job], Answer]) -> Callable[..., Answer]:
        def found(request: Request, identity: str) -> Answer:
            for connection in self.connections:
                for job in connection.jobs:
                    if str(job.id) == identity:
                        return handler(connection, job)
            return self._missing(identity)

        return found

    def _look(self, connection: Connection, job: Job) -> Answer:
        job.looks += 1
        return answered(_job(connection, job))

    def _cancel(self, connection: Connection, job: Job) -> Answer:
        job.cancelled = connection.state(job) in UNDER_WAY
        return answered(_job(connection, job))

    def _connection(self, connection: Connection) -> dict[str, Any]:
        return {
            "connectionId": connection.id,
            "name": connection.name,
            "workspaceId": self.workspace,
            "sourceId": f"source-{connection.id}",
            "destinationId": f"destination-{connection.id}",
            "prefix": connection.prefix,
            "status": "active",
            "schedule": {"scheduleType": "manual"},
        }

    def _destination(self, connection: Connection) -> dict[str, Any]:
        return {
            "destinationId": f"destination-{connection.id}",
            "name": f"Destination of {connection.name}",
            "destinationType": self.destination_type,
            "workspaceId": self.workspace,
            "configuration": {"database": "demo", "schema": connection.schema},
        }


def _stream(name: str, columns: Sequence[str]) -> dict[str, Any]:
    properties = {column: {"type": ["null", "string"]} for column in columns}
    return {
        "stream": {"name": name, "jsonSchema": {"type": "object", "properties": properties}},
        "config": {"selected": True, "syncMode": "full_refresh", "destinationSyncMode": "overwrite"},
    }


def _job(connection: Connection, job: Job) -> dict[str, Any]:
    return {
        "jobId": job.id,
        "status": connection.state(job),
        "jobType": "sync",
        "connectionId": connection.id,
        "startTime": job.created_at,
        "lastUpdatedAt": datetime.now(UTC).isoformat(),
        "duration": "PT1S",
    }
