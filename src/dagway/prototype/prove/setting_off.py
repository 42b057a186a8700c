"""Sets a sensor off and sees what its tick asks for: where nothing happened yet, on a copy.

A file arrives beside the project's own files, never among them; a materialization is reported in a copy of the instance.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Any
from unittest import mock

import dagster as dg

from dagway.blueprint.patterns import fixed_folder
from dagway.components import sensors
from dagway.prototype.model import PlannedSensor
from dagway.prototype.prove.causes import cause
from dagway.prototype.prove.model import SensorEvidence
from dagway.prototype.prove.numbers import counted
from dagway.prototype.prove.updates import copy_of

#: What an arriving file is called where the pattern leaves it open.
ARRIVED = "arrived"
_PATTERN = re.compile(r"\*\*|\*|\?|\[!?\]?[^\]]*\]")
_CANDIDATES = "a0A_-zZ9."


def set_off(
    sensor: dg.SensorDefinition,
    targets: tuple[str, ...],
    planned: PlannedSensor | None,
    repository: dg.RepositoryDefinition,
    instance: dg.DagsterInstance,
) -> SensorEvidence:
    """What the sensor's tick asks for: as things are, and once that happened which it waits for.

    Args:
        planned: says what it waits for; without it only one tick as things are is evaluated.
    """
    kind = sensor.sensor_type.value
    try:
        answer = _tick(sensor, repository, instance, None)
        event, asked = None, len(answer.run_requests or ())
        match planned and planned.kind:
            case "watch":
                assert planned is not None
                with _arrival() as refused:
                    answer = _tick(sensor, repository, instance, answer.cursor)
                if refused:
                    return SensorEvidence(sensor.name, kind, False, refused[0], targets)
                event, asked = f"once a file matched {planned.what}", len(answer.run_requests or ())
            case "asset":
                assert planned is not None
                event = f"once {planned.what} was materialized"
                if not asked:
                    answer = _reported(sensor, planned.what, repository, instance, answer.cursor)
                    asked = len(answer.run_requests or ())
            case _:
                pass
    # The sensor's own code may fail in any way: that is what the evidence has to say.
    except Exception as error:
        return SensorEvidence(sensor.name, kind, False, f"its tick fails: {cause(error)}", targets)
    return SensorEvidence(sensor.name, kind, True, _said(event, asked, answer), targets, runs=asked)


def _said(event: str | None, asked: int, answer: Any) -> str:
    when = f"{event}, " if event else ""
    if asked:
        return f"{when}its tick asks for {counted(asked, 'run')}"
    waits = f"{when}its tick waits: {answer.skip_message or 'nothing new'}"
    return waits if event else f"{waits}; nothing here can set it off, so no run of it was seen"


def _tick(
    sensor: dg.SensorDefinition,
    repository: dg.RepositoryDefinition,
    instance: dg.DagsterInstance,
    cursor: str | None,
) -> Any:
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, repository_def=repository, sensor_name=sensor.name
    ) as context:
        return sensor.evaluate_tick(context)


@contextmanager
def _arrival() -> Generator[list[str]]:
    """Within this block, sensors see one more file that matches their pattern; gives why none could arrive.

    The pattern is the one that the loaded sensor looks for, whatever variables the plan has in its place.
    """
    state_of_files, refused = sensors.state_of_files, list[str]()

    def with_arrival(root: Path, pattern: str) -> dict[str, list[int]]:
        folder = Path(root, fixed_folder(pattern))
        arrived = _arrived(pattern, state_of_files) if folder.is_dir() else {}
        if not folder.is_dir():
            said = (
                f"no file can arrive: there is no folder {fixed_folder(pattern)}; make it, or correct `watch`"
            )
            refused.append(said)
        elif not arrived:
            refused.append(f"no file can arrive: no name of one matches {pattern}; correct `watch`")
        return {**state_of_files(root, pattern), **arrived}

    with mock.patch.object(sensors, "state_of_files", with_arrival):
        yield refused


def _arrived(
    pattern: str, state_of_files: Callable[[Path, str], dict[str, list[int]]]
) -> dict[str, list[int]]:
    """The state of a file that the pattern matches, in a folder of its own."""
    relative = PurePath(pattern).relative_to(PurePath(pattern).anchor)
    with tempfile.TemporaryDirectory() as beside:
        file = Path(beside, *(_PATTERN.sub(_example, part) for part in relative.parts))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        return state_of_files(Path(beside), relative.as_posix())


def _example(found: re.Match[str]) -> str:
    """What a wildcard may stand for."""
    if found[0].startswith("*"):
        return ARRIVED
    return next((sign for sign in _CANDIDATES if fnmatch(sign, found[0])), found[0][1:2])


def _reported(
    sensor: dg.SensorDefinition,
    asset: str,
    repository: dg.RepositoryDefinition,
    instance: dg.DagsterInstance,
    cursor: str | None,
) -> Any:
    """The tick after a materialization that never happened, in a copy of the instance."""
    key = dg.AssetKey.from_user_string(asset)
    partitions = repository.asset_graph.get(key).partitions_def
    with copy_of(Path(instance.root_directory)) as copied:
        names = partitions.get_partition_keys(dynamic_partitions_store=copied)[-1:] if partitions else [None]
        for name in names:
            copied.report_runless_asset_event(dg.AssetMaterialization(key, partition=name))
        return _tick(sensor, repository, copied, cursor)
