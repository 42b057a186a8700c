"""A sync of Census."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import dagster as dg
from dagster_census import CensusResource
from dagster_census.resources import SYNC_RUN_STATUSES
from pydantic import PrivateAttr

from dagway.components.reverse_sync import Access, ReverseSync
from dagway.errors import DagwayError
from dagway.simulators.census import Census, Sync

COUNTS = ("source_record_count", "records_processed", "records_updated", "records_failed", "records_invalid")
UNDER_WAY = ("queued", "working")


@dataclass(kw_only=True)
class CensusSync(ReverseSync, dg.Resolvable):
    """A sync of Census: it is triggered, waited for, and its records are told; rejected records fail it.

    `model` names the asset that it reads, such as a dbt model, which becomes its dependency.
    """

    title: ClassVar[str] = "Census"
    api: ClassVar[str] = "https://app.getcensus.com"

    def execute(self, context: dg.AssetExecutionContext, access: Access) -> Mapping[str, Any]:
        client, identity, field = Client.of(access), self._identity(), access.vendor.field
        connection = field(client.get_sync(identity), "data", "destination_attributes", "connection_id")
        destination = field(client.get_destination(connection), "data")
        started = field(client.trigger_sync(identity), "data", "sync_run_id")
        run = self._ended(context, client, int(started), access)
        if not run["source_record_count"]:
            context.log.warning(f"Census found no record in {self.model}.")
        return {
            **{name: run[name] for name in COUNTS if run.get(name) is not None},
            "rows": run["source_record_count"] or 0,
            "rejected": _rejected(run),
            "sync_id": identity,
            "sync_run_id": run["id"],
            "destination": str(destination.get("name")),
            "destination_type": str(destination.get("type")),
        }

    def simulated(self, rows: int) -> Census:
        return Census(syncs=[Sync(self._identity(), rows=rows)])

    def _identity(self) -> int:
        if not self.sync_id.isdigit():
            raise DagwayError(f"{self.sync_id!r} is no id of a sync of Census.", "Write its number.")
        return int(self.sync_id)

    def _ended(
        self, context: dg.AssetExecutionContext, client: "Client", number: int, access: Access
    ) -> Mapping[str, Any]:
        """The run once it has ended well.

        Dagster's own client takes a failed run for an ended one, and looks at its time-out only after the end.
        """
        deadline = time.monotonic() + float(self.sync_timeout)
        while True:
            run = access.vendor.field(client.get_sync_run(number), "data")
            status = access.vendor.field(run, "status")
            context.log.info(f"Census: run {number} of sync {self.sync_id} is {status}.")
            if status not in UNDER_WAY:
                break
            if time.monotonic() > deadline:
                raise DagwayError(
                    f"Run {number} of Census' sync {self.sync_id} timed out after {self.sync_timeout:g} s.",
                    "Look at the run in Census, or raise `sync_timeout`.",
                )
            time.sleep(access.poll_interval)
        access.vendor.field(run, "id")
        if run["status"] == "completed":  # another says why it is not, and may have counted nothing
            access.vendor.field(run, "source_record_count")
        self._refuse(run)
        return run

    def _refuse(self, run: Mapping[str, Any]) -> None:
        where = f"Run {run['id']} of Census' sync {self.sync_id}"
        status = run["status"]
        if status != "completed":
            known = "" if status in SYNC_RUN_STATUSES else ", which Census' API does not document"
            reason = run.get("error_message") or "no reason given"
            raise DagwayError(
                f"{where} is {status}{known}: {reason}.", "Mend it in Census, then run it again."
            )
        lost = _rejected(run)
        if lost and self.fail_on_rejected_rows:
            raise DagwayError(
                f"{where} left out {lost} of {run['source_record_count']} records.",
                "Look at them in Census, or set fail_on_rejected_rows: false.",
            )


def _rejected(run: Mapping[str, Any]) -> int:
    return (run.get("records_failed") or 0) + (run.get("records_invalid") or 0)


class Client(CensusResource):
    """Dagster's client, bounded in time and at any address."""

    _access: Access | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, access: Access) -> "Client":
        """The client of a workspace."""
        client = cls(api_key=access.api_key)
        client._access = access
        return client

    @property
    def api_base_url(self) -> str:
        return super().api_base_url if self._access is None else f"{self._access.url.rstrip('/')}/api/v1"

    def make_request(
        self, method: str, endpoint: str, data: str | None = None, page_number: int | None = None
    ) -> Mapping[str, Any]:
        if self._access is None:
            return super().make_request(method, endpoint, data, page_number)
        headers = {
            "Authorization": f"Bearer {self.api_key}",
            "Content-Type": "application/json",
            "User-Agent": "dagway",
        }
        params = {} if page_number is None else {"page": page_number}
        vendor, url = self._access.vendor, f"{self.api_base_url}/{endpoint}"
        return vendor.checked(vendor.ask(method, url, headers=headers, data=data, params=params))
