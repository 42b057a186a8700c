"""What no output shows: the secrets that a rule found, also where the finding itself is silenced or known."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from dagway.rules.model import Finding, Mask, Outcome
from dagway.rules.source.python import PythonFile
from dagway.rules.source.read import UnreadableError, content, read
from dagway.rules.source.secrets import address_password, has_shape, paired_secret
from dagway.rules.source.yaml import YamlFile

#: A shorter text is in too many others.
SHORTEST = 4


def mask(root: Path, findings: Iterable[Finding]) -> Mask:
    """The places of the findings that stand at a secret, and the secrets' texts."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.secret:
            by_path.setdefault(finding.path, []).append(finding)
    texts = {text for path, found in by_path.items() for text in _texts(root, path, found)}
    places = frozenset((item.path, item.line, item.column) for found in by_path.values() for item in found)
    return Mask(places, tuple(sorted(texts, key=lambda text: (-len(text), text))))


def masked(outcome: Outcome, mask: Mask) -> Outcome:
    """What rules say, without the secrets' texts. What a rule says of the secret itself does not hold it."""
    if not mask.texts:
        return outcome
    return Outcome(
        tuple(
            item
            if item.secret
            else replace(item, message=mask.hide(item.message), remedy=mask.hide(item.remedy))
            for item in outcome.findings
        ),
        tuple(replace(item, error=mask.hide(item.error)) for item in outcome.crashes),
        tuple(replace(item, reason=mask.hide(item.reason)) for item in outcome.skipped),
    )


def _texts(root: Path, path: str, findings: Iterable[Finding]) -> Iterator[str]:
    places = {(finding.line, finding.column) for finding in findings}
    try:
        written = list(_written(root / path, path))
    except UnreadableError:
        return
    for place in places:
        values = [value for at, value in written if at == place]
        for value in values:
            parts = [part for part in _parts(value) if len(part) >= SHORTEST]
            # The parts of an f-string stand at one place, and not each is secret.
            yield from parts or ([value] if len(values) == 1 else [])


def _parts(value: str) -> Iterator[str]:
    """What of a text is secret; nothing where it is all of it."""
    yield from (secret for secret in (address_password(value), paired_secret(value)) if secret)
    if has_shape(value):
        words = value.split()
        yield from [word for word in words if has_shape(word)] or [word for word in words if len(word) >= 16]


def _written(file: Path, path: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Each text of a file with the place that a finding has."""
    read_file = read(path, content(file), {})
    if isinstance(read_file, PythonFile):
        for node in read_file.nodes(ast.Constant):
            if isinstance(node.value, str):
                yield (node.lineno, read_file.column(node.lineno, node.col_offset)), node.value
    elif isinstance(read_file, YamlFile):
        for _, node in read_file.scalars:
            yield (node.start_mark.line + 1, node.start_mark.column + 1), node.value
