"""From a blueprint to the plan: what is built for each line, with reasons, and every mistake that only shows here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from dagway.blueprint.load import BlueprintErrors, load, load_text
from dagway.prototype.model import ColumnSource, Plan, PlannedAsset
from dagway.prototype.plan import plan, plan_of_text

EXAMPLES = Path(__file__).parents[2] / "examples"

HEAD = """\
blueprint: 1
name: shop_data
owners: [team:data]
tags: {domain: sales}
"""
SHOP = """\
sources:
  shop:
    integration: postgres
    connection: "{{ env('SHOP_URL') }}"
    tables:
      orders: {columns: {id: BIGINT, amount: DOUBLE, day: DATE}}
      customers: {columns: {id: BIGINT, name: VARCHAR}}
    demo: data
"""

Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Plans a blueprint of a head, the shop and the text given, beside files."""

    def of(text: str, environment: str | None = None, *, shop: str = SHOP, **files: str) -> Plan:
        (tmp_path / "data").mkdir(exist_ok=True)
        for table in ("orders", "customers"):
            (tmp_path / "data" / f"{table}.csv").write_text("id\n1\n")
        for name, content in files.items():
            (tmp_path / name.replace("__", ".")).write_text(dedent(content))
        loaded = load_text(HEAD + shop + dedent(text), tmp_path / "blueprint.yaml")
        return plan(loaded, environment)

    return of


def asset(found: Plan, key: str) -> PlannedAsset:
    return found.asset(tuple(key.split("/")))


def mistakes(planned: Planned, text: str, **said: str) -> list[str]:
    """Each mistake as `file:line:column message → remedy`."""
    with pytest.raises(BlueprintErrors) as caught:
        planned(text, **said)
    return [
        f"{one.position.path.name}:{one.position.line}:{one.position.column} {one.message} → {one.remedy}"
        for one in caught.value.mistakes
    ]


def test_a_column_that_the_query_above_does_not_give_is_no_source_and_is_told(planned: Planned) -> None:
    text = """
    assets:
      staging/a: {sql: "select id, amount from shop.orders"}
      marts/b: {sql: "select ID, amuont as total, amount * 2 as twice from staging.a"}
    """
    found = planned(text)
    assert asset(found, "marts/b").lineage == {
        "ID": (ColumnSource(("staging", "a"), "id"),),
        "twice": (ColumnSource(("staging", "a"), "amount"),),
    }
    assert "marts/b reads the column amuont, which the query of staging/a does not give" in found.notes


@pytest.mark.parametrize("name", ["postgresql", "pg", "Postgres"])
def test_an_integration_is_written_by_its_own_name(planned: Planned, name: str) -> None:
    shop = SHOP.replace("integration: postgres", f"integration: {name}")
    [mistake] = mistakes(planned, "assets: {}", shop=shop)
    assert mistake.endswith(f"PostgreSQL is called `postgres` here, not `{name}` → write `postgres`")
    [mistake] = mistakes(planned, f"warehouse: {{integration: {name}, connection: \"{{{{ env('X') }}}}\"}}")
    assert mistake.endswith(f"PostgreSQL is called `postgres` here, not `{name}` → write `postgres`")


