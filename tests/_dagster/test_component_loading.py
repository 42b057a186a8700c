"""Loading components faster gives what Dagster gives; each shortcut is compared with the original."""

import importlib
import sys
from collections.abc import Generator
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

import dagster as dg
import pytest
import yaml
from dagster.components.core import decl, load_defs
from dagster.components.core.component_tree import ComponentTree
from dagster.components.resolved.context import ResolutionContext
from hypothesis import example, given
from hypothesis import strategies as st
from yaml.scanner import Scanner

from dagway._dagster.component_loading import fast_component_loading

COMPONENT = """
    from dataclasses import dataclass
    import dagster as dg

    @dataclass
    class Table(dg.Component, dg.Resolvable):
        asset: dg.ResolvedAssetSpec
        rows: int = 1
        words: list[str] | None = None

        def build_defs(self, context):
            metadata = {"rows": self.rows, "words": repr(self.words)}
            return dg.Definitions(assets=[self.asset.merge_attributes(metadata=metadata)])
"""

TABLES = """\
type: tables.component.Table
attributes:
  asset:
    key: one/t{number}
    description: "{{{{ project_root }}}} of {number}"
    automation_condition: "{{{{ dg.AutomationCondition.eager() }}}}"
  rows: "{number}"
  words: [plain, "1_000", "None", "[1, 2]", "{{{{ 1 + {number} }}}}"]
post_processing:
  assets:
    - target: "*"
      attributes:
        tags: {{number: "n{number}"}}
---
type: tables.component.Table
attributes:
  asset: {{key: two/t{number}, deps: [one/t{number}]}}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    files = {
        "pyproject.toml": '[tool.dg.project]\nroot_module = "tables"\n',
        "tables/__init__.py": "",
        "tables/component.py": dedent(COMPONENT),
        "tables/defs/__init__.py": "",
        "tables/defs/plain.py": "import dagster as dg\n@dg.asset\ndef plain(): ...\n",
    }
    files |= {f"tables/defs/g{n % 2}/t{n}/defs.yaml": TABLES.format(number=n) for n in range(6)}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "tables"]:
        del sys.modules[name]


def facts(root: Path) -> list[tuple[object, ...]]:
    specs: Any = dg.load_from_defs_folder(path_within_project=root).resolve_all_asset_specs()
    return sorted(
        (
            spec.key.to_user_string(),
            spec.description,
            str(spec.automation_condition),
            sorted(dep.asset_key.to_user_string() for dep in spec.deps),
            sorted(spec.tags.items()),
            str(spec.metadata.get("rows")),
            str(spec.metadata.get("words")),
            str(spec.metadata.get("dagster/code_references")),
        )
        for spec in specs
    )


def test_the_same_definitions_with_and_without(root: Path) -> None:
    expected = facts(root)
    with fast_component_loading():
        assert facts(root) == expected
    assert len(expected) == 13


def test_everything_is_put_back() -> None:
    tree, context = cast("Any", ComponentTree), cast("Any", ResolutionContext)
    before = (
        tree._component_decl_tree,
        context._resolve_inner_value,
        load_defs.get_library_json_enriched_defs,
    )
    with fast_component_loading():
        assert tree._component_decl_tree is not before[0]
    after = (
        tree._component_decl_tree,
        context._resolve_inner_value,
        load_defs.get_library_json_enriched_defs,
    )
    assert after == before


def test_the_index_is_built_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builds: list[object] = []
    original = cast("Any", ComponentTree)._component_decl_tree

    def counted(tree: Any) -> Any:
        builds.append(tree)
        return original(tree)

    monkeypatch.setattr(ComponentTree, "_component_decl_tree", counted)
    with fast_component_loading():
        facts(root)
    assert len(builds) == 1


@given(st.text(min_size=1))
@example("5")
@example("007")
@example("None")
@example("[1, 'a']")
@example(" padded ")
@example("}} not a template %}")
@example("# not a comment #}")
@example("line\nbreak\n")
@example("carriage\rreturn")
@example("{{ 1 + 1 }}")
@example("{% raw %}x{% endraw %}")
@example("'quoted'")
@example("caf\u00e9 \u2028 \x85")
def test_plain_strings_render_as_templates_do(text: str) -> None:
    context = ResolutionContext.default()
    expected = outcome(context, text)
    with fast_component_loading():
        assert outcome(context, text) == expected


def outcome(context: Any, text: str) -> tuple[object, object]:
    """The value with its type, or the kind of error where the text is no valid template."""
    try:
        value: object = context.resolve_value(text, as_type=object)
    except Exception as error:
        return type(error), ""
    return type(value), repr(value)


#: What is written in many ways, and what is none.
YAML = (
    "a: 1\nb: {c: [x, 'y z', \"w\"]}\n",
    "a: &anchor {b: 1}\nc: *anchor\n<<: {d: 2}\n",
    "a: |\n  one\n  two\n\nb: >-\n  three\n  four\n",
    "---\na: 2024-01-01\n---\nb: 012\nc: 0x1f\nd: yes\n...\n",
    "- - a\n  - b\n- c:\n  - d\n  -  e\n",
    "? a\n: b\n",
    "a:\n  b\n  c\n# the end",
    "a: 1\r\nb: 2\r\n",
    "größe: ü\nb: 1\n",
    "a:\tb\n",
    "",
    "# nothing",
    "a: [\n",
    "a: b: c\n",
    "a: @x\n",
    "a: *unknown\n",
    "a: !tag 1\n",
    " a: 1\nb: 2\n",
)


@pytest.mark.parametrize("text", YAML)
def test_yaml_is_read_as_dagster_reads_it(text: str) -> None:
    read = cast("Any", decl).parse_yamls_with_source_position
    with fast_component_loading():
        assert parsed(cast("Any", decl).parse_yamls_with_source_position, text) == parsed(read, text)


def parsed(parse: Any, text: str) -> object:
    """The values and where each begins, or the error's own words."""
    try:
        return [(repr(item.value), begins(item.source_position_tree)) for item in parse(text, "defs.yaml")]
    except yaml.YAMLError as error:
        return str(error)


def begins(tree: Any) -> object:
    start = tree.position.start
    return (
        tree.position.filename,
        start.line,
        start.col,
        {key: begins(at) for key, at in tree.children.items()},
    )


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="PyYAML was built without libyaml")
def test_plain_yaml_is_read_without_the_scanner_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Scanner, "fetch_more_tokens")
    with fast_component_loading():
        (read,) = cast("Any", decl).parse_yamls_with_source_position(YAML[0], "defs.yaml")
    assert read.value == {"a": 1, "b": {"c": ["x", "y z", "w"]}}
