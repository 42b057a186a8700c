"""The account that is asked: how YAML describes it, and Dagster's resource with our client."""

from dataclasses import dataclass
from typing import Annotated

import dagster as dg
from dagster_fivetran import FivetranWorkspace
from pydantic import Field

from dagway._dagster.fivetran_client import Client
from dagway.components.asked import Asked
from dagway.components.resolving import plain, text
from dagway.components.vendor_api import Vendor
from dagway.errors import DagwayError

API = "https://api.fivetran.com"


@dataclass(kw_only=True)
class FivetranAccount(Asked, dg.Resolvable):
    """An account of Fivetran; demo mode needs none of it."""

    account_id: Annotated[str | None, text("The account's id.")] = None
    api_key: Annotated[str | None, text("The API key, from `{{ env.FIVETRAN_API_KEY }}`.")] = None
    api_secret: Annotated[str | None, text("Its secret, from `{{ env.FIVETRAN_API_SECRET }}`.")] = None
    api_url: Annotated[str, text("The API's address, such as a gateway's.")] = API
    poll_interval: Annotated[float, plain("Seconds between two looks at a sync.", float | str)] = 10.0
    sync_timeout: Annotated[
        float, plain("Seconds after which a sync is no longer waited for.", float | str)
    ] = 6 * 3600.0
    disable_schedule_on_trigger: Annotated[
        bool,
        plain("Whether Fivetran's own schedule of a connection ends with its first sync from here.", bool),
    ] = True

    def workspace(self) -> "Workspace":
        """Dagster's resource for it."""
        return Workspace(
            account_id=self.account_id or "",
            api_key=self.api_key or "",
            api_secret=self.api_secret or "",
            api_url=self.api_url,
            request_timeout=self.request_timeout,
            patience=self.patience,
            poll_interval=self.poll_interval,
            sync_timeout=self.sync_timeout,
            disable_schedule_on_trigger=self.disable_schedule_on_trigger,
        )


class Workspace(FivetranWorkspace):
    """Dagster's resource, with a client that is bounded in time and reads every page."""

    api_url: str = Field(default=API, description="The API's address.")
    request_timeout: float = Field(default=30.0, description="Seconds to wait for one answer.")
    patience: float = Field(default=60.0, description="Seconds after which a request is given up.")
    poll_interval: float = Field(default=10.0, description="Seconds between two looks at a sync.")
    sync_timeout: float = Field(default=6 * 3600.0, description="Seconds after which a sync is given up.")

    def get_client(self) -> Client:
        """The client.

        Raises:
            DagwayError: there are no credentials.
        """
        if not self.api_key or not self.api_secret:
            raise DagwayError(
                "Fivetran's api_key or api_secret is empty.",
                "Set the variables that the workspace names, or demo_mode: true.",
            )
        vendor = Vendor("Fivetran", "api_key and api_secret", self.request_timeout, self.patience)
        return Client(
            self.api_url,
            (self.api_key, self.api_secret),
            vendor.ask,
            vendor.checked,
            poll_interval=self.poll_interval,
            sync_timeout=self.sync_timeout,
            disable_schedule_on_trigger=self.disable_schedule_on_trigger,
            retry_on_reschedule=self.retry_on_reschedule,
        )
