"""Assets and schedules that run only while a flag of a Google Sheet is on."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import dagster as dg

from dagway._dagster.folder import asset_graph, keys_of
from dagway._dagster.gate import Gate as Closed
from dagway._dagster.gate import gated_asset, gated_schedule
from dagway.components.attributes import Demonstrable
from dagway.components.feature_flags.sheet import API, Flags, Sheet
from dagway.components.folder import Folder
from dagway.components.jobs import selected
from dagway.components.resolving import plain, text
from dagway.components.vendor_api import Vendor
from dagway.errors import DagwayError
from dagway.simulators.google_sheets import GoogleSheets


@dataclass(kw_only=True)
class Gate(dg.Resolvable):
    """What a flag opens."""

    flag: Annotated[str, text("The flag's name in the sheet.")]
    assets: Annotated[
        str | None, text("The assets that run only while it is on, in Dagster's grammar or its shorthand.")
    ] = None
    schedules: Annotated[
        Sequence[str], plain("The schedules whose ticks are skipped while it is off.", list[str])
    ] = field(default_factory=list[str])


@dataclass(kw_only=True)
class FeatureFlags(Folder, Demonstrable, dg.Resolvable):
    """Feature flags of a Google Sheet, which open and close assets and schedules of a folder and those below.

    Its `defs.yaml` stands in that folder; in `defs` itself, it is for all. The sheet has the columns `flag` and `enabled`. While a flag is
    off, a step of its assets builds nothing, says so in the log and ends well; what stands on them in the same run is skipped. Ticks of
    its schedules are skipped with the reason. The sheet is read when a step or a tick is due, so no reload is needed; a sheet that cannot be
    read, or has no such flag, is an error. Python assets ask the resource `feature_flags` by `is_on(name)`.
    """

    sheet_url: Annotated[
        str | None, text("The sheet's address, from `{{ env.FEATURE_FLAGS_GOOGLE_SHEET_URL }}`.")
    ] = None
    credentials_json: Annotated[
        str | None,
        text(
            "The service account's key file as JSON, from `{{ env.FEATURE_FLAGS_GOOGLE_SHEET_CREDENTIALS_JSON }}`."
        ),
    ] = None
    cells: Annotated[
        str, text("The range in Google's notation, `Flags!A:B`; the address's sheet if left out.")
    ] = ""
    gates: Annotated[Sequence[Gate], dg.Resolver.default(description="What each flag opens.")]
    keep: Annotated[float, plain("Seconds for which a process keeps what it read.", float | str)] = 60.0
    api_url: Annotated[str, text("The API's address.")] = API
    request_timeout: Annotated[float, plain("Seconds to wait for one answer.", float | str)] = 30.0
    patience: Annotated[
        float, plain("Seconds after which a request is given up, pauses included.", float | str)
    ] = 60.0
    demo_path: Annotated[
        str | None, text("A CSV file that stands in for the sheet, from the project's root.")
    ] = None
    resource_key: Annotated[str, text("The key of the resource that answers `is_on`.")] = "feature_flags"

    def changed(self, defs: dg.Definitions, context: dg.ComponentLoadContext) -> dg.Definitions:
        reader = Reader(self, context.project_root)
        closed = {gate.flag: _closed(reader, gate.flag) for gate in self.gates}
        flags = self._flags(defs, str(context.path))
        assets = [_behind(one, flags, closed) for one in defs.assets or ()]
        schedules = list(self._schedules(defs, closed))
        resources = {self.resource_key: reader, **(defs.resources or {})}
        return dg.Definitions(
            assets=assets,
            schedules=schedules,
            resources=resources,
            sensors=defs.sensors,
            jobs=defs.jobs,
            asset_checks=defs.asset_checks,
            executor=defs.executor,
            loggers=defs.loggers,
            metadata=defs.metadata,
        )

    def _flags(self, defs: dg.Definitions, where: str) -> dict[dg.AssetKey, str]:
        """The flag of each gated asset; two flags for one are an error."""
        graph, found = asset_graph(defs), dict[dg.AssetKey, str]()
        for gate in self.gates:
            for key in keys_of(selected(gate.assets, where), graph) if gate.assets is not None else ():
                if key in found:
                    raise DagwayError(
                        f"{key.to_user_string()} stands behind {found[key]} and {gate.flag}.",
                        "Gate it by one flag: correct the selections.",
                    )
                found[key] = gate.flag
        return found

    def _schedules(self, defs: dg.Definitions, closed: dict[str, Closed]) -> Iterator[Any]:
        flags = {name: gate.flag for gate in self.gates for name in gate.schedules}
        for schedule in defs.schedules or ():
            flag = flags.pop(schedule.name, None)
            if flag is None:
                yield schedule
            elif isinstance(schedule, dg.ScheduleDefinition):
                yield gated_schedule(schedule, closed[flag])
            else:
                raise DagwayError(
                    f"The schedule {schedule.name} is made of its job's partitions, which cannot be gated.",
                    "Make it a ScheduledJob, or gate its assets.",
                )
        if flags:
            known = ", ".join(schedule.name for schedule in defs.schedules or ()) or "none"
            raise DagwayError(
                f"There is no schedule {', '.join(flags)} here.", f"Known in this folder: {known}."
            )

    def simulated(self, root: Path) -> GoogleSheets:
        """The spreadsheet of demo mode: the CSV file."""
        if self.demo_path is None:
            raise DagwayError("The feature flags have no demo data.", "Set `demo_path` to a CSV file.")
        file = root / self.demo_path
        if not file.is_file():
            raise DagwayError(f"There is no {file}.", "Write it, with the columns flag and enabled.")
        with file.open(newline="", encoding="utf-8") as rows:
            return GoogleSheets(sheets={"Flags": list(csv.reader(rows))})


class Reader:
    """The flags, by name: what gates ask, and Python assets as a resource."""

    def __init__(self, component: FeatureFlags, root: Path) -> None:
        self._component = component
        self._root = root
        self._flags: Flags | None = None

    def is_on(self, name: str) -> bool:
        """Whether a flag is on.

        Raises:
            DagwayError: there is no such flag, or the sheet cannot be read.
        """
        component = self._component
        if not component.in_demo:
            self._flags = self._flags or Flags(self._sheet(component.api_url), float(component.keep))
            return self._flags.is_on(name)
        service = component.simulated(self._root)
        with service.demo() as url:
            known = service.credentials() if url == service.url else {}
            return Flags(self._sheet(url, **known), 0).is_on(name)

    def _sheet(self, api: str, credentials_json: str | None = None, sheet_url: str | None = None) -> Sheet:
        component = self._component
        credentials = credentials_json or component.credentials_json
        if not credentials:
            raise DagwayError(
                "The credentials of the feature flags are empty.",
                "Set FEATURE_FLAGS_GOOGLE_SHEET_CREDENTIALS_JSON, or demo_mode: true.",
            )
        settings = "credentials_json, and share the sheet with the service account"
        vendor = Vendor(
            "Google Sheets", settings, float(component.request_timeout), float(component.patience)
        )
        return Sheet(sheet_url or component.sheet_url or "", component.cells, credentials, vendor, api)


def _closed(reader: Reader, flag: str) -> Closed:
    """Why the gate of a flag is closed."""

    def closed() -> str | None:
        try:
            return None if reader.is_on(flag) else f"The feature flag {flag} is off."
        except DagwayError as error:
            raise dg.Failure(
                f"The feature flag {flag} cannot be read: {error}", allow_retries=True
            ) from error

    return closed


def _behind(asset: Any, flags: dict[dg.AssetKey, str], closed: dict[str, Closed]) -> Any:
    """An asset behind its gate, where it has one."""
    if not isinstance(asset, dg.AssetsDefinition) or not asset.is_executable:
        return asset
    found = {flags.get(key) for key in asset.keys}
    if found == {None}:
        return asset
    if len(found) > 1:
        names = ", ".join(sorted(key.to_user_string() for key in asset.keys))
        raise DagwayError(
            f"{names} are built by one step, and only some of them stand behind {', '.join(filter(None, found))}.",
            "Select all of them by one flag, or none.",
        )
    try:
        return gated_asset(asset, closed[str(found.pop())])
    except TypeError as error:
        raise DagwayError(
            f"{error}, which cannot be gated.", "Gate the assets that it reads or that read it."
        ) from error
