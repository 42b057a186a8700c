"""One query as sqlglot's tree, or an error at its place. sqlglot is imported when the first query is read."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, cast

from dagway.errors import DagwayError
from dagway.sql.words import near

if TYPE_CHECKING:
    from sqlglot.errors import ParseError
    from sqlglot.expressions.core import Expr

_ONE_QUERY = "write one query that only reads: select, with, union or values"
_WRITING = frozenset({"insert", "update", "delete", "merge", "create", "drop", "into"})
_OF_FILES = re.compile(
    r"^(read_\w+|\w+_scan|glob|sniff_csv|parquet_\w+|st_read\w*|add_parquet_key|\w+_external_resource\w*|(en|dis)able_\w+"
    r"|pg_(read|ls)_\w+|pg_stat_file|lo_(im|ex)port)$"
)
"""Functions of DuckDB and PostgreSQL that open a file or an address by its name, or have the engine write one."""
_OF_TEXT = re.compile(
    r"^(query(_table)?|json_execute_serialized_sql|(postgres|mysql|sqlite)_(query|execute)|from_substrait\w*|dblink\w*"
    r"|query_to_xml\w*)$"
)
"""Functions that run a text as a query, or read the table or the file that it names."""
_FUNCTIONS = {"readcsv": "read_csv", "readparquet": "read_parquet", "anonymous": ""}
"""sqlglot's kinds of function that may be one of these, by name where the kind says it."""
_CLOSED_OR_OPEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$|(?P<open>'|"|/\*|\$\$)""", re.DOTALL
)
_logger = logging.getLogger("sqlglot")


class SqlError(DagwayError):
    """A query that cannot be read.

    Args:
        line, column: the place inside the query's own text, both from 1.
    """

    def __init__(self, message: str, remedy: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message, remedy)
        self.line = line
        self.column = column


@lru_cache(maxsize=4096)
def statement(sql: str, dialect: str) -> Expr:
    """The one query of the text. The tree is shared: whoever changes it copies it first.

    Raises:
        SqlError: no query, more than one, something that writes, or text that is no SQL.
    """
    from sqlglot import parse
    from sqlglot.errors import ParseError, TokenError
    from sqlglot.expressions import Semicolon

    try:
        with quiet():
            trees = parse(sql, dialect=dialect)
    except ParseError as error:
        _refuse_syntax(error, dialect)
    except TokenError:
        _refuse_unfinished(sql)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        # Some text that is no SQL makes sqlglot's parser stumble instead of saying so.
        raise SqlError(f"this is no {dialect} query", "correct the query") from None
    except RecursionError:
        raise SqlError("the query is nested too deeply to be read", "split it into several assets") from None
    found = [tree for tree in trees if tree and not isinstance(tree, Semicolon)]
    if not found:
        raise SqlError("there is no query", _ONE_QUERY)
    if len(found) > 1:
        raise SqlError(f"there are {len(found)} statements, not one", _ONE_QUERY, *_second(sql, dialect))
    _refuse_all_but_reading_tables(found[0], sql)
    return found[0]


def _second(sql: str, dialect: str) -> tuple[int, int]:
    """Where the second statement of the text begins."""
    from sqlglot import TokenType, tokenize

    begun = ended = False
    for token in tokenize(sql, dialect=dialect):
        is_end = token.token_type == TokenType.SEMICOLON
        if ended and not is_end:
            return token.line, token.col - (token.end - token.start)
        ended = begun and (ended or is_end)
        begun = begun or not is_end
    return 1, 1


def place(tree: Expr) -> tuple[int, int]:
    """Line and column, from 1, of the first name in a tree; 1, 1 where it has none."""
    from sqlglot.expressions import Identifier

    named = tree if isinstance(tree, Identifier) else None
    for node in () if named else tree.find_all(Identifier):
        if "line" in node.meta and (named is None or node.meta["start"] < named.meta["start"]):
            named = node
    if named is None or "line" not in named.meta:
        return 1, 1
    return named.meta["line"], named.meta["col"] - (named.meta["end"] - named.meta["start"])


def transpile(sql: str, read: str, write: str) -> str:
    """The query in the words of another dialect; unchanged if it is the same one.

    Raises:
        SqlError: it is no query.
    """
    tree = statement(sql, read)
    return sql if read == write else tree.sql(dialect=write, pretty=True)


def _refuse_syntax(error: ParseError, dialect: str) -> NoReturn:
    word, reason, line, column = near(error)
    at = f" near {word!r}" if word else ""
    raise SqlError(
        f"this is no {dialect} query{at}: {reason}",
        f"correct the query; it is read in the words of {dialect}",
        line,
        column,
    ) from None


def _refuse_unfinished(sql: str) -> NoReturn:
    """sqlglot does not say where; the first text or comment without an end is the place."""
    found = next((match for match in _CLOSED_OR_OPEN.finditer(sql) if match["open"]), None)
    if not found:
        raise SqlError("the query holds a character that is no SQL", _ONE_QUERY) from None
    before = sql[: found.start()]
    mark = "*/" if found["open"] == "/*" else found["open"]
    raise SqlError(
        f"what starts here with {found['open']} is never closed",
        f"write the closing {mark}",
        before.count("\n") + 1,
        found.start() - before.rfind("\n"),
    ) from None


@contextmanager
def quiet() -> Generator[None]:
    """sqlglot warns on standard error about what it half understands; the caller says it better or needs it not."""
    before = _logger.disabled
    _logger.disabled = True
    try:
        yield
    finally:
        _logger.disabled = before


def nodes(tree: Expr) -> Iterator[Expr]:
    """Every part of a tree, in no order that means anything; sqlglot's own walk keeps one and takes three times as long."""
    from sqlglot.expressions import Expression  # pyright: ignore[reportPrivateImportUsage]  its home differs by release

    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for value in node.args.values():
            if isinstance(value, Expression):
                waiting.append(value)
            elif isinstance(value, list):
                waiting.extend(item for item in cast("list[Any]", value) if isinstance(item, Expression))


def _refuse_all_but_reading_tables(tree: Expr, sql: str) -> None:
    from sqlglot import expressions as exp

    if not isinstance(tree, (exp.Query, exp.Values, exp.Pivot)):
        raise SqlError(f"{_word(tree)} is no query", _ONE_QUERY, *place(tree))
    for node in nodes(tree):
        key = node.key
        if key in _WRITING:
            raise SqlError(f"{key.upper()} inside a query writes", _ONE_QUERY, *place(node))
        if key in _FUNCTIONS:
            _refuse_reading_past(_FUNCTIONS[key] or node.name.lower(), sql)


def _refuse_reading_past(function: str, sql: str) -> None:
    if _OF_FILES.match(function):
        raise SqlError(
            f"`{function}` opens a file past the project",
            "declare the files as a source, and read its table",
            *_found(function, sql),
        )
    if _OF_TEXT.match(function):
        raise SqlError(
            f"`{function}` reads what only a text names, which may lie past the project",
            "name the table in the query itself",
            *_found(function, sql),
        )


def _found(name: str, sql: str) -> tuple[int, int]:
    """Line and column of a function's name in the text."""
    match = re.search(rf"\b{re.escape(name)}\b", sql, re.IGNORECASE)
    start = match.start() if match else 0
    return sql.count("\n", 0, start) + 1, start - sql.rfind("\n", 0, start)


def _word(tree: Expr) -> str:
    """The statement's own word; what sqlglot does not know, it keeps as a command."""
    return (tree.name if tree.key == "command" else tree.key).upper()
