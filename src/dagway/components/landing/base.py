"""What the components share whose service lands the tables itself."""

# Dagster leaves the type parameters of conditions open.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import dagster as dg

from dagway.components.asset_spec import asset_spec
from dagway.components.attributes import Attributes, Block
from dagway.components.checks import run as checks
from dagway.components.checks.apart import check_definitions
from dagway.components.environment import is_demo
from dagway.components.landing import demo_folder
from dagway.components.landing.step import ConnectionStep, Land, Landing, Sync
from dagway.components.resolving import plain, text
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class LandedTable(Attributes, dg.Resolvable):
    """What is said of one table that the service lands."""

    name: Annotated[str, text("The table, as `table` or `schema.table`.")]


class Landed(Block, dg.Model):
    """The fields of such a component, and how connections and their tables become assets."""

    title: ClassVar[str]

    source: Annotated[
        str | None, text("The first segment of all keys, if it is not the component's own.")
    ] = None
    tables: Annotated[
        Sequence[LandedTable], dg.Resolver.default(description="What is said of single tables.")
    ] = ()
    demo_mode: Annotated[
        bool, plain("Whether demo data and simulators stand in, as `DAGWAY_DEMO=1` does.", bool)
    ] = False
    demo_path: Annotated[
        str | None, text("Folder of the demo files, `<schema>/<table>.csv`, from the project's root.")
    ] = None

    @property
    def in_demo(self) -> bool:
        """Whether this component stays on this machine."""
        return self.demo_mode or is_demo()

    def demo_folder(self, root: Path) -> Path:
        """Where the demo files are."""
        if self.demo_path is None:
            raise DagwayError(f"{self.title} has no demo data.", "Set `demo_path` to a folder of files.")
        return root / self.demo_path

    def described(self, spec: dg.AssetSpec, table: str) -> dg.AssetSpec:
        """The asset of a table with what YAML says of it."""
        attributes = self._attributes(table)
        return spec if attributes is None else _with_attributes(spec, attributes, self.title)

    def landing(self, context: dg.ComponentLoadContext, spec: dg.AssetSpec, place: str) -> Landing:
        """A table that the service lands at `schema.table`."""
        attributes = self._attributes(place) or LandedTable(name=place)
        table_checks = checks.read(tuple(spec.key.path), attributes.checks, context.path, attributes.dialect)
        return Landing(spec, place, attributes, table_checks)

    def landed(
        self, context: dg.ComponentLoadContext, landings: Mapping[str, Sequence[Landing]], sync: Sync
    ) -> dg.Definitions:
        """The steps of the connections, by name, and the checks that have steps of their own.

        Raises:
            DagwayError: two tables have one key, or a table of `tables` is not there.
        """
        every = [landing for some in landings.values() for landing in some]
        self._refuse_mistakes(every)
        land = self.land(context.project_root) if self.in_demo else None
        steps = [ConnectionStep(self.title, name, some, sync, land) for name, some in landings.items()]
        return dg.Definitions(
            assets=[step.definition() for step in steps],
            asset_checks=[
                one for item in every for one in check_definitions(item.checks, context.defs_module_name)
            ],
        )

    def land(self, root: Path) -> Land | None:
        """What puts the rows into the warehouse in demo mode, where the service is not there to do it."""
        return partial(demo_folder.land, self.demo_folder(root))

    def _attributes(self, table: str) -> LandedTable | None:
        names = (table, table.rpartition(".")[2])
        return next((one for one in self.tables if one.name in names), None)

    def _refuse_mistakes(self, landings: Sequence[Landing]) -> None:
        places: dict[dg.AssetKey, str] = {}
        for landing in landings:
            other = places.setdefault(landing.spec.key, landing.place)
            if other != landing.place:
                raise DagwayError(
                    f"{self.title} lands {other} and {landing.place}, and both would be the asset "
                    f"{landing.spec.key.to_user_string()}.",
                    "Leave `source` out, exclude one of the connections, or tell them apart by `translation`.",
                )
        known = {name for place in places.values() for name in (place, place.rpartition(".")[2])}
        if unknown := [table.name for table in self.tables if table.name not in known]:
            raise DagwayError(
                f"{self.title} lands no table {', '.join(unknown)}.",
                f"It lands {', '.join(sorted(places.values()))}; correct `tables`.",
            )


def keep_state(path: Path, state: Any, is_empty: bool, account: str, remedy: str) -> None:
    """Keep what an account holds in a file.

    Raises:
        DagwayError: it holds nothing.
    """
    if is_empty:
        raise DagwayError(f"{account} shows no connection that is set up and has tables.", remedy)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dg.serialize_value(state), encoding="utf-8")


def _with_attributes(base: dg.AssetSpec, attributes: LandedTable, title: str) -> dg.AssetSpec:
    if attributes.partitions or attributes.incremental:
        raise DagwayError(
            f"{attributes.name}: {title} lands whole tables.", "Leave `partitions` and `incremental` out."
        )
    own = asset_spec(tuple(base.key.path), attributes)
    merged = base.merge_attributes(metadata=own.metadata, tags=own.tags, owners=own.owners)
    said: dict[str, Any] = {
        "description": own.description,
        "automation_condition": own.automation_condition,
        "freshness_policy": own.freshness_policy,
        "group_name": attributes.group,
    }
    return merged.replace_attributes(**{name: value for name, value in said.items() if value is not None})
