"""The checks of one table: declared to Dagster, and answered inside the step that built the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagway.components.checks.sql import Asked, Question, question
from dagway.components.metadata import markdown_table
from dagway.components.warehouse.session import Columns, Sample, Session, quoted_table
from dagway.errors import DagwayError

if TYPE_CHECKING:
    from dagway.blueprint.model import Check

Key = tuple[str, ...]
OWN_STEP = {"freshness", "python", "relationship"}
"""Kinds with a step of their own: two that read no table, and one that reads another table, which has to be built before."""


@dataclass(frozen=True)
class NamedCheck:
    """A check and the name that Dagster knows it by."""

    name: str
    check: Check

    def spec(self, key: Key) -> dg.AssetCheckSpec:
        return dg.AssetCheckSpec(
            self.name, asset=dg.AssetKey(key), blocking=self.check.blocking, description=self.description
        )

    @property
    def description(self) -> str:
        """What the check makes sure of."""
        from dagway.blueprint.checks import describe

        return describe(self.check)

    @property
    def severity(self) -> dg.AssetCheckSeverity:
        warn = self.check.severity == "warn"
        return dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR


@dataclass(frozen=True)
class TableChecks:
    """The checks of one asset, read and named."""

    key: Key
    checks: tuple[NamedCheck, ...]
    folder: Path
    dialect: str | None = None

    @property
    def in_step(self) -> tuple[NamedCheck, ...]:
        """Those that the asset's own step answers."""
        return tuple(named for named in self.checks if named.check.kind not in OWN_STEP)

    @property
    def apart(self) -> tuple[NamedCheck, ...]:
        """Those that have a step of their own."""
        return tuple(named for named in self.checks if named.check.kind in OWN_STEP)

    def specs(self) -> list[dg.AssetCheckSpec]:
        return [named.spec(self.key) for named in self.in_step]


def read(key: Key, written: Sequence[Mapping[str, Any]], folder: Path, dialect: str | None) -> TableChecks:
    """The checks as the blueprint's own values, named; a second check of the same name gets `_2`.

    Args:
        folder: where a `.sql` file of a check stands.

    Raises:
        DagwayError: a check that means nothing.
    """
    from dagway.blueprint.checks import check_names

    found = [_check(key, number, attributes, folder) for number, attributes in enumerate(written)]
    named = (NamedCheck(name, check) for name, check in zip(check_names(found), found, strict=True))
    return TableChecks(key, tuple(named), folder, dialect)


def _check(key: Key, number: int, attributes: Mapping[str, Any], folder: Path) -> Check:
    from pydantic import ValidationError

    from dagway.blueprint.model import CHECK_KINDS, Check

    where = f"{'/'.join(key)}: check {number + 1}"
    kinds = [kind for kind in CHECK_KINDS if attributes.get(kind) is not None]
    if len(kinds) != 1:
        raise DagwayError(f"{where} has {len(kinds)} kinds.", f"Give one of {', '.join(CHECK_KINDS)}.")
    try:
        return Check.model_validate({**attributes, **_sql_of_file(attributes.get("sql"), folder)})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DagwayError(f"{where}: {place}: {first['msg']}.", "Correct the attribute.") from None


def _sql_of_file(value: Any, folder: Path) -> dict[str, str]:
    if not isinstance(value, str) or "\n" in value.strip() or not value.strip().endswith(".sql"):
        return {}
    path = folder / value.strip()
    if not path.is_file():
        raise DagwayError(f"There is no file {path}.", "Write the check's query there.")
    return {"sql": path.read_text(encoding="utf-8")}


def answer(
    session: Session,
    table: str,
    checks: TableChecks,
    columns: Columns,
    chosen: Sequence[NamedCheck] | None = None,
) -> tuple[int, list[dg.AssetCheckResult]]:
    """The table's number of rows and the result of each check, by one query; samples are read only for failures.

    Args:
        chosen: which checks; those of the asset's own step if left out.
    """
    chosen = checks.in_step if chosen is None else chosen
    asked = _asked(session, table, checks)
    questions = {named.name: question(named.check, asked) for named in chosen if named.check.kind != "schema"}
    counted = f"select count(*) from {asked.table}"
    rows, answers = _ask(session, counted, questions)
    results = [
        _schema_result(named, checks, columns, rows, session.dialect)
        if named.check.kind == "schema"
        else _result(session, named, checks.key, rows, questions[named.name], answers[named.name])
        for named in chosen
    ]
    return rows, results


