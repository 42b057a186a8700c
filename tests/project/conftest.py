"""Small real projects on disk, one for each way in which Dagster finds definitions."""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

Write = Callable[[Mapping[str, str]], Path]

COMPONENT = """
    from dataclasses import dataclass
    import dagster as dg

    @dataclass
    class Table(dg.Component, dg.Resolvable):
        asset: dg.ResolvedAssetSpec
        rows: int = 1

        def build_defs(self, context):
            spec = self.asset
            check = dg.AssetCheckSpec("not_empty", asset=spec.key, blocking=True, description="Has rows.")
            @dg.multi_asset(specs=[spec], check_specs=[check], name=spec.key.to_python_identifier())
            def compute():
                yield dg.MaterializeResult(asset_key=spec.key)
            return dg.Definitions(assets=[compute])
"""

DEFINITIONS = """
    from pathlib import Path
    import dagster as dg

    @dg.definitions
    def defs():
        return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""

DG_PROJECT = """
    [tool.dg]
    directory_type = "project"
    [tool.dg.project]
    root_module = "shop"
"""

ORDERS_YAML = """\
    type: shop.components.table.Table
    attributes:
      asset:
        key: staging/orders
        deps: [shop/orders]
        kinds: [duckdb]
        group_name: staging
        owners: [team:data]
"""


def dg_files(package: str = "shop") -> dict[str, str]:
    """A dg project with one component; ``package`` is the folder of the root module, such as ``src/shop``."""
    return {
        "pyproject.toml": DG_PROJECT,
        f"{package}/__init__.py": "",
        f"{package}/definitions.py": DEFINITIONS,
        f"{package}/components/__init__.py": "",
        f"{package}/components/table.py": COMPONENT,
        f"{package}/defs/__init__.py": "",
        f"{package}/defs/staging/orders/defs.yaml": ORDERS_YAML,
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files below a fresh folder and returns it; indented text is dedented."""

    def write_files(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return tmp_path

    return write_files


@pytest.fixture
def flat_project() -> dict[str, str]:
    return dg_files()


@pytest.fixture
def src_project() -> dict[str, str]:
    return dg_files("src/shop")
