"""Where an answer says how its pages go on: a field or a header, which an API that changed may no longer have."""

# dlt's functions leave parts of their types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from dagway.components.vendor_api import Vendor
from dagway.errors import DagwayError

ABSENT_AT_END = "absent_at_end"
"""What the YAML may say in `paginator` besides dlt's own words."""
_FIELDS = {
    "json_link": ("next_url_path", "next"),
    "json_response": ("next_url_path", "next"),
    "cursor": ("cursor_path", "cursors.next"),
    "header_link": ("links_next_key", "next"),
    "header_cursor": ("cursor_key", "next"),
}


def kind(paging: Any) -> str:
    """How the pages go on, `auto` where dlt looks for it."""
    found = paging.get("type") if isinstance(paging, Mapping) else paging
    return str(found or "auto")


def known_to_dlt(paging: Any) -> Any:
    """The paginator in dlt's own words."""
    if not isinstance(paging, Mapping):
        return paging
    return {name: value for name, value in paging.items() if name != ABSENT_AT_END}


def refuse_no_way(vendor: Vendor, paging: Any, answer: requests.Response, body: Any) -> None:
    """dlt takes a first page that does not say what follows for the last; here it must say that nothing does.

    Raises:
        DagwayError: the field is not there (a null is an answer), and the YAML does not say that the last page has none.
    """
    settings: Mapping[str, Any] = paging if isinstance(paging, Mapping) else {}
    if kind(paging) not in _FIELDS or settings.get(ABSENT_AT_END):
        return
    setting, default = _FIELDS[kind(paging)]
    path = settings.get(setting) or default
    if _is_there(kind(paging), path, answer, body) or _says_no_more(settings.get("has_more_path"), body):
        return
    missing = "a `Link` header" if kind(paging) == "header_link" else f"{str(path)!r}"
    raise DagwayError(
        f"{vendor.name} answers {answer.url.partition('?')[0]} without {missing}, which says how its pages go on.",
        f"Correct `{setting}`, or see what changed in the API; where it leaves that out on its last page,"
        f" write `{ABSENT_AT_END}: true` in `paginator`.",
    )


def _is_there(way: str, path: Any, answer: requests.Response, body: Any) -> bool:
    from dlt.common import jsonpath

    if way == "header_link":
        return bool(answer.links)  # at its end, an API links to its other pages
    if way == "header_cursor":
        return str(path) in answer.headers
    return bool(jsonpath.find_values(path, body))


def _says_no_more(path: Any, body: Any) -> bool:
    from dlt.common import jsonpath

    found = jsonpath.find_values(path, body) if path else []
    return bool(found) and str(found[0]).lower() == "false"
