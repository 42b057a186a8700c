"""One session of Dagster's tests, with stock or with Dagway in its place."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.environment import Environment
from conformance.outcomes import read

SWAP = Path(__file__).parent / "swap"
INI = Path(__file__).parent / "pytest.ini"
TEST_SECONDS = 600
#: How many times as long as they say the tests wait for servers, runs and events: a busy machine is no difference.
PATIENCE = 6
ALL_PASSED, SOME_FAILED = 0, 1
STOCK, DAGWAY = "stock", "dagway"


@dataclass(frozen=True)
class Session:
    """Which tests, by paths within `dagster_tests` or full ids; on which side."""

    environment: Environment
    side: str
    tests: Sequence[str]

    def run(self, report: Path) -> dict[str, str]:
        """Outcomes by test; pytest's own output lies beside `report`.

        Raises:
            RuntimeError: pytest was interrupted, or could not begin.
        """
        report.parent.mkdir(parents=True, exist_ok=True)
        report.unlink(missing_ok=True)
        with report.with_suffix(".log").open("w") as log, tempfile.TemporaryDirectory() as scratch:
            ended = subprocess.run(
                self._command(report),
                cwd=self.environment.packages,
                env=self._surroundings(Path(scratch)),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        # An interrupted session writes a report too, of less than all.
        if ended.returncode not in (ALL_PASSED, SOME_FAILED) or not report.exists():
            report.unlink(missing_ok=True)
            raise RuntimeError(f"pytest did not get to its end: see {report.with_suffix('.log')}")
        return read(report)

    def _command(self, report: Path) -> list[str]:
        options = [
            "-q",
            "-c",
            str(INI),
            "--rootdir",
            ".",
            "-p",
            "no:cacheprovider",
            "--timeout",
            str(TEST_SECONDS),
        ]
        tests = [str(Path("dagster_tests", test)) for test in self.tests]
        return [
            str(self.environment.python),
            "-m",
            "pytest",
            *options,
            "--junitxml",
            str(report),
            *tests,
        ]

    def _surroundings(self, scratch: Path) -> dict[str, str]:
        """Temporary files in a folder of the session: servers that a test leaves behind cannot meet others."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAGSTER_", "PYTHON"))}
        swap = {"DAGWAY_SWAP": "1", "DAGWAY_SWAP_IMAGE": "1"} if self.side == DAGWAY else {}
        path = os.pathsep.join([str(self.environment.python.parent), kept.get("PATH", os.defpath)])
        return {
            **kept,
            "PATH": path,
            "PYTHONPATH": str(SWAP),
            "TMPDIR": str(scratch),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "DAGWAY_PATIENCE": str(PATIENCE),
            **swap,
        }


def report_of(side: str, file: str, environment: Environment) -> Path:
    """Where a file's report is kept."""
    return environment.folder.parent / side / Path(file).with_suffix(".xml")
