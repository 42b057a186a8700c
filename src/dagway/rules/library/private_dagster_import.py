from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import module_of
from dagway.rules.source.python import PythonFile

REMEDY = "Import the public name, usually from dagster itself; where there is none, ask Dagster for one"


@rule("private-dagster-import", in_tests=True, severity="warning", mentions=("dagster",))
def check(file: PythonFile) -> Iterable[Problem]:
    """Private names of Dagster change without notice.

    What
        An import of a name in Dagster's packages that begins with `_`: `from dagster._core… import …`,
        `import dagster._…`, `from dagster import _check`.

    Why
        Dagster moves and removes private names in any release, also in patch releases. The project then fails to
        import after an update, and no deprecation warns of it.

    Broken
        from dagster._core.definitions.asset_key import AssetKey

        key = AssetKey(["shop", "orders"])

    Right
        from dagster import AssetKey

        key = AssetKey(["shop", "orders"])

    Source
        Dagster's own statement of what its public interface is: names without a leading underscore.
    """
    for node in file.nodes(ast.Import):
        for alias in node.names:
            if _is_private(alias.name):
                yield _problem(file, alias, alias.name)
    for node in file.nodes(ast.ImportFrom):
        module = module_of(node)
        if _is_private(module):
            names = ", ".join(alias.name for alias in node.names)
            yield _problem(file, node, f"{module} ({names})")
        else:
            private = (alias for alias in node.names if _is_private(f"{module}.{alias.name}"))
            for alias in private:
                yield _problem(file, alias, f"{module}.{alias.name}")


def _is_private(dotted: str) -> bool:
    root, *inner = dotted.split(".")
    return root in _PACKAGES and any(part.startswith("_") and not part.startswith("__") for part in inner)


def _problem(file: PythonFile, node: ast.alias | ast.ImportFrom, name: str) -> Problem:
    return file.problem(node, f"{name} is private to Dagster and may go in any release", REMEDY)


#: Dagster's own packages: a project may be named `dagster_something` as well.
_PACKAGES = frozenset(
    [
        "dagster",
        "dagster_shared",
        "dagster_pipes",
        "dagster_graphql",
        "dagster_webserver",
        "dagster_dg_core",
        "dagster_dg_cli",
        "dagster_components",
        "dagster_cloud",
        "dagster_cloud_cli",
        "dagster_airbyte",
        "dagster_airlift",
        "dagster_aws",
        "dagster_azure",
        "dagster_celery",
        "dagster_databricks",
        "dagster_dbt",
        "dagster_deltalake",
        "dagster_dlt",
        "dagster_docker",
        "dagster_duckdb",
        "dagster_fivetran",
        "dagster_gcp",
        "dagster_k8s",
        "dagster_looker",
        "dagster_pandas",
        "dagster_polars",
        "dagster_postgres",
        "dagster_powerbi",
        "dagster_pyspark",
        "dagster_sigma",
        "dagster_slack",
        "dagster_sling",
        "dagster_snowflake",
        "dagster_spark",
        "dagster_tableau",
        "dagster_test",
    ]
)
