"""Tables of a REST API: in demo mode, and against an API that misbehaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

import dagway.components
from dagway.components.rest_api.written import written
from dagway.components.scaffolder import copy_example, example_of
from dagway.errors import DagwayError
from dagway.simulators.receiver import Answer, Request
from dagway.simulators.rest import Login, Paging, Rest, Table
from dagway.simulators.service import Fault, Route

pytestmark = pytest.mark.integration

OFFSET = {"type": "offset", "limit": 2, "total_path": "total"}
CURSOR = {"column": "updated_at", "key": "id", "param": "since"}
SINCE = {"since": "updated_at"}


def orders(*numbers: int, **values: Any) -> list[dict[str, Any]]:
    return [
        {"id": number, "updated_at": f"2024-01-{number:02}T00:00:00Z", "amount": number * 1.5, **values}
        for number in numbers
    ]


@pytest.fixture
def service() -> Iterator[Rest]:
    """An API with five orders in pages of two."""
    table = Table("/v1/orders", orders(1, 2, 3, 4, 5), Paging("offset", OFFSET), since=SINCE)
    with Rest(tables=[table]).running() as api:
        yield api


def answers(service: Rest, **changes: Any) -> None:
    """Change what the API answers."""
    service.tables = [replace(service.tables[0], **changes)]


def connect(project: Any, service: Rest, table: dict[str, Any] | None = None, **attributes: Any) -> None:
    """The component as in production, at the simulator's address."""
    given = {
        "source": "shop",
        "base_url": f"{service.url}/v1",
        "auth": {"type": "bearer", "token": "demo_token"},
        "paginator": OFFSET,
        "request_timeout": 5,
        "patience": 20,
        "tables": [{"name": "orders", "endpoint": {"data_selector": "items"}, **(table or {})}],
    }
    project.component("shop", "RestApi", {**given, **attributes})


def ids(project: Any) -> list[int]:
    return [number for (number,) in project.rows("select id from shop.orders order by id")]


def test_the_example_runs_without_credentials(project: Any, read: Any) -> None:
    folder = project.root / project.package / "defs" / "shop_api"
    folder.mkdir(parents=True)
    component = dagway.components.RestApi
    copy_example(example_of(component), folder, project.root, "dagway.components.RestApi")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id, amount::varchar, customer.country from shop_api.orders order by id") == [
        (1, "12.50", "PT"),
        (2, "30.00", "DE"),
        (3, "7.25", "PT"),
    ]
    assert read.metadata(result, "shop_api/orders")["rows_read"] == 3
    assert {check.passed for check in read.checks(result).values()} == {True}
    again = project.run()
    assert again.success, read.failure(again)
    assert read.metadata(again, "shop_api/orders")["rows_read"] == 1, "the newest row is asked for again"


@pytest.mark.parametrize(
    ("paginator", "selector"),
    [
        (OFFSET, "items"),
        ({"type": "page_number", "base_page": 1, "total_path": "meta.pages"}, "items"),
        ({"type": "page_number", "total_path": None, "stop_after_empty_page": True}, "items"),
        ({"type": "cursor", "cursor_path": "meta.next", "cursor_param": "after"}, "data.items"),
        ({"type": "json_link", "next_url_path": "links.next"}, "data"),
        ({"type": "header_link"}, ""),
        ("auto", ""),
    ],
    ids=["offset", "pages", "until_empty", "cursor", "link", "header", "found"],
)
def test_every_page_is_read(project: Any, read: Any, service: Rest, paginator: Any, selector: str) -> None:
    settings: dict[str, Any] = {} if paginator == "auto" else paginator
    simulated = {**settings, "total_path": settings.get("total_path") or "total"}
    answers(service, paging=Paging(settings.get("type", "auto"), simulated), selector=selector)
    endpoint = {"data_selector": selector} if selector else {}
    connect(project, service, {"endpoint": endpoint}, paginator=paginator)

    result = project.run()

    assert result.success, read.failure(result)
    assert ids(project) == [1, 2, 3, 4, 5]
    assert len(service.requests) >= 3


