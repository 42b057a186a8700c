"""The components' pages say what their YAML may be."""

from __future__ import annotations

from dagway.components.reference import page


def test_a_text_is_named_where_it_stands_for_a_list_of_one_and_not_where_it_is_a_template() -> None:
    rows = [line.split("|") for line in page("SqlModel").splitlines() if line.startswith("| `")]
    types = {(row[1].strip(), row[4].strip()): row[2].strip() for row in rows}
    by_name = {name: kind for (name, _), kind in types.items() if name != "`key`"}

    assert sorted(kind for (name, _), kind in types.items() if name == "`key`") == [
        "string",
        "string or list of string",
    ]
    assert by_name["`unique`"] == "string or list of string"
    assert by_name["`owners`"] == "list of string"
    assert by_name["`translation`"] == "Dagster's asset attributes"
