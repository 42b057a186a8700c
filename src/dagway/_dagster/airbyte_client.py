"""Dagster's client of Airbyte's API, with requests of our own.

Dagster's (0.29) tries a wrong secret four times, never waits as long as `Retry-After` asks, and follows pages without end.
"""

# Dagster's client leaves the type parameters of what it reads open.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlparse

from dagster_airbyte.resources import AirbyteClient
from pydantic import PrivateAttr

from dagway.errors import DagwayError

if TYPE_CHECKING:
    import requests

Ask = Callable[..., "requests.Response"]
Checked = Callable[["requests.Response"], Any]


class Client(AirbyteClient):
    """The client, with our way to ask."""

    _ask: Any = PrivateAttr(default=None)
    _checked: Any = PrivateAttr(default=None)

    @classmethod
    def of(cls, ask: Ask, checked: Checked, **settings: Any) -> "Client":
        """The client of a workspace.

        Args:
            ask: sends a request and gives the answer.
            checked: gives an answer's JSON, or raises what the answer says is wrong.
        """
        client = cls(request_max_retries=0, request_retry_delay=0.0, request_timeout=0, **settings)
        client._ask, client._checked = ask, checked
        return client

    def _single_request(
        self,
        method: str,
        url: str,
        data: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        include_additional_request_headers: bool = True,
    ) -> Mapping[str, Any]:
        more = self.all_additional_request_headers if include_additional_request_headers else {}
        login = (self.username, self.password) if self.username and self.password else None
        headers = {"Accept": "application/json", **more}
        answer = self._ask(method, url, headers=headers, auth=login, json=data, params=params)
        return cast("Mapping[str, Any]", self._checked(answer))

    def _paginated_request(
        self,
        method: str,
        url: str,
        params: dict[str, Any],
        data: Mapping[str, Any] | None = None,
        include_additional_request_params: bool = True,
    ) -> Sequence[Mapping[str, Any]]:
        items: list[Mapping[str, Any]] = []
        query, seen = {"limit": self.max_items_per_page, **params}, set[str]()
        while True:
            page = self._single_request(method, url, data, query, include_additional_request_params)
            after = page.get("next") or ""
            if "data" not in page or after in seen:
                raise DagwayError(
                    f"Airbyte's listing {url} does not come to an end, or has no items.",
                    "Run it again; if it stays, Airbyte changed its API.",
                )
            items.extend(page["data"])
            if not after:
                return items
            seen.add(after)
            query.update(parse_qsl(urlparse(after).query))