@pytest.mark.parametrize(
    ("auth", "login"),
    [
        ({"type": "bearer", "token": "demo_token"}, Login()),
        (
            {"type": "api_key", "name": "X-Key", "api_key": "demo_token", "location": "header"},
            Login("api_key", name="X-Key"),
        ),
        (
            {"type": "api_key", "name": "key", "api_key": "demo_token", "location": "query"},
            Login("api_key", place="query", name="key"),
        ),
        ({"type": "http_basic", "username": "demo", "password": "demo_token"}, Login("http_basic")),
    ],
    ids=["bearer", "key_in_a_header", "key_in_the_query", "basic"],
)
def test_every_login_is_tried_in_demo_mode_and_against_the_api(
    project: Any, read: Any, service: Rest, auth: dict[str, Any], login: Login
) -> None:
    service.login = login
    connect(project, service, auth=auth)
    result = project.run()
    assert result.success, read.failure(result)
    secret = {name: "s3cret" if value == "demo_token" else value for name, value in auth.items()}

    connect(project, service, auth=secret)
    refused = project.run()

    assert not refused.success
    assert "refuses the credentials: 401 Unauthorized" in read.failure(refused)
    assert "Correct auth" in read.failure(refused)
    assert "s3cret" not in read.failure(refused)
    assert ids(project) == [1, 2, 3, 4, 5]
    project.write("data/shop/orders.jsonl", '{"id": 9}\n')
    connect(project, service, auth=secret, demo_mode=True, demo_path="data/shop")
    demo = project.run()
    assert demo.success, read.failure(demo)
    assert ids(project) == [9]


@pytest.mark.parametrize(
    "fault",
    [Fault(status=429, retry_after=1), Fault(status=500), Fault(cut=True)],
    ids=["busy", "broken", "half_a_page"],
)
def test_a_passing_trouble_is_waited_out(project: Any, read: Any, service: Rest, fault: Fault) -> None:
    connect(project, service)
    service.faults.append(fault)

    result = project.run()

    assert result.success, read.failure(result)
    assert ids(project) == [1, 2, 3, 4, 5]
    assert service.faults == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=429, retry_after=3600), "429 Too Many Requests"),
        (Fault(status=500), "500 Internal Server Error"),
        (Fault(delay=2.0), "it did not answer in time"),
        (Fault(cut=True), "its answer ended half way"),
        (Fault(status=404), "404 Not Found"),
    ],
    ids=["busy", "broken", "time_out", "half_a_page", "not_there"],
)
def test_a_load_that_breaks_off_changes_nothing_and_the_next_one_repairs(
    project: Any, read: Any, service: Rest, fault: Fault, said: str
) -> None:
    connect(project, service)
    assert project.run().success
    connect(project, service, patience=1.5, request_timeout=1)
    answers(service, rows=orders(1, 2, 3, 4, 5, 6, 7))
    service.faults = [Fault(), *[fault] * 20]  # the first page comes

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert ids(project) == [1, 2, 3, 4, 5]
    service.faults = []
    connect(project, service)
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert ids(project) == [1, 2, 3, 4, 5, 6, 7]


def test_an_api_that_cannot_be_reached_is_named_without_its_key(
    project: Any, read: Any, service: Rest
) -> None:
    auth = {"type": "api_key", "name": "key", "api_key": "s3cret", "location": "query"}
    connect(project, service, base_url="http://127.0.0.1:1/v1", auth=auth, patience=0.3)

    result = project.run()

    assert "The API shop gave no answer to GET http://127.0.0.1:1/v1/orders within 0.3 s" in read.failure(
        result
    )
    assert "s3cret" not in read.failure(result)


@pytest.mark.parametrize(
    ("changes", "table", "said"),
    [
        ({"selector": "data"}, {}, "answers http://127.0.0.1:PORT/v1/orders without 'items'"),
        ({"rows": []}, {}, "answers orders without a row; the table is as it was"),
        ({"paging": Paging("offset", OFFSET, size=1)}, {}, "says that there are 5 rows, and gave 3"),
        (
            {"paging": Paging("single_page")},
            {
                "endpoint": {
                    "data_selector": "items",
                    "paginator": {"type": "page_number", "total_path": None},
                }
            },
            "gives the same page again",
        ),
        (
            {"rows": orders(1, amount="much")},
            {"columns": {"amount": "double"}},
            "Could not convert string 'much'",
        ),
        ({"rows": orders(1)}, {"columns": {"total": "double"}}, "has no column total"),
        ({"rows": [1, 2]}, {}, "gives a row that is no object: 1"),
    ],
    ids=["other_field", "empty", "capped", "circle", "wrong_type", "lost_column", "no_objects"],
)
def test_an_answer_that_changed_is_refused(
    project: Any, read: Any, service: Rest, changes: dict[str, Any], table: dict[str, Any], said: str
) -> None:
    connect(project, service)
    assert project.run().success
    answers(service, **changes)
    connect(project, service, table)

    result = project.run()

    assert not result.success
    assert said.replace("PORT", service.url.rpartition(":")[2]) in read.failure(result)
    assert ids(project) == [1, 2, 3, 4, 5]


