"""The workspace that is asked: how YAML describes it, and Dagster's resource with our client."""

from dataclasses import dataclass
from typing import Annotated

import dagster as dg
from dagster_airbyte import AirbyteWorkspace
from dagster_airbyte.resources import (
    AIRBYTE_CLOUD_CONFIGURATION_API_BASE_URL,
    AIRBYTE_CLOUD_REST_API_BASE_URL,
)
from pydantic import Field

from dagway._dagster.airbyte_client import Client
from dagway.components.asked import Asked
from dagway.components.resolving import plain, text
from dagway.components.vendor_api import Vendor
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class AirbyteAccount(Asked, dg.Resolvable):
    """A workspace of Airbyte, of its cloud or one's own; demo mode needs none of it."""

    workspace_id: Annotated[str | None, text("The workspace's id.")] = None
    client_id: Annotated[str | None, text("The client's id, from `{{ env.AIRBYTE_CLIENT_ID }}`.")] = None
    client_secret: Annotated[str | None, text("Its secret, from `{{ env.AIRBYTE_CLIENT_SECRET }}`.")] = None
    username: Annotated[str | None, text("A user, where Airbyte is one's own and has passwords.")] = None
    password: Annotated[str | None, text("The user's password.")] = None
    rest_api_base_url: Annotated[str, text("The public API; of one's own, `<host>/api/public/v1`.")] = (
        AIRBYTE_CLOUD_REST_API_BASE_URL
    )
    configuration_api_base_url: Annotated[
        str, text("The configuration API; of one's own, `<host>/api/v1`.")
    ] = AIRBYTE_CLOUD_CONFIGURATION_API_BASE_URL
    poll_interval: Annotated[float, plain("Seconds between two looks at a job.", float | str)] = 10.0
    sync_timeout: Annotated[
        float, plain("Seconds after which a job is cancelled and no longer waited for.", float | str)
    ] = 6 * 3600.0
    cancel_on_termination: Annotated[
        bool, plain("Whether a job is cancelled when its step ends before it.", bool)
    ] = True

    def resource(self) -> "Workspace":
        """Dagster's resource for it."""
        return Workspace(
            rest_api_base_url=self.rest_api_base_url,
            configuration_api_base_url=self.configuration_api_base_url,
            workspace_id=self.workspace_id or "",
            client_id=self.client_id or None,
            client_secret=self.client_secret or None,
            username=self.username or None,
            password=self.password or None,
            answer_timeout=float(self.request_timeout),
            patience=float(self.patience),
            poll_interval=float(self.poll_interval),
            poll_timeout=float(self.sync_timeout),
            cancel_on_termination=self.cancel_on_termination,
            # What a step that was killed had started is waited for, not refused.
            poll_previous_running_sync=True,
        )


class Workspace(AirbyteWorkspace):
    """Dagster's resource, with a client that is bounded in time."""

    answer_timeout: float = Field(default=30.0, description="Seconds to wait for one answer.")
    patience: float = Field(default=60.0, description="Seconds after which a request is given up.")

    def get_client(self) -> Client:
        """The client.

        Raises:
            DagwayError: half of the credentials are there.
        """
        for one, other in (("client_id", "client_secret"), ("username", "password")):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise DagwayError(
                    f"Airbyte's {one} or {other} is empty.",
                    "Set the variables that the workspace names, or demo_mode: true.",
                )
        names = "client_id and client_secret, or username and password"
        vendor = Vendor("Airbyte", names, self.answer_timeout, self.patience)
        return Client.of(
            vendor.ask,
            vendor.checked,
            rest_api_base_url=self.rest_api_base_url,
            configuration_api_base_url=self.configuration_api_base_url,
            workspace_id=self.workspace_id,
            client_id=self.client_id,
            client_secret=self.client_secret,
            username=self.username,
            password=self.password,
            max_items_per_page=self.max_items_per_page,
            poll_interval=self.poll_interval,
            poll_timeout=self.poll_timeout,
            cancel_on_termination=self.cancel_on_termination,
            poll_previous_running_sync=self.poll_previous_running_sync,
        )
