from __future__ import annotations

import pytest

from dagway.errors import DagwayError
from dagway.launch.request import Request, at_commas


def test_a_request_travels_as_one_line() -> None:
    request = Request(
        "/p",
        ("a", "b"),
        partition_range=("x", ""),
        config={"ops": {"a": 1}},
        tags={"k": "v"},
        from_failure="last",
    )
    line = request.to_line()
    assert line.count("\n") == 1
    assert Request.from_line(line) == request
    assert Request.from_line(Request("/p").to_line()) == Request("/p")


def test_commas_part_selections_but_not_within_quotes_and_brackets() -> None:
    assert at_commas('a,"b,c",sinks(d, e)') == ["a", '"b,c"', "sinks(d, e)"]


def test_several_selections_are_one_in_dagsters_grammar() -> None:
    assert Request("", ("group:daily",)).selection() == "group:daily"
    assert Request("", ("orders,customers+", "tag:a=b")).selection() == (
        '(key:"orders") or (key:"customers"+) or (tag:a=b)'
    )


def test_a_selection_that_cannot_be_read_says_so() -> None:
    with pytest.raises(DagwayError, match="a bracket is not closed"):
        Request("", ("(a",)).selection()
