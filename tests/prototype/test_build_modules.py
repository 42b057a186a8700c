"""The user's Python files: what is copied, how imports are rewritten, what a generated file needs to call a function."""

from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.prototype.build.modules import dotted, functions, in_package, module_path, python_files
from tests.prototype.blueprints import SMALL, loaded

WITH_PYTHON = SMALL + "  marts/value:\n    python: logic/value.py:value\n    deps: [staging/orders]\n"
VALUE = "import helpers.numbers\nfrom rounding import cents as to_cents\n\n\ndef value(orders):\n    return orders\n"


def test_files_beside_a_named_one_that_it_imports_are_taken_along(tmp_path: Path) -> None:
    files = {
        "logic/value.py": VALUE,
        "logic/rounding.py": "from .deep import x\n\n\ndef cents(): ...\n",
        "logic/deep.py": "import os\n",
        "logic/helpers/numbers.py": "",
        "logic/unused.py": "",
    }
    found = python_files(loaded(tmp_path, WITH_PYTHON, files))
    assert sorted(found) == [
        "logic/deep.py",
        "logic/helpers/numbers.py",
        "logic/rounding.py",
        "logic/value.py",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from helpers import a, b as c", "from shop.logic.helpers import a, b as c"),
        ("import helpers", "from shop.logic import helpers"),
        ("import helpers as h", "from shop.logic import helpers as h"),
        ("import os, helpers", "import os; from shop.logic import helpers"),
        ("from .helpers import a", "from .helpers import a"),
        ("import pandas as pd", "import pandas as pd"),
        ("def f():\n    from helpers import a", "def f():\n    from shop.logic.helpers import a"),
        ("from helpers import (\n    a,\n    b,\n)\nx = 1", "from shop.logic.helpers import a, b\nx = 1"),
    ],
)
def test_an_import_of_a_file_beside_becomes_one_of_the_package(before: str, after: str) -> None:
    files = ["logic/value.py", "logic/helpers.py"]
    assert in_package(before, "logic/value.py", "shop", files) == after


def test_a_file_whose_name_is_no_python_name_gets_one() -> None:
    assert module_path("my-logic/2nd.try.py") == "my_logic/_2nd_try.py"
    assert dotted("shop", "my-logic/value.py") == "shop.my_logic.value"


def test_annotations_are_written_so_that_another_file_can_use_them() -> None:
    text = (
        "from __future__ import annotations\n"
        "import pandas as pd\n"
        "from .types import Kind\n"
        "class Api: ...\n"
        'def value(orders: pd.DataFrame, api: Api, kind: "Kind", *, limit: int = 3, strict: bool) -> pd.DataFrame: ...\n'
    )
    found = functions({"logic/value.py": text}, "shop")["logic/value.py:value"]
    assert [(item.name, item.annotation, item.required) for item in found.parameters] == [
        ("orders", "pd.DataFrame", True),
        ("api", "Api", True),
        ("kind", "Kind", True),
        ("limit", "int", False),
        ("strict", "bool", True),
    ]
    assert set(found.imports) == {
        "import pandas as pd",
        "from shop.logic.types import Kind",
        "from shop.logic.value import Api",
    }
    assert found.is_own("Api")
    assert not found.is_own("Kind")
    assert found.import_statement == "from shop.logic import value"


def test_a_file_that_is_no_python_is_named_with_its_line() -> None:
    with pytest.raises(DagwayError, match=r"logic/value\.py:2 is no Python"):
        functions({"logic/value.py": "x = 1\ndef ("}, "shop")
