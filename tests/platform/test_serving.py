"""Which platform serves a project: found from wherever `dagway up` or `dagway launch` is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.platform.home import Home
from dagway.platform.serving import serving
from dagway.platform.state import fresh

URL = "http://127.0.0.1:3001"


def up(root: Path) -> None:
    """What `dagway up` writes while it runs: this process stands for it."""
    home = Home.of(root, None, {})
    home.platform.mkdir(parents=True)
    fresh(URL, "embedded", home).write(home)


def project(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "definitions.py").write_text("")
    return folder


def found(target: Path) -> str | None:
    """The location; None where no platform is found."""
    it = serving(target)
    assert it is None or it.state.webserver == URL
    return it.location if it else None


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A platform of two locations; a third project is beside them."""
    monkeypatch.delenv("DAGWAY_PROFILE", raising=False)
    for name in ("sales", "teams/stock", "other"):
        project(tmp_path / name)
    (tmp_path / "platform.yaml").write_text(
        "platform: 1\nlocations: [{path: sales, name: shop}, {path: teams/stock/definitions.py}]\n"
    )
    return tmp_path


def test_a_file_means_the_folder_that_it_is_in(tmp_path: Path) -> None:
    folder = project(tmp_path / "sales")
    (folder / "workspace.yaml").write_text("load_from: [{python_file: definitions.py}]\n")
    targets = (folder, folder / "workspace.yaml", folder / "definitions.py")
    assert [found(target) for target in targets] == [None, None, None]
    up(folder)
    assert [found(target) for target in targets] == ["", "", ""]


def test_a_folder_above_serves_what_its_file_names(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(root / "sales") is None
    up(root)
    assert found(root) == ""
    assert found(root / "sales") == "shop"
    assert found(root / "sales" / "definitions.py") == "shop"
    assert found(root / "teams" / "stock") == "definitions"
    monkeypatch.chdir(root / "sales")
    assert found(Path()) == "shop"


def test_a_folder_above_does_not_serve_others(root: Path) -> None:
    up(root)
    assert found(root / "other") is None
    assert found(root / "teams") is None
    (root / "teams/stock/more.py").write_text("")
    assert found(root / "teams/stock/more.py") is None


def test_the_nearest_serves(root: Path) -> None:
    up(root)
    up(root / "sales")
    assert found(root / "sales") == ""


def test_a_workspace_above_serves_the_folders_of_its_files(root: Path) -> None:
    (root / "workspace.yaml").write_text(
        "load_from: [{python_file: {relative_path: other/definitions.py, location_name: one}}]\n"
    )
    (root / "platform.yaml").write_text("platform: 1\n")
    up(root)
    assert found(root / "other") == "one"
    assert found(root / "sales") is None
