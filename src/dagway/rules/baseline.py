"""Findings that a project knows of and has put off: a file of fingerprints."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from dagway.errors import DagwayError
from dagway.rules.model import Finding

VERSION = 1
Fingerprint = tuple[str, str, str, str]
Placeless = tuple[str, str, str]
#: A number that counts, by its separators or by what it counts: one in a name or an address says which thing is meant.
_COUNT = re.compile(
    r"(?<![\w./:-])(?:\d{1,3}(?:,\d{3})+(?![\w,/-])|\d+(?= (?:assets|keys|lines|more|partitions)\b))"
)
Key = TypeVar("Key", bound=tuple[str, ...])


@dataclass(frozen=True)
class Baseline:
    """How often each finding is known. Lines do not count, for code above may grow; nor do the counts in a message, nor the path
    of a file that moved.

    Attributes:
        source: the file that it was read from.
    """

    known: Mapping[Fingerprint, int] = field(default_factory=dict[Fingerprint, int])
    source: Path | None = None

    def new(self, findings: Iterable[Finding], is_gone: Callable[[str], bool]) -> list[Finding]:
        """The findings that are not known, in their order.

        Args:
            is_gone: whether there is no file at a path any more; what was known of it may have moved with it.
        """
        ordered = sorted(findings, key=lambda finding: finding.order)
        left = Counter(self.known)
        fresh = _unmatched(ordered, left, fingerprint)
        moved: Counter[Placeless] = Counter()
        for known, count in left.items():
            if count and is_gone(known[1]):
                moved[_placeless(known)] += count
        return _unmatched(fresh, moved, lambda finding: _placeless(fingerprint(finding)))


def _unmatched(
    findings: Iterable[Finding], left: Counter[Key], key: Callable[[Finding], Key]
) -> list[Finding]:
    """The findings that are not among those that are left; each of the others takes one away."""
    fresh: list[Finding] = []
    for finding in findings:
        if left[key(finding)] > 0:
            left[key(finding)] -= 1
        else:
            fresh.append(finding)
    return fresh


def _placeless(known: Fingerprint) -> Placeless:
    rule, _, about, message = known
    return rule, about, message


def fingerprint(finding: Finding) -> Fingerprint:
    """What stays the same when a finding's lines move and its counts grow: rule, path, object and message."""
    return (finding.rule, finding.path, finding.object, _without_counts(finding.message))


def _without_counts(message: str) -> str:
    """A day more has more partitions."""
    return _COUNT.sub("N", message)


def read(path: Path) -> Baseline:
    """The baseline in a file.

    Raises:
        DagwayError: there is no such file, or it is no baseline.
    """
    remedy = "Write it with `dagway check --baseline FILE --write-baseline`."
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DagwayError(f"There is no baseline {path}.", remedy) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DagwayError(f"{path} is no baseline: {error}.", remedy) from None
    entries = _entries(content)
    if entries is None:
        raise DagwayError(f"{path} is no baseline of version {VERSION}.", remedy)
    return Baseline(Counter(entries), path.resolve())


def write(path: Path, findings: Iterable[Finding]) -> None:
    """Makes the findings the baseline, in an order that keeps differences small."""
    entries = [
        dict(zip(("rule", "path", "object", "message"), fingerprint(item), strict=True)) for item in findings
    ]
    entries.sort(key=lambda entry: (entry["path"], entry["rule"], entry["object"], entry["message"]))
    text = json.dumps({"version": VERSION, "findings": entries}, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def _entries(content: object) -> list[Fingerprint] | None:
    found = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    entries: object = found.get("findings")
    if found.get("version") != VERSION or not isinstance(entries, list):
        return None
    items = [cast("dict[str, Any]", item) for item in cast("list[object]", entries) if isinstance(item, dict)]
    return [
        (
            str(item.get("rule")),
            str(item.get("path")),
            str(item.get("object")),
            # Earlier files have the numbers of their day.
            _without_counts(str(item.get("message"))),
        )
        for item in items
    ]
