"""`python -m bench.platform [ROUNDS]`: from nothing to a UI that answers with the definitions, `dagway up` beside `dg dev`.

The sales example, built and never run, in a new folder for each start: no home, no byte code of its own, nothing that is up. The clock
runs from the start of the command until the webserver names the code location. In turns; medians, and the ratio of each pair.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.latency.graphql import Webserver
from bench.latency.processes import Servers, eventually, free_port
from dagway.blueprint.load import load
from dagway.prototype.build.render import render
from dagway.prototype.write import write

EXAMPLE = Path(__file__).parents[1] / "examples" / "sales_analytics" / "blueprint.yaml"
ROUNDS = 5
#: Seconds between two looks whether it answers.
_PAUSE = 0.05


@dataclass(frozen=True)
class Contestant:
    """A command that ends in a UI; `{port}` stands for its port."""

    name: str
    command: Sequence[str]


def contestants() -> tuple[Contestant, ...]:
    """Ours and theirs."""
    python = Path(sys.executable)
    return (
        Contestant("dagway up", (str(python), "-m", "dagway", "up", "--demo", "--port", "{port}")),
        Contestant("dg dev", (str(python.with_name("dg")), "dev", "--port", "{port}")),
    )


def start(one: Contestant, project: Path, scratch: Path) -> float:
    """Seconds until the definitions are there, from nothing."""
    folder = scratch / "sales"
    shutil.copytree(project, folder)
    home = scratch / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    port = free_port()
    environment: Mapping[str, str] = {"DAGWAY_DEMO": "1"} | (
        {} if one.name == "dagway up" else {"DAGSTER_HOME": str(home)}
    )
    servers = Servers(scratch / "logs")
    webserver = Webserver(f"http://127.0.0.1:{port}")

    def has_definitions() -> bool | None:
        try:
            return bool(webserver.locations()) or None
        except (OSError, RuntimeError, KeyError):
            return None

    began = time.monotonic()
    servers.start(one.name, [word.format(port=port) for word in one.command], environment, folder)
    try:
        eventually(has_definitions, f"{one.name}: {servers.said(one.name)}", pause=_PAUSE)
        return time.monotonic() - began
    finally:
        servers.stop()


def main(rounds: int) -> None:
    """Prints each start, then the medians."""
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="dagway-bench-") as scratch:
        project = Path(scratch) / "project"
        write(render(load(EXAMPLE)), project)
        for number in range(rounds + 1):
            for one in contestants():
                with tempfile.TemporaryDirectory(prefix="start-", dir=scratch) as folder:
                    took = start(one, project, Path(folder))
                if number:
                    seconds.setdefault(one.name, []).append(took)
                print(
                    f"{'warm-up' if not number else f'round {number}':<8} {one.name:<10} {took:6.2f} s",
                    flush=True,
                )
    for name, found in seconds.items():
        print(f"median   {name:<10} {statistics.median(found):6.2f} s")
    ours, theirs = (seconds[one.name] for one in contestants())
    ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
    print(f"ratio    {ratio:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