def test_mistakes_of_the_file_and_between_its_lines_are_found_at_once(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("id\n1\n")
    (tmp_path / "data" / "customers.csv").write_text("id\n1\n")
    text = """\
  crm:
    integration: fivetrann
    tables: [accounts]
assets:
  marts/a:
    sql: select id from nope.tab
    meets: [R7]
  marts/b: {sql: sql/none.sql}
  marts/c: {sql: "select id, from from shop.orders where"}
schedules:
  morning:
    cron: "0 5 * * *"
    selection: "gruop:marts"
  evening:
    cron: "0 17 * * *"
    selection: "group:crm"
"""
    with pytest.raises(BlueprintErrors) as caught:
        plan_of_text(HEAD + SHOP + text, tmp_path / "blueprint.yaml")
    # What `group:crm` means is not known while `crm` cannot be planned.
    assert [one.message for one in caught.value.mistakes] == [
        "the catalogue has no integration `fivetrann`",
        "no source and no asset has the table `nope.tab`",
        "there is no requirement `R7`",
        "there is no file `sql/none.sql`",
        "this is no duckdb query near 'where': something is missing here: a name, a value or a query",
        "'gruop' cannot be selected by before the project runs",
    ]


class TestSources:
    @pytest.mark.parametrize(
        ("integration", "component"),
        [
            ("postgres", "dagway.components.SqlTables"),
            ("duckdb", "dagway.components.SqlTables"),
            ("s3", "dagway.components.Files"),
            ("filesystem", "dagway.components.Files"),
            ("fivetran", "dagway.components.ExternalTables"),
            ("airbyte", "dagway.components.ExternalTables"),
        ],
    )
    def test_the_catalogue_says_which_component(
        self, planned: Planned, integration: str, component: str
    ) -> None:
        shop = SHOP.replace("postgres", integration)
        if component.endswith("Files"):
            shop = shop.replace("connection: \"{{ env('SHOP_URL') }}\"", "path: data")
        found = asset(planned("", shop=shop), "shop/orders")
        assert (found.how, found.component, found.buildable) == ("component", component, True)
        assert found.reason

    def test_a_service_that_lands_tables_names_what_starts_its_syncs(self, planned: Planned) -> None:
        found = asset(planned("", shop=SHOP.replace("postgres", "fivetran")), "shop/orders")
        assert "Fivetran lands the tables itself" in found.reason
        assert found.alternatives[0] == "dagster_fivetran.FivetranAccountComponent"
        assert "airbyte" in found.alternatives

    def test_what_no_component_serves_is_not_built_and_meets_nothing(self, planned: Planned) -> None:
        shop = SHOP.replace("postgres", "snowflake") + "    meets: [R1]\nrequirements: {R1: Orders arrive.}\n"
        found = planned("", shop=shop)
        assert not asset(found, "shop/orders").buildable
        assert "this version builds no source for Snowflake" in asset(found, "shop/orders").reason
        assert found.requirements[0].met_by == ()
        assert any("cannot be built" in note for note in found.notes)

    def test_a_table_has_what_its_source_and_the_top_say(self, planned: Planned) -> None:
        shop = SHOP.replace(
            "    demo: data\n",
            "    demo: data\n    owners: [team:shop]\n    tags: {tier: gold}\n    freshness: 36h\n    group: raw\n",
        )
        found = asset(planned("", shop=shop), "shop/orders")
        assert found.owners == ("team:data", "team:shop")
        assert found.tags == {"domain": "sales", "tier": "gold"}
        assert (found.group, found.freshness, found.kinds) == ("raw", "36h", ("postgres",))
        assert found.table == "shop.orders"
        assert found.naming.startswith("dbt finds it as source('shop', 'orders')")


class TestQueries:
    def test_what_it_reads_comes_from_the_query_and_from_deps(self, planned: Planned) -> None:
        found = planned("""\
            assets:
              staging/orders: {sql: select id from shop.orders, deps: [shop/customers]}
              """)
        one = asset(found, "staging/orders")
        assert one.deps == (("shop", "orders"), ("shop", "customers"))
        assert one.component == "dagway.components.SqlModel"
        assert one.kinds == ("sql", "duckdb")
        assert "column lineage" in one.reason

    def test_columns_and_lineage_go_through_the_whole_chain(self, planned: Planned) -> None:
        found = planned("""\
            assets:
              marts/totals: {sql: 'select day, sum(total) as total from staging.orders group by 1'}
              staging/orders: {sql: 'select *, amount * 2 as total from shop.orders'}
              """)
        totals = asset(found, "marts/totals")
        assert [(column.name, column.type) for column in totals.columns] == [
            ("day", "DATE"),
            ("total", "DOUBLE"),
        ]
        assert totals.lineage["total"] == (ColumnSource(("staging", "orders"), "total"),)
        staging = asset(found, "staging/orders")
        assert staging.lineage["total"] == (ColumnSource(("shop", "orders"), "amount"),)

    def test_a_source_without_columns_has_the_names_of_its_demo_file(self, planned: Planned) -> None:
        """No types: those of the real table may differ, and nothing is cast to what DuckDB guesses."""
        shop = SHOP.replace(
            "      orders: {columns: {id: BIGINT, amount: DOUBLE, day: DATE}}\n      customers:",
            "      orders: {}\n      parts: {name: Parts}\n      days: {path: 'days-*.csv'}\n      customers:",
        )
        files = {
            "data/days-1.csv": "day,Total\n2024-01-01,1\n",
            "data/days-2.csv": "day,note\n2024-01-02,x\n",
            "data/Parts.jsonl": '{"part": 1, "of": 2}\n',
        }
        found = planned(
            "assets: {staging/orders: {sql: select * from shop.orders}}", shop=shop, data__gitkeep="", **files
        )
        names = {
            name: [(column.name, column.type) for column in asset(found, f"shop/{name}").columns]
            for name in ("orders", "parts", "days", "customers")
        }
        assert names == {
            "orders": [("id", None)],
            "parts": [("part", None), ("of", None)],
            "days": [("day", None), ("Total", None), ("note", None)],
            "customers": [("id", "BIGINT"), ("name", "VARCHAR")],
        }
        staging = asset(found, "staging/orders")
        assert [column.name for column in staging.columns] == ["id"]
        assert staging.lineage["id"] == (ColumnSource(("shop", "orders"), "id"),)

    @pytest.mark.parametrize("content", ["", "[1, 2]", "{", "\x00\x01", "[" * 50_000])
    def test_a_demo_file_that_cannot_be_read_says_nothing_of_columns(
        self, planned: Planned, content: str
    ) -> None:
        shop = SHOP.replace("customers: {columns: {id: BIGINT, name: VARCHAR}}", "other:")
        found = planned("", shop=shop, **{"data/other.json": content})
        assert asset(found, "shop/other").columns == ()
        assert "no column schema before a run records one" in "\n".join(found.notes)

    def test_what_has_no_columns_is_noted(self, planned: Planned) -> None:
        """Some of the columns are none: a `*` that cannot be told makes no schema."""
        text = """\
            assets:
              marts/unsaid: {python: 't.py:rows', deps: [shop/orders]}
              marts/said: {python: 't.py:rows', deps: [shop/orders], columns: {id: BIGINT}}
              marts/more: {sql: 'select u.*, 2 * o.amount as twice from marts.unsaid u join shop.orders o using (id)'}
              marts/most: {sql: 'select * from marts.more'}
            """
        found = planned(text, t__py="def rows(orders): ...\n")
        (note,) = (note for note in found.notes if note.startswith("no column schema"))
        assert note.endswith("write `columns`, at best with types: marts/unsaid, marts/more, marts/most")
        assert asset(found, "marts/more").columns == ()
        assert "twice" in asset(found, "marts/more").lineage

    def test_an_export_has_the_columns_of_its_table(self, planned: Planned) -> None:
        found = planned("""\
            assets:
              marts/totals: {sql: 'select day, sum(amount) as total from shop.orders group by 1'}
            exports:
              file: {from: marts/totals, integration: s3, path: s3://b/x.csv}
              table: {from: shop/orders, integration: postgres, connection: "{{ env('CRM') }}", table: a.b}
              sync: {from: marts/totals, integration: census, sync: "1"}
              """)
        totals, file = asset(found, "marts/totals"), asset(found, "exports/file")
        assert file.columns == totals.columns
        assert file.lineage["total"] == (ColumnSource(("marts", "totals"), "total"),)
        assert [column.name for column in asset(found, "exports/table").columns] == ["id", "amount", "day"]
        assert asset(found, "exports/sync").columns == ()

    def test_declared_columns_and_schema_checks_win(self, planned: Planned) -> None:
        found = planned("""\
            assets:
              staging/orders:
                sql: select id, amount from shop.orders
                columns: {id: {type: INTEGER, description: The number.}}
                checks: [{schema: {id: BIGINT, amount: "DECIMAL(10,2)"}}]
              """)
        first, second = asset(found, "staging/orders").columns
        assert (first.type, first.description) == ("INTEGER", "The number.")
        assert second.type == "DECIMAL(10,2)"

    def test_three_segments_are_a_schema_with_two_underscores(self, planned: Planned) -> None:
        found = planned("""\
            assets:
              a/b/c: {sql: select id from shop.orders}
              d/e: {sql: select id from a__b.c}
              """)
        assert asset(found, "d/e").deps == (("a", "b", "c"),)
        assert asset(found, "a/b/c").table == "a__b.c"
        assert "meta.dagster.asset_key: [a, b, c]" in asset(found, "a/b/c").naming

    def test_the_words_are_those_of_the_warehouse_without_environment(self, planned: Planned) -> None:
        text = """\
            warehouse: {integration: duckdb}
            assets: {staging/orders: {sql: from shop.orders}}
            environments:
              production:
                warehouse: {integration: snowflake, account: "{{ env('ACCOUNT') }}"}
            """
        found = planned(text, "production")
        assert (found.dialect, found.warehouse) == ("duckdb", "snowflake")
        assert asset(found, "staging/orders").kinds == ("sql", "snowflake")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (
                "select * from shop.ordres",
                "blueprint.yaml:15:24 no source and no asset has the table `shop.ordres` → did you mean `shop.orders`?",
            ),
            (
                "select * from Shop.Orders",
                "blueprint.yaml:15:24 no source and no asset has the table `Shop.Orders` → did you mean `shop.orders`?",
            ),
            (
                "select * from orders",
                "blueprint.yaml:15:24 the table `orders` has no schema → write `shop.orders`",
            ),
            (
                "select * from nowhere",
                "blueprint.yaml:15:24 the table `nowhere` has no schema → "
                "write schema and table, such as `staging.orders`",
            ),
            (
                "select * from 'x.csv'",
                "blueprint.yaml:15:24 the table `x.csv` has no schema → make the file a table of a source, and read that",
            ),
            (
                "select * from staging.orders",
                "blueprint.yaml:15:24 `staging/orders` reads its own table → "
                "read what it is made from; for rows that are kept from run to run use `incremental`",
            ),
            (
                "select * from zzz.qqq",
                "blueprint.yaml:15:24 no source and no asset has the table `zzz.qqq` → "
                "name a table by its asset's key: `staging/orders` is `staging.orders`",
            ),
        ],
    )
    def test_an_unknown_table_is_named_at_its_place(
        self, planned: Planned, query: str, expected: str
    ) -> None:
        text = f"""\
            assets:
              staging/orders:
                sql: {query}
            """
        assert mistakes(planned, text) == [expected]

    def test_in_a_block_at_its_own_line(self, planned: Planned) -> None:
        text = """\
            assets:
              staging/orders:
                sql: |

                  select *
                  from shop.ordres
            """
        assert mistakes(planned, text)[0].startswith("blueprint.yaml:18:12 no source")

    def test_in_a_file_in_that_file(self, planned: Planned) -> None:
        text = "assets: {staging/orders: {sql: orders.sql}}"
        found = mistakes(planned, text, orders__sql="select *\n  from a.b.c join shop.ordres using (id)\n")
        assert [one.partition(" ")[0] for one in found] == ["orders.sql:2:8", "orders.sql:2:19"]

    def test_three_parts_of_a_key_that_is_known(self, planned: Planned) -> None:
        text = """\
            assets:
              a/b/c: {sql: select id from shop.orders}
              d/e: {sql: select id from a.b.c}
            """
        assert mistakes(planned, text) == [
            "blueprint.yaml:15:29 `a.b.c` has three parts, and a table has two → write `a__b.c`"
        ]

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ("checks: [{unique: idd}]", "14:74 {} `idd` → did you mean `id`?"),
            ("checks: [{not_null: [id, zzz]}]", "14:81 {} `zzz` → it gives id, total"),
            ("checks: [{range: {column: totl, min: 1}}]", "14:82 {} `totl` → did you mean `total`?"),
            ("checks: [{schema: {ID: INT, x: INT}}]", "14:87 {} `x` → it gives id, total"),
            ("columns: {x: INT}", "14:69 {} `x` → it gives id, total"),
            (
                "checks: [{relationship: {column: id, to: a/x, to_column: key}}]",
                "14:113 {} `key` → it gives id, total",
            ),
        ],
    )
    def test_a_column_that_the_query_does_not_give(self, planned: Planned, said: str, expected: str) -> None:
        text = f"assets:\n  a/x: {{sql: 'select id, 1 as total from shop.orders', {said}}}\n"
        assert mistakes(planned, text) == [
            "blueprint.yaml:" + expected.format("the query of `a/x` gives no column")
        ]

    @pytest.mark.parametrize("query", ["select * from shop.orders", "select count(*) from shop.orders"])
    def test_columns_of_a_query_that_does_not_list_them_may_be_named(
        self, planned: Planned, query: str
    ) -> None:
        assert planned(f"assets:\n  a/x: {{sql: '{query}', checks: [{{unique: anything}}]}}\n")

    def test_the_query_of_a_check_is_read_as_well(self, planned: Planned) -> None:
        text = """\
            assets:
              a/x:
                sql: select id from shop.orders
                checks:
                  - sql: select * from a.x where id is null
                  - sql: |
                      select *
                      from shop.order
        """
        assert mistakes(planned, text) == [
            "blueprint.yaml:20:16 no source and no asset has the table `shop.order` → did you mean `shop.orders`?"
        ]

    def test_a_mistake_in_an_environment_is_named_there(self, planned: Planned) -> None:
        text = """\
            assets:
              a/x: {sql: select id from shop.orders}
            environments:
              production:
                assets:
                  a/x: {sql: select id from shop.order}
        """
        assert mistakes(planned, text, environment="production") == [
            "blueprint.yaml:18:33 no source and no asset has the table `shop.order` → did you mean `shop.orders`?"
        ]

    def test_a_circle_is_named(self, planned: Planned) -> None:
        text = """\
            assets:
              a/x: {sql: select * from a.z}
              a/y: {sql: select * from a.x}
              a/z: {sql: select * from a.y}
            """
        (found,) = mistakes(planned, text)
        assert "depends on itself" in found
        assert found.count("→") == 4

    def test_a_blocking_check_cannot_wait_for_what_it_blocks(self, planned: Planned) -> None:
        text = """\
            assets:
              a/x:
                sql: select 1 as id
                checks: [{unique: id}, {relationship: {column: id, to: a/z}, blocking: true}]
              a/y: {sql: select id from a.x}
              a/z: {sql: select id from a.y}
            """
        (found,) = mistakes(planned, text)
        assert "this check blocks `a/z`, and needs its rows" in found
        assert planned(text.replace(", blocking: true", ""))

    def test_all_at_once(self, planned: Planned) -> None:
        text = """\
            assets:
              a/x: {sql: select * from shop.ordres}
              a/y: {python: "f.py:y"}
            exports:
              out: {from: a/x, integration: s4, path: "s3://b/x.csv"}
            """
        found = mistakes(planned, text, f__py="def y(ordres): ...")
        assert len(found) == 3


