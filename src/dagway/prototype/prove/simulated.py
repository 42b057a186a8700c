"""The local servers that stand in for the outside while a project is proven."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from dagway.prototype.model import Plan

OBJECT_STORES = {"s3", "gcs", "azure"}


@dataclass(frozen=True)
class Servers:
    """What runs: `receiver` takes the alerts' messages."""

    receiver: Any = None


@contextmanager
def simulators(plan: Plan | None, *, demo: bool) -> Generator[Servers]:
    """Starts what the plan needs and says in the environment where it is.

    Alerts always go to the local receiver: a proof must not wake people.
    """
    with ExitStack() as stack:
        if demo and plan and _uses_objects(plan):
            from dagway.simulators.object_store import s3_server

            os.environ["DAGWAY_DEMO_S3_URL"] = stack.enter_context(s3_server())
        yield Servers()


def _uses_objects(plan: Plan) -> bool:
    return any(asset.integration in OBJECT_STORES for asset in plan.assets)


def variables() -> Sequence[str]:
    """The variables by which components find the servers."""
    return ("DAGWAY_DEMO_S3_URL", "DAGWAY_DEMO_SLACK_URL", "DAGWAY_DEMO_WEBHOOK_URL")