def test_an_error_that_is_answered_as_a_page_is_no_end(project: Any, read: Any, service: Rest) -> None:
    connect(project, service, {"endpoint": {}})
    assert project.run().success
    service.faults = [Fault(), Fault(status=200)]  # the first page comes, and then an error as if it were one
    second = project.run()
    service.faults = [Fault(status=200)]
    first = project.run()

    assert "without 'items', where the rows should be" in read.failure(second)
    assert "without a list of rows" in read.failure(first)
    assert ids(project) == [1, 2, 3, 4, 5]


def test_one_object_is_a_row_where_the_selector_says_so(project: Any, read: Any, service: Rest) -> None:
    service.faults = [Fault(status=200)]
    connect(project, service, {"endpoint": {"data_selector": "$", "paginator": "single_page"}})

    result = project.run()

    assert result.success, read.failure(result)
    assert read.metadata(result, "shop/orders")["rows_read"] == 1


@pytest.mark.parametrize(
    ("paging", "works"),
    [
        (Paging("offset", OFFSET), False),
        (Paging("single_page"), False),
        (Paging("offset", OFFSET, size=9), True),
        (Paging("json_link", size=9), True),
        (Paging("header_link", size=9), True),
    ],
    ids=["more", "not_said", "all_of_the_total", "nothing_next", "no_link_on"],
)
def test_one_page_is_all_only_where_the_api_says_so(
    project: Any, read: Any, service: Rest, paging: Paging, works: bool
) -> None:
    answers(service, paging=paging)
    connect(project, service, paginator=None)

    result = project.run()

    assert result.success == works, read.failure(result)
    if works:
        assert ids(project) == [1, 2, 3, 4, 5]
        return
    assert "does not show how its pages go on" in read.failure(result)
    answers(service, paging=Paging("single_page"))
    connect(project, service, paginator="single_page")
    assert project.run().success
    assert ids(project) == [1, 2, 3, 4, 5]


CHANGED_WAYS = {
    "link": ({"type": "json_link", "next_url_path": "links.next"}, {"next_url_path": "paging.next"}, "'links.next'"),
    "cursor": ({"type": "cursor", "cursor_path": "meta.next"}, {"cursor_path": "next"}, "'meta.next'"),
    "default": ("json_link", {"next_url_path": "paging.next"}, "'next'"),
    "header": ({"type": "header_link"}, None, "a `Link` header"),
    "header_cursor": ({"type": "header_cursor", "cursor_key": "X-Next"}, None, "'X-Next'"),
}  # fmt: skip


@pytest.mark.parametrize("is_own", [False, True], ids=["of_the_api", "of_the_table"])
@pytest.mark.parametrize(("paginator", "now", "missing"), CHANGED_WAYS.values(), ids=CHANGED_WAYS)
def test_an_api_that_goes_on_in_another_way_than_before_has_not_one_page(
    project: Any, read: Any, service: Rest, paginator: Any, now: Any, missing: str, is_own: bool
) -> None:
    def load(paginator: Any) -> Any:
        own = {"data_selector": "items", **({"paginator": paginator} if is_own else {})}
        connect(project, service, {"endpoint": own}, paginator=None if is_own else paginator)
        return project.run()

    way = paginator if isinstance(paginator, str) else paginator["type"]
    if now is not None:
        settings: dict[str, Any] = {} if isinstance(paginator, str) else paginator
        answers(service, paging=Paging(way, settings))
        assert load(paginator).success
        assert ids(project) == [1, 2, 3, 4, 5]
    # A first page of two rows that says in another way, or not at all, that more follow.
    paging = Paging(way, now) if now is not None else Paging("offset", size=2)
    answers(service, paging=paging)

    result = load(paginator)

    assert not result.success
    assert f"/v1/orders without {missing}, which says how its pages go on" in read.failure(result)
    if now is not None:
        assert ids(project) == [1, 2, 3, 4, 5]
    answers(service, paging=Paging("single_page"))
    known = {"type": paginator} if isinstance(paginator, str) else paginator
    told = load({**known, "absent_at_end": True})
    assert told.success, read.failure(told)
    assert ids(project) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("way", ["json_link", "cursor", "header_link"])
