"""Simulators that run by hand: started by the vendor's name, described for whoever wants to use them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module

from dagway.simulators.service import Service

SERVICES = {
    "airbyte": "Airbyte",
    "census": "Census",
    "fivetran": "Fivetran",
    "google-sheets": "GoogleSheets",
    "hightouch": "Hightouch",
    "rest": "Rest",
}
"""Module and class of the simulators that are a `Service`."""
S3_VARIABLE = "DAGWAY_DEMO_S3_URL"


@dataclass(frozen=True)
class Running:
    """A simulator that runs.

    Attributes:
        covers: what part of the vendor's API it answers.
        credentials: what a client logs in with, by the name of the setting.
        variable: the variable that makes demo mode use it.
    """

    title: str
    address: str
    covers: str
    variable: str
    credentials: Mapping[str, str] = field(default_factory=dict[str, str])


Start = Callable[[int], Generator[Running]]


def vendors() -> list[str]:
    """Whom `run` can stand in for."""
    return sorted([*SERVICES, *_OTHERS])


@contextmanager
def run(vendor: str, port: int = 0) -> Generator[Running]:
    """Run a vendor's simulator until the end of the block.

    Args:
        port: 0 for any that is free.

    Raises:
        DagwayError: the port is taken, or the simulator needs a package that is not installed.
    """
    yield from _OTHERS[vendor](port) if vendor in _OTHERS else _service(vendor, port)


def _service(vendor: str, port: int) -> Generator[Running]:
    service: Service = getattr(
        import_module(f"dagway.simulators.{vendor.replace('-', '_')}"), SERVICES[vendor]
    )()
    with service.running(port):
        yield Running(service.title, service.url, service.covers, service.variable, service.credentials())


def _slack(port: int) -> Generator[Running]:
    from dagway.simulators.slack import slack_receiver

    with slack_receiver(port) as receiver:
        covers = "chat.postMessage with a bot's token, incoming webhooks"
        token = {"bot_token": f"{receiver.token_prefix}demo"}
        yield Running("Slack", receiver.url, covers, "DAGWAY_DEMO_SLACK_URL", token)


def _webhook(port: int) -> Generator[Running]:
    from dagway.simulators.webhook import webhook_receiver

    with webhook_receiver(port) as receiver:
        covers = "JSON posted to any path"
        yield Running("Webhook", receiver.url, covers, "DAGWAY_DEMO_WEBHOOK_URL")


def _s3(port: int) -> Generator[Running]:
    from dagway.simulators.object_store import ENVIRONMENT, s3_server

    with s3_server(port) as address:
        yield Running("S3", address, "S3's API as moto answers it", S3_VARIABLE, ENVIRONMENT)


def _redis(port: int) -> Generator[Running]:
    from dagway.simulators.redis import COVERS, VARIABLE, redis_server

    with redis_server(port) as address:
        yield Running("Redis", address, COVERS, VARIABLE)


_OTHERS: dict[str, Start] = {"redis": _redis, "s3": _s3, "slack": _slack, "webhook": _webhook}
