"""What a project's README says of its environment: uv takes Dagway from where the project says, and nothing names this machine."""

import importlib.metadata
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.prototype.blueprints import EVERYTHING, LOGIC, rendered

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools" / "uv" / "bin" / "uv"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of a project that uv looks at."""
    files = rendered(tmp_path / "blueprint", EVERYTHING, LOGIC)
    folder = tmp_path / "code" / "everything"
    folder.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md"):
        (folder / name).write_text(files[name])
    return folder


def test_uv_takes_dagway_from_where_the_project_says(project: Path, tmp_path: Path) -> None:
    (project.parent / "dagway").symlink_to(ROOT)
    metadata = project / "pyproject.toml"
    metadata.write_text(
        re.sub(r"^# (\[tool\.uv\.sources\]|dagway = )", r"\1", metadata.read_text(), flags=re.M)
    )
    assert tomllib.loads(metadata.read_text())["tool"]["uv"]["sources"]["dagway"]["path"] == "../dagway"
    done = compiled(project, wheels(tmp_path / "index", metadata, ROOT / "pyproject.toml"))
    assert done.returncode == 0, done.stderr
    assert "-e ../dagway" in done.stdout.splitlines()


def test_nothing_names_this_machine(project: Path) -> None:
    for path in project.iterdir():
        assert not re.findall(r"(?<![\w:/.])/(?:home|root|tmp|work|Users)\b|file://", path.read_text())
    assert "uv" not in tomllib.loads((project / "pyproject.toml").read_text())["tool"]


def test_the_first_command_of_the_readme_needs_no_index(project: Path) -> None:
    commands = re.search(r"## Run it\n(.*?)```bash\n(.*?)```", (project / "README.md").read_text(), re.DOTALL)
    assert commands
    assert "the environment in which `dagway` is installed" in commands[1]
    assert "install" not in commands[2]
    assert "uv " not in commands[2]


def compiled(project: Path, index: Path) -> subprocess.CompletedProcess[str]:
    """The project's requirements as uv resolves them for this Python, offline, among the packages of a folder."""
    words = ("pip", "compile", "pyproject.toml", "--group", "dev", "--offline", "--no-index", "--no-header")
    more = ("--no-annotate", "--no-cache", "--python-version", "3.11", "--find-links", str(index))
    return subprocess.run(
        [UV, *words, *more], cwd=project, capture_output=True, text=True, check=False, timeout=120
    )


def wheels(folder: Path, *projects: Path) -> Path:
    """A package without content for each requirement of these projects, in the version that is installed here."""
    folder.mkdir()
    for text in {text for path in projects for text in requirements(path)}:
        name = Requirement(text).name.replace("-", "_")
        if name == "dagway":
            continue
        info = f"{name}-{version(name)}.dist-info"
        with zipfile.ZipFile(folder / f"{name}-{version(name)}-py3-none-any.whl", "w") as wheel:
            extras = "".join(f"Provides-Extra: {extra}\n" for extra in Requirement(text).extras)
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version(name)}\n{extras}"
            )
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    return folder


def requirements(path: Path) -> list[str]:
    found = tomllib.loads(path.read_text())
    lists = (*found["project"].get("optional-dependencies", {}).values(), found["dependency-groups"]["dev"])
    return [text for texts in (found["project"]["dependencies"], *lists) for text in texts]


def version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "1"
