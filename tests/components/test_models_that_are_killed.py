"""Models whose run is killed by SIGKILL while the new rows are about to take the old ones' places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from killed_run import run_and_kill

from dagway.components.warehouse import PostgresWarehouse

pytestmark = pytest.mark.integration
WAITING = "select 1 from pg_locks where not granted and relation = 'marts.numbers'::regclass"


def sql_model(project: Any, number: int) -> None:
    project.model("marts/numbers", f"select {number} as id")


def keyed(project: Any, number: int) -> None:
    project.model("marts/numbers", f"select 1 as key, {number} as id", incremental={"key": "key"})


def python_model(project: Any, number: int) -> None:
    """A function for each, for the bytecode of a file that changes within a second would be the old one's."""
    functions = (f"def of_{one}():\n    return pd.DataFrame({{'id': [{one}]}})\n" for one in (1, 2))
    project.write("PACKAGE/defs/marts/numbers/numbers.py", "\n".join(["import pandas as pd", *functions]))
    project.component(
        "marts/numbers", "PythonModel", {"key": "marts/numbers", "function": f"numbers.py:of_{number}"}
    )


@pytest.mark.parametrize("model", [sql_model, keyed, python_model])
def test_a_model_that_is_killed_keeps_its_table_and_the_next_run_repairs(
    project: Any, read: Any, postgres_url: str, model: Callable[[Any, int], None]
) -> None:
    project.resources["warehouse"] = PostgresWarehouse(connection=postgres_url)
    model(project, 1)
    first = project.run()
    assert first.success, read.failure(first)
    model(project, 2)

    with psycopg.connect(postgres_url) as reader, psycopg.connect(postgres_url, autocommit=True) as watcher:
        # A query of somebody else's that still reads the table: the run waits to put its rows there.
        reader.execute("lock table marts.numbers in share mode")
        run_and_kill(
            project,
            lambda: watcher.execute(WAITING).fetchone(),
            resources={"warehouse": f"PostgresWarehouse(connection={postgres_url!r})"},
        )
        assert reader.execute("select id from marts.numbers").fetchall() == [(1,)]

    assert project.rows("select id from marts.numbers") == [(1,)]
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert project.rows("select id from marts.numbers") == [(2,)]
