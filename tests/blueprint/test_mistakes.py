"""Mistakes as a person reads them: place, line, what is wrong, what to write; all of them at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagway.blueprint.load import BlueprintErrors, load_text

FOLDER = Path(__file__).parent / "examples"
HEAD = """\
blueprint: 1
name: shop_data
requirements: {R1: Daily.}
sources:
  shop: {integration: postgres, connection: "{{ env('SHOP_URL') }}", tables: [orders, customers]}
assets:
  staging/orders:
    sql: select * from shop.orders
"""


def mistakes(text: str) -> BlueprintErrors:
    """The mistakes of a text; the blueprint stands as `b.yaml` beside the examples' files."""
    with pytest.raises(BlueprintErrors) as caught:
        load_text(text, FOLDER / "b.yaml")
    return caught.value


def said(text: str) -> list[str]:
    """Each mistake as `line:column message → remedy`."""
    return [
        f"{found.position.line}:{found.position.column} {found.message} → {found.remedy}"
        for found in mistakes(text).mistakes
    ]


def test_the_text_names_every_place_quotes_the_line_and_counts() -> None:
    text = HEAD + "    chekcs: []\n    meets: [R2]\n    freshness: 36 hours\n"
    assert str(mistakes(text)).replace(str(FOLDER) + "/", "") == (
        "b.yaml:9:5: `chekcs` is no key of an asset\n"
        "        chekcs: []\n"
        "        ^\n"
        "    → did you mean `checks`? allowed: description, group, owners, tags, kinds, columns, checks, partitions,"
        " incremental, freshness, automation, meets, sql, python, deps, materialized\n"
        "b.yaml:10:13: there is no requirement `R2`\n"
        "        meets: [R2]\n"
        "                ^\n"
        "    → write one of: R1\n"
        "b.yaml:11:16: `freshness`: '36 hours' is no length of time\n"
        "        freshness: 36 hours\n"
        "                   ^\n"
        "    → write a number and s, m, h, d or w, such as 36h\n"
        "3 mistakes"
    )


def test_mistakes_are_plain_data_too() -> None:
    found = mistakes(HEAD + "    meets: R1\n").to_json()
    assert json.loads(json.dumps(found)) == [
        {
            "path": str(FOLDER / "b.yaml"),
            "line": 9,
            "column": 12,
            "message": "`meets` must be a list, not text",
            "remedy": "write `[R1]`",
            "quote": "    meets: R1",
        }
    ]


def test_no_more_than_a_hundred_are_printed_and_all_are_counted() -> None:
    found = mistakes(HEAD + "".join(f"    wrong_{number}: 1\n" for number in range(150)))
    assert len(found.mistakes) == 150
    assert str(found).count("is no key of an asset") == 100
    assert str(found).endswith("\n150 mistakes, the first 100 shown")