def test_a_first_page_that_says_that_nothing_follows_is_all(
    project: Any, read: Any, service: Rest, way: str
) -> None:
    answers(service, paging=Paging(way, size=9))
    connect(project, service, paginator={"type": way})

    result = project.run()

    assert result.success, read.failure(result)
    assert ids(project) == [1, 2, 3, 4, 5]


@dataclass
class Telling(Rest):
    """An API whose headers tell of its rows, too, beside what its pages say."""

    told: dict[str, str] = field(default_factory=dict[str, str])

    def routes(self) -> list[Route]:
        return [replace(route, handler=partial(self._telling, route.handler)) for route in super().routes()]

    def _telling(self, handler: Callable[[Request], Answer], request: Request) -> Answer:
        answer = handler(request)
        return replace(answer, headers={**answer.headers, **self.told})


LINKED = {"type": "header_link", "absent_at_end": 2}


def test_a_last_page_without_a_link_is_the_end_where_a_full_one_is_not(
    project: Any, read: Any, service: Rest
) -> None:
    """As GitHub does: no `Link` where one page has all rows."""
    silent, known = Paging("header_link", LINKED), {"endpoint": {"data_selector": "$"}}
    connect(project, service, known, paginator=LINKED)
    answers(service, paging=silent, selector="")
    result = project.run()
    assert result.success, read.failure(result)
    assert ids(project) == [1, 2, 3, 4, 5]
    assert len(service.requests) == 3, "the third has no link any more"

    answers(service, rows=orders(6))
    result = project.run()
    assert result.success, read.failure(result)
    assert ids(project) == [6]

    answers(service, rows=orders(1, 2, 3), paging=Paging("single_page"))
    refused = project.run()
    assert not refused.success
    assert "without a `Link` header" in read.failure(refused)
    assert "with 3 rows, a full page" in read.failure(refused)
    assert ids(project) == [6]


@pytest.mark.parametrize("own", [True, False], ids=["the table's", "the API's"])
def test_what_is_no_number_of_rows_is_told_when_the_definitions_load(
    project: Any, service: Rest, own: bool
) -> None:
    wrong = {"paginator": {**LINKED, "absent_at_end": "all"}}
    table, api = ({"endpoint": wrong}, {}) if own else ({}, wrong)
    connect(project, service, table, **api)

    with pytest.raises(Exception, match="shop") as error:
        project.load()

    assert "`absent_at_end: all` is no number of rows" in str(error.value.__cause__)


@pytest.mark.parametrize("absent", [True, 100])
def test_a_page_without_a_link_is_not_all_where_a_header_counts_more(
    project: Any, read: Any, absent: Any
) -> None:
    table = Table("/v1/orders", orders(1, 2, 3), Paging("offset", size=2), "")
    with Telling(tables=[table], told={"X-Total-Count": "3"}).running() as api:
        known = {"endpoint": {"data_selector": "$"}}
        connect(project, api, known, paginator={**LINKED, "absent_at_end": absent})

        refused = project.run()
        assert not refused.success
        assert "`X-Total-Count: 3`" in read.failure(refused)
        assert api.requests, "it was asked"

        answers(api, rows=orders(1, 2))
        api.told = {"X-Total-Count": "2"}
        result = project.run()
        assert result.success, read.failure(result)
        assert ids(project) == [1, 2]


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"X-Total-Count": "2"}, [1, 2]),
        ({"X-Total": "2"}, [1, 2]),
        ({"X-Total-Pages": "1"}, [1, 2]),
        ({"X-Next-Page": ""}, [1, 2]),
        ({"X-Next-Page": "", "X-Total": "3"}, "`X-Total: 3`"),
        ({"X-Total-Count": "unknown"}, "with 2 rows, a full page"),
        ({}, "with 2 rows, a full page"),
    ],
)
def test_a_full_page_without_a_link_is_all_where_a_header_says_so(
    headers: dict[str, str], found: list[int] | str, project: Any, read: Any
) -> None:
    table = Table("/v1/orders", orders(1, 2), Paging("single_page"), "")
    with Telling(tables=[table], told=headers).running() as api:
        connect(project, api, {"endpoint": {"data_selector": "$"}}, paginator=LINKED)
        result = project.run()

    if isinstance(found, str):
        assert found in read.failure(result)
    else:
        assert result.success, read.failure(result)
        assert ids(project) == found


