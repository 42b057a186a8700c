"""The environment variables that the project reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from dagway.blueprint.model import ENV_CALL, Blueprint
from dagway.catalog import catalog
from dagway.prototype.model import Variable
from dagway.prototype.planning.snowflake import implied, warehouses

_SECRET = re.compile(
    r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|PRIVATE|(^|_)KEY|WEBHOOK|DSN|CONNECTION|DATABASE_URL"
)
_CONNECTIONS = ("connection", "webhook", "password", "token", "secret", "private_key")
_NAMED = ("sources", "assets", "exports", "schedules", "sensors", "alerts", "environments")
_SLACK = ("SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL")
_ACCESS: Mapping[str, tuple[str, ...]] = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"),
    "gcs": ("GOOGLE_APPLICATION_CREDENTIALS",),
    "azure": ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"),
    "hightouch": ("HIGHTOUCH_API_KEY",),
    "census": ("CENSUS_API_KEY",),
}
Use = tuple[str, str | None, str, bool]


def plan_variables(blueprint: Blueprint) -> tuple[Variable, ...]:
    """Every variable once, by name, with the lines that use it; a default is the first that is given."""
    uses: dict[str, list[Use]] = {}
    for use in (*_written(blueprint), *_implied(blueprint)):
        uses.setdefault(use[0], []).append(use)
    return tuple(_variable(name, uses[name]) for name in sorted(uses))


def _variable(name: str, uses: list[Use]) -> Variable:
    return Variable(
        name=name,
        default=next((default for _, default, _, _ in uses if default is not None), None),
        used_by=tuple(dict.fromkeys(line for _, _, line, _ in uses)),
        secret=bool(_SECRET.search(name)) or any(secret for _, _, _, secret in uses),
    )


def _written(blueprint: Blueprint) -> Iterator[Use]:
    """The `env()` calls, wherever they stand."""
    for section in type(blueprint).model_fields:
        value = getattr(blueprint, section)
        if section in _NAMED:
            for name, said in value.items():
                yield from _calls(f"{section}/{name}", _dumped(said))
        else:
            yield from _calls(section, _dumped(value))


def _dumped(value: Any) -> Any:
    return (
        value.model_dump(mode="python", by_alias=True, exclude_defaults=True)
        if hasattr(value, "model_dump")
        else value
    )


def _calls(line: str, value: Any, field: str = "") -> Iterator[Use]:
    if isinstance(value, str):
        if "env(" in value:
            for name, default in ENV_CALL.findall(value):
                given = default if "," in value else None
                yield name, given, line, field in _CONNECTIONS
    elif isinstance(value, Mapping):
        for inner, item in cast("Mapping[str, Any]", value).items():
            yield from _calls(line, item, inner)
    elif isinstance(value, list | tuple):
        for item in cast("Sequence[Any]", value):
            yield from _calls(line, item, field)


def _implied(blueprint: Blueprint) -> Iterator[Use]:
    """What warehouses, object stores, reverse-ETL tools and Slack are reached with."""
    for line, settings in warehouses(blueprint):
        for variable in implied(settings).values():
            yield variable, None, line, False
    for section, said in (("sources", blueprint.sources), ("exports", blueprint.exports)):
        for name, line in said.items():
            integration = catalog().get(line.integration)
            for variable in _ACCESS.get(integration.name, ()) if integration else ():
                yield variable, None, f"{section}/{name}", False
    for name, alert in blueprint.alerts.items():
        for variable in _SLACK if alert.slack else ():
            yield variable, None, f"alerts/{name}", True
