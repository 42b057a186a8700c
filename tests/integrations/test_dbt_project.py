"""dbt projects: the same code against a DuckDB file in demo mode, against PostgreSQL, and from a git repository."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import psycopg
import pytest
import yaml
from services import GUARDED, PostgresServer

from dagway.components.scaffolder import EXAMPLES, copy_example
from dagway.errors import DagwayError

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PROJECT = """
name: shop
version: "1.0"
profile: shop
models:
  shop:
    +materialized: table
    marts: {+schema: marts}
    staging: {+schema: staging}
"""
SCHEMA_NAME = """
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name or target.schema }}
{%- endmacro %}
"""
SOURCES = """
sources:
  - name: raw
    tables:
      - name: orders
        columns:
          - name: order_id
            data_tests: [not_null]
"""
PROPERTIES = """
models:
  - name: revenue
    description: Revenue by article.
    columns:
      - name: article
        description: What was sold.
        data_tests: [unique]
"""
MODELS = {
    "staging/sold.sql": "select order_id, article, amount from {{ source('raw', 'orders') }}",
    "marts/revenue.sql": "select article, sum(amount) as revenue from {{ ref('sold') }} group by article",
    "marts/articles.sql": "select distinct article from {{ source('raw', 'orders') }}",
}
ORDERS = "order_id,article,amount\n1,kettle,39.5\n2,cup,4.5\n3,cup,4.5\n"


def dbt_files(models: Mapping[str, str] = MODELS, sources: str = SOURCES) -> dict[str, str]:
    return {
        "dbt_project.yml": PROJECT,
        "macros/generate_schema_name.sql": SCHEMA_NAME,
        "models/sources.yml": sources,
        "models/properties.yml": PROPERTIES if "marts/revenue.sql" in models else "models: []",
        **{f"models/{path}": sql for path, sql in models.items()},
    }


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for path, written in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(written))
    return folder


def orders(project: Any, rows: str = ORDERS) -> None:
    project.write("data/raw/orders.csv", rows)
    project.component("raw", "Files", {"source": "raw", "path": "data/raw", "tables": [{"name": "orders"}]})


def demo(built: Any, files: Mapping[str, str], **attributes: Any) -> None:
    write(built.root / "dbt" / "shop", files)
    given = {
        "project": "{{ project_root }}/dbt/shop",
        "demo_mode": True,
        "demo_database": "data/warehouse.duckdb",
    }
    built.component("shop", "DbtProject", {**given, **attributes})


def built(result: dg.ExecuteInProcessResult) -> set[str]:
    events = result.get_asset_materialization_events()
    return {event.materialization.asset_key.to_user_string() for event in events}


def cause(load: Callable[[], Any]) -> DagwayError:
    """The clear error at the root of what Dagster says."""
    with pytest.raises(Exception, match=r".") as raised:
        load()
    found: BaseException | None = raised.value
    while found is not None and not isinstance(found, DagwayError):
        found = found.__cause__ or found.__context__
    assert found is not None, f"no clear error: {raised.value!r}"
    return found


def test_files_then_dbt_then_sql_in_one_process(project: Any, read: Any) -> None:
    orders(project)
    demo(project, dbt_files())
    project.model("summary/total", "select sum(revenue) as total from marts.revenue")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select article, revenue from marts.revenue order by 1") == [
        ("cup", 9.0),
        ("kettle", 39.5),
    ]
    assert project.rows("select total from summary.total") == [(48.5,)]
    checks = read.checks(result)
    assert checks["unique_revenue_article"].passed
    assert checks["source_not_null_raw_orders_order_id"].asset_key == dg.AssetKey(["raw", "orders"])
    told = read.metadata(result, "marts/revenue")
    assert told["dagster/row_count"] == 2
    assert [column.name for column in told["dagster/column_schema"].columns] == ["article", "revenue"]
    (source,) = told["dagster/column_lineage"].deps_by_column["revenue"]
    assert (source.asset_key.to_user_string(), source.column_name) == ("staging/sold", "amount")
    (lineage,) = read.metadata(result, "staging/sold")["dagster/column_lineage"].deps_by_column["amount"]
    assert lineage.asset_key.to_user_string() == "raw/orders"

    part = project.run("key:marts/articles")

    assert part.success, read.failure(part)
    assert built(part) == {"marts/articles"}


def test_a_failing_model_stops_its_descendants_alone_and_the_next_run_repairs(
    project: Any, read: Any
) -> None:
    models = {
        **MODELS,
        "staging/sold.sql": "select order_id, article, no_such_column as amount from {{ source('raw', 'orders') }}",
    }
    orders(project)
    demo(project, dbt_files(models))

    result = project.run()

    assert not result.success
    assert built(result) == {"raw/orders", "marts/articles"}
    said = read.failure(result)
    assert "shop: dbt failed:" in said
    assert "no_such_column" in said
    assert "Traceback" not in said

    write(project.root / "dbt/shop", dbt_files())
    repaired = project.run()

    assert repaired.success, read.failure(repaired)
    assert built(repaired) == {"raw/orders", "staging/sold", "marts/revenue", "marts/articles"}


def test_a_failing_test_is_a_failed_check_and_blocks_where_its_severity_says_so(
    project: Any, read: Any
) -> None:
    properties = """
    models:
      - name: sold
        columns:
          - name: order_id
            data_tests: [unique]
          - name: article
            data_tests: [{unique: {config: {severity: warn}}}]
    """
    orders(project, ORDERS + "3,cup,4.5\n")
    demo(project, {**dbt_files(), "models/staging/properties.yml": properties})

    result = project.run()

    assert not result.success
    checks = read.checks(result)
    assert not checks["unique_sold_order_id"].passed
    assert checks["unique_sold_order_id"].severity == dg.AssetCheckSeverity.ERROR
    assert checks["unique_sold_article"].severity == dg.AssetCheckSeverity.WARN
    assert built(result) == {"raw/orders", "staging/sold", "marts/articles"}
    graph, sold = project.load().resolve_asset_graph(), dg.AssetKey(["staging", "sold"])
    assert graph.get_check_spec(dg.AssetCheckKey(sold, "unique_sold_order_id")).blocking
    assert not graph.get_check_spec(dg.AssetCheckKey(sold, "unique_sold_article")).blocking
    assert "\x1b" not in read.failure(result)


def test_partitions_of_incremental_models_get_their_rows(project: Any, read: Any) -> None:
    daily = """
    {{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='day') }}
    select day, count(*) as visits from {{ source('raw', 'visits') }}
    where day >= '{{ var("start", "2024-01-01") }}' and day < '{{ var("until", "2100-01-01") }}'
    group by day
    """
    days = "select max(day) as last from {{ ref('daily') }}"
    sources = "sources: [{name: raw, tables: [{name: visits}]}]"
    variables = {
        "start": "{{ partition_time_window.start.date().isoformat() }}",
        "until": "{{ partition_time_window.end.date().isoformat() }}",
    }
    demo(
        project,
        dbt_files({"marts/daily.sql": daily, "marts/days.sql": days}, sources),
        partitions={"daily": "2024-01-01", "end": "2024-01-05"},
        cli_args=["build", {"--vars": variables}],
        op={"backfill_policy": {"type": "single_run"}},
    )
    with project.warehouse.session() as session:
        session.create_table(
            "raw.visits", "select date '2024-01-01' + (i % 4)::int as day from range(8) t(i)"
        )

    result = project.run(partitions=("2024-01-02", "2024-01-03"))

    assert result.success, read.failure(result)
    assert project.rows("select day::text, visits from marts.daily order by 1") == [
        ("2024-01-02", 2),
        ("2024-01-03", 2),
    ]
    graph = project.load().resolve_asset_graph()
    assert graph.get(dg.AssetKey(["marts", "daily"])).is_partitioned
    assert not graph.get(dg.AssetKey(["marts", "days"])).is_partitioned


def on_postgres(project: Any, url: str) -> None:
    """The project as in production: a folder of profiles leads to PostgreSQL."""
    address = urlsplit(url)
    output = {
        "type": "postgres",
        "host": address.hostname,
        "port": address.port,
        "user": address.username,
        "password": address.password or "",
        "dbname": address.path.strip("/"),
        "schema": "analytics",
        "threads": 1,
        "connect_timeout": 2,
        "retries": 0,
    }
    profiles = {"shop": {"target": "nothing", "outputs": {"real": output}}}
    project.write("profiles/profiles.yml", yaml.safe_dump(profiles))
    write(project.root / "dbt/shop", dbt_files())
    given = {"project_dir": "{{ project_root }}/dbt/shop", "profiles_dir": "{{ project_root }}/profiles"}
    project.component("shop", "DbtProject", {"project": {**given, "target": "real"}})


def test_postgres_by_a_folder_of_profiles(project: Any, read: Any, postgres_url: str) -> None:
    on_postgres(project, postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.orders as select 1 as order_id, 'cup' as article, 4.5 as amount")

    result = project.run()

    assert result.success, read.failure(result)
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("select article, revenue::text from marts.revenue").fetchall() == [
            ("cup", "4.5")
        ]
    told = read.metadata(result, "marts/revenue")
    assert told["dagster/row_count"] == 1
    assert "revenue" in told["dagster/column_lineage"].deps_by_column


def test_a_warehouse_that_refuses_or_falls_silent_is_told_and_keeps_its_tables(
    project: Any, read: Any, own_postgres: PostgresServer, silent_address: str
) -> None:
    own_postgres.guard("right")
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.orders as select 1 as order_id, 'cup' as article, 4.5 as amount")
    right = own_postgres.url(f"{GUARDED}:right")
    on_postgres(project, right)
    assert project.run().success

    def revenue() -> Any:
        with psycopg.connect(own_postgres.url()) as connection:
            return connection.execute("select revenue::text from marts.revenue").fetchall()

    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute("insert into raw.orders values (2, 'cup', 1.5)")
    for url, said in (
        (own_postgres.url(f"{GUARDED}:wr0ng"), 'password authentication failed for user "guarded"'),
        (f"postgresql://{GUARDED}:wr0ng@{silent_address}/postgres", "timeout expired"),
    ):
        on_postgres(project, url)
        result = project.run()
        assert not result.success
        assert "shop: dbt failed:" in read.failure(result)
        assert said in read.failure(result)
        assert "wr0ng" not in read.failure(result)
        assert revenue() == [("4.5",)]

    on_postgres(project, right)
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert revenue() == [("6.0",)]


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(
        ["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_repository_at_a_revision(project: Any, tmp_path: Path, read: Any) -> None:
    work, bare = tmp_path / "work", tmp_path / "bare.git"
    write(work / "transform", dbt_files({"marts/first.sql": "select 1 as n"}, "sources: []"))
    git(work, "init", "--quiet", "--initial-branch", "main")
    git(work, "add", ".")
    git(work, "commit", "--quiet", "-m", "first")
    first = git(work, "rev-parse", "HEAD")
    write(work / "transform", {"models/marts/second.sql": "select 2 as n"})
    git(work, "add", ".")
    git(work, "commit", "--quiet", "-m", "second")
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))

    def at(revision: str | None) -> None:
        given = {"repo_url": str(bare), "repo_relative_path": "transform", "revision": revision}
        attributes = {"project": given, "demo_mode": True, "demo_database": "data/warehouse.duckdb"}
        project.component("shop", "DbtProject", attributes)

    def keys() -> set[str]:
        return {spec.key.to_user_string() for spec in project.load().resolve_all_asset_specs()}

    at(first)
    assert keys() == {"marts/first"}
    result = project.run()
    assert result.success, read.failure(result)
    assert project.rows("select n from marts.first") == [(1,)]
    at("main")
    assert keys() == {"marts/first", "marts/second"}
    at("v9")
    error = cause(project.load)
    assert "git cannot fetch 'v9'" in str(error)
    assert "revision" in str(error)


@pytest.mark.parametrize(
    ("spoil", "attributes", "reason"),
    [
        ({}, {"project": "{{ project_root }}/dbt/nowhere"}, "dbt/nowhere does not exist"),
        ({}, {"project": "{{ project_root }}/data"}, "dbt_project.yml"),
        ({"dbt_project.yml": "name: [shop"}, {}, "dbt_project.yml"),
        ({"models/marts/revenue.sql": "select * from {{ ref('nothing') }}"}, {}, "nothing"),
        ({}, {"demo_mode": False}, "profiles.yml"),
        ({"profiles.yml": "other: {target: a, outputs: {}}"}, {"demo_mode": False}, "shop"),
    ],
    ids=["no-folder", "no-project", "broken-yaml", "parse-error", "no-profiles", "wrong-profile"],
)
def test_what_cannot_be_loaded_is_one_clear_error(
    project: Any, spoil: dict[str, str], attributes: dict[str, Any], reason: str
) -> None:
    project.write("data/readme", "")
    demo(project, {**dbt_files(), **spoil}, **attributes)

    error = cause(project.load)

    assert reason in str(error)
    assert "Traceback" not in str(error)
    assert error.remedy


def test_a_warehouse_elsewhere_is_told(project: Any, read: Any) -> None:
    demo(
        project,
        dbt_files({"marts/one.sql": "select 1 as n"}, "sources: []"),
        demo_database="data/other.duckdb",
    )

    result = project.run()

    assert "Let `demo_database` name the warehouse's file" in read.failure(result)


def test_hooks_are_those_of_dagsters_component(project: Any) -> None:
    project.write(
        "PACKAGE/components.py",
        """
