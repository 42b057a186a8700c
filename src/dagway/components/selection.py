"""Asset selections as people write them, in Dagster's grammar. Pure: text in, text out.

Beside Dagster's own grammar, this is understood: terms with a space between them must all hold, `|` and `&` join,
values need no quotes, and a bare `*part*` or `group/name` is a key.
"""

import re
from collections.abc import Iterator

_WORD = re.compile(r"""\s*(?P<word>[()|&,]|(?:"[^"]*"|'[^']*'|[^\s()|&,"'])+)""")
_OPERATORS = {"and", "or", "not"}
_FUNCTIONS = {"roots", "sinks"}
_TRAVERSAL = re.compile(r"^\d*\+\d*$")
_TERM = re.compile(r"^(?P<up>\d*\+)?(?P<body>.+?)(?P<down>\+\d*)?$", re.DOTALL)
_OWN = re.compile(r'^(?:\*|[a-z_]+:(?:"[^"]*"|[A-Za-z0-9_*]+|<null>)(?:=(?:"[^"]*"|[A-Za-z0-9_*]+))?)$')


def translate(text: str) -> str:
    """The selection in Dagster's grammar; one that is written in it already stays as it is.

    Raises:
        ValueError: it is empty, or a quote or a bracket is not closed.
    """
    words = list(_words(text))
    if not words:
        raise ValueError("it is empty; write * for every asset")
    if words.count("(") != words.count(")"):
        raise ValueError("a bracket is not closed")
    translated = list(_joined(words))
    return text if translated == words else _written(translated)


def _words(text: str) -> Iterator[str]:
    place, stripped = 0, text.strip()
    while place < len(stripped):
        match = _WORD.match(stripped, place)
        if match is None:
            raise ValueError("a quote is not closed")
        yield match["word"]
        place = match.end()


def _joined(words: list[str]) -> Iterator[str]:
    """Each word translated, with `and` between two terms that stand side by side."""
    complete = False
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if complete and _begins(word):
            yield "and"
        yield _translated(word, called=after == "(")
        # A traversal belongs to the term before it, or else to the one after it.
        complete = complete if _TRAVERSAL.match(word) else _ends(word)


def _ends(word: str) -> bool:
    """Whether a term may end with this word."""
    return word.lower() not in _OPERATORS | _FUNCTIONS | {"(", "|", "&", ","}


def _begins(word: str) -> bool:
    """Whether a term begins with this word; `+` goes on with the one before."""
    return word.lower() not in {"and", "or", ")", "|", "&", ","} and not _TRAVERSAL.match(word)


def _translated(word: str, called: bool) -> str:
    lower = word.lower()
    if word in {"(", ")", ","} or _TRAVERSAL.match(word) or (called and lower in _FUNCTIONS):
        return word
    if lower in _OPERATORS:
        return lower
    return {"|": "or", "&": "and"}.get(word) or _term(word)


def _term(word: str) -> str:
    match = _TERM.match(word)
    assert match is not None
    body = match["body"]
    return f"{match['up'] or ''}{body if _OWN.match(body) else _attribute(body)}{match['down'] or ''}"


def _attribute(body: str) -> str:
    name, colon, value = body.partition(":")
    if not colon or not re.fullmatch(r"[a-z_]+", name):
        return f"key:{_quoted(body)}"
    if name == "tag" and "=" in value:
        key, _, what = value.partition("=")
        return f"tag:{_quoted(key)}={_quoted(what)}"
    return f"{name}:{_quoted(value)}"


def _quoted(value: str) -> str:
    plain = value.strip("\"'")
    return f'"{plain}"'


def _written(words: list[str]) -> str:
    text = " ".join(words).replace("( ", "(").replace(" )", ")").replace(" ,", ",")
    text = re.sub(r"\b(roots|sinks) \(", r"\1(", text)
    return re.sub(r"(\)) (\+\d*)|(?<!\S)(\d*\+) (\()", r"\1\2\3\4", text)