def test_a_selector_of_each_row_finds_an_empty_list_too(project: Any, read: Any, service: Rest) -> None:
    paging = {"type": "page_number", "base_page": 1, "total_path": None, "stop_after_empty_page": True}
    answers(service, paging=Paging("page_number", {**paging, "total_path": "total"}))
    connect(project, service, {"endpoint": {"data_selector": "items[*]"}}, paginator=paging)

    result = project.run()

    assert result.success, read.failure(result)
    assert ids(project) == [1, 2, 3, 4, 5]


def test_no_content_is_no_row(project: Any, read: Any, service: Rest) -> None:
    connect(project, service, {"cursor": CURSOR})
    assert project.run().success
    service.faults = [Fault(status=204)]

    result = project.run()

    assert result.success, read.failure(result)
    assert read.metadata(result, "shop/orders")["rows_read"] == 0
    assert len(ids(project)) == 5


def test_pages_without_end_are_given_up(project: Any, read: Any, service: Rest) -> None:
    connect(project, service, max_pages=2)

    result = project.run()

    assert f"has more than 2 pages of {service.url}/v1/orders" in read.failure(result)
    connect(project, service, max_pages=3)
    assert project.run().success


def test_settings_that_dlt_does_not_know_are_named(project: Any, read: Any, service: Rest) -> None:
    connect(project, service, paginator={"type": "by_magic"})

    result = project.run()

    assert not result.success
    assert "by_magic" in read.failure(result)
    assert "those of dlt's REST source" in read.failure(result)


def test_an_empty_table_may_be_right(project: Any, read: Any, service: Rest) -> None:
    answers(service, rows=[])
    connect(project, service, {"allow_empty": True, "columns": {"id": "bigint", "amount": "decimal(10, 2)"}})

    first = project.run()

    assert first.success, read.failure(first)
    assert project.rows("select count(*) from shop.orders") == [(0,)]
    answers(service, rows=orders(1))
    assert project.run().success
    assert ids(project) == [1]
    answers(service, rows=[])
    assert project.run().success
    assert project.rows("select count(*) from shop.orders") == [(0,)]


def test_later_runs_ask_for_what_changed(project: Any, read: Any, service: Rest) -> None:
    connect(project, service, {"cursor": {**CURSOR, "start": "2024-01-02T00:00:00Z"}})
    first = project.run()
    assert first.success, read.failure(first)
    assert ids(project) == [2, 3, 4, 5]
    changed = {"id": 3, "updated_at": "2024-01-06T10:00:00Z", "amount": 99.5}
    answers(service, rows=[*orders(1, 2, 4, 5), changed, *orders(7)])

    second = project.run()

    assert second.success, read.failure(second)
    assert project.rows("select id, amount from shop.orders order by id") == [
        (2, 3.0),
        (3, 99.5),
        (4, 6.0),
        (5, 7.5),
        (7, 10.5),
    ]
    told = read.metadata(second, "shop/orders")
    assert (told["rows_read"], told["rows_updated"]) == (3, 2)
    assert service.requests[-1].query["since"] == "2024-01-05T00:00:00Z"
    answers(service, rows=[])
    assert read.metadata(project.run(), "shop/orders")["rows_read"] == 0


@pytest.mark.parametrize("cursor", [{}, {"cursor": CURSOR}], ids=["whole", "cursor"])
def test_values_arrive_as_they_are_written(project: Any, read: Any, service: Rest, cursor: Any) -> None:
    texts = ["2024-01-01T00:00:00+02:00", "10:30", 2]
    rows = [
        {**row, "note": text, "price": Decimal("123456789012.34")}
        for row, text in zip(orders(1, 2, 3), texts, strict=True)
    ]
    answers(service, rows=rows)
    price = {"price": "decimal(38, 10)"}
    connect(project, service, {**cursor, "columns": {"note": "varchar", **price}})
    first = project.run()
    assert first.success, read.failure(first)

    # A table that is gone on with knows its texts.
    connect(project, service, {**cursor, "columns": price if cursor else {"note": "varchar", **price}})
    second = project.run()

    assert second.success, read.failure(second)
    assert project.rows("select note, price::varchar from shop.orders order by id") == [
        (str(text), "123456789012.3400000000") for text in texts
    ]


def test_a_column_without_values_keeps_its_type(project: Any, read: Any, service: Rest) -> None:
    connect(project, service, {"cursor": CURSOR, "optional_columns": ["note"]})
    answers(service, rows=orders(1, note="a", amount=1.5))
    assert project.run().success
    answers(service, rows=orders(2, amount=None))

    second = project.run()

    assert second.success, read.failure(second)
    assert project.rows("select id, amount, note from shop.orders order by id") == [
        (1, 1.5, "a"),
        (2, None, None),
    ]