ASSET = [
    (
        "    sql: 1\n",
        "9:5 `sql` stands twice; the first is on line 8 → keep one of them, or give them different names",
    ),
    ("    python: a.py:f\n", "7:3 `staging/orders` has both `sql` and `python` → keep one of them"),
    (
        "  marts/x: {description: none}\n",
        "9:3 `marts/x` has neither `sql` nor `python` → write `sql: |` and a query, or `python: file.py:function`",
    ),
    ("    description: [a]\n", "9:5 `description` must be text, not a list → write text"),
    (
        "    kinds: [true]\n",
        '9:13 `kinds` must be text, not the truth value true → put it in quotes if the text is meant: "true"',
    ),
    ("    owners: [bob]\n", "9:14 `bob` is no owner → write `team:name` or an e-mail address"),
    (
        "    owners: [bob@localhost.x]\n",
        "9:14 `bob@localhost.x` is no owner → write `team:name` or an e-mail address",
    ),
    (
        "    tags: {domain: Sales & Marketing}\n",
        "9:20 `domain`: `Sales & Marketing` is no value of a tag → use letters, digits, `_`, `-` and `.`, up to 63 of them",
    ),
    (
        "    tags: {a/b/c: x}\n",
        "9:12 `a/b/c` is no name of a tag → use letters, digits, `_`, `-` and `.`, up to 63 of them",
    ),
    (
        "    kinds: [my kind]\n",
        "9:13 `my kind` is no kind → use letters, digits, `_`, `-` and `.`, up to 63 of them",
    ),
    ("    kinds: [a, b, c, d]\n", "9:5 `kinds`: 4 kinds, and Dagster shows 3 → keep 3"),
    (
        "    partitions: {static: [a, x...y]}\n    incremental: {column: a}\n",
        "9:30 the part 'x...y' holds `...` or a control character → give it another name",
    ),
    (
        "    partitions: {monthly: 2024-01-31}\n    incremental: {column: a}\n",
        "9:27 `monthly`: not every month has a day 31 → begin on day 1 to 28",
    ),
    (
        "  Staging Orders: {sql: select 1}\n",
        "9:3 `Staging Orders` is no asset key → write `group/name` or `a/b/c`: letters, digits and underscores, up to 63 each",
    ),
    ("  a/class: {sql: select 1}\n", "9:3 `class` is a word of Python → write another name, such as class_"),
    (
        "    materialized: veiw\n",
        "9:19 `materialized` cannot be `veiw` → did you mean `view`? write table or view",
    ),
    (
        "    automation: eagre\n",
        "9:17 `automation`: 'eagre' is no automation: 'eagre' is unknown → write eager, on_missing or on_cron('0 9 * * *'),"
        " joined by and, or, not",
    ),
    (
        "    automation: eager | on_cron('0 5 31 2 *')\n",
        "9:17 `automation`: \"eager | on_cron('0 5 31 2 *')\" is no automation: `0 5 31 2 *` never comes true"
        " → name a day that the month has",
    ),
    (
        "    deps: [shop/order]\n",
        "9:12 there is no asset or source table `shop/order` → did you mean `shop/orders`?",
    ),
    (
        "    deps: [staging/orders]\n",
        "9:12 these assets wait for each other: staging/orders → staging/orders → remove one of these `deps`",
    ),
    (
        "    partitions: {daily: 2024-13-01}\n    incremental: {column: day}\n",
        "9:25 `daily`: '2024-13-01' is no date → write it as 2024-01-01, or for hours 2024-01-01-06:00",
    ),
    (
        "    partitions: {daily: 2024-02-01, end: 2024-01-01}\n    incremental: {column: day}\n",
        "9:5 `partitions`: `end` 2024-01-01 is not after 2024-02-01 → write a later date, or leave `end` out",
    ),
    (
        "    partitions: {daily: 2024-02-01, hourly: 2024-01-01}\n    incremental: {column: day}\n",
        "9:5 `partitions`: hourly and daily stand together → write one of hourly, daily, weekly, monthly, static, dynamic",
    ),
    (
        "    partitions: {static: [eu, us, eu]}\n    incremental: {column: region}\n",
        "9:5 `partitions`: the part 'eu' is named twice → write each name once",
    ),
    (
        "    partitions: {daily: 2024-02-01}\n",
        "9:5 `staging/orders` has `partitions` but no `incremental`: each partition would write all rows of the query again"
        " → write `incremental: {column: …}`, the column that says to which partition a row belongs",
    ),
    (
        "  marts/x: {python: transforms.py:summary, partitions: {static: [eu, us]}}\n",
        "9:44 `marts/x` has `partitions` but no `incremental`: nothing would tell which rows a partition replaces"
        " → write `incremental: {column: …}`, the column that says to which partition a row belongs",
    ),
    (
        "    incremental: {column: day}\n",
        "9:5 `incremental` of `staging/orders` has no `partitions` to replace"
        " → write `partitions: {daily: 2024-01-01}` beside it, or remove it",
    ),
    (
        "  shop/orders: {sql: select 1}\n",
        "9:3 the asset `shop/orders` is the same table as `shop/orders` on line 5"
        " → give one of them another name; capital and small letters count as the same",
    ),
    (
        "  Staging/Orders: {sql: select 1}\n",
        "9:3 the asset `Staging/Orders` is the same table as `staging/orders` on line 7"
        " → give one of them another name; capital and small letters count as the same",
    ),
    (
        "  a/b/c: {sql: select 1}\n  a__b/c: {sql: select 1}\n",
        "10:3 the asset `a__b/c` is the same table as `a/b/c` on line 9"
        " → give one of them another name; capital and small letters count as the same",
    ),
]
CHECKS = [
    (
        "{accepted_values: {column: a, values: [[1]]}}",
        "10:48 `values` must be text or a whole number or a number or true or false, not a list"
        " → write text or a whole number or a number or true or false",
    ),
    (
        "{range: {column: a, min: true}}",
        "10:34 `min` must be a whole number or a number or text, not the truth value true"
        ' → put it in quotes if the text is meant: "true"',
    ),
    (
        "{unique: a, not_null: b}",
        "10:9 one check has unique and not_null → begin each with a `- ` of its own",
    ),
    (
        "{severity: warn}",
        "10:9 the check has no kind → write one of unique, not_null, row_count, accepted_values, range, relationship,"
        " freshness, schema, sql, python",
    ),
    (
        "{row_count: {}}",
        "10:10 `row_count`: neither `min` nor `max` is given → write `{min: 1}`, `{max: 100}` or both",
    ),
    (
        "{row_count: {min: 5, max: 3}}",
        "10:10 `row_count`: `min` 5 is more than `max` 3 → write the smaller one as `min`",
    ),
    ("{row_count: {min: '5'}}", "10:27 `min` must be a whole number, not text → write a whole number"),
    ("{row_count: {min: -1}}", "10:27 `min` must be at least 0 → write 0 or more"),
    (
        "{range: {column: a, min: 2024-01-01, max: 5}}",
        "10:10 `range`: one bound is text and one a number → write both as numbers, or both as dates",
    ),
    (
        "{relationship: {column: a}}",
        "10:10 a relationship needs `to` → write `to: staging/orders`: the asset whose table has the values",
    ),
    (
        "{relationship: {column: a, to: shop/costumers}}",
        "10:40 there is no asset or source table `shop/costumers` → did you mean `shop/customers`?",
    ),
    ("{unique: {a: 1}}", "10:10 `unique` must be text or a list, not a mapping → write text or a list"),
    ("{unique: []}", "10:10 `unique` is empty → write at least one"),
    ("{blocking: yes, unique: a}", "10:20 `blocking` must be true or false, not text → write true or false"),
]
SECTIONS = [
    (
        "exports: {e: {from: staging/orders, integration: s3, path: s3://a/b.xlsx}}",
        "9:60 the path of the export `e` ends in no format"
        " → let it end in .parquet or .csv, or write `format: parquet` or `format: csv` beside it",
    ),
    (
        "    automation: {on_crn: 0 5 * * *}\n",
        "9:26 `on_crn` is no key of automation → did you mean `on_cron`? allowed: on_cron",
    ),
    (
        "schedules: {a: {cron: 0 5 * *}}",
        '9:23 `cron`: `0 5 * *` has 4 fields, a cron expression has five → write minute, hour, day, month and weekday, such as "0 5 * * *"',
    ),
    (
        "schedules: {a: {cron: 0 0 31 2 *}}",
        "9:23 `cron`: `0 0 31 2 *` never comes true → name a day that the month has",
    ),
    (
        "schedules: {a: {cron: 0 5 * * *, ready_by: 6am}}",
        '9:44 `6am` is no time of day → write hours and minutes, such as "06:00"',
    ),
    (
        "schedules: {a: {cron: 0 5 * * *, selection: ' '}}",
        '9:45 the selection of `a` is empty → write "*" for everything, or leave it out',
    ),
    (
        "timezone: Europe/Berln",
        "9:11 `timezone`: `Europe/Berln` is no time zone → write a name such as UTC or Europe/Berlin",
    ),
    (
        "sensors: {a: {watch: x, asset: shop/orders}}",
        "9:11 the sensor `a` has `watch` and `asset` → keep one: `watch`, `asset` or `python`",
    ),
    (
        "alerts: {a: {when: run_failure}}",
        '9:10 the alert `a` reaches nobody → write `slack: "#channel"` or `webhook: …`',
    ),
    (
        "exports: {a: {from: x/y, integration: s3, path: s3://b/c.csv}}",
        "9:21 there is no asset or source table `x/y` → known: shop/orders, shop/customers, staging/orders",
    ),
    (
        "exports: {a: {from: shop/orders, integration: s3}}",
        "9:11 the export `a` needs `path` → write `path: s3://bucket/key.parquet` or a file",
    ),
    (
        "warehouse: {integration: postgres}",
        "9:1 the warehouse needs `connection` → write `connection: \"{{ env('NAME') }}\"`",
    ),
    (
        "warehouse: {integration: duckdb, databse: a.duckdb}",
        "9:34 a warehouse of the kind duckdb has no setting `databse` → did you mean `database`? it takes: database,"
        " patience",
    ),
    (
        "warehouse: {integration: postgres, connection: \"{{ env('W') }}\", schema: x}",
        "9:66 a warehouse of the kind postgres has no setting `schema` → it takes: connection,"
        " connect_timeout, statement_timeout",
    ),
    (
        "warehouse: {threads: 4}",
        "9:13 a warehouse of the kind duckdb has no setting `threads` → it takes: database, patience",
    ),
    (
        "exports: {a: {from: shop/orders, integration: duckdb, table: a.b}}",
        "9:11 the export `a` needs `connection` → write `connection: duckdb:///data/shop.duckdb`",
    ),
    (
        "exports: {a: {from: shop/orders, integration: s3, path: s3://b/c.csv, fromat: csv}}",
        "9:79 `fromat` is no key of an export → did you mean `format`? allowed: from, integration, description, path,"
        " connection, table, sync, format, owners, tags, automation, meets",
    ),
    (
        "exports: {a: {from: shop/orders, integration: s3, path: s3://x.csv}}",
        "9:57 `s3://x.csv` names no object: a bucket without an object → write s3://bucket/folder/file",
    ),
    (
        "exports: {a: {from: shop/orders, integration: s3, path: s3:///x.csv}}",
        "9:57 `s3:///x.csv` names no object: no bucket → write s3://bucket/folder/file",
    ),
    (
        "exports: {a: {from: shop/orders, integration: filesystem, path: https://b/x.csv}}",
        "9:65 `https://b/x.csv` names no object: nothing reads or writes https:// → write s3://…, gs://…, az://… or a file",
    ),
    ("exports:", "9:1 `exports` has no value; it must be a mapping → write a mapping, or remove the key"),
    (
        "schedules: {a: {cron: 0 5 * * *}}\nalerts: {a: {when: run_failure, slack: '#x'}}",
        "10:10 `a` is also under `schedules`, on line 9 → give one of them another name: both become automations of that name",
    ),
]


