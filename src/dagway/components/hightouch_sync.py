"""A sync of Hightouch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import dagster as dg
from dagster_hightouch import utils
from dagster_hightouch.resources import HightouchResource

from dagway.components.reverse_sync import Access, ReverseSync
from dagway.errors import DagwayError
from dagway.simulators.hightouch import Hightouch, Sync


@dataclass(kw_only=True)
class HightouchSync(ReverseSync, dg.Resolvable):
    """A sync of Hightouch: it is triggered, waited for, and its rows are told; rejected rows fail it.

    `model` names the asset that it reads, such as a dbt model, which becomes its dependency.
    """

    title: ClassVar[str] = "Hightouch"
    api: ClassVar[str] = "https://api.hightouch.com"

    def execute(self, context: dg.AssetExecutionContext, access: Access) -> Mapping[str, Any]:
        client = Client(access, context)
        found = client.sync_and_poll(
            self.sync_id,
            fail_on_warning=self.fail_on_rejected_rows,
            poll_interval=access.poll_interval,
            poll_timeout=float(self.sync_timeout),
        )
        parsed = cast("Any", utils).parse_sync_run_details(found.sync_run_details)
        counts: dict[str, int | None] = cast("Any", utils).generate_metadata_from_parsed_run(parsed)
        rows = access.vendor.field(found.sync_run_details, "querySize") or 0
        if not rows:
            context.log.warning(f"Hightouch found no row in {self.model}.")
        return {
            **{name: value for name, value in counts.items() if value is not None},
            "rows": rows,
            "rejected": sum(counts[name] or 0 for name in ("failed_add", "failed_change", "failed_remove")),
            "sync_id": self.sync_id,
            "sync_run_id": str(found.sync_run_details["id"]),
            "destination": str(found.destination_details.get("name")),
            "destination_type": str(found.destination_details.get("type")),
        }

    def simulated(self, rows: int) -> Hightouch:
        return Hightouch(syncs=[Sync(self.sync_id, rows=rows)])


class Client(HightouchResource):
    """Dagster's client, bounded in time and at any address."""

    def __init__(self, access: Access, context: dg.AssetExecutionContext) -> None:
        super().__init__(access.api_key, context.log)
        self._access = access

    @property
    def api_base_url(self) -> str:
        return f"{self._access.url.rstrip('/')}/api/v1/"

    def make_request(self, method: str, endpoint: str, params: dict[str, Any] | None = None) -> Any:
        vendor = self._access.vendor
        headers = {"Authorization": f"Bearer {self._access.api_key}", "User-Agent": "dagway"}
        answer = vendor.ask(method, self.api_base_url + endpoint, headers=headers, params=params)
        found = vendor.checked(answer)
        return cast("dict[str, Any]", found).get("data", found) if isinstance(found, dict) else found

    def start_sync(self, sync_id: str) -> str:
        found = self.make_request("POST", f"syncs/{sync_id}/trigger")
        return str(self._access.vendor.field(found, "id"))

    def get_sync_details(self, sync_id: str) -> dict[str, Any]:
        """The sync, with the destination that is asked for next."""
        found = super().get_sync_details(sync_id)
        self._access.vendor.field(found, "destinationId")
        return found

    def get_sync_run_details(self, sync_id: str, sync_request_id: str) -> list[dict[str, Any]]:
        """The run, with its state; counts that Hightouch does not know yet are empty, which Dagster's client cannot read as null."""
        found: Any = super().get_sync_run_details(sync_id, sync_request_id)
        field = self._access.vendor.field
        runs = cast("list[dict[str, Any]]", found if isinstance(found, list) else field(found, "data"))
        if not runs:
            raise DagwayError(
                f"Hightouch knows no run {sync_request_id} of sync {sync_id}, which it started.",
                "Look at the sync in Hightouch, then run it again.",
            )
        for name in ("id", "status"):
            field(runs[0], name)
        known: dict[str, Any] = {
            "plannedRows": {},
            "successfulRows": {},
            "failedRows": {},
            "completionRatio": 0,
        }
        return [{**run, **{name: run.get(name) or empty for name, empty in known.items()}} for run in runs]
