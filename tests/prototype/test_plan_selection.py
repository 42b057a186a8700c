"""Dagster's selection grammar, without Dagster; Dagster itself is asked whether it agrees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dagway.prototype.model import Automation, PlannedAsset, slash
from dagway.prototype.planning.selection import Graph, SelectionError, select


def asset(key: str, deps: str = "", **said: object) -> PlannedAsset:
    plain = PlannedAsset(
        key=tuple(key.split("/")),
        role="sql",
        how="component",
        component=None,
        reason="",
        integration="duckdb",
        alternatives=(),
        naming="",
        description="",
        group=key.split("/", maxsplit=1)[0],
        owners=(),
        tags={},
        kinds=("sql",),
        automation=Automation("none", "", ""),
        deps=tuple(tuple(dep.split("/")) for dep in deps.split()),
    )
    return replace(plain, **said)


# shop/orders → staging/orders → marts/value → exports/value
# shop/customers ────────────────↗
ASSETS = [
    asset("shop/orders", kinds=("postgres",), tags={"tier": "gold", "team/area": "x"}, owners=("team:data",)),
    asset("shop/customers", kinds=("postgres",), owners=("a@example.com",)),
    asset("staging/orders", "shop/orders", tags={"tier": "gold"}),
    asset("marts/value", "staging/orders shop/customers", kinds=("python", "pandas"), owners=("team:data",)),
    asset("exports/value", "marts/value", kinds=("s3",)),
]
GRAPH = Graph.of(ASSETS)

# Dagster's own grammar.
GRAMMAR = [
    ("*", "shop/orders shop/customers staging/orders marts/value exports/value"),
    ("key:shop/orders", "shop/orders"),
    ('key:"shop/orders"', "shop/orders"),
    ("key:shop/*", "shop/orders shop/customers"),
    ('key:"*orders"', "shop/orders staging/orders"),
    ("group:shop", "shop/orders shop/customers"),
    ("kind:postgres", "shop/orders shop/customers"),
    ('owner:"team:data"', "shop/orders marts/value"),
    ('tag:"tier"="gold"', "shop/orders staging/orders"),
    ("tag:tier=gold", "shop/orders staging/orders"),
    ('tag:"team/area"="x"', "shop/orders"),
    ("tag:tier", ""),
    ("group:shop and kind:sql", ""),
    ("group:shop or group:marts", "shop/orders shop/customers marts/value"),
    ("not group:shop", "staging/orders marts/value exports/value"),
    ("not group:shop and not kind:s3", "staging/orders marts/value"),
    ("group:exports or group:shop and tag:tier=gold", "shop/orders exports/value"),
    ("(group:exports or group:shop) and tag:tier=gold", "shop/orders"),
    ('+key:"staging/orders"', "shop/orders staging/orders"),
    ('key:"staging/orders"+', "staging/orders marts/value exports/value"),
    ('key:"shop/orders"+1', "shop/orders staging/orders"),
    ('1+key:"marts/value"', "shop/customers staging/orders marts/value"),
    ('1+key:"marts/value"+1', "shop/customers staging/orders marts/value exports/value"),
    ('+key:"staging/orders"+', "shop/orders staging/orders marts/value exports/value"),
    ("sinks(*)", "exports/value"),
    ("sinks(group:shop or group:staging)", "shop/customers staging/orders"),
    ("roots(*)", "shop/orders shop/customers"),
    ('roots(key:"staging/orders"+)', "staging/orders"),
    ("NOT group:shop AND kind:sql OR kind:s3", "staging/orders exports/value"),
    ("+(group:staging or group:marts)", "shop/orders shop/customers staging/orders marts/value"),
]

# What people write beside it.
SHORTHAND = [
    ("tag:tier=gold group:shop", "shop/orders"),
    ("tag:tier=gold kind:postgres owner:team:data", "shop/orders"),
    ("group:marts | group:exports", "marts/value exports/value"),
    ("owner:a@example.com", "shop/customers"),
    ("*orders*", "shop/orders staging/orders"),
    ("staging/orders", "staging/orders"),
    ("+staging/orders", "shop/orders staging/orders"),
    ("marts/value+", "marts/value exports/value"),
    (" group:shop  ", "shop/orders shop/customers"),
]


@pytest.mark.parametrize(("text", "expected"), GRAMMAR + SHORTHAND)
def test_select(text: str, expected: str) -> None:
    assert [slash(key) for key in select(text, GRAPH)] == expected.split()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("text", "expected"), GRAMMAR)
def test_dagster_selects_the_same(text: str, expected: str) -> None:
    import dagster as dg

    specs = [
        dg.AssetSpec(
            list(one.key),
            deps=[list(dep) for dep in one.deps],
            group_name=one.group,
            kinds=set(one.kinds),
            tags=dict(one.tags),
            owners=list(one.owners),
        )
        for one in ASSETS
    ]

    @dg.multi_asset(specs=specs)
    def every(): ...

    selection: Any = dg.AssetSelection.from_string(text)
    found = selection.resolve([every])
    assert {key.to_user_string() for key in found} == set(expected.split())


def test_what_is_not_built_is_not_selected() -> None:
    graph = Graph.of([asset("a/b"), replace(asset("a/c"), buildable=False)])
    assert select("*", graph) == (("a", "b"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read at its end"),
        ("group:", "cannot be read"),
        ("group:shop and", "cannot be read at its end"),
        ("(group:shop", "misses a closing bracket"),
        ("group:shop)", "cannot be read at ')'"),
        ("sinks(*", "misses a closing bracket"),
        ("or group:shop", "cannot be read"),
        ("group:shop ==", "cannot be read"),
        ("+", "cannot be read"),
        ("status:failed", "'status' cannot be selected by before the project runs"),
        ("gruop:shop", "'gruop' cannot be selected by"),
    ],
)
def test_what_is_no_selection_is_said(text: str, message: str) -> None:
    with pytest.raises(SelectionError) as caught:
        select(text, GRAPH)
    assert message in caught.value.message
    assert caught.value.remedy
