"""The hooks of all components that build assets: `translation`, `get_asset_spec` and `execute`."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

pytestmark = pytest.mark.integration


def keys(project: Any) -> set[str]:
    return {key.to_user_string() for key in project.load().resolve_asset_graph().get_all_asset_keys()}


def test_a_translation_changes_all_assets_and_their_tables(project: Any, read: Any) -> None:
    project.write("inbox/prices.csv", "id\n1\n")
    project.component(
        "lake",
        "Files",
        {
            "source": "lake",
            "path": "inbox",
            "tables": [{"name": "prices", "checks": [{"not_null": "id"}]}],
            "translation": {
                "key": "raw/{{ props.attributes.name }}",
                "group_name": "landing",
                "tags": {"from": "{{ props.key[0] }}"},
            },
        },
    )

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id from raw.prices") == [(1,)]
    (spec,) = project.load().resolve_all_asset_specs()
    assert (spec.key, spec.group_name, spec.tags) == (
        dg.AssetKey(["raw", "prices"]),
        "landing",
        {"from": "lake"},
    )
    assert read.checks(result)["not_null_id"].asset_key == dg.AssetKey(["raw", "prices"])


def test_a_subclass_changes_spec_and_work(project: Any, read: Any) -> None:
    project.write(
        "PACKAGE/components.py",
        """
import dagster as dg
from dagway.components import ObjectExport, SqlModel

class Upper(SqlModel):
    def get_asset_spec(self, props):
        return super().get_asset_spec(props).replace_attributes(key=dg.AssetKey(["flat", props.key[-1]]))

    def execute(self, context, session, load, query):
        super().execute(context, session, load, f"select upper(name) as name from ({query})")

class Told(ObjectExport):
    def execute(self, context, session, outgoing):
        return {**super().execute(context, session, outgoing), "told": True}
""",
    )
    project.model("deep/names", "select 'ada' as name")
    project.component("out", "ObjectExport", {"key": "out/names", "asset": "flat/names", "path": "names.csv"})
    for folder, name in (("deep/names", "SqlModel"), ("out", "ObjectExport")):
        file = project.root / project.package / "defs" / folder / "defs.yaml"
        own = {"SqlModel": "Upper", "ObjectExport": "Told"}[name]
        text = file.read_text().replace(f"dagway.components.{name}", f"{project.package}.components.{own}")
        file.write_text(text)

    result = project.run()

    assert result.success, read.failure(result)
    assert keys(project) == {"flat/names", "out/names"}
    assert project.rows("select name from flat.names") == [("ADA",)]
    assert read.metadata(result, "out/names")["told"] is True
