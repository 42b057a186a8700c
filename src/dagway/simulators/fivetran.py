"""Fivetran on this machine: its REST API v1, as far as syncs, their schemas and setup tests need it.

Covered: Basic authentication by key and secret; account, groups, destinations and connections (also under their older name,
connectors), listed in pages by `cursor` and `limit`; a connection's schemas and a table's columns; `PATCH` of
`paused` and `schedule_type`; sync, re-sync and setup tests. A sync is asynchronous: the connection is `syncing` for some
looks, then `scheduled` with `succeeded_at` or `failed_at`. Not covered: creating or deleting anything, users, webhooks,
transformations, the quotas themselves (faults answer 429 with `Retry-After`). No rows move.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from dagway.simulators.receiver import Answer, Request
from dagway.simulators.service import Route, Service, answered

CODES = {400: "InvalidInput", 401: "AuthFailed", 404: "NotFound", 409: "Conflict", 429: "TooManyRequests"}
TESTS = ("Validate Login", "Test Connection")
"""The setup tests that pass if nothing else is said."""


@dataclass
class Connection:
    """A connection: its tables with their columns, and how its next syncs go.

    Attributes:
        tables: the columns of each table.
        looks: how often a sync is seen under way before it ends.
        outcome: how a sync ends.
        failing: setup tests that fail, with the reason of each.
    """

    id: str
    schema: str
    tables: Mapping[str, Sequence[str]]
    service: str = "postgres"
    paused: bool = False
    setup_state: str = "connected"
    schedule_type: str = "auto"
    looks: int = 2
    outcome: Literal["succeeded", "failed", "rescheduled"] = "succeeded"
    failing: Mapping[str, str] = field(default_factory=dict[str, str])
    sync_state: str = "scheduled"
    succeeded_at: str | None = None
    failed_at: str | None = None
    rescheduled_for: str | None = None
    syncs: int = 0
    _left: int = 0

    def start(self) -> None:
        """Begin a sync; one that is under way is stopped and begins anew."""
        self.sync_state, self._left, self.syncs = "syncing", self.looks, self.syncs + 1

    def look(self) -> None:
        """Time passes: a sync that was seen often enough ends."""
        if self.sync_state != "syncing":
            return
        if self._left:
            self._left -= 1
            return
        now = datetime.now(UTC).isoformat()
        self.sync_state = "rescheduled" if self.outcome == "rescheduled" else "scheduled"
        if self.outcome == "succeeded":
            self.succeeded_at = now
        elif self.outcome == "failed":
            self.failed_at = now
        else:
            self.rescheduled_for = now


@dataclass
class Group:
    """A group: one destination, and the connections that land their tables there."""

    id: str = "demo_group"
    name: str = "Demo"
    service: str = "snowflake"
    database: str = "demo"
    connections: list[Connection] = field(default_factory=list[Connection])


def sample() -> list[Group]:
    """An account to look at by hand."""
    shop = Connection("shop_connection", "shop", {"customers": ["id", "name"], "orders": ["id", "amount"]})
    crm = Connection("crm_connection", "crm", {"accounts": ["id", "name"]}, "salesforce", looks=5)
    return [Group(connections=[shop, crm])]


@dataclass
class Fivetran(Service):
    """An account of Fivetran. `largest_page` bounds what one page holds, whatever `limit` says."""

    title: ClassVar[str] = "Fivetran"
    covers: ClassVar[str] = (
        "account, groups, destinations and connections in pages; schemas and columns; sync, re-sync and setup tests; "
        "paused and schedule_type"
    )
    groups: list[Group] = field(default_factory=sample)
    key: str = "demo_key"
    secret: str = "demo_secret"  # noqa: S105  of the simulator alone
    largest_page: int = 1000

    def credentials(self) -> dict[str, str]:
        return {"account_id": "demo_account", "api_key": self.key, "api_secret": self.secret}

    def is_allowed(self, request: Request) -> bool:
        expected = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {expected}"

    def error(self, status: int, message: str) -> Answer:
        return answered({"code": CODES.get(status, "InternalError"), "message": message}, status)

    def routes(self) -> Sequence[Route]:
        one = r"/v1/conn(?:ections|ectors)/(?P<identity>[^/]+)"
        return (
            Route("GET", "/v1/account/info", self._account),
            Route("GET", "/v1/groups", self._groups),
            Route("GET", "/v1/groups/(?P<identity>[^/]+)", self._group),
            Route("GET", "/v1/groups/(?P<identity>[^/]+)/conn(?:ections|ectors)", self._connections_of_group),
            Route("GET", "/v1/destinations", self._destinations),
            Route("GET", "/v1/destinations/(?P<identity>[^/]+)", self._destination),
            Route("GET", "/v1/connections", self._connections),
            Route("GET", one, self._on(self._details)),
            Route("PATCH", one, self._on(self._change)),
            Route("GET", f"{one}/schemas", self._on(self._schemas)),
            Route(
                "GET",
                f"{one}/schemas/(?P<schema>[^/]+)/tables/(?P<table>[^/]+)/columns",
                self._on(self._columns),
            ),
            Route("POST", f"{one}/(?:force|sync)", self._on(self._sync)),
            Route("POST", f"{one}/(?:schemas/tables/)?resync", self._on(self._resync)),
            Route("POST", f"{one}/test", self._on(self._test)),
        )

    def connections(self) -> Iterator[tuple[Group, Connection]]:
        """Every connection with its group."""
        return ((group, connection) for group in self.groups for connection in group.connections)

    def connection(self, name: str) -> Connection:
        """The connection of that id or schema."""
        return next(one for _, one in self.connections() if name in (one.id, one.schema))

    def _on(self, handler: Callable[..., Answer]) -> Callable[..., Answer]:
        """A handler of one connection: it is looked up by its id."""

        def found(request: Request, identity: str, **parts: str) -> Answer:
            for group, connection in self.connections():
                if connection.id == identity:
                    return handler(request, group, connection, **parts)
            return self._missing("Connector", identity)

        return found

    def _missing(self, kind: str, name: str) -> Answer:
        return answered(
            {"code": f"NotFound_{kind}", "message": f"{kind} with id '{name}' does not exist."}, status=404
        )

    def _success(self, data: Any = None, message: str | None = None) -> Answer:
        found = {"code": "Success", "message": message, "data": data}
        return answered({name: value for name, value in found.items() if value is not None})

    def _page(self, request: Request, items: Sequence[Mapping[str, Any]]) -> Answer:
        """A page of a listing; the cursor is where the next one begins."""
        limit = request.query.get("limit", "100")
        if not limit.isdigit() or not 1 <= int(limit) <= 1000:
            return self.error(400, f"limit is {limit}; it has to be between 1 and 1000.")
        begin = _begin(request.query.get("cursor"))
        if begin is None:
            return self.error(400, "The cursor is none of this listing.")
        end = begin + min(int(limit), self.largest_page)
        data: dict[str, Any] = {"items": list(items[begin:end])}
        if end < len(items):
            data["next_cursor"] = base64.urlsafe_b64encode(json.dumps({"skip": end}).encode()).decode()
        return self._success(data)

    def _account(self, request: Request) -> Answer:
        return self._success({"account_id": "demo_account", "account_name": "Demo"})

    def _groups(self, request: Request) -> Answer:
        return self._page(request, [_group(group) for group in self.groups])

    def _group(self, request: Request, identity: str) -> Answer:
        found = next((group for group in self.groups if group.id == identity), None)
        return self._success(_group(found)) if found else self._missing("Group", identity)

    def _destinations(self, request: Request) -> Answer:
        return self._page(request, [_destination(group) for group in self.groups])

    def _destination(self, request: Request, identity: str) -> Answer:
        found = next((group for group in self.groups if group.id == identity), None)
        return self._success(_destination(found)) if found else self._missing("Destination", identity)

    def _connections(self, request: Request) -> Answer:
        return self._page(request, [_connection(*one) for one in self.connections()])

    def _connections_of_group(self, request: Request, identity: str) -> Answer:
        if identity not in {group.id for group in self.groups}:
            return self._missing("Group", identity)
        return self._page(
            request, [_connection(group, one) for group, one in self.connections() if group.id == identity]
        )

    def _details(self, request: Request, group: Group, connection: Connection) -> Answer:
        connection.look()
        return self._success(_connection(group, connection))

    def _change(self, request: Request, group: Group, connection: Connection) -> Answer:
        wanted: dict[str, Any] = json.loads(request.body or b"{}")
        if unknown := wanted.keys() - {"paused", "schedule_type", "run_setup_tests"}:
            return self.error(501, f"Changing {', '.join(sorted(unknown))} is not simulated.")
        connection.paused = wanted.get("paused", connection.paused)
        connection.schedule_type = wanted.get("schedule_type", connection.schedule_type)
        return self._success(_connection(group, connection), "Connection has been updated")

    def _schemas(self, request: Request, group: Group, connection: Connection) -> Answer:
        if not connection.tables:
            return self._missing("SchemaConfig", connection.id)
        schema = {
            "name_in_destination": connection.schema,
            "enabled": True,
            "tables": {name: _table(name, columns) for name, columns in connection.tables.items()},
        }
        return self._success({"schema_change_handling": "ALLOW_ALL", "schemas": {connection.schema: schema}})

    def _columns(
        self, request: Request, group: Group, connection: Connection, schema: str, table: str
    ) -> Answer:
        if schema != connection.schema or table not in connection.tables:
            return self._missing("Table", f"{schema}.{table}")
        return self._success({"columns": _table(table, connection.tables[table])["columns"]})

    def _sync(self, request: Request, group: Group, connection: Connection) -> Answer:
        forced = request.path.endswith("/force") or json.loads(request.body or b"{}").get("force", False)
        if connection.paused:
            return self.error(409, f"Connection {connection.id} is paused.")
        if connection.sync_state != "syncing" or forced:
            connection.start()
        return self._success(message="Sync has been successfully triggered")

    def _resync(self, request: Request, group: Group, connection: Connection) -> Answer:
        if connection.sync_state == "syncing":
            return self.error(409, f"Connection {connection.id} is syncing.")
        connection.start()
        return self._success(message="Re-sync has been triggered successfully")

    def _test(self, request: Request, group: Group, connection: Connection) -> Answer:
        outcomes = {**dict.fromkeys(TESTS, ""), **connection.failing}
        tests = [
            {"title": title, "status": "FAILED" if reason else "PASSED", "message": reason}
            for title, reason in outcomes.items()
        ]
        data = {**_connection(group, connection), "setup_tests": tests}
        return self._success(data, "Setup tests have been completed")


def _begin(cursor: str | None) -> int | None:
    """Where a page begins; None where the cursor is none of ours."""
    if cursor is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(cursor))["skip"])
    except (ValueError, KeyError, TypeError):
        return None


def _group(group: Group) -> dict[str, Any]:
    return {"id": group.id, "name": group.name, "created_at": "2024-01-01T00:00:00Z"}


def _destination(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "group_id": group.id,
        "service": group.service,
        "region": "GCP_EUROPE_WEST3",
        "time_zone_offset": "0",
        "setup_status": "connected",
        "config": {"database": group.database},
    }


def _connection(group: Group, connection: Connection) -> dict[str, Any]:
    status: dict[str, Any] = {
        "setup_state": connection.setup_state,
        "schema_status": "ready",
        "sync_state": "paused" if connection.paused else connection.sync_state,
        "update_state": "delayed" if connection.sync_state == "rescheduled" else "on_schedule",
        "is_historical_sync": connection.succeeded_at is None,
        "rescheduled_for": connection.rescheduled_for,
        "tasks": [],
        "warnings": [],
    }
    return {
        "id": connection.id,
        "group_id": group.id,
        "service": connection.service,
        "service_version": 1,
        "schema": connection.schema,
        "paused": connection.paused,
        "sync_frequency": 360,
        "schedule_type": connection.schedule_type,
        "daily_sync_time": None,
        "created_at": "2024-01-01T00:00:00Z",
        "succeeded_at": connection.succeeded_at,
        "failed_at": connection.failed_at,
        "status": status,
        "config": {},
    }


def _table(name: str, columns: Sequence[str]) -> dict[str, Any]:
    named = {
        column: {"name_in_destination": column, "enabled": True, "hashed": False, "is_primary_key": False}
        for column in columns
    }
    return {"name_in_destination": name, "enabled": True, "sync_mode": "SOFT_DELETE", "columns": named}
