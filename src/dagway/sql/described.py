"""The columns that a query gives, with types and lineage: one walk from the innermost query outwards.

Nothing is asked of an engine, and nothing that cannot be told is an error: an unknown type is None.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dagway.sql.kinds import common
from dagway.sql.names import Key, key_of
from dagway.sql.parse import quiet, statement
from dagway.sql.references import common_expressions
from dagway.sql.relation import UNKNOWN, ColumnOf, Output, Relation, Visible, sources, table
from dagway.sql.types import type_of

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

Schemas = Mapping[Key, Mapping[str, str | None]]
Common = Mapping[str, Relation]
_SETS = frozenset({"union", "intersect", "except"})
_QUERIES = frozenset({"select", "subquery", *_SETS})


@dataclass(frozen=True)
class Described:
    """What a query gives.

    Attributes:
        columns: name → type in the dialect's words, None where it cannot be told; in order.
        lineage: name → the upstream columns that its values are made from.
        complete: whether these are all the columns; False where a `*` could not be expanded.
    """

    columns: Mapping[str, str | None]
    lineage: Mapping[str, tuple[ColumnOf, ...]] = field(default_factory=dict[str, tuple[ColumnOf, ...]])
    complete: bool = True


def describe(sql: str, dialect: str, schemas: Schemas) -> Described:
    """The columns of a query, their types and where they come from.

    Args:
        schemas: of each table that the query reads, column → type; a table that is missing is unknown.

    Raises:
        SqlError: it is no query.
    """
    tree = statement(sql, dialect)
    try:
        with quiet():
            found = _Walk(dialect, schemas).query(tree, {}, None)
    except RecursionError:
        # A union of a thousand queries is valid: its columns are only not told.
        found = UNKNOWN
    named = [column for column in found.columns if column.name]
    columns: dict[str, Output] = {}
    taken: set[str] = set()
    for column in named:
        name = _free(column.name, taken)
        taken.add(name.lower())
        columns[name] = column
    return Described(
        {name: column.type for name, column in columns.items()},
        {name: column.sources for name, column in columns.items()},
        found.complete and len(named) == len(found.columns),
    )


def _free(name: str, taken: Container[str]) -> str:
    """A name that is not taken, small letters counting as the same: the second of a name is `name_1`, as DuckDB writes it."""
    number, free = 0, name
    while free.lower() in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _argument(node: Expr, name: str) -> Any:
    """An argument whose name is a word of Python; newer releases of sqlglot put an underscore after it."""
    return node.args.get(name) or node.args.get(f"{name}_")


def _changes(star: Expr, name: str) -> list[Expr]:
    """What stands in `exclude`, `replace` or `rename`; text that is half understood is kept as text."""
    found: list[Any] = _argument(star, name) or []
    return [one for one in found if not isinstance(one, str)]


@dataclass(frozen=True)
class _Walk:
    dialect: str
    schemas: Schemas

    def query(self, tree: Expr, above: Common, outer: Visible | None) -> Relation:
        """The columns of any query; `above` are the common table expressions around it."""
        near = {**above, **self._common(tree, above, outer)} if common_expressions(tree) else above
        if tree.key == "select":
            return self._select(tree, near, outer)
        if tree.key in _SETS:
            return self._set(tree, near, outer)
        if tree.key == "subquery":
            return self._inside(tree, near, outer)
        return self._values(tree) if tree.key == "values" else UNKNOWN

    def _common(self, tree: Expr, above: Common, outer: Visible | None) -> Common:
        found = dict(above)
        for expression in common_expressions(tree):
            name, body = expression.alias.lower(), expression.this
            names = _column_names(expression)
            if body.key == "union" and name not in found:
                found[name] = self.query(body.this, found, outer).renamed(names)
            found[name] = self.query(body, found, outer).renamed(names)
        return found

    def _set(self, tree: Expr, near: Common, outer: Visible | None) -> Relation:
        left, right = self.query(tree.this, near, outer), self.query(tree.args["expression"], near, outer)
        if tree.args.get("by_name"):
            pairs = [(column, right.by_name.get(column.name.lower())) for column in left.columns]
            added = [column for column in right.columns if column.name.lower() not in left.by_name]
        else:
            pairs = [
                (column, right.columns[at] if at < len(right.columns) else None)
                for at, column in enumerate(left.columns)
            ]
            added = []
        both = tuple(_both(column, other) for column, other in pairs)
        return Relation((*both, *added), left.complete and right.complete)

    def _values(self, tree: Expr) -> Relation:
        rows = [getattr(row, "expressions", []) for row in tree.expressions]
        kinds = [
            common([type_of(cell, self.dialect, _nothing) for cell in cells if cell.key != "null"])
            for cells in zip(*rows, strict=False)
        ]
        first = 0 if self.dialect == "duckdb" else 1
        word = "col" if self.dialect == "duckdb" else "column"
        return Relation(tuple(Output(f"{word}{number}", kind) for number, kind in enumerate(kinds, first)))

    def _inside(self, tree: Expr, near: Common, outer: Visible | None) -> Relation:
        if tree.args.get("pivots"):
            return UNKNOWN
        if tree.this.key != "table":
            return self.query(tree.this, near, outer)
        visible = Visible(outer=outer)
        self._read(tree.this, near, visible)
        return visible.everything()

    def _select(self, tree: Expr, near: Common, outer: Visible | None) -> Relation:
        visible = Visible(outer=outer)
        if _argument(tree, "from"):
            self._read(_argument(tree, "from").this, near, visible)
        for join in (*tree.args.get("joins", ()), *(tree.args.get("laterals") or ())):
            self._join(join, near, visible)
        columns: list[Output] = []
        complete, rest = True, None
        for expression in tree.expressions:
            found = self._projection(expression, near, visible)
            columns += found.columns
            complete, rest = complete and found.complete, rest or found.rest
            visible.aliases |= {column.name.lower(): column for column in found.columns if column.name}
        return Relation(tuple(columns), complete, rest)

    def _read(self, item: Expr, near: Common, visible: Visible) -> None:
        """Add what stands in `from` or after `join`."""
        visible.items.append(
            (item.alias_or_name.lower(), self._item(item, near, visible).renamed(_column_names(item)))
        )
        for join in item.args.get("joins") or ():
            self._join(join, near, visible)

    def _item(self, item: Expr, near: Common, visible: Visible) -> Relation:
        if item.key == "lateral" and item.this.key == "subquery":
            return self.query(item.this, near, visible)
        if item.key == "subquery":
            return self.query(item, near, visible.outer)
        if item.key == "values":
            return self._values(item)
        if item.key != "table" or item.args.get("pivots") or item.this.key != "identifier":
            return UNKNOWN
        name, schema = item.name, item.args.get("db")
        if not schema:
            return near.get(name.lower()) or table((name,), None)
        return self._table(key_of(schema.name, name))

    def _table(self, key: Key) -> Relation:
        return table(key, self.schemas.get(key) or self.schemas.get(("__".join(key[:-1]), key[-1])))

    def _join(self, join: Expr, near: Common, visible: Visible) -> None:
        if join.key == "lateral":
            self._read(join, near, visible)
            return
        left = Visible(list(visible.items), dict(visible.merged), outer=visible.outer)
        self._read(join.this, near, visible)
        if (join.args.get("kind") or "").upper() in {"SEMI", "ANTI"}:
            visible.items.pop()
            return
        right = visible.items[-1][1]
        names = [name.name for name in join.args.get("using") or ()]
        if (join.args.get("method") or "").upper() == "NATURAL":
            names = [column.name for column in right.columns if left.listed(column.name)]
        for name in names:
            visible.merged[name.lower()] = _merged(
                name, left.find(name), right.column(name), join.args.get("side")
            )

    def _projection(self, node: Expr, near: Common, visible: Visible) -> Relation:
        """One expression of a select: a `*` gives many columns, all others one."""
        star = node if node.key == "star" else node.this if node.key == "column" else None
        if star is not None and star.key == "star":
            every = visible.everything_of(node.text("table")) if star is not node else visible.everything()
            return self._starred(star, every, near, visible)
        if node.key == "columns":
            return UNKNOWN
        return Relation((self._output(node, near, visible),))

    def _starred(self, star: Expr, every: Relation, near: Common, visible: Visible) -> Relation:
        left_out = {named.name.lower() for named in _changes(star, "except")}
        replaced = {named.alias.lower(): named for named in _changes(star, "replace")}
        renamed = {
            named.this.name.lower(): named.alias for named in _changes(star, "rename") if named.key == "alias"
        }
        columns = [
            replace(self._output(replaced[known], near, visible), name=column.name)
            if (known := column.name.lower()) in replaced
            else replace(column, name=renamed.get(known, column.name))
            for column in every.columns
            if column.name.lower() not in left_out
        ]
        return Relation(tuple(columns), every.complete, every.rest)

    def _output(self, node: Expr, near: Common, visible: Visible) -> Output:
        inner = node.this if node.key == "alias" else node
        name = node.alias if node.key == "alias" else node.name if node.key in {"column", "dot"} else ""
        if inner.key == "column":
            found = _column(inner, visible)
            return replace(found, name=name) if found else Output(name)
        parts: dict[int, Output] = {}
        used = [self._part(part, near, visible, parts) for part in _parts(inner)]
        kind = type_of(inner, self.dialect, lambda part: parts[id(part)].type if id(part) in parts else None)
        return Output(name, kind, sources(used))

    def _part(self, part: Expr, near: Common, visible: Visible, parts: dict[int, Output]) -> Output:
        """A column or a query inside an expression."""
        if part.key == "column":
            found = _column(part, visible) or Output("")
        else:
            columns = self.query(part, near, visible).columns
            found = Output("", columns[0].type if columns else None, sources(columns))
        parts[id(part)] = found
        return found


def _nothing(_: Expr) -> None:
    return None


def _parts(node: Expr) -> Iterator[Expr]:
    """The columns and queries inside an expression, not those inside such a query."""
    if node.key == "column" or node.key in _QUERIES:
        if node.key != "column" or node.this.key != "star":
            yield node
        return
    for child in node.iter_expressions():
        yield from _parts(child)


def _column(node: Expr, visible: Visible) -> Output | None:
    """What a column means; with more than two parts, the first two may be a schema and a table."""
    return visible.find(node.name, node.text("table"))


def _column_names(item: Expr) -> list[str]:
    """The names in `t(a, b)`."""
    alias = item.args.get("alias")
    return (
        [name.name for name in alias.args.get("columns") or ()] if alias and alias.key == "tablealias" else []
    )


def _both(column: Output, other: Output | None) -> Output:
    """A column of a union: the left one's name, and the values of both."""
    if other is None:
        return replace(column, type=None)
    return Output(column.name, common([column.type, other.type]), sources([column, other]))


def _merged(name: str, left: Output | None, right: Output | None, side: str | None) -> Output:
    """The column that `using` makes: of the side that is always there, or of both."""
    sides = {"RIGHT": [right], "FULL": [left, right]}.get((side or "").upper(), [left])
    known = [found for found in sides if found]
    return Output(name, known[0].type if known else None, sources(known))