class TestFunctions:
    TEXT = """\
        assets:
          staging/orders: {sql: select * from shop.orders}
          marts/value: {python: "value.py:value"DEPS}
        """

    def function(self, planned: Planned, source: str, deps: str = "") -> PlannedAsset:
        text = self.TEXT.replace("DEPS", f", deps: [{deps}]" if deps else "")
        return asset(planned(text, value__py=source), "marts/value")

    def test_parameters_are_assets_and_resources(self, planned: Planned) -> None:
        found = self.function(
            planned,
            '''\
            import pandas as pd

            def value(context, customers: pd.DataFrame, staging_orders, warehouse, shop, mail: MailResource) -> pd.DataFrame:
                """Value of each customer.

                And more.
                """
                raise SystemExit("this is never run")
            ''',
        )
        assert found.parameters == {
            "context": None,
            "customers": ("shop", "customers"),
            "staging_orders": ("staging", "orders"),
            "warehouse": None,
            "shop": None,
            "mail": None,
        }
        assert found.deps == (("shop", "customers"), ("staging", "orders"))
        assert found.kinds == ("python", "pandas")
        assert found.description == "Value of each customer."
        assert (found.how, found.component, found.scaffolded) == ("python", None, False)

    def test_deps_say_which_of_two_is_meant(self, planned: Planned) -> None:
        found = self.function(planned, "def value(orders): ...", deps="staging/orders")
        assert found.parameters == {"orders": ("staging", "orders")}

    def test_polars_is_a_kind(self, planned: Planned) -> None:
        assert "polars" in self.function(planned, "def value(customers: 'pl.LazyFrame'): ...").kinds

    @pytest.mark.parametrize("source", ["", "def other(): ..."])
    def test_a_function_to_be_written_takes_what_deps_name(self, planned: Planned, source: str) -> None:
        found = self.function(planned, source, deps="staging/orders, shop/orders, shop/customers")
        assert found.scaffolded
        assert found.parameters == {
            "staging_orders": ("staging", "orders"),
            "shop_orders": ("shop", "orders"),
            "customers": ("shop", "customers"),
        }
        assert "does not exist yet" in found.reason

    def test_checks_make_it_both(self, planned: Planned) -> None:
        text = """\
            assets:
              marts/value: {python: "f.py:f", checks: [{unique: id}, {unique: id}]}
            """
        found = asset(planned(text, f__py="def f(): ..."), "marts/value")
        assert (found.how, found.component) == ("both", "dagway.components.DataChecks")
        assert [check.name for check in found.checks] == ["unique_id", "unique_id_2"]
        assert found.tests == (
            "tests/test_definitions.py::test_the_asset_is_described[marts/value]",
            "tests/test_assets.py::test_marts_value",
            "tests/test_checks.py::test_the_check_holds[marts/value-unique_id]",
            "tests/test_checks.py::test_the_check_holds[marts/value-unique_id_2]",
            "tests/test_checks.py::test_the_check_sees_spoilt_rows[marts/value-unique_id]",
            "tests/test_checks.py::test_the_check_sees_spoilt_rows[marts/value-unique_id_2]",
        )

    def test_kinds_that_a_person_wrote_come_first(self, planned: Planned) -> None:
        text = 'assets: {marts/value: {python: "f.py:f", kinds: [finance, core]}}'
        code = "import pandas as pd\n\n\ndef f() -> pd.DataFrame: ..."
        assert asset(planned(text, f__py=code), "marts/value").kinds == ("finance", "core", "python")

    def test_a_check_in_python_needs_no_component(self, planned: Planned) -> None:
        text = 'assets: {marts/value: {python: "f.py:f", checks: [{python: "f.py:g"}]}}'
        assert asset(planned(text, f__py="def f(): ...\ndef g(): ..."), "marts/value").how == "python"

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            (
                "x = 1\ndef value(orders): ...",
                "value.py:2:1 the parameter `orders` of value could be `shop/orders` or `staging/orders` → name the one"
                " that is meant in `deps` of marts/value, or call the parameter `shop_orders`",
            ),
            (
                "def value(custmers): ...",
                "value.py:1:1 the parameter `custmers` of value is no asset and no resource → did you mean `customers`?",
            ),
            (
                "def value(zzz): ...",
                "value.py:1:1 the parameter `zzz` of value is no asset and no resource → "
                "call it like the last part of an asset's key, or annotate it with its resource",
            ),
            ("def value(:", "value.py:1:11 this is no Python: "),
            (
                "from elsewhere import value",
                "blueprint.yaml:15:25 `value` is no function that value.py defines → "
                "define it there with `def value(…)`, so that its parameters can be read",
            ),
        ],
    )
    def test_mistakes(self, planned: Planned, source: str, expected: str) -> None:
        (found,) = mistakes(planned, self.TEXT.replace("DEPS", ""), value__py=source)
        assert found.startswith(expected)


