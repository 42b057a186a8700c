"""What a query reads from: named columns, each with its type and where its values come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from dagway.sql.names import Key

ColumnOf = tuple[Key, str]


@dataclass(frozen=True)
class Output:
    """One column; the name is empty where the dialect would make one up."""

    name: str
    type: str | None = None
    sources: tuple[ColumnOf, ...] = ()


@dataclass(frozen=True)
class Relation:
    """Columns in order.

    Attributes:
        complete: whether these are all the columns.
        rest: the table that a column which is not listed must come from; None if that cannot be told.
    """

    columns: tuple[Output, ...] = ()
    complete: bool = True
    rest: Key | None = None

    @cached_property
    def by_name(self) -> Mapping[str, Output]:
        """The first column of each name, in small letters."""
        return {column.name.lower(): column for column in reversed(self.columns)}

    def column(self, name: str) -> Output | None:
        """The column of a name; one that is not listed is taken from the rest."""
        found = self.by_name.get(name.lower())
        return found or (Output(name, None, ((self.rest, name),)) if self.rest else None)

    def renamed(self, names: Sequence[str]) -> Relation:
        """With other names, by position, as in `t(a, b)`."""
        if not names:
            return self
        columns = [replace(column, name=name) for column, name in zip(self.columns, names, strict=False)]
        named = [*columns, *(Output(name) for name in names[len(columns) :]), *self.columns[len(names) :]]
        return Relation(tuple(named), self.complete, self.rest)


UNKNOWN = Relation(complete=False)


def table(key: Key, schema: Mapping[str, str | None] | None) -> Relation:
    """A table of the warehouse; without a schema its columns are known only by being used."""
    columns = tuple(Output(name, kind, ((key, name),)) for name, kind in (schema or {}).items())
    return Relation(columns, complete=bool(schema), rest=key)


def sources(outputs: Iterable[Output]) -> tuple[ColumnOf, ...]:
    """Where the values of several columns come from, each once."""
    return tuple(dict.fromkeys(source for output in outputs for source in output.sources))


@dataclass
class Visible:
    """What the expressions of one select can name.

    Attributes:
        items: what stands in `from` and in joins, by alias in small letters.
        merged: columns that `using` makes one of two.
        aliases: the select's own columns so far, which DuckDB and Snowflake let the next ones use.
        outer: what the query around can name.
    """

    items: list[tuple[str, Relation]] = field(default_factory=list[tuple[str, Relation]])
    merged: dict[str, Output] = field(default_factory=dict[str, Output])
    aliases: dict[str, Output] = field(default_factory=dict[str, Output])
    outer: Visible | None = None

    def find(self, name: str, alias: str = "") -> Output | None:
        """The column that a name means; None where that cannot be told."""
        if alias:
            return self._of_alias(name, alias)
        known = name.lower()
        if known in self.merged:
            return self.merged[known]
        listed = [found for _, item in self.items if (found := item.by_name.get(known))]
        if listed:
            return listed[0] if len(listed) == 1 else None
        return (
            self.aliases.get(known) or self._unlisted(name) or (self.outer.find(name) if self.outer else None)
        )

    def _of_alias(self, name: str, alias: str) -> Output | None:
        for known, item in self.items:
            if known == alias.lower():
                return item.column(name)
        if self.outer and (found := self.outer._of_alias(name, alias)):
            return found
        struct = self.listed(alias)  # a field of it is meant, as in `address.city`
        return replace(struct, type=None) if struct else None

    def listed(self, name: str) -> Output | None:
        """The one column of that name among those that are listed."""
        found = [item.by_name[name.lower()] for _, item in self.items if name.lower() in item.by_name]
        return found[0] if len(found) == 1 else None

    def _unlisted(self, name: str) -> Output | None:
        """From the one thing that may have more columns than are listed."""
        unfinished = [item for _, item in self.items if not item.complete]
        candidates = unfinished or [item for _, item in self.items if item.rest]
        return candidates[0].column(name) if len(candidates) == 1 else None

    def everything(self) -> Relation:
        """What `*` means: columns that `using` merges come once, where the first of the two stands."""
        columns: dict[int, Output] = {}
        seen: set[str] = set()
        for _, item in self.items:
            for column in item.columns:
                known = column.name.lower()
                if known not in self.merged:
                    columns[len(columns)] = column
                elif known not in seen:
                    seen.add(known)
                    columns[len(columns)] = self.merged[known]
        return self._as_one(tuple(columns.values()), [item for _, item in self.items])

    def everything_of(self, alias: str) -> Relation:
        """What `alias.*` means."""
        found = next((item for known, item in self.items if known == alias.lower()), UNKNOWN)
        return self._as_one(found.columns, [found])

    def _as_one(self, columns: tuple[Output, ...], items: Sequence[Relation]) -> Relation:
        rests = [item.rest for item in items if item.rest]
        complete = all(item.complete for item in items)
        return Relation(columns, complete, rests[0] if len(items) == 1 and rests else None)
