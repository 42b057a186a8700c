"""The pages of one table, asked for by dlt's REST source, as lines of JSON on disk.

Nothing goes into the warehouse before the last page is here: a load that breaks off leaves no trace.
"""

# dlt's functions and its configuration leave parts of their types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import requests

from dagway.components.rest_api.way_on import kind, known_to_dlt, refuse_no_way
from dagway.components.vendor_api import NO_CONTENT, Vendor
from dagway.errors import DagwayError


@dataclass(frozen=True)
class Api:
    """Whom to ask and how; `auth` and `paginator` as dlt's REST source describes them, and how many pages a table may have."""

    vendor: Vendor
    base_url: str
    auth: Any = None
    paginator: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    max_pages: int = 10_000


@dataclass(frozen=True)
class Fetched:
    """What came.

    Attributes:
        rows: how many.
        names: the columns.
        nulls: those that no row has a value for.
    """

    rows: int
    names: frozenset[str]
    nulls: frozenset[str]


def fetch(
    api: Api, endpoint: Mapping[str, Any], optional: Sequence[str], exact: Collection[str], file: Path
) -> Fetched:
    """Write each row as a line of JSON.

    Args:
        endpoint: path, parameters, paginator and so on, as dlt describes them.
        optional: columns that become null where a row leaves them out.
        exact: columns whose numbers become texts, digit by digit, as a number of JSON is read as a double.

    Raises:
        DagwayError: not every row came, or dlt cannot make sense of the settings.
    """
    paging = endpoint.get("paginator") or api.paginator
    session = _Session(api, endpoint.get("data_selector") or None, paging)
    count, known, met = 0, set[str](), set[str]()
    with file.open("w", encoding="utf-8") as lines:
        for found in _rows(api, endpoint, session):
            if not isinstance(found, Mapping):
                raise DagwayError(
                    f"{api.vendor.name} gives a row that is no object: {str(found)[:80]}.",
                    "Let `data_selector` lead to a list of objects.",
                )
            row: dict[str, Any] = {**dict.fromkeys(optional), **found}
            row |= {name: _digits(row[name]) for name in exact if name in row}
            lines.write(json.dumps(row, default=_written, ensure_ascii=False) + "\n")
            count += 1
            met.update(row)
            known.update(name for name, value in row.items() if value is not None)
    _refuse_partial(api, paging, session, count)
    return Fetched(count, frozenset(met), frozenset(met - known))