class TestExports:
    @pytest.mark.parametrize(
        ("said", "component", "kinds"),
        [
            ('integration: s3, path: "s3://b/x.parquet"', "dagway.components.ObjectExport", ("s3", "parquet")),
            ("integration: filesystem, path: out/x.csv", "dagway.components.ObjectExport", ("filesystem", "csv")),
            (
                "integration: postgres, table: crm.orders, connection: \"{{ env('CRM') }}\"",
                "dagway.components.TableExport",
                ("postgres",),
            ),
        ],
    )  # fmt: skip
    def test_the_catalogue_says_which_component(
        self, planned: Planned, said: str, component: str, kinds: tuple[str, ...]
    ) -> None:
        found = asset(planned(f"exports: {{out: {{from: shop/orders, {said}}}}}"), "exports/out")
        assert (found.component, found.kinds, found.deps) == (component, kinds, (("shop", "orders"),))
        assert found.table is None

    def test_a_tool_that_nothing_serves_is_not_built(self, planned: Planned) -> None:
        found = asset(planned("exports: {out: {from: shop/orders, integration: chroma}}"), "exports/out")
        assert not found.buildable
        assert found.reason.startswith("this version builds no export to Chroma")
        assert found.naming == "Chroma reads the table shop.orders"

    def test_a_reverse_etl_tool_reads_the_table_by_its_own_sync(self, planned: Planned) -> None:
        plan = planned("exports: {out: {from: shop/orders, integration: hightouch, sync: 71}}")
        found = asset(plan, "exports/out")
        assert (found.component, found.integration) == ("dagway.components.HightouchSync", "hightouch")
        assert "runs its sync 71" in found.reason
        assert found.naming == "Hightouch reads the table shop.orders"
        assert [one.name for one in plan.variables if one.used_by == ("exports/out",)] == [
            "HIGHTOUCH_API_KEY"
        ]

    def test_a_sync_needs_its_id(self, planned: Planned) -> None:
        (found,) = mistakes(planned, "exports: {out: {from: shop/orders, integration: census}}")
        assert found.startswith("blueprint.yaml:13:")
        assert found.endswith(
            'the export `out` needs `sync` → write `sync: "123"`, the id of the sync of Census that reads the table'
        )

    def test_an_unknown_integration_is_a_mistake(self, planned: Planned) -> None:
        text = "exports: {out: {from: shop/orders, integration: hightuch}}"
        assert mistakes(planned, text) == [
            "blueprint.yaml:13:49 the catalogue has no integration `hightuch` → did you mean `hightouch`?"
        ]

    def test_an_unknown_source_is_a_mistake_with_what_there_is(self, planned: Planned) -> None:
        (found,) = mistakes(planned, "", shop=SHOP.replace("postgres", "zzzzqqq"))
        assert "no integration `zzzzqqq` → write one of " in found
        assert "postgres" in found