def _asked(session: Session, table: str, checks: TableChecks) -> Asked:
    def translated(sql: str) -> str:
        text = sql.strip().rstrip(";")
        if checks.dialect is None or checks.dialect == session.dialect:
            return text
        from dagway.sql import transpile

        return transpile(text, checks.dialect, session.dialect)

    def table_of(key: str) -> str:
        *schema, name = key.split("/")
        return quoted_table(f"{'__'.join(schema)}.{name}", session.dialect)

    return Asked(session.name(table), session.dialect, table_of, translated)


def _ask(
    session: Session, counted: str, questions: Mapping[str, Question]
) -> tuple[int, dict[str, int | Exception]]:
    """All the numbers in one query; one by one if that fails, so that the failure is the check's own."""
    queries = [counted, *(question.violations for question in questions.values())]
    try:
        row = session.rows("select " + ", ".join(f"({query}\n)" for query in queries))[0]
        return int(row[0]), {name: int(value) for name, value in zip(questions, row[1:], strict=True)}
    except Exception:
        if not questions:
            raise
    answers = {name: _ask_one(session, question) for name, question in questions.items()}
    return int(session.scalar(counted)), answers


def _ask_one(session: Session, question: Question) -> int | Exception:
    try:
        return int(session.scalar(question.violations))
    except Exception as error:
        return error


def _result(
    session: Session, named: NamedCheck, key: Key, rows: int, asked: Question, answer: int | Exception
) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {
        "total_rows": rows,
        "query": dg.MetadataValue.md(f"```sql\n{asked.violations}\n```"),
    }
    if isinstance(answer, Exception):
        metadata["error"] = str(answer)
    elif answer or named.check.kind != "row_count":
        # No single row has the wrong number: a table that has the right one has nothing to count here.
        metadata["failed_rows"] = answer
        if answer and asked.sample:
            metadata["sample"] = dg.MetadataValue.md(markdown_table(session.sample(asked.sample, 5)))
    return dg.AssetCheckResult(
        passed=answer == 0,
        asset_key=dg.AssetKey(key),
        check_name=named.name,
        severity=named.severity,
        metadata=metadata,
        description=_explained(named, answer),
    )


def _explained(named: NamedCheck, answer: int | Exception) -> str | None:
    if isinstance(answer, Exception):
        return f"The check could not be answered: {answer}"
    return f"{answer:,} {'row breaks' if answer == 1 else 'rows break'} it." if answer else None


def _schema_result(
    named: NamedCheck, checks: TableChecks, columns: Columns, rows: int, dialect: str
) -> dg.AssetCheckResult:
    wrong = list(_wrong_columns(named.check.value, dict(columns), checks.dialect or dialect, dialect))
    metadata: dict[str, Any] = {"total_rows": rows, "failed_columns": len(wrong)}
    if wrong:
        found = Sample([("column", ""), ("expected", ""), ("found", "")], wrong)
        metadata["sample"] = dg.MetadataValue.md(markdown_table(found))
    return dg.AssetCheckResult(
        passed=not wrong,
        asset_key=dg.AssetKey(checks.key),
        check_name=named.name,
        severity=named.severity,
        metadata=metadata,
        description=f"{len(wrong)} columns differ from the schema." if wrong else None,
    )


def _wrong_columns(
    expected: Mapping[str, str], found: Mapping[str, str], written: str, spoken: str
) -> Iterator[tuple[str, str, str]]:
    types = {name.lower(): sql_type for name, sql_type in found.items()}
    for name, wanted in expected.items():
        actual = types.get(name.lower())
        if actual is None:
            yield name, wanted, "no such column"
        elif not same_type(wanted, written, actual, spoken):
            yield name, wanted, actual


def same_type(one: str, one_dialect: str, other: str, other_dialect: str) -> bool:
    """Whether two names mean one type: without case, and `int` is `INTEGER`."""
    if one.lower() == other.lower():
        return True
    from sqlglot import exp
    from sqlglot.errors import ParseError

    try:
        return exp.DataType.build(one, dialect=one_dialect) == exp.DataType.build(
            other, dialect=other_dialect
        )
    except ParseError:
        return False
