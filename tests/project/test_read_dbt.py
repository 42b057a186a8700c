"""Where dbt models stand: in the project that people edit."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

from dagway.project.read_dbt import model_place

Write = Callable[[Mapping[str, str]], Path]
MODEL = {"original_file_path": "models/orders.sql"}
COPY = "shop/defs/.local_defs_state/DbtProjectComponent__shop__/project"


def place(root: Path, folder: str) -> tuple[Path, int] | None:
    metadata = {
        "dagster_dbt/manifest": SimpleNamespace(manifest={"nodes": {"model.shop.orders": MODEL}}),
        "dagster_dbt/unique_id": "model.shop.orders",
        "dagster_dbt/project": SimpleNamespace(project_dir=root / folder),
    }
    return model_place(metadata, root)


def test_model_of_a_plain_project(write: Write) -> None:
    root = write({"dbt/dbt_project.yml": "name: shop\n", "dbt/models/orders.sql": "select 1"})
    assert place(root, "dbt") == (root / "dbt/models/orders.sql", 1)


def test_model_of_the_copy_that_a_component_keeps_is_that_of_its_original(write: Write) -> None:
    files = {"dbt_project.yml": "name: shop\n", "models/orders.sql": "select 1"}
    other = {"a/dbt_project.yml": "name: bank\n", "a/models/orders.sql": "select 2"}
    copied = {f"{folder}/{name}": text for folder in ("dbt", COPY) for name, text in files.items()}
    root = write({**copied, **other})
    assert place(root, COPY) == (root / "dbt/models/orders.sql", 1)


def test_model_of_a_copy_whose_original_is_elsewhere_has_no_place(write: Write) -> None:
    root = write({f"{COPY}/dbt_project.yml": "name: shop\n", f"{COPY}/models/orders.sql": "select 1"})
    assert place(root, COPY) is None
