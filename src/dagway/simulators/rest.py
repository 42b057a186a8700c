"""A REST API on this machine: tables as pages of JSON, in the ways of paging and of logging in that dlt's REST source knows.

Covered: GET of each table's path; pages by offset, page number, cursor, a link in the body or in the `Link` header, or all in one;
bearer tokens, API keys in a header or the query, basic authentication; parameters that ask for rows from a value on. Not covered:
writing, OAuth's tokens, cursors in headers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from dagway.errors import DagwayError
from dagway.simulators.receiver import Answer, Request
from dagway.simulators.service import Route, Service

Row = Mapping[str, Any]
WAYS = ("single_page", "auto", "json_link", "header_link", "offset", "page_number", "cursor")


@dataclass(frozen=True)
class Paging:
    """How a table's rows are cut into pages.

    Attributes:
        way: one of `WAYS`.
        settings: the names of parameters and fields, as dlt calls them; where one is missing, dlt's default.
        size: the most rows of a page.
    """

    way: str = "json_link"
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    size: int = 2

    def name(self, setting: str, default: str) -> str:
        """A parameter's name, or a field's path."""
        return str(self.settings.get(setting, default)).removeprefix("$.")


@dataclass(frozen=True)
class Table:
    """What one path answers.

    Attributes:
        selector: where the rows are in the body, `data.items`; empty for the body itself.
        since: parameter → column of which rows from its value on are asked for.
    """

    path: str
    rows: Sequence[Row]
    paging: Paging = Paging()
    selector: str = "items"
    since: Mapping[str, str] = field(default_factory=dict[str, str])

    def asked(self, query: Mapping[str, str]) -> list[Row]:
        """The rows that the parameters leave."""
        rows = list(self.rows)
        for parameter, column in self.since.items():
            if begin := query.get(parameter):
                rows = [
                    row for row in rows if row.get(column) is None or _value(row[column]) >= _value(begin)
                ]
        return rows


@dataclass(frozen=True)
class Login:
    """How a client logs in; `kind` is `none`, `bearer`, `api_key` or `http_basic`, as dlt calls them."""

    kind: str = "bearer"
    secret: str = "demo_token"  # noqa: S105  it opens nothing
    user: str = "demo"
    place: str = "header"
    name: str = "Authorization"

    def credentials(self) -> dict[str, str]:
        """What a client logs in with, by dlt's name of the setting."""
        match self.kind:
            case "bearer":
                return {"token": self.secret}
            case "api_key":
                return {"api_key": self.secret}
            case "http_basic":
                return {"username": self.user, "password": self.secret}
            case _:
                return {}

    def opens(self, request: Request) -> bool:
        """Whether the request has them."""
        given = request.headers.get("authorization", "")
        match self.kind:
            case "bearer":
                return given == f"Bearer {self.secret}"
            case "api_key" if self.place == "header":
                return request.headers.get(self.name.lower()) == self.secret
            case "api_key":
                return request.query.get(self.name) == self.secret
            case "http_basic":
                wanted = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
                return given == f"Basic {wanted}"
            case _:
                return True


def sample() -> list[Table]:
    """An API to look at by hand."""
    rows = [{"id": number, "updated_at": f"2024-01-0{number}T00:00:00Z"} for number in range(1, 6)]
    return [Table("/orders", rows, since={"updated_since": "updated_at"})]


@dataclass
class Rest(Service):
    """An API with tables; `rows` of a table may be changed between two requests."""

    title: ClassVar[str] = "Rest"
    covers: ClassVar[str] = "GET of tables in pages, with a login, from a value on"
    tables: list[Table] = field(default_factory=sample)
    login: Login = Login()

    def credentials(self) -> dict[str, str]:
        return self.login.credentials()

    def is_allowed(self, request: Request) -> bool:
        return self.login.opens(request)

    def error(self, status: int, message: str) -> Answer:
        return Answer(status, json.dumps({"message": message}))

    def routes(self) -> Sequence[Route]:
        return [Route("GET", table.path, partial(self._page, table)) for table in self.tables]

    def _page(self, table: Table, request: Request) -> Answer:
        rows, paging, query = table.asked(request.query), table.paging, request.query
        if paging.way not in WAYS:
            raise DagwayError(f"Pages by {paging.way!r} are not simulated.", f"Known are {', '.join(WAYS)}.")
        begin, size = _place(paging, query)
        shown, more = rows[begin : begin + size], begin + size < len(rows)
        body: dict[str, Any] = {}
        _put(body, table.selector, shown)
        headers: dict[str, str] = {}
        following = f"{self.url}{request.path}?{urlencode({**query, 'begin': str(begin + size)})}"
        match paging.way:
            case "offset":
                _put(body, paging.name("total_path", "total"), len(rows))
            case "page_number":
                _put(body, paging.name("total_path", "total"), max(1, -(-len(rows) // size)))
            case "cursor":
                _put(body, paging.name("cursor_path", "cursors.next"), str(begin + size) if more else None)
            case "json_link":
                _put(body, paging.name("next_url_path", "next"), following if more else None)
            case "header_link" | "auto":
                # At the end a link to something else, from which a client that looks for the way sees that there is one;
                # or none, as RFC 8288 allows.
                relation = paging.name("links_next_key", "next") if more else "first"
                if more or not paging.settings.get("absent_at_end"):
                    link = f'<{following if more else self.url + request.path}>; rel="{relation}"'
                    headers = {"Link": link}
            case _:
                pass
        return Answer(200, json.dumps(body if table.selector else shown, default=_written), headers)


def _place(paging: Paging, query: Mapping[str, str]) -> tuple[int, int]:
    """Where the page begins, and how many rows it has at most."""
    match paging.way:
        case "single_page":
            return 0, 1 << 62
        case "offset":
            wanted = int(query.get(paging.name("limit_param", "limit"), paging.size))
            return int(query.get(paging.name("offset_param", "offset"), 0)), min(wanted, paging.size)
        case "page_number":
            first = int(paging.settings.get("base_page") or 0)
            number = int(query.get(paging.name("page_param", "page"), first))
            return (number - first) * paging.size, paging.size
        case "cursor":
            return int(query.get(paging.name("cursor_param", "cursor"), 0)), paging.size
        case _:
            return int(query.get("begin", 0)), paging.size


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    """Put a value where a path such as `data.items` leads; an empty one leads nowhere."""
    *outer, last = path.split(".")
    for name in outer:
        body = body.setdefault(name, {})
    if last:
        body[last] = value


def _value(value: Any) -> Any:
    """A number, or a time in UTC, or a text, so that a parameter compares with a column."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return float(value) if value.replace(".", "", 1).isdigit() else value
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return value


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else str(value)