def _digits(value: Any) -> Any:
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _written(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def _rows(api: Api, endpoint: Mapping[str, Any], session: requests.Session) -> Any:
    from dlt.common.exceptions import DltException
    from dlt.sources.rest_api import rest_api_resources

    client = {
        "base_url": api.base_url,
        "headers": dict(api.headers),
        "auth": api.auth,
        "paginator": known_to_dlt(api.paginator),
        "session": session,
    }
    given = {name: value for name, value in client.items() if value is not None}
    own = {"paginator": known_to_dlt(endpoint["paginator"])} if endpoint.get("paginator") else {}
    config: Any = {"client": given, "resources": [{"name": "rows", "endpoint": {**endpoint, **own}}]}
    try:
        [resource] = rest_api_resources(config)
        yield from resource
    except (DltException, ValueError, KeyError, TypeError) as error:
        raise _reason(error, api) from None


def _reason(error: BaseException, api: Api) -> DagwayError:
    """What ended dlt's reading: our own error where it is one."""
    last, cause = error, error
    while cause is not None and not isinstance(cause, DagwayError):
        last, cause = cause, cause.__cause__
    return cause or DagwayError(
        f"{api.vendor.name} cannot be read: {' '.join(str(last).split())}",
        "Correct `auth`, `paginator` or `endpoint`; they are those of dlt's REST source.",
    )


class _Session(requests.Session):
    """What dlt sends its requests by: patient, and with no page twice, of another shape or half."""

    def __init__(self, api: Api, selector: str | None, paging: Any) -> None:
        super().__init__()
        self.total: int | None = None
        self._vendor = api.vendor
        self._max_pages = api.max_pages
        self._selector = selector
        self._is_found = selector is None
        self._total_path = _total_path(paging)
        self._paging = paging
        self._asked: set[tuple[Any, ...]] = set()
        self._shown = ""

    def __deepcopy__(self, _memory: Any) -> _Session:
        """Itself: dlt copies its configuration to look at it."""
        return self

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if kwargs.get("allow_redirects") is False:  # a step of a redirect that is followed below
            return super().send(request, **kwargs)
        request.hooks = {"response": []}  # dlt's would raise before the answer is judged
        method, url = request.method or "GET", request.url or ""
        settings = {**kwargs, "timeout": self._vendor.timeout}
        answer = self._vendor.answered(method, url, lambda: super(_Session, self).send(request, **settings))
        if answer.status_code == NO_CONTENT:
            raise _end()
        answer.json = partial(answer.json, parse_float=Decimal)  # dlt, too, reads digits as they are written
        body = self._vendor.checked(answer)
        rows = self._rows(url, body)
        if not self._asked and kind(self._paging) == "auto":
            _refuse_first_for_all(self._vendor, answer, body, len(rows))
        if not self._asked and rows:
            refuse_no_way(self._vendor, self._paging, answer, body, len(rows))
        self._refuse_circle((method, url, request.body), answer, bool(rows))
        self._refuse_endless(url)
        self.total = _total(self._total_path, body, self.total)
        return answer

    def _rows(self, url: str, body: Any) -> Sequence[Any]:
        """The rows of a page: dlt takes an answer without their field for one without rows, and an error for a row.

        Where nobody wrote a selector, the one that dlt finds in the first page holds for all pages.
        """
        from dlt.common import jsonpath
        from dlt.sources.helpers.rest_client.detector import find_response_page_data

        if self._selector is None:
            self._selector = ".".join(find_response_page_data(body)[0])
        # Of an empty list, `items[*]` finds nothing; the list itself is there.
        found = jsonpath.find_values(self._selector.removesuffix("[*]") or "$", body)
        if not found or (self._is_found and not isinstance(found[0], list)):
            missing = (
                "a list of rows" if self._selector == "$" else f"{self._selector!r}, where the rows should be"
            )
            raise DagwayError(
                f"{self._vendor.name} answers {_bare(url)} without {missing}.",
                "Correct `data_selector`, `$` where the answer itself is a row, or see what changed in the API.",
            )
        return found[0] if isinstance(found[0], list) else found

    def _refuse_endless(self, url: str) -> None:
        if len(self._asked) > self._max_pages:
            raise DagwayError(
                f"{self._vendor.name} has more than {self._max_pages} pages of {_bare(url)}.",
                "Correct `paginator` if they have no end, or raise `max_pages`.",
            )

    def _refuse_circle(self, asked: tuple[Any, ...], answer: requests.Response, has_rows: bool) -> None:
        shown = hashlib.sha256(answer.content).hexdigest()
        if asked in self._asked or (shown == self._shown and has_rows):
            raise DagwayError(
                f"{self._vendor.name} gives the same page again: {_bare(asked[1])}.",
                "Correct `paginator`: the API goes on in another way.",
            )
        self._asked.add(asked)
        self._shown = shown


def _end() -> Exception:
    """What dlt takes for the end of the pages."""
    from dlt.sources.helpers.rest_client.exceptions import IgnoreResponseException

    return IgnoreResponseException()


def _bare(url: str) -> str:
    """An address without its query, where a key may stand."""
    return url.partition("?")[0]


def _refuse_first_for_all(vendor: Vendor, answer: requests.Response, body: Any, rows: int) -> None:
    """Where dlt finds no way on, it takes the first page for all; here the API must say that it is."""
    from dlt.sources.helpers.rest_client.detector import PaginatorFactory

    _, certainty = PaginatorFactory().create_paginator(answer)
    if certainty == 0 and not _says_the_end(answer, body, rows):
        raise DagwayError(
            f"{vendor.name} answers {_bare(answer.url)} and does not show how its pages go on.",
            "Write `paginator`: `single_page` where one answer has all rows.",
        )


def _says_the_end(answer: requests.Response, body: Any, rows: int) -> bool:
    """Whether no page follows: nothing is next, or all rows of the total are there."""
    said = [(name.lower(), value) for name, value in _fields(body)]
    more = [value for name, value in said if name.startswith("next") or name in ("has_more", "hasmore")]
    if more:
        return not any(more)
    return bool(answer.links) or any(name.startswith("total") and value == rows for name, value in said)


def _fields(body: Any) -> Iterator[tuple[str, Any]]:
    """The fields of an object and of those within, rows left aside."""
    for name, value in body.items() if isinstance(body, Mapping) else ():
        if isinstance(value, Mapping):
            yield from _fields(value)
        else:
            yield str(name), value


def _total_path(paging: Any) -> str | None:
    """Where an API that pages by offset says how many rows there are."""
    if not isinstance(paging, Mapping) or kind(paging) != "offset" or paging.get("maximum_offset"):
        return None
    return paging.get("total_path", "total")


def _total(path: str | None, body: Any, known: int | None) -> int | None:
    """The rows that there are, as the page says it, or one before."""
    from dlt.common import jsonpath

    found = jsonpath.find_values(path, body) if path else []
    return int(found[0]) if found and found[0] is not None else known


def _refuse_partial(api: Api, paging: Any, session: _Session, rows: int) -> None:
    """Where an API caps the pages below the limit, dlt would jump over some rows."""
    if session.total is None:
        return
    expected = max(0, session.total - int(paging.get("offset") or 0))
    if rows != expected:
        raise DagwayError(
            f"{api.vendor.name} says that there are {expected} rows, and gave {rows}.",
            "Lower the paginator's `limit` to what the API gives at most, or run again if rows came and went meanwhile.",
        )
