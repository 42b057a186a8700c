"""Values that need no Dagster."""

import subprocess
import sys
from pathlib import Path

from dagway.project.model import Asset, Position, Project, slash


def test_slash() -> None:
    assert slash(("staging", "orders")) == "staging/orders"


def test_position_is_relative_inside_the_root_and_absolute_outside(tmp_path: Path) -> None:
    assert Position(tmp_path / "a" / "b.py", 3).to_json(tmp_path) == "a/b.py:3"
    assert Position(tmp_path / "a.yaml").to_json(tmp_path) == "a.yaml"
    assert Position(Path("/elsewhere/b.py"), 1).to_json(tmp_path) == "/elsewhere/b.py:1"


def test_by_key(tmp_path: Path) -> None:
    asset = Asset(("a", "b"))
    assert Project("p", tmp_path, (asset,)).by_key == {("a", "b"): asset}


def test_model_and_drawing_import_no_dagster() -> None:
    code = (
        "import sys, dagway.project.model, dagway.project.locate, dagway.project.load, dagway.project.svg,"
        "dagway.project.tree, dagway.project.mermaid\n"
        "print([name for name in sys.modules if name.partition('.')[0] in {'dagster', 'pydantic', 'rich'}])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