class TestAutomation:
    TEXT = """\
        assets:
          a/timed: {sql: select * from shop.orders, tags: {when: night}}
          a/follows: {sql: select * from a.timed, automation: eager}
          a/both: {sql: select * from a.timed, automation: {on_cron: 0 5 * * *}, tags: {when: night}}
          a/polled: {sql: select * from shop.customers}
          a/idle: {sql: select * from shop.customers}
        schedules:
          nightly: {cron: 0 5 * * 1, selection: 'tag:when=night', ready_by: "06:00", timezone: Europe/Berlin}
        sensors:
          inbox: {watch: inbox/*.csv, selection: key:a/polled, every: 1m}
        """

    @pytest.mark.parametrize(
        ("key", "kind", "what", "reason"),
        [
            ("a/timed", "schedule", "nightly: 0 5 * * 1", "every Monday at 05:00 (Europe/Berlin)"),
            ("a/follows", "condition", "eager", "it follows its data"),
            ("a/both", "condition", "on_cron('0 5 * * *')", "nightly runs it as well, so it may run twice"),
            ("a/polled", "sensor", "inbox: inbox/*.csv", "it is polled for"),
            ("a/idle", "none", "", "write `automation: eager`"),
        ],
    )
    def test_kind_and_reason(self, planned: Planned, key: str, kind: str, what: str, reason: str) -> None:
        found = asset(planned(self.TEXT), key).automation
        assert (found.kind, found.what) == (kind, what)
        assert reason in found.reason

    def test_triggers_know_what_they_run(self, planned: Planned) -> None:
        found = planned(self.TEXT)
        assert found.schedules[0].targets == (("a", "timed"), ("a", "both"))
        assert found.sensors[0].targets == (("a", "polled"),)
        assert (found.sensors[0].kind, found.sensors[0].every) == ("watch", 60)
        assert "to be done by 06:00" in found.schedules[0].reason
        assert any("may run twice" in note and "a/both" in note for note in found.notes)
        assert any("Europe/Berlin" in note for note in found.notes)

    def test_a_source_and_an_export_follow_conditions_too(self, planned: Planned) -> None:
        text = "exports: {out: {from: shop/orders, integration: filesystem, path: x.csv, automation: eager}}"
        found = planned(text, shop=SHOP + "    automation: on_missing\n")
        assert asset(found, "shop/orders").automation.what == "on_missing"
        assert asset(found, "exports/out").automation.what == "eager"

    @pytest.mark.parametrize("section", ["schedules: {x: {cron: 0 5 * * *", "sensors: {x: {watch: inbox/*"])
    def test_a_selection_of_nothing_is_a_mistake(self, planned: Planned, section: str) -> None:
        (found,) = mistakes(planned, f"{section}, selection: 'group:nowhere'}}}}")
        assert found.startswith("blueprint.yaml:13:")
        assert found.endswith(
            "the selection `group:nowhere` means no asset → select by what there is, such as group:shop"
        )

    def test_a_selection_that_cannot_be_evaluated_is_a_mistake(self, planned: Planned) -> None:
        text = "schedules: {x: {cron: 0 5 * * *, selection: 'status:failed'}}"
        (found,) = mistakes(planned, text)
        assert "cannot be selected by before the project runs" in found


