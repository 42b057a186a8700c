"""Demo mode: the API that the simulator plays, made of the project's demo files and of how the real one is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from dagway.components.reading import read_file
from dagway.simulators.rest import Login, Paging, Table

PAGE = 2
"""Rows of a page where the paginator names no limit: few, so that a demo has several pages."""


def table(
    path: str,
    endpoint: Mapping[str, Any],
    default: Any,
    file: str,
    types: Mapping[str, str],
    since: Mapping[str, str],
) -> Table:
    """A table of the API.

    Args:
        endpoint: how the component asks for it.
        default: the paginator of endpoints that have none.
        file: where its rows are.
        since: the parameter of its cursor, and the cursor's column.
    """
    with read_file(file, types, None) as rows:
        found: Sequence[Mapping[str, Any]] = rows.read_all().to_pylist()
    paging = paging_of(endpoint.get("paginator") or default)
    selector = str(endpoint.get("data_selector") or "").removeprefix("$.").removesuffix("[*]")
    return Table(path, found, paging, selector or _usual(paging), since)


def _usual(paging: Paging) -> str:
    """Where dlt finds rows by itself: in the body, or beside what the paging needs there."""
    return "" if paging.way in ("single_page", "header_link", "auto") else "items"


def paging_of(written: Any) -> Paging:
    """How dlt's paginator goes on."""
    if not isinstance(written, Mapping):
        return Paging(str(written or "auto"), size=PAGE)
    settings = cast("Mapping[str, Any]", written)
    return Paging(str(settings.get("type")), settings, int(settings.get("limit") or PAGE))


def login_of(auth: Any) -> Login:
    """How dlt's authentication logs in; what has no counterpart here becomes a bearer's token."""
    if not auth:
        return Login("none")
    settings: dict[str, Any] = {"type": auth} if isinstance(auth, str) else dict(auth)
    match settings.get("type"):
        case "api_key":
            place = "header" if settings.get("location", "header") == "header" else "query"
            return Login("api_key", place=place, name=str(settings.get("name") or "Authorization"))
        case "http_basic":
            return Login("http_basic")
        case _:
            return Login()


def auth_of(login: Login, auth: Any) -> Any:
    """The client's settings with what the simulator takes."""
    if login.kind == "none":
        return None
    given = cast("Mapping[str, Any]", auth if isinstance(auth, Mapping) else {})
    kept = {**given} if given.get("type") == login.kind else {}
    return {**kept, "type": login.kind, **login.credentials()}
