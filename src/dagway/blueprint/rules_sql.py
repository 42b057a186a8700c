"""Rules on queries: each is one query that can be read; a mistake in it is named at its own line."""

from __future__ import annotations

from dagway.blueprint.files import Folder, names_file
from dagway.blueprint.outline import built, checks
from dagway.blueprint.page import Page
from dagway.blueprint.place import place_inside
from dagway.blueprint.tree import Entry, Mapping, Scalar, text_of

LONGEST = 100_000
"""Characters of the longest query that is read."""
_ENGINES = ("duckdb", "postgres", "snowflake")


def dialect_of(root: Mapping) -> str:
    """The words that the queries are written in: those of the warehouse as the blueprint stands."""
    entry = root.get("warehouse")
    integration = (
        text_of(entry.node.get("integration")) if entry and isinstance(entry.node, Mapping) else None
    )
    return integration if integration in _ENGINES else _ENGINES[0]


def check_queries(root: Mapping, page: Page, folder: Folder, dialect: str) -> list[Page]:
    """Note every query that cannot be read; the pages of the `.sql` files that hold one are returned."""
    pages: dict[str, Page] = {}
    for _, line in built(root):
        for part in (line.node, *checks(line)):
            entry = part.get("sql")
            text = text_of(entry)
            if entry is None or text is None:
                continue
            if not names_file(text):
                _check_inline(entry, page, dialect)
            elif text.strip() in folder.texts and text.strip() not in pages:
                name = text.strip()
                pages[name] = Page(folder.path / name, folder.texts[name])
                _check_file(pages[name], dialect)
    return list(pages.values())


def _check_inline(entry: Entry, page: Page, dialect: str) -> None:
    node = entry.node
    if isinstance(node, Scalar) and "{{" not in node.text:
        found = _problem(node.text, dialect)
        if found:
            place, message, remedy = found
            page.mistake(place_inside(node, place, page.lines), message, remedy)


def _check_file(page: Page, dialect: str) -> None:
    if "{{" in page.text:
        line = page.text[: page.text.index("{{")].count("\n") + 1
        page.mistake(
            (line, page.lines[line - 1].index("{{") + 1), "a query is no template", "write plain SQL"
        )
        return
    found = _problem(page.text, dialect)
    if found:
        page.mistake(*found)


def _problem(text: str, dialect: str) -> tuple[tuple[int, int], str, str] | None:
    """Place inside the query, message and remedy; None if it can be read."""
    from dagway.sql import SqlError, tables

    if len(text) > LONGEST:
        return (
            (1, 1),
            f"the query has {len(text):,} characters; the most is {LONGEST:,}",
            "split it into several assets",
        )
    try:
        tables(text, dialect)
    except SqlError as error:
        return (error.line, error.column), _as_clause(error.message), _as_clause(error.remedy)
    return None


def _as_clause(sentence: str) -> str:
    text = sentence.rstrip().removesuffix(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
