"""Types of expressions in the dialect's own words; None wherever the engine might say something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagway.sql.engines import Words, printed, words_of
from dagway.sql.kinds import LIMITS, PRECISION, WHOLE, base, common, smallest, widest

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

TypeOf = Callable[["Expr"], str | None]

_TWO = 2

_SAME = frozenset(
    [
        "max",
        "min",
        "anyvalue",
        "first",
        "last",
        "argmax",
        "argmin",
        "lag",
        "lead",
        "firstvalue",
        "lastvalue",
        "nthvalue",
        "mode",
        "paren",
        "alias",
        "neg",
        "window",
        "filter",
        "withingroup",
        "ignorenulls",
        "respectnulls",
        "abs",
        "distinct",
        "order",
        "nullif",
    ]
)
_BOOLEAN = frozenset(
    [
        "eq",
        "neq",
        "gt",
        "gte",
        "lt",
        "lte",
        "is",
        "in",
        "between",
        "like",
        "ilike",
        "not",
        "and",
        "or",
        "exists",
        "boolean",
        "startswith",
        "endswith",
        "regexplike",
        "regexpilike",
        "contains",
        "arraycontains",
        "logicaland",
        "logicalor",
        "similarto",
        "nullsafeeq",
        "nullsafeneq",
        "isnan",
    ]
)
_TEXT = frozenset(
    [
        "upper",
        "lower",
        "trim",
        "concat",
        "concatws",
        "substring",
        "replace",
        "left",
        "right",
        "pad",
        "md5",
        "timetostr",
        "initcap",
        "regexpreplace",
        "regexpextract",
        "splitpart",
        "groupconcat",
        "reverse",
        "repeat",
        "chr",
    ]
)
_COUNT = frozenset(["count", "rownumber", "rank", "denserank", "ntile", "approxdistinct"])
_PART = frozenset(
    [
        "year",
        "month",
        "day",
        "quarter",
        "week",
        "dayofweek",
        "dayofyear",
        "dayofmonth",
        "hour",
        "minute",
        "second",
    ]
)
_REAL = frozenset(
    [
        "sqrt",
        "ln",
        "log",
        "exp",
        "pow",
        "stddev",
        "stddevpop",
        "stddevsamp",
        "variance",
        "variancepop",
        "corr",
        "covarpop",
        "covarsamp",
    ]
)


def type_of(node: Expr, dialect: str, known: TypeOf) -> str | None:
    """The type of an expression.

    Args:
        known: the type of a column or of a query inside the expression.
    """
    return _Types(words_of(dialect), dialect, known).of(node)


@dataclass(frozen=True)
class _Types:
    words: Words
    dialect: str
    known: TypeOf

    def of(self, node: Expr | None) -> str | None:
        """By the kind of the expression, the commonest first; `max()` has nothing inside."""
        if node is None:
            return None
        key = node.key
        if key in {"column", "subquery", "select"}:
            return self.known(node)
        if key in _SAME:
            return self.of(node.this)
        if key in _BOOLEAN:
            return "BOOLEAN"
        if key in {"cast", "trycast"}:
            return printed(node.args["to"], self.dialect)
        if key in _RULES:
            return _RULES[key](self, node)
        return self._by_words(key)

    def _by_words(self, key: str) -> str | None:
        words = self.words
        if key in _COUNT:
            return words.count
        if key in _TEXT:
            return words.text
        if key in _PART:
            return words.part
        if key in _REAL:
            return words.real
        return None

    def each(self, nodes: Sequence[Expr]) -> list[str | None]:
        """Types of several expressions; a literal null has none, and DuckDB makes a number as small as the others allow."""
        kept = [node for node in nodes if node.key != "null"]
        if self.dialect != "duckdb" or all(map(_is_whole, kept)):
            return [self.of(node) for node in kept]
        return [smallest(int(node.name)) if _is_whole(node) else self.of(node) for node in kept]

    def literal(self, node: Expr) -> str | None:
        if node.args.get("is_string"):
            return self.words.text
        return self.words.whole if _is_whole(node) and int(node.name) < LIMITS["INTEGER"] else None

    def sum(self, node: Expr) -> str | None:
        kind = self.of(node.this)
        if self.dialect == "duckdb" and base(kind) == "DECIMAL" and (found := PRECISION.search(kind or "")):
            return f"DECIMAL(38,{found[2] or 0})"
        return self.words.sums.get(base(kind))

    def mean(self, node: Expr) -> str | None:
        return self.words.means.get(base(self.of(node.this)))

    def sum_of_two(self, node: Expr) -> str | None:
        kinds = self.each([node.this, node.args["expression"]])
        return self._of_dates(node, *kinds) or widest(*kinds) if len(kinds) == _TWO else None

    def _of_dates(self, node: Expr, left: str | None, right: str | None) -> str | None:
        if base(right) == "INTERVAL" and base(left) in {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}:
            return "TIMESTAMP" if base(left) == "DATE" else left
        if node.key == "sub" and base(left) == base(right) == "DATE":
            return self.words.count if self.dialect == "duckdb" else self.words.length
        if node.key == "sub" and base(left) == base(right) == "TIMESTAMP":
            return "INTERVAL"
        return "DATE" if base(left) == "DATE" and base(right) in WHOLE else None

    def product(self, node: Expr) -> str | None:
        kinds = self.each([node.this, node.args["expression"]])
        return widest(*kinds) if len(kinds) == _TWO else None

    def quotient(self, node: Expr) -> str | None:
        left, right = base(self.of(node.this)), base(self.of(node.args["expression"]))
        numbers = {*WHOLE, "DOUBLE"}
        if self.dialect == "duckdb":
            return "DOUBLE" if {left, right} <= {*numbers, "DECIMAL"} else None
        if self.dialect == "postgres" and {left, right} <= numbers:
            return self.product(node)
        return None

    def joined(self, node: Expr) -> str | None:
        """Text joined with `||`; of lists it is something else."""
        sides = {base(self.of(node.this)), base(self.of(node.args["expression"]))}
        return self.words.text if "VARCHAR" in sides else None

    def first_of(self, node: Expr) -> str | None:
        return common(self.each([node.this, *node.expressions]))

    def case(self, node: Expr) -> str | None:
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        return common(self.each([*branches, *([node.args["default"]] if node.args.get("default") else [])]))

    def choice(self, node: Expr) -> str | None:
        return common(
            self.each([node.args["true"], *([node.args["false"]] if node.args.get("false") else [])])
        )

    def rounded(self, node: Expr) -> str | None:
        kind = self.of(node.this)
        return kind if base(kind) in {"DOUBLE", "FLOAT"} else None

    def part(self, node: Expr) -> str | None:
        if self.dialect == "duckdb" and node.name.upper() in {"EPOCH", "JULIAN"}:
            return "DOUBLE"
        return self.words.part

    def truncated(self, node: Expr) -> str | None:
        kind = base(self.of(node.this))
        return kind if kind in {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"} else None

    def unnamed(self, node: Expr) -> str | None:
        """A function that this release of sqlglot does not know by kind."""
        name = node.name.lower().replace("_", "")
        if name in _SAME and node.expressions:
            return self.of(node.expressions[0])
        return self.words.now if name == "now" else self._by_words(name)

    def date(self, _: Expr) -> str:
        return "DATE"

    def interval(self, _: Expr) -> str:
        return "INTERVAL"

    def listed(self, node: Expr) -> str | None:
        kind = self.of(node.this)
        return f"{kind}[]" if kind and self.dialect in {"duckdb", "postgres"} else None


_RULES: dict[str, Callable[[_Types, Expr], str | None]] = {
    "literal": _Types.literal,
    "sum": _Types.sum,
    "avg": _Types.mean,
    "add": _Types.sum_of_two,
    "sub": _Types.sum_of_two,
    "mul": _Types.product,
    "div": _Types.quotient,
    "intdiv": _Types.product,
    "mod": _Types.product,
    "dpipe": _Types.joined,
    "coalesce": _Types.first_of,
    "greatest": _Types.first_of,
    "least": _Types.first_of,
    "case": _Types.case,
    "if": _Types.choice,
    "round": _Types.rounded,
    "ceil": _Types.rounded,
    "floor": _Types.rounded,
    "extract": _Types.part,
    "timestamptrunc": _Types.truncated,
    "datetrunc": _Types.truncated,
    "anonymous": _Types.unnamed,
    "arrayagg": _Types.listed,
    "length": lambda types, _: types.words.length,
    "strposition": lambda types, _: types.words.length,
    "datediff": lambda types, _: types.words.count if types.dialect == "duckdb" else None,
    "currentdate": _Types.date,
    "currenttimestamp": lambda types, _: types.words.now,
    "interval": _Types.interval,
    "strtotime": lambda types, _: "TIMESTAMP" if types.dialect == "duckdb" else None,
    "tsordstodate": _Types.date,
    "date": _Types.date,
}


def _is_whole(node: Expr) -> bool:
    return node.key == "literal" and node.name.isdigit() and not node.args.get("is_string")