class TestPartitions:
    """Parts that do not fit: Dagster would refuse the project."""

    TEXT = """\
        assets:
          a/days: {sql: "select day, amount from shop.orders", partitions: {daily: 2024-01-01}, incremental: {column: day}}
          a/months:
            sql: select day, amount from a.days
            partitions: {monthly: 2024-01-01}
            incremental: {column: day}
          a/whole: {sql: select count(*) as days from a.days}
        """

    @pytest.mark.parametrize("partitions", ["static: [eu, us]", "dynamic: regions"])
    def test_names_below_time_are_a_mistake(self, planned: Planned, partitions: str) -> None:
        named = f"  a/named: {{sql: select amount from a.days, partitions: {{{partitions}}}, incremental: {{column: amount}}}}"
        (found,) = mistakes(planned, dedent(self.TEXT) + named)
        assert found.endswith(
            f"`a/named` has {partitions.partition(':')[0]} partitions and reads `a/days`, which has daily ones: no part of"
            " one belongs to a part of the other → leave out the `partitions` of one of them, or write the same for both"
        )

    def test_one_run_of_different_parts_is_a_mistake(self, planned: Planned) -> None:
        text = (
            dedent(self.TEXT)
            + "schedules: {x: {cron: 0 5 * * *}}\nsensors: {y: {watch: inbox/*, selection: 'group:a'}}\n"
        )
        found = mistakes(planned, text)
        assert all(
            "means assets with different partitions, a/days (daily: 2024-01-01), a/months (monthly: 2024-01-01), and a run"
            " fills one part → select those of one kind" in one
            for one in found
        )
        assert len(found) == 2

    def test_the_same_parts_and_none_fit(self, planned: Planned) -> None:
        text = (
            dedent(self.TEXT) + "schedules: {x: {cron: 0 5 * * *, selection: 'key:a/days or key:a/whole'}}\n"
        )
        assert planned(text).schedules[0].targets == (("a", "days"), ("a", "whole"))


