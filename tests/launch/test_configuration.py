from __future__ import annotations

from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.launch.configuration import configuration, span, tags


def test_files_and_inline_mappings_are_merged_and_the_first_counts(tmp_path: Path) -> None:
    yaml, json = tmp_path / "a.yaml", tmp_path / "b.json"
    yaml.write_text("ops: {load: {config: {limit: 1}}}\n")
    json.write_text('{"ops": {"load": {"config": {"limit": 2, "since": "x"}}}}')
    assert configuration([str(yaml), str(json), "{resources: {r: {config: {n: 3}}}}"]) == {
        "ops": {"load": {"config": {"limit": 1, "since": "x"}}},
        "resources": {"r": {"config": {"n": 3}}},
    }


def test_inline_without_braces_and_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    assert configuration(["ops: {a: 1}", str(tmp_path / "empty.yaml")]) == {"ops": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "words"),
    [("nowhere.yaml", "No such file"), ("{a: [}", "not valid YAML"), ("[1]: [", "not valid YAML")],
)
def test_what_is_no_configuration_says_so(text: str, words: str) -> None:
    with pytest.raises(DagwayError, match=words):
        configuration([text])


def test_a_list_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("- 1\n")
    with pytest.raises(DagwayError, match="no mapping"):
        configuration([str(tmp_path / "list.yaml")])


def test_tags_and_ranges() -> None:
    assert tags(["a=b", "c=d=e", "f="]) == {"a": "b", "c": "d=e", "f": ""}
    assert span("2024-01-01...2024-01-05") == ("2024-01-01", "2024-01-05")
    assert span("a..b") == ("a", "b")
    assert span("a...") == ("a", "")
    for wrong in (lambda: tags(["a"]), lambda: tags(["=b"]), lambda: span("2024-01-01")):
        with pytest.raises(DagwayError, match="Write --"):
            wrong()