def test_a_column_that_begins_without_values_takes_what_comes(project: Any, read: Any, service: Rest) -> None:
    connect(project, service, {"cursor": CURSOR})
    answers(service, rows=orders(1, note=None))
    assert project.run().success
    answers(service, rows=orders(2, note="later"))
    second = project.run()
    assert second.success, read.failure(second)
    answers(service, rows=orders(3, note=1.5))

    third = project.run()

    assert third.success, read.failure(third)
    assert project.rows("select note from shop.orders order by id") == [(None,), ("later",), ("1.5",)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": 6, "updated_at": "2024-01-06T00:00:00Z"}, "amount is missing"),
        (
            {"id": 6, "updated_at": "2024-01-06T00:00:00Z", "amount": "six"},
            "amount was DOUBLE and is VARCHAR",
        ),
        ({"id": None, "updated_at": "2024-01-06T00:00:00Z", "amount": 1.0}, "id is no key"),
    ],
    ids=["missing", "other_type", "no_key"],
)
def test_changed_rows_that_do_not_fit_leave_the_table(
    project: Any, read: Any, service: Rest, row: dict[str, Any], said: str
) -> None:
    connect(project, service, {"cursor": CURSOR})
    assert project.run().success
    answers(service, rows=[row])

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert ids(project) == [1, 2, 3, 4, 5]


def test_a_new_column_is_added(project: Any, read: Any, service: Rest) -> None:
    connect(project, service, {"cursor": CURSOR})
    assert project.run().success
    answers(service, rows=orders(6, currency="EUR"))

    result = project.run()

    assert read.metadata(result, "shop/orders")["new_columns"] == "currency"
    assert project.rows("select currency from shop.orders where id > 4 order by id") == [(None,), ("EUR",)]


def test_a_partition_replaces_its_own_rows(project: Any, read: Any, service: Rest) -> None:
    connect(
        project, service, {"partitions": {"daily": "2024-01-01"}, "incremental": {"column": "updated_at"}}
    )

    result = project.run(partitions=("2024-01-02", "2024-01-03"))

    assert result.success, read.failure(result)
    assert ids(project) == [2, 3]


def test_rows_land_in_postgres_too(project: Any, read: Any, service: Rest, postgres_url: str) -> None:
    from dagway.components.warehouse import PostgresWarehouse

    project.resources["warehouse"] = PostgresWarehouse(connection=postgres_url)
    answers(service, rows=orders(1, 2, 3, customer={"name": "Ada"}))
    connect(project, service, {"cursor": CURSOR})
    first = project.run()
    assert first.success, read.failure(first)
    answers(service, rows=orders(3, 4, amount=None, customer={"name": "Bo"}))

    second = project.run()

    assert second.success, read.failure(second)
    assert project.rows("select id, amount from shop.orders order by id") == [
        (1, 1.5),
        (2, 3.0),
        (3, None),
        (4, None),
    ]


@pytest.mark.parametrize(
    ("mark", "form", "parameter"),
    [
        (
            dt.datetime(2024, 1, 2, 3, 4, 5, 999, dt.timezone(dt.timedelta(hours=2))),
            "iso",
            "2024-01-02T01:04:05Z",
        ),
        (dt.datetime(2024, 1, 2), "iso", "2024-01-02T00:00:00Z"),  # noqa: DTZ001  a time without zone
        (dt.date(2024, 1, 2), "iso", "2024-01-02"),
        (dt.datetime(1970, 1, 2, tzinfo=dt.UTC), "epoch", "86400"),
        (dt.date(1970, 1, 2), "epoch_ms", "86400000"),
        (dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), "%d.%m.%Y", "02.01.2024"),
        (41, "iso", "41"),
    ],
)
def test_a_mark_is_written_as_the_api_reads_it(mark: Any, form: str, parameter: str) -> None:
    assert written(mark, form) == parameter


def test_a_mark_that_is_no_time_has_no_format() -> None:
    with pytest.raises(DagwayError, match="41 is no time to write as epoch"):
        written(41, "epoch")


def test_a_cursor_and_partitions_exclude_each_other(project: Any, service: Rest) -> None:
    connect(project, service, {"cursor": CURSOR, "partitions": {"daily": "2024-01-01"}})

    with pytest.raises(Exception, match="Error while") as error:
        project.load()

    assert "shop/orders has a cursor and partitions" in str(error.value.__cause__)