class TestOverlays:
    """Mistakes that only an environment has, found without naming it."""

    TEXT = """\
        assets:
          a/b: {sql: select id from shop.orders}
        schedules:
          nightly: {cron: 0 5 * * *, selection: 'kind:duckdb'}
        environments:
          good: {sources: {shop: {integration: duckdb}}}
          bad:
            sources: {shop: {integration: postgrez}}
            assets: {a/b: {sql: select id from shop.order}}
          other:
            warehouse: {integration: snowflake}
        """

    def test_each_stands_at_its_line_with_the_name(self, planned: Planned) -> None:
        assert mistakes(planned, self.TEXT) == [
            "blueprint.yaml:16:41 in the environment `other`: the selection `kind:duckdb` means no asset"
            " → select by what there is, such as group:a or group:shop",
            "blueprint.yaml:20:35 in the environment `bad`: the catalogue has no integration `postgrez`"
            " → did you mean `postgres`?",
            "blueprint.yaml:21:40 in the environment `bad`: no source and no asset has the table `shop.order`"
            " → did you mean `shop.orders`?",
        ]

    def test_what_is_wrong_without_it_is_said_once(self, planned: Planned) -> None:
        text = self.TEXT.replace(
            "a/b: {sql: select id from shop.orders}", "a/b: {sql: select id from shop.nothing}"
        )
        found = [one for one in mistakes(planned, text) if "shop.nothing" in one]
        assert len(found) == 1
        assert "environment" not in found[0]

    def test_an_environment_that_is_named_is_planned_alone(self, planned: Planned) -> None:
        assert asset(planned(self.TEXT, "good"), "shop/orders").integration == "duckdb"


