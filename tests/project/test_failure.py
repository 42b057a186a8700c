"""A project that does not load: the message has its own file and line and the cause, and no frame of Dagster."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.project.load import load

Write = Callable[[Mapping[str, str]], Path]
YAML = "shop/defs/staging/orders/defs.yaml"
PYTHON = "shop/defs/broken.py"


@pytest.mark.parametrize(
    ("changed", "before", "after", "where", "why"),
    [
        (
            YAML,
            "group_name: staging",
            "description: \"{{ env('SHOP_TOKEN_X') }}\"",
            f"{YAML}:7",
            "SHOP_TOKEN_X is not set",
        ),
        (
            YAML,
            "group_name: staging",
            'description: "{{ nothing.x }}"',
            f"{YAML}:7",
            "'nothing' not found in scope",
        ),
        (YAML, "team:data", "nobody at all", f"{YAML}:3", "Invalid owner 'nobody at all'"),
        (YAML, "attributes:", "attributes:\n      rowz: 1", f"{YAML}:3", "Extra inputs are not permitted"),
        (YAML, "attributes:", "attributes: [", f"{YAML}:", "ParserError"),
        (YAML, "table.Table", "table.Tabel", f"{YAML}:1", "has no attribute `Tabel`"),
        (
            YAML,
            "components.table",
            "components.tabel",
            f"{YAML}:1",
            "No module named 'shop.components.tabel'",
        ),
        (
            PYTHON,
            "",
            "import dagster as dg\nimport not_installed_at_all\n",
            f"{PYTHON}:2",
            "not_installed_at_all",
        ),
        (PYTHON, "", "def broken(:\n", f"{PYTHON}:1", "SyntaxError"),
        (
            PYTHON,
            "",
            "import os\nURL = os.environ['SHOP_URL_X']\n",
            f"{PYTHON}:2",
            "variable SHOP_URL_X is not set",
        ),
        (
            PYTHON,
            "",
            "def f():\n    raise ValueError('no rows')\nf()\n",
            f"{PYTHON}:2",
            "ValueError: no rows",
        ),
        (PYTHON, "", "import sys\nsys.exit(3)\n", f"{PYTHON}:2", "SystemExit: 3"),
    ],
)
def test_place_and_cause(
    write: Write, flat_project: dict[str, str], changed: str, before: str, after: str, where: str, why: str
) -> None:
    flat_project[changed] = flat_project[changed].replace(before, after) if before else after
    with pytest.raises(DagwayError) as caught:
        load(write(flat_project))
    assert caught.value.message.startswith(f"The project does not load: {where}")
    assert why in caught.value.message
    assert "Traceback" not in str(caught.value)
    assert "site-packages" not in str(caught.value)
    assert caught.value.remedy


def test_unset_variable_says_where_to_set_it(write: Write) -> None:
    root = write({"definitions.py": "import os\nos.environ['SHOP_URL_X']\n"})
    with pytest.raises(DagwayError) as caught:
        load(root)
    assert caught.value.remedy == f"Set SHOP_URL_X in the environment, or add it to {root / '.env'}."


def test_missing_package_is_to_be_installed_but_an_own_module_to_be_mended(write: Write) -> None:
    with pytest.raises(DagwayError) as foreign:
        load(write({"definitions.py": "import not_installed_at_all.part\n"}))
    with pytest.raises(DagwayError) as own:
        load(write({"helper/__init__.py": "", "definitions.py": "import helper.missing\n"}))
    assert foreign.value.remedy.startswith("Install not_installed_at_all into")
    assert own.value.remedy == "Mend definitions.py:1, then try again."


def test_key_error_of_the_project_is_no_unset_variable(write: Write) -> None:
    with pytest.raises(DagwayError, match="KeyError: 'shop'"):
        load(write({"definitions.py": "{}['shop']\n"}))


def test_module_without_definitions(write: Write) -> None:
    with pytest.raises(DagwayError, match="No Definitions, RepositoryDefinition"):
        load(write({"definitions.py": "x = 1\n"}))


def test_two_definitions_in_one_module(write: Write) -> None:
    with pytest.raises(DagwayError, match="more than one Definitions"):
        load(write({"definitions.py": "import dagster as dg\na = dg.Definitions()\nb = dg.Definitions()\n"}))


def test_package_that_fails_after_a_folder_of_it_was_imported(write: Write) -> None:
    files = {
        "shop/__init__.py": "import shop.parts.first\nraise ValueError('no rows')\n",
        "shop/parts/first.py": "",
    }
    with pytest.raises(DagwayError, match=r"shop/__init__\.py:2: ValueError: no rows"):
        load(write({**files, "definitions.py": "import shop\n"}))


CHAIN = """
import dagster as dg

def step(number):
    before = [f"step{number - 1}"] if number else []
    return dg.asset(name=f"step{number}", deps=before)(lambda: None)

defs = dg.Definitions(assets=[step(number) for number in range(3000)])
"""


def test_chain_of_assets_that_dagster_cannot_follow(write: Write) -> None:
    with pytest.raises(DagwayError) as caught:
        load(write({"definitions.py": CHAIN}))
    assert caught.value.message.endswith(
        "a chain of assets is longer than Dagster can follow within Python's recursion limit of 1000"
    )
    assert "sys.setrecursionlimit(20_000)" in caught.value.remedy


def test_interpreter_of_a_location_is_named_where_something_is_missing(write: Write) -> None:
    location = {"relative_path": "shop.py", "executable_path": "/opt/shop/bin/python"}
    root = write(
        {
            "shop.py": "import not_installed_at_all\n",
            "workspace.yaml": f"load_from: [python_file: {location}]\n",
        }
    )
    with pytest.raises(DagwayError) as caught:
        load(root)
    assert "/opt/shop/bin/python: install Dagway there" in caught.value.remedy
