from __future__ import annotations

from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.launch.loading import location_of
from dagway.launch.request import Request


@pytest.fixture
def workspace(tmp_path: Path) -> str:
    (tmp_path / "shop.py").touch()
    (tmp_path / "plant.py").touch()
    (tmp_path / "workspace.yaml").write_text("load_from: [python_file: shop.py, python_file: plant.py]\n")
    return str(tmp_path)


def test_of_several_code_locations_one_has_to_be_named(workspace: str) -> None:
    with pytest.raises(DagwayError, match=r"Add --location NAME: plant\.py, shop\.py"):
        location_of(Request(workspace))
    with pytest.raises(DagwayError, match=r"Nearest: shop\.py"):
        location_of(Request(workspace, location="shop.yp"))
    assert location_of(Request(workspace, location="plant.py")).file == Path(workspace, "plant.py")


def test_the_only_code_location_is_meant(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").touch()
    assert location_of(Request(str(tmp_path))).file == tmp_path / "definitions.py"