class TestTheRest:
    def test_requirements_name_the_lines_that_meet_them(self, planned: Planned) -> None:
        text = """\
            requirements: {R1: One., R2: Two., R3: Three.}
            assets: {a/b: {sql: from shop.orders, meets: [R1]}}
            schedules: {daily: {cron: 0 5 * * *, meets: [R1]}}
            alerts: {call: {when: run_failure, slack: "#x", meets: [R2]}}
            """
        shop = SHOP.replace("orders: {", "orders: {meets: [R2], ") + "    meets: [R1]\n"
        found = planned(text, shop=shop)
        assert [one.met_by for one in found.requirements] == [
            ("sources/shop", "assets/a/b", "schedules/daily"),
            ("sources/shop/orders", "alerts/call"),
            (),
        ]
        assert asset(found, "shop/orders").meets == ("R1", "R2")
        assert any(note.startswith("R3 is unmet") for note in found.notes)

    def test_variables_are_found_wherever_they_stand(self, planned: Planned) -> None:
        text = """\
            warehouse: {database: "{{ env('WAREHOUSE_PATH', 'x.duckdb') }}"}
            exports: {out: {from: shop/orders, integration: s3, path: "s3://{{ env('BUCKET', '') }}/x.csv"}}
            alerts: {call: {when: run_failure, slack: "#x", webhook: "{{ env('HOOK') }}"}}
            environments: {production: {warehouse: {integration: snowflake, database: A, account: "{{ env('ACCOUNT') }}"}}}
            """
        found = {one.name: (one.default, one.used_by, one.secret) for one in planned(text).variables}
        assert found == {
            "ACCOUNT": (None, ("environments/production",), False),
            "AWS_ACCESS_KEY_ID": (None, ("exports/out",), True),
            "AWS_REGION": (None, ("exports/out",), False),
            "AWS_SECRET_ACCESS_KEY": (None, ("exports/out",), True),
            "BUCKET": ("", ("exports/out",), False),
            "HOOK": (None, ("alerts/call",), True),
            "SHOP_URL": (None, ("sources/shop",), True),
            "SLACK_BOT_TOKEN": (None, ("alerts/call",), True),
            "SLACK_WEBHOOK_URL": (None, ("alerts/call",), True),
            "SNOWFLAKE_PASSWORD": (None, ("environments/production",), True),
            "SNOWFLAKE_USER": (None, ("environments/production",), False),
            "WAREHOUSE_PATH": ("x.duckdb", ("warehouse",), False),
        }

    def test_notes_say_what_is_left_open(self, planned: Planned) -> None:
        notes = "\n".join(planned("assets: {a/b: {sql: from shop.orders}}").notes)
        assert "no checks, so nothing is known of the rows: a/b" in notes
        assert "no description: a/b" in notes
        assert "nothing runs them: shop/orders, shop/customers, a/b" in notes

    @pytest.mark.parametrize(
        ("cron", "ready_by", "tick"),
        [
            ("0 5 * * *", "06:00", None),
            ("0 5 * * *", "04:30", "05:00"),
            ("0 5 * * *", "05:00", "05:00"),
            ("30 17,3 * * mon-fri", "03:00", "03:30"),
            ("30 17,3 * * mon-fri", "04:00", None),
            ("*/15 * * * *", "00:01", None),
        ],
    )
    def test_ready_by_before_the_first_tick_is_noted(
        self, planned: Planned, cron: str, ready_by: str, tick: str | None
    ) -> None:
        notes = planned(f"schedules: {{daily: {{cron: '{cron}', ready_by: '{ready_by}'}}}}").notes
        assert [note for note in notes if "ready" in note] == [
            f"schedules/daily can never be ready by {ready_by}: its first tick of a day is at {tick};"
            " tick earlier, or write a later `ready_by`"
        ] * (tick is not None)

    @pytest.mark.parametrize(
        ("selection", "freshness", "noted"),
        [
            ("", "", True),
            ("", "freshness: 36h", False),
            ("selection: key:shop/orders", "freshness: 36h", True),
        ],
    )
    def test_an_alert_of_stale_assets_that_watches_none_is_noted(
        self, planned: Planned, selection: str, freshness: str, noted: bool
    ) -> None:
        text = f"""\
            assets: {{a/b: {{sql: from shop.orders, {freshness}}}}}
            alerts: {{old: {{when: freshness, slack: "#x", {selection}}}}}
            """
        found = any(note.startswith("alerts/old never sends") for note in planned(text).notes)
        assert found is noted

    def test_functions_of_checks_and_sensors_that_do_not_exist_are_noted(self, planned: Planned) -> None:
        text = """\
            assets:
              a/x: {sql: select id from shop.orders, checks: [{python: t.py:there}, {python: t.py:missing}]}
            sensors:
              wait: {python: none.py:go}
        """
        found = planned(text, t__py="def there(x): ...\n").notes
        assert [note for note in found if "written" in note] == [
            "still to be written, by a person: t.py:missing, for assets/a/x",
            "still to be written, by a person: none.py:go, for sensors/wait",
        ]

    def test_a_warehouse_that_cannot_be_built_is_a_mistake(self, planned: Planned) -> None:
        (found,) = mistakes(planned, "warehouse: {integration: redshift, connection: \"{{ env('X') }}\"}")
        assert "redshift" in found
        assert "duckdb, postgres or snowflake" in found

    @pytest.mark.parametrize("name", ["sales_analytics", "weather"])
    def test_the_examples_are_planned_without_an_open_requirement(self, name: str) -> None:
        found = plan(load(EXAMPLES / name / "blueprint.yaml"))
        assert all(requirement.met_by for requirement in found.requirements)
        assert all(asset.buildable and asset.reason and asset.naming for asset in found.assets)
        assert all(column.type for one in found.assets if one.sql for column in one.columns)

    @pytest.mark.parametrize("name", ["sales_analytics", "weather"])
    def test_json_and_back(self, name: str) -> None:
        found = plan(load(EXAMPLES / name / "blueprint.yaml"))
        written = json.loads(json.dumps(found.to_json()))
        assert Plan.from_json(written) == found
        assert all("/" in one["key"] for one in written["assets"])

    def test_json_of_everything(self, planned: Planned) -> None:
        found = planned(TestAutomation.TEXT)
        assert Plan.from_json(json.loads(json.dumps(found.to_json()))) == found

    def test_the_same_blueprint_gives_the_same_plan(self, planned: Planned) -> None:
        assert planned(TestAutomation.TEXT) == planned(TestAutomation.TEXT)
