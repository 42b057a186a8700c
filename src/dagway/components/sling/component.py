"""Sling's replications as assets."""

# Dagster's integration of Sling leaves parts of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportIncompatibleVariableOverride=false

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, ClassVar

import dagster as dg
from dagster.components.utils.translation import TranslationFn
from dagster_sling import DagsterSlingTranslator, SlingConnectionResource, SlingResource
from dagster_sling.asset_decorator import get_sling_asset_specs

from dagway.components.landing import demo_folder
from dagway.components.landing.base import Landed
from dagway.components.landing.step import Land
from dagway.components.resolving import plain, text
from dagway.components.scaffolder import ExampleScaffolder
from dagway.components.sling.demo import ARRIVED, from_files
from dagway.components.sling.replication import Replication, Stream, read
from dagway.components.translation import TranslationResolver, itself
from dagway.errors import DagwayError

BINARY = "SLING_BINARY"
_WHEEL = "sling_linux_amd64"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dg.scaffold_with(ExampleScaffolder)
class SlingReplication(Landed, dg.Resolvable):
    """The tables that a replication of Sling lands, in one step: Sling runs, and what landed is looked at.

    Dagster's integration runs Sling's program, which `pip install 'dagway[sling]'` brings on Linux; elsewhere Sling fetches it. Keys are flat,
    `schema/table` of where a stream lands, or `source/table`, so that dbt's sources and other assets name them as they are; a stream's
    own `meta: {dagster: {asset_key: …}}` comes first. That a table comes from outside is no dependency, unless the stream's `meta` names one.
    The target is the resource `warehouse`. For a target of DuckDB or SQLite, Sling fetches their programs at first use.

    Sling writes a table beside the old one before it takes its place. One stream that fails does not keep the others from landing, but
    the step fails and names it; the next run loads all of them.

    In demo mode the same program moves files in place of the streams, and they are loaded into the warehouse from there.
    """

    title: ClassVar[str] = "Sling"

    replication: Annotated[str, text("Sling's replication file, beside `defs.yaml`.")]
    connections: Annotated[
        dict[str, dict[str, Any]],
        plain(
            "The connections that the file names, `{SHOP: {type: postgres, connection_string: …}}`.",
            dict[str, dict[str, Any]],
        ),
    ] = {}  # noqa: RUF012  pydantic copies it
    source: Annotated[str | None, text("The first segment of all keys; each table's schema if left out.")] = (
        None
    )
    allow_empty: Annotated[
        bool, plain("Whether a stream without rows empties its table, and is no mistake.", bool)
    ] = False
    translation: Annotated[
        TranslationFn[Mapping[str, Any]] | None,
        TranslationResolver[Mapping[str, Any]](stream_definition=itself),
    ] = None

    def get_asset_spec(self, stream_definition: Mapping[str, Any]) -> dg.AssetSpec:
        """The asset of a stream, which Dagster makes; its key is changed afterwards. Made to be overridden."""
        spec = DagsterSlingTranslator().get_asset_spec(stream_definition)
        return spec if _said(stream_definition).get("deps") else spec.replace_attributes(deps=[])

    def execute(self, context: dg.AssetExecutionContext, sling: SlingResource, **run: Any) -> Iterator[Any]:
        """Run the selected streams. Made to be overridden.

        Args:
            run: the replication and the translator, as `sling.replicate` takes them.
        """
        yield from sling.replicate(context=context, **run)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        real = read(context.path / self.replication)
        used = real
        if self.in_demo:
            used = from_files(real, self.demo_folder(context.project_root), context.project_root)
        translator = _Translator(
            self, {stream.name: one for stream, one in zip(used.streams, real.streams, strict=True)}
        )
        specs = get_sling_asset_specs(dict(used.config), translator)
        landings = [
            self.landing(context, spec, stream.place)
            for spec, stream in zip(specs, used.streams, strict=True)
        ]
        name = Path(self.replication).stem
        return self.landed(context, {name: landings}, partial(self._run, used=used, translator=translator))

    def land(self, root: Path) -> Land | None:
        """The files that Sling wrote become the tables."""
        return partial(demo_folder.land, root / ARRIVED)

    def asset_spec_of(self, stream: Stream) -> dg.AssetSpec:
        """The asset after every hook: with its flat key, what `tables` says of it, and `translation`."""
        definition, (schema, _, table) = stream.definition(), stream.place.rpartition(".")
        spec = self.get_asset_spec(definition)
        if not _said(definition).get("asset_key"):
            spec = spec.replace_attributes(key=dg.AssetKey([self.source or schema, table]))
        spec = self.described(spec, stream.place)
        return self.translation(spec, definition) if self.translation else spec

    def _run(
        self, context: dg.AssetExecutionContext, *, used: Replication, translator: DagsterSlingTranslator
    ) -> Iterator[Any]:
        _find_program()
        if self.in_demo:  # it would tell its makers of the run, and demo mode needs no network
            os.environ.setdefault("SLING_DISABLE_TELEMETRY", "TRUE")
        given = {} if self.in_demo else self.connections
        sling = SlingResource(
            connections=[SlingConnectionResource(name=name, **one) for name, one in given.items()]
        )
        config = dict(used.config)
        if self.allow_empty:
            config["env"] = {**(config.get("env") or {}), "SLING_ALLOW_EMPTY": "TRUE"}
        try:
            yield from self.execute(
                context, sling, replication_config=config, dagster_sling_translator=translator
            )
        except Exception as error:
            # Sling's package raises plain exceptions, of all that the program printed.
            if type(error) is not Exception:
                raise
            raise DagwayError(
                f"Sling failed: {_without_secrets(_reason(str(error)), self.connections)}",
                "Correct the connection or the stream that is named; the next run loads every stream.",
            ) from None
        if names := used.left_out(sling.stream_raw_logs()):
            raise DagwayError(
                f"Sling found no row of {', '.join(names)}, and left the old table.",
                "See what became of the source; if it may be empty, set `allow_empty: true`.",
            )


