from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.read import UnreadableError
from dagway.rules.source.sql import SqlFile

#: What reads a relation of two or three names, roughly: only then is the query parsed.
_QUALIFIED = re.compile(r"\b(?:from|join)\s+[\w\"`\[\]]+\s*\.\s*[\w\"`\[]", re.IGNORECASE)
#: How nearly every query begins: then nobody asks whether it is one.
_BEGINNING = re.compile(r"^[ \t(]*(?:select|with|from)\b", re.IGNORECASE | re.MULTILINE)
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_SETTING = re.compile(r"\{\{-?\s*(?:config|log|print)\b")
_SYSTEM = {"information_schema", "pg_catalog", "sys", "account_usage", "duckdb", "region-us"}
DIALECTS = ("", "snowflake", "bigquery", "postgres", "duckdb", "tsql", "spark")


@rule("dbt-hardcoded-relation", severity="warning")
def check(file: SqlFile) -> Iterable[Problem]:
    """A dbt model reads a table by its name instead of `source()` or `ref()`.

    What
        A model whose query names `schema.table` after `from` or `join`. System catalogues, the query's own common table
        expressions and table functions are left alone. A text that does not begin as a query, or seems to name such a table,
        and that no dialect can parse is named as not checked; with templates it may be a query once dbt has filled them.

    Why
        dbt and Dagster learn of dependencies from `source()` and `ref()` alone: the model runs before what it reads is fresh, its
        lineage has a hole, and it reads the same schema in every environment.

    Broken
        -- file: dbt_project.yml
        name: shop
        -- file: models/orders.sql
        select order_id, amount from raw.orders

    Right
        -- file: dbt_project.yml
        name: shop
        -- file: models/orders.sql
        select order_id, amount from {{ source('raw', 'orders') }}

    Source
        "dbt models not depending on sources: SQL must use `{{ source('source_name', 'table') }}`".
    """
    if not file.is_dbt_model:
        return
    # A parse takes milliseconds: most models have neither a name to look for nor a doubt that they are queries.
    if _QUALIFIED.search(file.text):
        relations = _relations(without_jinja(file.text))
    else:
        relations = () if _BEGINNING.search(file.text) else None
    has_templates = "{{" in file.text or "{%" in file.text
    if relations is None and not has_templates and not _is_sql(without_jinja(file.text)):
        raise UnreadableError("no SQL that a dialect knows")
    for schema, name, line, column in relations or ():
        yield file.at(
            line,
            column,
            f"the model reads {schema}.{name} by its name",
            f"Declare it as a source and write {{{{ source('{schema}', '{name}') }}}}, or {{{{ ref('{name}') }}}} for a model",
            about=file.name.removesuffix(".sql"),
        )


def without_jinja(text: str) -> str:
    """The query with each template as a name of the same length, and blocks and comments blank: places stay."""

    def blank(match: re.Match[str]) -> str:
        kept = re.sub(r"[^\n]", " ", match[0])
        if not match[0].startswith("{{") or _SETTING.match(match[0]) or "\n" in match[0][:4]:
            return kept
        return f"jinja{kept[5:]}" if "\n" in match[0] else "jinja" + "_" * (len(match[0]) - 5)

    return _JINJA.sub(blank, text)


def _relations(sql: str) -> Sequence[tuple[str, str, int, int]] | None:
    """The relations that it names, as the first dialect that can parse it tells; None if none can."""
    from dagway.sql.parse import SqlError, quiet
    from dagway.sql.references import references

    for dialect in DIALECTS:
        try:
            with quiet():
                found = references(sql, dialect)
        except (SqlError, RecursionError):
            continue
        aliases = {reference.name.lower() for reference in found if not reference.schema} | _aliases(sql)
        return [
            (reference.schema, reference.name, reference.line, reference.column)
            for reference in found
            if reference.schema
            and not {reference.schema.lower(), reference.catalog.lower()} & (_SYSTEM | aliases)
            and "jinja" not in f"{reference.catalog}.{reference.schema}.{reference.name}"
        ]
    return None


def _is_sql(text: str) -> bool:
    """Whether some dialect reads it, also as something other than a query of tables."""
    from sqlglot import parse
    from sqlglot.expressions import Alias, Condition

    from dagway.sql.parse import quiet

    for dialect in DIALECTS:
        try:
            with quiet():
                trees = parse(text, dialect=dialect)
        except Exception:  # noqa: S112 - some text that is no SQL makes its parser stumble in many ways
            continue
        found = [tree for tree in trees if tree]
        # Words in a row are taken for a name and its alias.
        if not found or not all(isinstance(tree, Alias | Condition) for tree in found):
            return True
    return False


def _aliases(sql: str) -> set[str]:
    """Names that a query gives: `from x as a`, `with a as (`. In some dialects `a.items` reads a column of a."""
    given = re.findall(r"\bas\s+(\w+)|(\w+)\s+as\s*\(|\}\}\s+(\w+)|jinja_*\s+(\w+)", sql, re.IGNORECASE)
    return {name.lower() for names in given for name in names if name}
