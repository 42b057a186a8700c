"""An environment of its own that holds Dagster's tests, as its source distribution carries them.

Nothing of it enters the repository: it is made in `.conformance/`, from the package index.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from importlib.metadata import distributions, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".conformance"
UV = ROOT / ".tools" / "uv" / "bin" / "uv"
PYTHON = ROOT / ".venv" / "bin" / "python"
STAND_IN = Path(__file__).parent / "standin" / "dagster_test"
# What both sides need at the very version that is judged.
SAME = ("dagster", "create-dagster", "grpcio", "protobuf", "sqlalchemy")
BESIDE = ("dagster-webserver", "dagster-graphql", "dagster-dg-cli", "create-dagster", "pandas", "nbformat")


@dataclass(frozen=True)
class Environment:
    """Where the tests lie and what runs them. They expect to be installed beside Dagster."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter that has Dagster, its tests and Dagway."""
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        """The folder of installed packages: Dagster's tests lie in it."""
        return next((self.folder / "lib").glob("python*")) / "site-packages"

    @property
    def tests(self) -> Path:
        """Dagster's tests."""
        return self.packages / "dagster_tests"


def prepared() -> Environment:
    """The environment for the installed Dagster, made once.

    Raises:
        RuntimeError: a part could not be installed; the installer's words are in the message.
    """
    environment = Environment(CACHE / f"dagster-{version('dagster')}" / "environment")
    done = environment.folder / ".complete"
    if not done.exists():
        shutil.rmtree(environment.folder, ignore_errors=True)
        _install(environment)
        _add_tests(environment)
        done.touch()
    shutil.copytree(STAND_IN, environment.packages / "dagster_test", dirs_exist_ok=True)
    return environment


def _install(environment: Environment) -> None:
    _succeed([str(UV), "venv", "--quiet", "--python", str(PYTHON), str(environment.folder)])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write("\n".join(_installed()))
        constraints.flush()
        install = [
            str(UV),
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            str(environment.python),
        ]
        named = [f"dagster[test]=={version('dagster')}", *BESIDE, "--editable", str(ROOT)]
        _succeed([*install, "--constraint", constraints.name, *named])


def _installed() -> list[str]:
    names = ((found.metadata["Name"].lower(), found.version) for found in distributions())
    return sorted({f"{name}=={release}" for name, release in names if name.startswith(SAME)})


def _add_tests(environment: Environment) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        wanted = f"dagster=={version('dagster')}"
        # pip alone downloads a source distribution.
        pip = [str(UV), "tool", "run", "--quiet", "pip", "download", "--quiet", "--no-deps"]
        _succeed([*pip, "--no-binary", "dagster", "--dest", scratch, wanted])
        with tarfile.open(next(Path(scratch).glob("dagster-*.tar.gz"))) as archive:
            archive.extractall(scratch, filter="data")
        shutil.move(next(Path(scratch).glob("dagster-*/dagster_tests")), environment.packages)
    _succeed([str(environment.python), "-m", "compileall", "-q", str(environment.packages / "dagster_tests")])


def _succeed(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
