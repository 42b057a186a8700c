"""Selections in shorthand become Dagster's grammar."""

from __future__ import annotations

import dagster as dg
import pytest

from dagway.components.selection import translate

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tag:schedule=daily tag:domain=finance", "tag:schedule=daily and tag:domain=finance"),
        ("tag:schedule=daily | tag:domain=finance", "tag:schedule=daily or tag:domain=finance"),
        ("owner:x@y.z", 'owner:"x@y.z"'),
        ("owner:team:data", 'owner:"team:data"'),
        ("*part*", 'key:"*part*"'),
        ("staging/orders", 'key:"staging/orders"'),
        ("+staging/orders+2", '+key:"staging/orders"+2'),
        ("tag:a-b=c.d (group:x | kind:dbt)", 'tag:"a-b"="c.d" and (group:x or kind:dbt)'),
        ("tag:a='b c' NOT kind:dbt", 'tag:"a"="b c" and not kind:dbt'),
        ("roots(staging/orders)", 'roots(key:"staging/orders")'),
        ("(a | b)+", '(key:"a" or key:"b")+'),
        ("+(a | b)", '+(key:"a" or key:"b")'),
    ],
)
def test_shorthand_is_translated(written: str, meant: str) -> None:
    assert translate(written) == meant
    dg.AssetSelection.from_string(meant)


@pytest.mark.parametrize(
    "text",
    [
        "*",
        'tag:"domain"="sales"',
        'tag:"domain"="sales"  and not (kind:dbt or +key:"a/b"+3)',
        "group:finance and roots(kind:dbt)",
        'owner:"x@y.z" or key:"*part*"',
        "tag:a=b and tag:c=d",
    ],
)
def test_dagsters_own_grammar_stays_as_it_is(text: str) -> None:
    assert translate(text) == text
    dg.AssetSelection.from_string(text)


@pytest.mark.parametrize(
    ("text", "reason"), [("", "empty"), ("  ", "empty"), ("(a", "bracket"), ('tag:"a', "quote")]
)
def test_what_is_no_selection_is_an_error(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        translate(text)
