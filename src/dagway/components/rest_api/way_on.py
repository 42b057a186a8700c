"""Where an answer says how its pages go on: a field or a header, which an API that changed may no longer have."""

# dlt's functions leave parts of their types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagway.errors import DagwayError

if TYPE_CHECKING:
    import requests

    from dagway.components.vendor_api import Vendor

ABSENT_AT_END = "absent_at_end"
"""What the YAML may say in `paginator` besides dlt's own words: the rows of a full page, or `true`."""
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


def refuse_no_way(vendor: Vendor, paging: Any, answer: requests.Response, body: Any, rows: int) -> None:
    """dlt takes a first page that does not say what follows for the last; here it must say that nothing does.

    Args:
        rows: how many the page has.

    Raises:
        DagwayError: the field is not there (a null is an answer), and the YAML does not say that a last page of so many
            rows has none, nor does the answer say elsewhere that these are all; or it says that there is more.
    """
    settings: Mapping[str, Any] = paging if isinstance(paging, Mapping) else {}
    if kind(paging) not in _FIELDS:
        return
    setting, default = _FIELDS[kind(paging)]
    path = settings.get(setting) or default
    if _is_there(kind(paging), path, answer, body) or _says_no_more(settings.get("has_more_path"), body):
        return
    more, full = _said_to_follow(answer.headers, rows), full_page(paging)
    if not more and full is not None and (rows < full or more is not None):
        return
    missing = "a `Link` header" if kind(paging) == "header_link" else f"{str(path)!r}"
    found = f" and with {more}" if more else f" and with {rows} rows, a full page" if full is not None else ""
    raise DagwayError(
        f"{vendor.name} answers {answer.url.partition('?')[0]} without {missing}, which says how its pages go on{found}.",
        f"Correct `{setting}`, or see what changed in the API; where it leaves that out on its last page,"
        f" write `{ABSENT_AT_END}` in `paginator`: the rows of a full page, or `true` for any number.",
    )


def full_page(paging: Any) -> float | None:
    """The rows from which on a page is thought to be followed by another; None if every one may be.

    Raises:
        DagwayError: what the YAML says of it is no number of rows.
    """
    absent = paging.get(ABSENT_AT_END) if isinstance(paging, Mapping) else None
    if absent in (None, False, ""):
        return None
    if absent is True or str(absent).lower() == "true":
        return float("inf")
    if not str(absent).isdecimal() or not int(absent):
        raise DagwayError(
            f"`{ABSENT_AT_END}: {absent}` is no number of rows.",
            "Write how many rows a full page has, or `true`.",
        )
    return int(absent)


def _counts(rows: int) -> dict[str, tuple[int, str]]:
    """Headers that count pages or rows: at most how many where this page is the only one, and the text that says so."""
    counted = rows, str(rows)
    return {"X-Next-Page": (1, ""), "X-Total-Pages": (1, "1"), "X-Total": counted, "X-Total-Count": counted}


def _said_to_follow(headers: Mapping[str, str], rows: int) -> str | None:
    """The header that counts more than the rows of this page; "" if one says that these are all, None if none says anything."""
    said: str | None = None
    for name, (most, all_of_them) in _counts(rows).items():
        text = headers.get(name, "none").strip()
        if text.isdecimal() and int(text) > most:
            return f"`{name}: {text}`"
        if text == all_of_them:
            said = ""
    return said


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
