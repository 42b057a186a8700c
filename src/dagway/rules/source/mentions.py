"""Which variables a repository writes down: in documents, in examples of `.env` files, and in what sets variables for a container."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from dagway.rules.collect import is_skipped

_DOCUMENTS = (".md", ".mdx", ".rst", ".adoc")
_EXAMPLES = re.compile(
    r"\.env.*(?:example|sample|template|dist|defaults?)$|(?:example|sample|template)\.env$|^env[._-](?:example|sample|template)$",
    re.IGNORECASE,
)
_SETTINGS = re.compile(
    rf"{_EXAMPLES.pattern}|(?:Docker|Container)file|\.envrc$|\.env.*(?:test|ci)$|\.(?:sh|ya?ml|tf)$",
    re.IGNORECASE,
)
#: YAML that asks for variables: to read one is not to write down that it is needed.
_READERS = frozenset({"dagster.yaml", "profiles.yml", "profiles.yaml", "defs.yaml", "component.yaml"})
#: Folders of settings, although hidden.
_HIDDEN = frozenset({".github", ".devcontainer", ".docker"})
#: A larger file was not written by hand.
_LARGEST = 1_000_000


def mentioned(root: Path, names: Iterable[str], *, only_examples: bool = False) -> frozenset[str]:
    """Those of the variables that a document names or a setting sets, in the repository around the root.

    Args:
        only_examples: examples of `.env` files are looked at, and nothing else.
    """
    wanted, found = set(names), set[str]()
    for path in _files(_repository(root)):
        if only_examples and not _EXAMPLES.search(path.name):
            continue
        if not wanted:
            break
        text = _text(path)
        is_document = path.name.endswith(_DOCUMENTS)
        here = {name for name in wanted if name in text and _is_meant(name, text, is_document=is_document)}
        found |= here
        wanted -= here
    return frozenset(found)


def _is_meant(name: str, text: str, *, is_document: bool) -> bool:
    """As a word of a document; in settings as what gets a value: `NAME=`, `NAME: x`, `name: NAME`, `ENV NAME x`."""
    # A text in code may ask for any name.
    word = rf"(?<![\w${{]){re.escape(name)}(?!\w)"
    sets = rf"{word}[\"']?[ \t]*[:=]|\b(?:name|target)[\"']?[ \t]*[:=][ \t]*[\"']?{word}|\b(?:ENV|ARG)[ \t]+{word}"
    return re.search(word if is_document else sets, text) is not None


def _repository(root: Path) -> Path:
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def _files(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name in _HIDDEN or not is_skipped(folder, name))
        for name in sorted(files):
            if name not in _READERS and (name.endswith(_DOCUMENTS) or _SETTINGS.search(name)):
                yield Path(folder, name)


def _text(path: Path) -> str:
    """Empty where the file cannot be read, or is none."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