@pytest.mark.parametrize(("added", "expected"), ASSET)
def test_a_mistake_in_an_asset(added: str, expected: str) -> None:
    assert said(HEAD + added) == [expected]


@pytest.mark.parametrize(("check", "expected"), CHECKS)
def test_a_mistake_in_a_check(check: str, expected: str) -> None:
    assert said(f"{HEAD}    checks:\n      - {check}\n") == [expected]


@pytest.mark.parametrize(("added", "expected"), SECTIONS)
def test_a_mistake_in_another_section(added: str, expected: str) -> None:
    assert said(f"{HEAD}{added}\n") == [expected]


def test_a_mistake_in_a_query_is_named_at_its_own_line() -> None:
    text = HEAD + "  a/b:\n    sql: |\n      -- comment\n      select a\n      from (select b frm x\n"
    assert [(found.position.line, found.position.column) for found in mistakes(text).mistakes] == [(13, 26)]


def test_a_mistake_in_a_file_of_sql_is_named_in_that_file(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("select 1\nfrom (a\n", encoding="utf-8")
    with pytest.raises(BlueprintErrors) as caught:
        load_text("blueprint: 1\nname: x\nassets: {a/b: {sql: q.sql}}\n", tmp_path / "b.yaml")
    [found] = caught.value.mistakes
    assert (found.position.path, found.position.line, found.line) == (tmp_path / "q.sql", 2, "from (a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c", (1, 5)),
        ("a:\n\t- b", (2, 1)),
        ("a: 'x", (1, 6)),
        ("a: [1, 2\nb: 3", (2, 2)),
        ("a: 1\n---\nb: 2", (2, 1)),
        ("é: \x07", (1, 4)),
        ("- a", (1, 1)),
        ("a: &x [*x]", (1, 8)),
        ("a: *x", (1, 4)),
        ("a: !!python/name:os.system", (1, 4)),
        ("[a]: 1", (1, 1)),
    ],
)
def test_what_is_no_yaml_has_its_place(text: str, expected: tuple[int, int]) -> None:
    found = {(one.position.line, one.position.column): one for one in mistakes(text).mistakes}
    assert found[expected].remedy


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "integration: postgres, connection: \"{{ env('U') }}\", demoo: data",
            "6:70 `demoo` is no key of a source → did you mean `demo`?",
        ),
        (
            "integration: sqlite, path: data/x.db",
            "6:3 the source `more` needs `connection` → write `connection: sqlite:///data/shop.sqlite`",
        ),
        ("integration: s3, path: 's3:///x'", "6:33 `s3:///x` names no object: no bucket"),
    ],
)
def test_a_mistake_in_a_source(source: str, expected: str) -> None:
    text = HEAD.replace("assets:", f"  more: {{{source}, tables: [t]}}\nassets:")
    (found,) = said(text)
    assert found.startswith(expected)


def test_the_kinds_of_a_source_and_its_table_add_up() -> None:
    source = "more: {integration: fivetran, kinds: [a, b], tables: {t: {kinds: [b, c, d]}}}"
    text = HEAD.replace("assets:", f"  {source}\nassets:")
    assert said(text) == [
        "6:61 `kinds` of `t` and of its source are 4, and Dagster shows 3 → keep 3 together"
    ]
    load_text(text.replace("[b, c, d]", "[b, c]"), FOLDER / "b.yaml")
