"""Python source for values: it means the value, and `ruff format` leaves it as it is."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagway.prototype.build.python_source import (
    Call,
    Code,
    Set,
    docstring,
    exploded,
    identifier,
    imports,
    literal,
    quoted,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.booleans())
def test_the_source_means_the_value(value: Any, explode: bool) -> None:
    assert ast.literal_eval(exploded(value) if explode else literal(value, 1, 40)) == value


@given(st.text())
def test_a_docstring_is_one_string_whatever_the_text(text: str) -> None:
    body = ast.parse(f"def f():\n{docstring(text, 1)}").body[0]
    assert isinstance(body, ast.FunctionDef)
    assert len(body.body) == 1


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",))))
def test_any_name_becomes_a_python_name(name: str) -> None:
    found = identifier(f"a{name}")
    assert found.isidentifier()


def test_a_keyword_is_no_name() -> None:
    assert identifier("class") == "class_"


def test_ruff_leaves_the_layout_as_it_is(tmp_path: Path) -> None:
    long = ["a string of some length"] * 3
    values: list[Any] = [
        Call("dg.asset", {"key": ["a", "b"], "kinds": Set(("sql", "duckdb")), "tags": {"x": 'say "y"'}}),
        Call("f", {"rows": long, "other": {"key": long}}, (Code("x"), long)),
        ["it's", 'a "word"', "both ' and \"", "back\\slash", "line\nbreak", "ü", "\x00"],
        {"a": {"b": {"c": long + long}}, "empty": [], "none": None, "pair": ("x",)},
        Set(()),
    ]
    lines = [f"x{number} = {literal(value, 0, 5)}" for number, value in enumerate(values)]
    lines += [f"y{number} = {exploded(value)}" for number, value in enumerate(values)]
    path = tmp_path / "values.py"
    path.write_text("\n".join(lines) + "\n")
    command = [
        str(Path(sys.executable).parent / "ruff"),
        "format",
        "--isolated",
        "--line-length=110",
        "--diff",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("text", "source"), [("a", '"a"'), ('"a"', "'\"a\"'"), ("it's", '"it\'s"'), ("a\nb", '"a\\nb"')]
)
def test_quotes_need_the_fewest_escapes(text: str, source: str) -> None:
    assert quoted(text) == source


def test_imports_are_sorted_into_sections_and_joined() -> None:
    statements = [
        "from shop import transforms",
        "import pandas as pd",
        "from dagway.x import b",
        "from dagway.x import A",
        "import dagster as dg",
        "import os",
        "from tests.conftest import Rows",
    ]
    assert imports(statements, "shop") == (
        "import os\n\n"
        "import dagster as dg\nimport pandas as pd\nfrom dagway.x import A, b\n\n"
        "from shop import transforms\nfrom tests.conftest import Rows"
    )
