"""Dagster's client of Fivetran's API, with requests of our own.

Dagster's (0.29) waits as long as it wants after 429, tries a wrong password four times, ends with an unbound variable when
nothing answers, reads the cursor of the next page under a name that Fivetran does not use, and reads one page of groups.
"""

# Dagster's client leaves the type parameters of what it reads open.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagster_fivetran.resources import FivetranClient
from dagster_fivetran.types import FivetranOutput

from dagway.errors import DagwayError

if TYPE_CHECKING:
    import requests

Ask = Callable[..., "requests.Response"]
PAGE = 1000
HEADERS = {"Accept": "application/json;version=2", "Content-Type": "application/json", "User-Agent": "dagway"}


class Client(FivetranClient):
    """The client, at any address, with our way to ask.

    Args:
        ask: sends a request and gives the answer.
        checked: gives an answer's JSON, or raises what the answer says is wrong.
        poll_interval: seconds between two looks at a sync.
        sync_timeout: seconds after which a sync is given up; None for never.
    """

    def __init__(
        self,
        url: str,
        login: tuple[str, str],
        ask: Ask,
        checked: Callable[["requests.Response"], Any],
        *,
        poll_interval: float,
        sync_timeout: float | None,
        disable_schedule_on_trigger: bool,
        retry_on_reschedule: bool,
    ) -> None:
        super().__init__(*login, 0, 0.0, 0.0, disable_schedule_on_trigger, retry_on_reschedule)
        self._url, self._ask, self._checked = url.rstrip("/"), ask, checked
        self._poll_interval, self._sync_timeout = poll_interval, sync_timeout

    @property
    def api_base_url(self) -> str:
        return f"{self._url}/v1"

    def _make_request(
        self,
        method: str,
        endpoint: str,
        data: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> "requests.Response":
        url, login = f"{self.api_base_url}/{endpoint}", (self.api_key, self.api_secret)
        answer = self._ask(method, url, headers=HEADERS, auth=login, data=data, params=params)
        if answer.status_code != 404:  # Dagster asks for schemas that may not be there
            self._checked(answer)
        return answer

    def _make_and_handle_request(
        self,
        method: str,
        endpoint: str,
        data: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        found = self._checked(self._make_request(method, endpoint, data, params))
        return found.get("data", found)

    def get_groups(self) -> Mapping[str, Any]:
        return {"items": list(self._items("groups"))}

    def list_connectors_for_group(self, group_id: str) -> list[Mapping[str, Any]]:
        return list(self._items(f"groups/{group_id}/connectors"))

    def _items(self, endpoint: str) -> Iterator[Mapping[str, Any]]:
        """All items of a listing, page by page."""
        cursors: list[str] = []
        while True:
            params = {"limit": PAGE, **({"cursor": cursors[-1]} if cursors else {})}
            page = self._make_and_handle_request("GET", endpoint, params=params)
            cursor = page.get("next_cursor")
            if "items" not in page or cursor in cursors:
                raise DagwayError(
                    f"Fivetran's listing {endpoint} does not come to an end, or has no items.",
                    "Run it again; if it stays, Fivetran changed its API.",
                )
            yield from page["items"]
            if not cursor:
                return
            cursors.append(cursor)

    def setup_tests(self, connector_id: str) -> list[Mapping[str, Any]]:
        """Run a connection's setup tests; gives title, status and message of each."""
        found = self._make_connector_request("POST", f"{connector_id}/test", "{}")
        return list(found.get("setup_tests") or ())

    def sync_and_poll(
        self,
        connector_id: str,
        poll_interval: float | None = None,
        poll_timeout: float | None = None,
    ) -> FivetranOutput:
        interval = self._poll_interval if poll_interval is None else poll_interval
        timeout = self._sync_timeout if poll_timeout is None else poll_timeout
        return self._unless_paused(connector_id, super().sync_and_poll(connector_id, interval, timeout))

    def resync_and_poll(
        self,
        connector_id: str,
        poll_interval: float | None = None,
        poll_timeout: float | None = None,
        resync_parameters: Mapping[str, Any] | None = None,
    ) -> FivetranOutput:
        interval = self._poll_interval if poll_interval is None else poll_interval
        timeout = self._sync_timeout if poll_timeout is None else poll_timeout
        found = super().resync_and_poll(connector_id, interval, timeout, resync_parameters)
        return self._unless_paused(connector_id, found)

    @staticmethod
    def _unless_paused(connector_id: str, found: FivetranOutput | None) -> FivetranOutput:
        """Dagster gives nothing for a paused connection, and its step ends as success."""
        if found is None:
            raise DagwayError(f"Fivetran's connection {connector_id} is paused.", "Resume it in Fivetran.")
        return found
