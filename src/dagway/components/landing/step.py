"""The step of one connection: sync it, look at what landed, ask the checks."""

# Dagster leaves the type parameters of metadata open.
# pyright: reportUnknownMemberType=false

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from dagway.components.asset_spec import column_descriptions
from dagway.components.attributes import Attributes
from dagway.components.checks.run import TableChecks, answer
from dagway.components.failures import clear_failures
from dagway.components.metadata import PREVIEW_ROWS, table_metadata
from dagway.components.warehouse import Session, Warehouse
from dagway.errors import DagwayError

Event = dg.MaterializeResult[Any] | dg.AssetMaterialization
Sync = Callable[[dg.AssetExecutionContext], Iterable[Event]]


@dataclass(frozen=True)
class Landing:
    """One table of a connection.

    Attributes:
        place: where the service lands it, `schema.table`.
    """

    spec: dg.AssetSpec
    place: str
    attributes: Attributes
    checks: TableChecks


Land = Callable[[Session, Landing], None]
"""Puts the rows where the vendor would have put them; for demo mode."""


@dataclass(frozen=True)
class ConnectionStep:
    """What is done for one connection: `sync` moves the rows, `land` stands in for that in demo mode.

    Attributes:
        title: the service, as people call it.
    """

    title: str
    name: str
    landings: Sequence[Landing]
    sync: Sync
    land: Land | None = None

    def definition(self) -> dg.AssetsDefinition:
        """The assets of its tables; a subset of them syncs the whole connection, as the service does."""

        @dg.multi_asset(
            name=re.sub(r"\W", "_", f"{self.title}_{self.name}").lower(),
            specs=[landing.spec for landing in self.landings],
            check_specs=[spec for landing in self.landings for spec in landing.checks.specs()],
            can_subset=True,
            required_resource_keys={"warehouse"},
        )
        def connection(context: dg.AssetExecutionContext) -> Iterator[Any]:
            yield from self._run(context)

        return connection

    def _run(self, context: dg.AssetExecutionContext) -> Iterator[Event]:
        started, what = time.perf_counter(), f"{self.title}'s connection {self.name}"
        warehouse: Warehouse = context.resources.warehouse
        with clear_failures(what):
            events = list(self.sync(context))
            self._refuse_missing(context, events)
        with clear_failures(what), warehouse.session() as session, clear_failures(what, session.errors):
            self._land(session, events)
            landings = {landing.spec.key: landing for landing in self.landings}
            seconds = time.perf_counter() - started
            results = [
                self._landed(context, session, landings[event.asset_key], event, seconds)
                if isinstance(event, dg.MaterializeResult) and event.asset_key
                else event
                for event in events
            ]
        yield from results

    def _land(self, session: Session, events: Sequence[Event]) -> None:
        """Only what was synced is there to be landed."""
        synced = {event.asset_key for event in events}
        for landing in self.landings:
            if self.land and landing.spec.key in synced:
                self.land(session, landing)

    def _refuse_missing(self, context: dg.AssetExecutionContext, events: Sequence[Event]) -> None:
        """A table that was removed or disabled in the service would else end as success."""
        missing = context.selected_asset_keys - {event.asset_key for event in events}
        if missing:
            names = ", ".join(sorted(key.to_user_string() for key in missing))
            raise DagwayError(
                f"{self.title} synced the connection, but no longer lands {names}.",
                f"Enable the tables in {self.title}, or forget them here: dg utils refresh-defs-state.",
            )

    def _landed(
        self,
        context: dg.AssetExecutionContext,
        session: Session,
        landing: Landing,
        event: dg.MaterializeResult[Any],
        seconds: float,
    ) -> dg.MaterializeResult[Any]:
        """What the service tells of a table, with what stands in the warehouse."""
        if not session.exists(landing.place):
            raise DagwayError(
                f"{self.title} synced {landing.place}, but the warehouse has no such table.",
                f"Let the resource `warehouse` be {self.title}'s destination.",
            )
        preview = session.sample(f"select * from {session.name(landing.place)}", PREVIEW_ROWS)
        rows, results = answer(session, landing.place, landing.checks, preview.columns)
        if not rows:
            context.log.warning(f"{landing.place} is empty.")
        described = column_descriptions(landing.attributes)
        return dg.MaterializeResult(
            asset_key=landing.spec.key,
            metadata={
                **(event.metadata or {}),
                **table_metadata(landing.place, rows, preview, seconds, columns=described),
            },
            check_results=[one for one in results if _key(one) in context.selected_asset_check_keys],
        )


def _key(result: dg.AssetCheckResult) -> dg.AssetCheckKey:
    assert result.asset_key is not None
    assert result.check_name is not None
    return dg.AssetCheckKey(result.asset_key, result.check_name)
