"""An environment of its own for each peer, installed once from the package index into `.bench/`."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from importlib.metadata import requires, version
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".bench"
UV = ROOT / ".tools" / "uv" / "bin" / "uv"
PYTHON = ROOT / ".venv" / "bin" / "python"
DBT = ("dbt-core<1.12", "dbt-duckdb")


class UnavailableError(RuntimeError):
    """A peer that cannot be measured here; the message is the reason that the page gives."""


@dataclass(frozen=True)
class Environment:
    """What is installed under a name. Two lists of requirements never share a folder."""

    name: str
    requirements: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return CACHE / f"{self.name}-{hashlib.sha256(repr(self.requirements).encode()).hexdigest()[:8]}"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def installed(self) -> Path:
        """The interpreter, after installing what is missing, byte code compiled.

        Raises:
            UnavailableError: the package index, or its packages, did not allow it.
        """
        done = self.folder / ".complete"
        if not done.exists():
            print(f"installing {self.name}", flush=True)
            _run(
                [str(UV), "venv", "--quiet", "--clear", "--python", str(PYTHON), str(self.folder)], self.name
            )
            install = [
                str(UV),
                "pip",
                "install",
                "--quiet",
                "--compile-bytecode",
                "--python",
                str(self.python),
            ]
            _run([*install, *self.requirements], self.name)
            done.touch()
        return self.python


def _run(command: list[str], name: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise UnavailableError(f"{name} could not be installed: {result.stderr.strip()[-300:]}")


def stock(dagster: str, *, dbt: bool) -> Environment:
    """Dagster as it is published. Without Dagway: what is installed beside it would cost its processes imports."""
    return Environment(f"stock{'-dbt' if dbt else ''}-{dagster}", _family(dagster, dbt=dbt))


def dagway(dagster: str, *, dbt: bool) -> Environment:
    """The same with Dagway from this checkout."""
    return Environment(
        f"dagway{'-dbt' if dbt else ''}-{dagster}",
        (
            *_family(dagster, dbt=dbt),
            f"create-dagster=={dagster}",
            f"dagster-dg-cli=={dagster}",
            "--editable",
            str(ROOT),
        ),
    )


def _family(dagster: str, *, dbt: bool) -> tuple[str, ...]:
    library = _library(dagster)
    named = [f"{name}=={dagster}" for name in ("dagster", "dagster-webserver", "dagster-graphql")]
    beside = [f"dagster-dbt=={library}", *DBT] if dbt else []
    return (*named, f"dagster-postgres=={library}", "psycopg2-binary", *beside)


def _library(dagster: str) -> str:
    """The version of Dagster's integrations that goes with a version of Dagster: 1.13.27 and 0.29.27."""
    _, minor, patch = dagster.split(".")
    return f"0.{int(minor) + 16}.{patch}"


PREFECT = Environment("prefect", ("prefect>=3,<4", "fastapi<0.120"))
AIRFLOW = Environment("airflow", ("apache-airflow>=3,<4", "psycopg2-binary", "asyncpg"))


def lowest_dagster() -> str:
    """The lowest version that the package accepts."""
    needed = next(each for each in requires("dagway") or () if each.startswith(("dagster<", "dagster>")))
    return needed.partition(">=")[2].partition(",")[0]


def installed_dagster() -> str:
    """The version that the checkout's own environment has."""
    return version("dagster")
