"""A session with a warehouse: the few operations that components need, the same for every warehouse."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_SIMPLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")

Columns = list[tuple[str, str]]


@dataclass(frozen=True)
class Sample:
    """The first rows of a table, with its columns' names and types."""

    columns: Columns
    rows: Sequence[Sequence[Any]]


def quoted(name: str, dialect: str) -> str:
    """An identifier in quotes. Snowflake's fold to upper case without quotes, so a plain one stays plain there."""
    if dialect == "snowflake" and _SIMPLE.match(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def quoted_table(table: str, dialect: str) -> str:
    """`schema.name` with each part in quotes."""
    return ".".join(quoted(part, dialect) for part in table.split("."))


def split(table: str) -> tuple[str, str]:
    """The schema and the name of `schema.name`."""
    schema, _, name = table.rpartition(".")
    return schema, name


class Session(ABC):
    """One connection in use. Tables are named `schema.name`, without quotes."""

    dialect: str
    errors: tuple[type[Exception], ...]
    """What the driver raises when the database refuses something."""
    begin: str = "begin"
    """The statement that begins a transaction."""

    @abstractmethod
    def execute(self, sql: str) -> None:
        """Run a statement that returns nothing."""

    @abstractmethod
    def query(self, sql: str) -> pa.Table:
        """All rows of a query."""

    @abstractmethod
    def batches(self, sql: str) -> pa.RecordBatchReader:
        """The rows of a query, in batches; to be read before anything else is run."""

    @abstractmethod
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a small query."""

    @abstractmethod
    def sample(self, sql: str, limit: int) -> Sample:
        """The first rows of a query, and its columns as the warehouse names their types."""

    @abstractmethod
    def columns(self, table: str) -> Columns:
        """Name and type of each column, in order; none if there is no such table."""

    @abstractmethod
    def create_table(self, table: str, sql: str, where: str | None = None) -> None:
        """Make the table of a query's rows, in one transaction; with `where`, replace only the rows it holds for."""

    @abstractmethod
    def create_view(self, table: str, sql: str) -> None:
        """Make a view of a query."""

    @abstractmethod
    def replace(self, table: str, batches: pa.RecordBatchReader, where: str | None = None) -> None:
        """Make the table of these rows, in one transaction; with `where`, replace only the rows it holds for.

        If a batch fails, the table stays as it was.
        """

    def scalar(self, sql: str) -> Any:
        """The one value of a query."""
        return self.rows(sql)[0][0]

    def exists(self, table: str) -> bool:
        """Whether there is a table or view of that name."""
        return bool(self.columns(table))

    def is_table(self, table: str) -> bool:
        """Whether there is a table of that name whose own rows can be replaced; False for a view, which shows others' rows."""
        schema, name = (part.replace("'", "''") for part in split(table))
        place = f"'{schema}'" if schema else "current_schema()"
        found = self.rows(
            "select 1 from information_schema.tables where table_type = 'BASE TABLE'"
            f" and table_catalog = current_database() and lower(table_schema) = lower({place})"
            f" and lower(table_name) = lower('{name}')"
        )
        return bool(found)

    def quoted(self, name: str) -> str:
        """A column's name in quotes."""
        return quoted(name, self.dialect)

    def name(self, table: str) -> str:
        """The table's name in quotes."""
        return quoted_table(table, self.dialect)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing."""
        self.execute(self.begin)
        try:
            yield
        except BaseException:
            # A warehouse that is gone has undone it; why it is gone is what has to be told.
            with suppress(*self.errors):
                self.execute("rollback")
            raise
        self.execute("commit")

    @contextmanager
    def alone(self, table: str) -> Generator[None]:
        """A time in which no other session of Dagway writes the table, where the warehouse has a way to see to it.

        There it is one transaction, which ends with the block, and those within belong to it.
        """
        del table
        yield
