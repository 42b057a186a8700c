"""Environments change values, never the set of keys; each is checked as a whole blueprint."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.blueprint.load import BlueprintErrors, LoadedBlueprint, load_text

HEAD = """\
blueprint: 1
name: small
sources: {shop: {integration: postgres, connection: "{{ env('SHOP') }}", tables: [orders, customers]}}
assets: {a/b: {sql: select 1, tags: {x: y, z: w}}}
exports: {out: {from: a/b, integration: s3, path: s3://b/c.csv}}
environments:
  production:
"""


def load(overlay: str) -> LoadedBlueprint:
    return load_text(HEAD + f"    {overlay}\n", Path("blueprint.yaml"))


def said(overlay: str) -> list[tuple[int, int, str]]:
    with pytest.raises(BlueprintErrors) as caught:
        load(overlay)
    return [(one.position.line, one.position.column, one.message) for one in caught.value.mistakes]


def test_mappings_merge_and_null_removes() -> None:
    loaded = load("assets: {a/b: {tags: {x: null, new: 1}}}")
    assert loaded.environments["production"].assets["a/b"].tags == {"z": "w", "new": "1"}
    assert loaded.blueprint.assets["a/b"].tags == {"x": "y", "z": "w"}


def test_lists_replace() -> None:
    overlaid = load("sources: {shop: {tables: [customers, orders]}}").environments["production"]
    assert overlaid.sources["shop"].tables == ("customers", "orders")


@pytest.mark.parametrize(
    ("overlay", "column", "message"),
    [
        ("assets: {a/c: {sql: select 2}}", 14, "adds `a/c`"),
        ("assets: {a/b: null}", 14, "removes `a/b`"),
        ("assets: null", 5, "removes `assets`"),
        ("sources: {shop: {tables: [orders]}}", 22, "removes `shop/customers`"),
        ("exports: {other: {from: a/b, integration: s3, path: s3://b/d.csv}}", 15, "adds `other`"),
    ],
)
def test_the_set_of_keys_does_not_change(overlay: str, column: int, message: str) -> None:
    expected = f"the environment `production` {message}; the set of keys must not change with the environment"
    assert said(overlay) == [(8, column, expected)]


@pytest.mark.parametrize("key", ["name: other", "blueprint: 1", "requirements: {R1: x}", "environments: {}"])
def test_some_things_are_the_same_everywhere(key: str) -> None:
    [(line, column, message)] = said(key)
    assert (line, column) == (8, 5)
    assert message.startswith(f"`{key.partition(':')[0]}` in the environment `production`: ")


def test_a_mistake_of_an_overlay_is_named_in_the_overlay() -> None:
    assert said("assets: {a/b: {frehsness: 1h}}") == [
        (8, 31, "in the environment `production`: `frehsness` is no key of an asset")
    ]


def test_a_rule_that_only_the_whole_breaks_is_found() -> None:
    [(line, _, message)] = said("sources: {shop: {connection: null}}")
    assert (line, message) == (3, "in the environment `production`: the source `shop` needs `connection`")


def test_a_mistake_outside_is_told_once() -> None:
    text = HEAD.replace("select 1,", "select 1, frehsness: 1h,") + "    timezone: Europe/Berlin\n"
    with pytest.raises(BlueprintErrors) as caught:
        load_text(text, Path("blueprint.yaml"))
    assert [one.message for one in caught.value.mistakes] == ["`frehsness` is no key of an asset"]


def test_a_setting_is_its_own_environments_warehouses() -> None:
    assert said("warehouse: {integration: snowflake, acount: x}") == [
        (8, 41, "a warehouse of the kind snowflake has no setting `acount`")
    ]
    assert said("warehouse: {threads: 4}") == [
        (8, 17, "a warehouse of the kind duckdb has no setting `threads`")
    ]


def test_another_kind_of_warehouse_does_not_take_the_database() -> None:
    text = HEAD.replace("sources:", "warehouse: {database: a.duckdb}\nsources:")
    with pytest.raises(BlueprintErrors) as caught:
        load_text(text + "    warehouse: {integration: snowflake}\n", Path("blueprint.yaml"))
    (mistake,) = caught.value.mistakes
    assert mistake.message == (
        "the snowflake warehouse of `production` has no `database`, and would take that of duckdb"
    )
    own = "    warehouse: {integration: snowflake, database: A}\n"
    assert load_text(text + own, Path("blueprint.yaml")).environments["production"].warehouse.database == "A"


def test_what_stands_outside_is_no_setting_of_another_kind_of_warehouse() -> None:
    text = HEAD.replace("sources:", "warehouse: {database: a.duckdb, patience: 5}\nsources:")
    overlay = "    warehouse: {integration: postgres, connection: \"{{ env('W') }}\"}\n"
    assert load_text(text + overlay, Path("blueprint.yaml")).environments["production"].warehouse.connection
