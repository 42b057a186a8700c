"""How patiently a component asks a service, as YAML says it."""

from dataclasses import dataclass
from typing import Annotated

from dagway.components.object_store import StoreWaits
from dagway.components.resolving import plain
from dagway.components.vendor_api import Vendor


@dataclass(kw_only=True)
class Asked:
    """What every component and account carries that asks a service."""

    request_timeout: Annotated[float, plain("Seconds to wait for one answer.", float | str)] = 30.0
    patience: Annotated[
        float, plain("Seconds after which a request is given up, pauses included.", float | str)
    ] = 60.0

    def vendor(self, name: str, credentials: str) -> Vendor:
        """Whom to ask.

        Args:
            credentials: which settings log in.
        """
        return Vendor(name, credentials, float(self.request_timeout), float(self.patience))

    def waits(self) -> StoreWaits:
        """How long an object store is waited for."""
        return StoreWaits(float(self.request_timeout), float(self.patience))