from dagway.components import DbtProject

class Ours(DbtProject):
    def get_asset_spec(self, manifest, unique_id, project):
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(owners=["team:shop"])
""",
    )
    demo(project, dbt_files(), translation={"tags": {"model": "{{ node.name }}"}})
    file = project.root / project.package / "defs/shop/defs.yaml"
    file.write_text(
        file.read_text().replace("dagway.components.DbtProject", f"{project.package}.components.Ours")
    )

    spec = project.load().resolve_asset_graph().get(dg.AssetKey(["marts", "revenue"]))

    assert spec.tags["model"] == "revenue"
    assert list(spec.owners) == ["team:shop"]
    assert spec.parent_keys == {dg.AssetKey(["staging", "sold"])}


def test_a_run_that_is_killed_is_repaired_by_the_next(project: Any, read: Any) -> None:
    slow = "select count(*) as n from range(20000) a, range(20000) b, range(200) c where hash(a.range, b.range, c.range) = 1"
    demo(
        project,
        dbt_files(
            {"marts/first.sql": "select 1 as n", "marts/slow.sql": slow + " -- {{ ref('first') }}"},
            "sources: []",
        ),
    )
    script = f"""
import sys
sys.path[:0] = {[str(project.root), str(Path(__file__).parents[1])]!r}
from pathlib import Path
from built_project import Built
from dagway.components.warehouse import DuckDBWarehouse
root = Path({str(project.root)!r})
Built(root, {project.package!r}, {{"warehouse": DuckDBWarehouse(database=str(root / "data/warehouse.duckdb"))}}).run()
"""
    log = project.root / "log"
    with log.open("w") as stream:
        run = subprocess.Popen(
            [sys.executable, "-c", script], stdout=stream, stderr=stream, start_new_session=True
        )
    deadline = time.monotonic() + 300
    while "START sql table model marts.slow" not in log.read_text():
        assert run.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()

    write(project.root / "dbt/shop", {"models/marts/slow.sql": "select n from {{ ref('first') }}"})
    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select n from marts.slow") == [(1,)]


def test_a_source_without_upstream_asset_is_told(project: Any) -> None:
    demo(project, dbt_files())
    project.write(
        "PACKAGE/definitions.py",
        """
from pathlib import Path
import dagster as dg
from dagway.components.warehouse import DuckDBWarehouse

@dg.definitions
def defs():
    found = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    return dg.Definitions.merge(found, dg.Definitions(resources={"warehouse": DuckDBWarehouse(database="w.duckdb")}))
""",
    )

    def findings() -> str:
        command = [
            sys.executable,
            "-m",
            "dagway",
            "check",
            "--select",
            "dbt-source-unmatched",
            str(project.root),
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=300).stdout

    assert "raw.orders has no upstream asset" in findings()
    orders(project)
    assert "dbt-source-unmatched" not in findings()


def test_the_example_runs_as_it_stands(project: Any, read: Any) -> None:
    folder = project.root / project.package / "defs/shop"
    folder.mkdir(parents=True)
    copy_example(EXAMPLES / "dbt_project", folder, project.root, "dagway.components.DbtProject")
    project.resources["warehouse"] = type(project.warehouse)(database=str(project.root / "data/demo.duckdb"))

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select orders, revenue from marts.daily_revenue order by ordered_on") == [
        (1, 43.5),
        (1, 4.5),
    ]
    assert {check.passed for check in read.checks(result).values()} == {True}