class _Translator(DagsterSlingTranslator):
    """What Dagster's integration asks about assets, while it defines and while it runs them.

    Attributes:
        streams: the stream by the name that Sling is given, which is a file's in demo mode.
    """

    def __init__(self, component: SlingReplication, streams: Mapping[str, Stream]) -> None:
        super().__init__()
        self._component = component
        self._streams = streams

    def get_asset_spec(self, stream_definition: Mapping[str, Any]) -> dg.AssetSpec:
        return self._component.asset_spec_of(self._streams[stream_definition["name"]])


def _said(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the replication file says to Dagster about a stream."""
    return ((definition.get("config") or {}).get("meta") or {}).get("dagster") or {}


def _find_program() -> None:
    """Use the program that a wheel brought: Sling's package looks for it when it is imported, and fetches it else."""
    if BINARY in os.environ or find_spec(_WHEEL) is None:
        return
    os.environ[BINARY] = str(import_module(_WHEEL).SLING_BIN)


def _reason(printed: str) -> str:
    """What the program says after `fatal:`, in one line."""
    plain_text = _COLOURS.sub("", printed)
    lines = [line.strip(" ~-") for line in (plain_text.rpartition("fatal:")[2] or plain_text).splitlines()]
    return "; ".join(line for line in lines if line)


def _without_secrets(reason: str, connections: Mapping[str, Mapping[str, Any]]) -> str:
    for settings in connections.values():
        for name, value in settings.items():
            found = re.search(r"://[^:/@]*:(.*)@", str(value)) if name != "password" else None
            secret = (
                found[1] if found else str(value) if name in ("password", "secret", "private_key") else ""
            )
            reason = reason.replace(secret, "***") if secret else reason
    return reason
