"""Rules on templates and secrets: `{{ env('NAME') }}` is the only template, and no secret stands in a blueprint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from dagway.blueprint.masking import ADDRESS, NAMES_OF_SECRETS, PARAMETER, TOKEN, TOKEN_MARKS
from dagway.blueprint.model import ENV_CALL
from dagway.blueprint.page import Page
from dagway.blueprint.tree import Mapping, Node, Scalar, Sequence, is_null

_NAMED = re.compile(rf"(?i)(?:^|.*[_.-]){NAMES_OF_SECRETS}$")
_MARK = re.compile("|".join(map(re.escape, TOKEN_MARKS)))
_ANY_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NAMES_INSIDE = frozenset({"columns", "schema", "requirements", "tables"})
"""Mappings whose keys are names of data or of requirements, so that a column `token` is no secret."""
_CALL = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for an `env` call where only the text around it is looked at."""
_KNOWN_LENGTH = 4
"""Shorter secrets are masked where they stand, not in every text."""


class _Text(NamedTuple):
    """A text of the blueprint with the key that it stands under, and the name of the thing that has the key."""

    owner: str
    key: str
    scalar: Scalar
    is_name: bool


def check_secrets(root: Mapping, page: Page) -> None:
    """Note every other template and every secret on the page."""
    for text in _texts(root):
        _check_template(text, page)
        _check_value(text, page)
    _check_comments(page)


def _texts(root: Mapping) -> Iterator[_Text]:
    """Every text once, however often an alias repeats it."""
    seen: set[int] = set()
    waiting: list[tuple[str, str, bool, Node]] = [("", "", False, root)]
    while waiting:
        owner, key, is_name, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Scalar():
                yield _Text(owner, key, node, is_name)
            case Sequence(items=items):
                waiting.extend((owner, key, is_name, item) for item in items)
            case Mapping(entries=entries):
                names = key in _NAMES_INSIDE and not is_name
                for name, entry in entries.items():
                    waiting.append((key, name, names, entry.node))
                    if "{" in name:
                        yield _Text("", "", entry.key, True)


def _check_template(text: _Text, page: Page) -> None:
    if "{{" not in text.scalar.text and "{%" not in text.scalar.text:
        return
    at = (text.scalar.line, text.scalar.column)
    if text.key == "sql":
        if "{{" in text.scalar.text:
            page.mistake(
                at, "a query is no template", "write plain SQL; let partitions and environments vary it"
            )
    elif "{{" in (rest := ENV_CALL.sub("", text.scalar.text)) or "{%" in rest:
        page.mistake(at, "only `{{ env('NAME') }}` is a template here", _example(text.scalar.text))


@lru_cache(maxsize=1024)
def _names_secret(key: str) -> bool:
    return bool(_NAMED.search(_snake(key)))


def _example(text: str) -> str:
    if "env" in text and '"' in text:
        return "use single quotes inside: \"{{ env('NAME', 'default') }}\""
    return "write {{ env('NAME') }} or {{ env('NAME', 'default') }}, in double quotes"


def _check_value(text: _Text, page: Page) -> None:
    scalar = text.scalar
    if is_null(scalar) or isinstance(scalar.value, bool) or not scalar.text.strip():
        return
    around = ENV_CALL.sub(_CALL, scalar.text)
    is_secret = not text.is_name and _names_secret(text.key)
    if is_secret and around.strip(f" \n{_CALL}"):
        page.secrets.add(scalar.text)
        if _ANY_TEMPLATE.sub("", around).strip(f" \n{_CALL}"):
            _refuse(page, scalar, f"`{text.key}` is a secret", scalar.text, _variable(text))
    else:
        found = _secret_in(around, is_sql=text.key == "sql")
        if found:
            _refuse(page, scalar, f"{found[0]} stands here", found[1], _variable(text))
    for call in ENV_CALL.finditer(scalar.text):
        _check_default(page, scalar, call, is_secret=is_secret)


def _check_default(page: Page, scalar: Scalar, call: re.Match[str], *, is_secret: bool) -> None:
    variable, default = call[1], call[2]
    if not default:
        return
    found = _secret_in(default, is_sql=False)
    remedy = f"leave the default out: {{{{ env('{variable}') }}}}"
    if is_secret or _NAMED.search(variable.lower()):
        _refuse(page, scalar, f"the default of `{variable}` is a secret", default, remedy)
    elif found:
        _refuse(page, scalar, f"{found[0]} stands in the default of `{variable}`", found[1], remedy)


def _secret_in(text: str, *, is_sql: bool) -> tuple[str, str] | None:
    """What kind of secret a text holds, and the secret."""
    token = _MARK.search(text) and TOKEN.search(text)
    if token:
        return ("a webhook's address" if token[0].startswith("hooks.") else "a secret"), token[0]
    address = "://" in text and _first(ADDRESS, text)
    if address:
        return "an address with a password", address[1]
    parameter = "=" in text and not is_sql and _first(PARAMETER, text)
    return ("a secret", parameter[1]) if parameter else None


def _first(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match whose secret is more than an `env` call."""
    return next((match for match in pattern.finditer(text) if match[1].strip(_CALL)), None)


def _check_comments(page: Page) -> None:
    """Secrets in comments, and any that the tree did not show."""
    known = {mistake.position.line for mistake in page.mistakes}
    for number, line in enumerate(page.lines, 1):
        match = ("#" in line or None) and TOKEN.search(line)
        if match and number not in known:
            page.mistake(
                (number, match.start() + 1), "a secret stands in a comment", "remove it, and have it replaced"
            )


def _refuse(page: Page, scalar: Scalar, message: str, secret: str, remedy: str) -> None:
    line = page.lines[scalar.line - 1] if scalar.line <= len(page.lines) else ""
    parts = [part for part in secret.splitlines() if len(part.strip()) >= _KNOWN_LENGTH]
    page.secrets.update(part.strip() for part in parts)
    seen = any(part.strip() in line for part in parts)
    page.mistake((scalar.line, scalar.column), message, remedy, hide=not seen)


def _variable(text: _Text) -> str:
    words = "_".join(word for word in (text.owner, text.key) if word)
    name = re.sub(r"[^A-Z0-9]+", "_", _snake(words).upper()).strip("_0123456789") or "NAME"
    return f"write \"{{{{ env('{name}') }}}}\" and set {name} where it runs"


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_").replace(" ", "_").lower()
