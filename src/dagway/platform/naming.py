"""Which database and which schema an environment writes to: one rule for a project, its components and its dbt models. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dagway.errors import DagwayError
from dagway.platform.model import PlatformConfig

PRODUCTION = {"production", "prod"}
_NO_NAME = re.compile(r"\W+")


@dataclass(frozen=True)
class Surroundings:
    """Where a process runs.

    Attributes:
        environment: `default`, `demo` or a name; region: empty for none.
        user: who runs it, for a schema of one's own; empty where no pattern asks for that.
    """

    environment: str
    region: str
    user: str = ""


@dataclass(frozen=True)
class Naming:
    """The rule of one environment and region.

    Attributes:
        database: empty where nothing names one.
        schema: a pattern with `{schema}`, and `{environment}`, `{region}` and `{user}` as it likes.
    """

    database: str
    schema: str

    @property
    def asks_for_user(self) -> bool:
        """Whether the schema depends on who runs it."""
        return "{user" in self.schema

    def schema_of(self, schema: str, here: Surroundings) -> str:
        """The schema to write to instead of the one that production has."""
        words = {name: _NO_NAME.sub("_", value).lower() for name, value in vars(here).items()}
        try:
            return self.schema.format(schema=schema, **words)
        except (KeyError, IndexError, ValueError) as error:
            raise DagwayError(
                f"The schema's pattern {self.schema!r} cannot be filled: {error}.",
                "Write {schema}, {environment}, {region} or {user} in it.",
            ) from None


def naming(config: PlatformConfig, here: Surroundings, variables: Mapping[str, str]) -> Naming:
    """The rule that holds: a variable before the region's, the region's before the environment's.

    Raises:
        DagwayError: the configuration names environments or regions, and not this one.
    """
    chosen = config.environments.get(here.environment)
    if chosen is None and config.environments and here.environment not in {"default", "demo"}:
        raise DagwayError(
            f"platform.yaml has no environment {here.environment!r}.",
            f"Add it, or set DAGWAY_ENVIRONMENT to one of: {', '.join(config.environments)}.",
        )
    if here.region and here.region not in config.regions:
        known = ", ".join(config.regions) or "none"
        raise DagwayError(
            f"platform.yaml has no region {here.region!r}.", f"Its regions are: {known}; set DAGWAY_REGION."
        )
    region = config.regions.get(here.region)
    layers = [one for one in (region, chosen) if one is not None]
    database = next((one.database for one in layers if one.database), "")
    own = "{schema}" if here.environment in PRODUCTION | {"default", "demo"} else "{environment}_{schema}"
    schema = next((one.schema_pattern for one in layers if one.schema_pattern), own)
    return Naming(variables.get("DAGWAY_DATABASE") or database, variables.get("DAGWAY_SCHEMA") or schema)
