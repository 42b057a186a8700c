"""A Feast repository: each feature view an asset."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import dagster as dg

from dagway.components.asset_spec import key_of
from dagway.components.attributes import Attributes, Block, Demonstrable
from dagway.components.failures import clear_failures
from dagway.components.feast.repository import (
    PATIENCE,
    SETTINGS,
    Feast,
    Repository,
    demo_settings,
    source_keys,
)
from dagway.components.feast.views import View
from dagway.components.metadata import markdown_table
from dagway.components.partitions import backfill_policy
from dagway.components.resolving import plain, text
from dagway.components.translation import AssetProps, Translated
from dagway.components.warehouse.session import Sample
from dagway.errors import DagwayError

AGREEMENT = "offline_online_agreement"
KEY_TAG = "dagster/asset_key"
"""Tag of a Feast source: the key of the asset that it reads."""
DEMO = Path("data") / "demo_features"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class FeatureView(Attributes):
    """A feature view with the attributes of its asset."""

    view: View


@dataclass(kw_only=True)
class FeatureStore(Attributes, Translated, Demonstrable, Block, dg.Resolvable):
    """A Feast repository: each feature view is an asset that brings its values from the offline into the online store.

    With time `partitions`, a run materializes the partition's window; without, the newest value of each entity. After it, a check
    compares the values of entities chosen by chance in both stores. The attributes are those of every view; what the repository says of
    a view (description, owner, features) stands in its asset too. On one Redis server, rows are written by Dagway, in Feast's format; a
    value of the same moment that was corrected offline replaces the one online, which Feast would leave.
    """

    repo_path: Annotated[
        str, text("The repository's folder, with its `feature_store.yaml`, from the project's root.")
    ]
    sources: Annotated[
        Mapping[str, str],
        plain(
            "Feast's source → key of the asset that it reads. Else the source's tag `dagster/asset_key` says it, or its name.",
            dict[str, str],
        ),
    ] = field(default_factory=dict[str, str])
    views: Annotated[Sequence[str], plain("Which views; all if left out.", list[str])] = ()
    key_prefix: Annotated[str, text("What the views' keys begin with.")] = "features"
    apply: Annotated[
        bool,
        plain(
            "Whether a run brings the registry to what the repository defines, as `feast apply` does.", bool
        ),
    ] = True
    compared_entities: Annotated[
        int, plain("How many entities the check compares; 0 for no check.", int | str)
    ] = 1000
    timeout: Annotated[
        float, plain("Seconds to wait for one answer of Feast, such as a view's window.", float | str)
    ] = PATIENCE

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        self._refuse_rows()
        repository = self.repository(context.project_root)
        views = {self.spec(self._props(view)).key: view for view in self._chosen(repository.views())}
        specs = [self.spec(self._props(view)) for view in views.values()]
        partitions_def = specs[0].partitions_def
        if partitions_def and not isinstance(partitions_def, dg.TimeWindowPartitionsDefinition):
            raise DagwayError(
                f"{self.repo_path}: features are materialized by windows of time.",
                "Use hourly, daily, weekly or monthly partitions, or none.",
            )
        compared = int(self.compared_entities)
        checks = [_check_spec(spec.key) for spec in specs] if compared else []

        @dg.multi_asset(
            name=f"{self.key_prefix.replace('/', '__')}__{self._place}".replace("-", "_"),
            specs=specs,
            check_specs=checks,
            can_subset=True,
            partitions_def=partitions_def,
            backfill_policy=backfill_policy(partitions_def),
        )
        def features(context: dg.AssetExecutionContext) -> Iterator[Any]:
            with clear_failures(self.repo_path), repository.feast() as feast:
                if self.apply:
                    feast.ask("apply")
                for key in specs:
                    if key.key in context.op_execution_context.selected_asset_keys:
                        yield self.execute(context, feast, views[key.key], key.key)
                for check in checks:
                    if check.key in context.op_execution_context.selected_asset_check_keys:
                        yield _compared(
                            feast.ask("compare", view=views[check.asset_key].name, rows=compared), check
                        )

        return dg.Definitions(assets=[features])

    def execute(
        self, context: dg.AssetExecutionContext, feast: Feast, view: View, key: dg.AssetKey
    ) -> dg.MaterializeResult[Any]:
        """Materialize one view. Made to be overridden."""
        start, end = _window(context)
        found = feast.ask("materialize", view=view.name, start=start.isoformat(), end=end.isoformat())
        if found["rows"] == 0:
            context.log.warning(f"{view.name} has no row between {start} and {end}.")
        known = {name: value for name, value in found.items() if value is not None and name != "rows"}
        rows = (
            {}
            if found["rows"] is None
            else {"dagster/partition_row_count" if self.partitions else "dagster/row_count": found["rows"]}
        )
        return dg.MaterializeResult(asset_key=key, metadata={**rows, **known})

    def repository(self, root: Path) -> Repository:
        """The repository, with the settings of demo mode where it is on."""
        folder = root / self.repo_path
        settings = demo_settings(folder, root / DEMO / self._place) if self.in_demo else folder / SETTINGS
        return Repository(folder, settings, root / ".dagway" / "feast" / self._place, float(self.timeout))

    @property
    def _place(self) -> str:
        """A name that no other repository of the project has."""
        return re.sub(r"\W+", "_", self.repo_path).strip("_") or "project"

    def _refuse_rows(self) -> None:
        if self.incremental or self.checks:
            raise DagwayError(
                f"{self.repo_path}: a feature view has no table in the warehouse.",
                "Leave `incremental` and `checks` out; check the assets that the views read instead.",
            )

    def _chosen(self, views: Sequence[View]) -> list[View]:
        known = {view.name: view for view in views}
        if unknown := [name for name in self.views if name not in known]:
            raise DagwayError(
                f"{self.repo_path} has no feature view {', '.join(unknown)}.", f"It has {', '.join(known)}."
            )
        if not known:
            raise DagwayError(
                f"{self.repo_path} defines no feature view.", "Write one in a Python file there."
            )
        return [known[name] for name in self.views or known]

    def _props(self, view: View) -> AssetProps[FeatureView]:
        given: dict[str, Any] = {name: getattr(self, name) for name in Attributes.__dataclass_fields__}
        owners = self.owners or ([view.owner] if "@" in view.owner else ())
        tags = {name: value for name, value in view.tags.items() if not name.startswith("dagster/")}
        given |= {
            "description": view.description or self.description,
            "owners": owners,
            "tags": {**tags, **self.tags},
            "columns": dict(view.features),
            "metadata": {"entities": ", ".join(view.entities), **self.metadata},
        }
        attributes = FeatureView(**given, view=view)
        deps = tuple(source_keys(view, self.sources, KEY_TAG))
        return AssetProps((*key_of(self.key_prefix), view.name), attributes, ("feast",), deps)


def _window(context: dg.AssetExecutionContext) -> tuple[datetime, datetime]:
    """The window of the run's partitions; without, all there is."""
    if context.has_partition_key or context.has_partition_key_range:
        window = context.partition_time_window
        return window.start, window.end
    return _BEGINNING, datetime.now(UTC)


def _check_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        AGREEMENT, asset=key, description="The online store serves the newest values of the offline store."
    )


def _compared(found: Mapping[str, Any], spec: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    wrong = found["missing"] + found["different"]
    counts = ("entities", "compared", "missing", "different")
    metadata: dict[str, Any] = {name: found[name] for name in counts}
    if found["sample"]:
        columns = [(name, "") for name in ("entity", "feature", "offline", "online")]
        metadata["sample"] = dg.MetadataValue.md(markdown_table(Sample(columns, found["sample"])))
    said = f"Of {found['compared']:,} entities {found['missing']:,} are not online, {found['different']:,} have other values there."
    return dg.AssetCheckResult(
        passed=not wrong,
        asset_key=spec.asset_key,
        check_name=spec.name,
        metadata=metadata,
        description=f"Nothing was compared: {found['skipped']}"
        if found["skipped"]
        else said
        if wrong
        else None,
    )
