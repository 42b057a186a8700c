"""YAML text to a tree, with guards against what is no blueprint or would never end."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from dagway.blueprint.page import Page
from dagway.blueprint.scalar import resolve
from dagway.blueprint.tree import Entry, Mapping, Node, Scalar, Sequence
from dagway.blueprint.yaml_words import syntax_mistake

DEEPEST = 40
"""Levels of nesting; the language needs nine."""
MOST_NODES = 250_000
"""Values after every alias is written out: about 8,000 assets."""
MOST_ALIASES = 10_000

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _RefusedError(Exception):
    """Reading stops here: the mistake is noted on the page."""


def compose(page: Page) -> Mapping | None:
    """The tree of the page's one document; None if there is none. Mistakes are noted on the page."""
    composer = _Composer(page)
    try:
        for event in yaml.parse(page.text, Loader=_LOADER):
            composer.take(event)
    except _RefusedError:
        return None
    except yaml.YAMLError as error:
        page.mistake(*syntax_mistake(error, page.text))
        return None
    except UnicodeEncodeError as error:
        line = page.text.count("\n", 0, error.start) + 1
        page.mistake((line, 1), "half a character stands here", "save the file as UTF-8")
        return None
    return _as_mapping(composer.root, page)


def _as_mapping(root: Node | None, page: Page) -> Mapping | None:
    if isinstance(root, Mapping):
        return root
    if root is None or (isinstance(root, Scalar) and root.value is None):
        page.mistake((1, 1), f"the {page.noun} is empty", page.begin)
    else:
        noun = "list" if isinstance(root, Sequence) else "text"
        page.mistake(
            (root.line, root.column),
            f"the {page.noun} is a {noun}; it must be a mapping",
            page.begin,
        )
    return None


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being filled; `key` waits for its value."""

    node: Sequence | Mapping
    anchor: str | None
    key: Scalar | None = None


class _Composer:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.root: Node | None = None
        self._documents = 0
        self._nodes = 0
        self._aliases = 0
        self._anchors: dict[str, Node | None] = {}
        self._stack: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        """Put one event in its place."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._start(event, Mapping(*_place(event)))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._start(event, Sequence(*_place(event)))
        elif isinstance(event, yaml.CollectionEndEvent):
            opened = self._stack.pop()
            self._add(opened.node, opened.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)

    def _document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            self._refuse(event, "a second document begins here", "keep one document: remove this `---`")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(event, 1)
        line, column = _place(event)
        style = event.style or None
        value = resolve(event.value) if style is None else event.value
        if event.tag is not None:
            value = self._tagged(event, event.value)
        self._add(Scalar(line, column, event.value, style, value), event.anchor)

    def _start(self, event: yaml.CollectionStartEvent, node: Sequence | Mapping) -> None:
        self._count(event, 1)
        if len(self._stack) >= DEEPEST:
            self._refuse(
                event, f"more than {DEEPEST} levels of nesting", "no part of the language is so deep"
            )
        if self._stack and isinstance(self._stack[-1].node, Mapping) and self._stack[-1].key is None:
            self._refuse_key(_place(event))
        if event.tag is not None:
            self._tagged(event, None)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(node, event.anchor))

    def _tagged(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, value: str | None) -> str | None:
        """`!!str` says what the language can read anyway; every other tag is refused."""
        tag = str(event.tag)
        if tag not in {"!", "tag:yaml.org,2002:str"} or value is None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.page.mistake(
                _place(event),
                f"the tag `{shown}` is not read",
                f"remove the tag; a {self.page.noun} is plain data",
            )
        return value

    def _alias(self, event: yaml.AliasEvent) -> None:
        self._aliases += 1
        name = str(event.anchor)
        target = self._anchors.get(name)
        if name in self._anchors and target is None:
            self._refuse(event, f"the alias `*{name}` stands inside what it names", "write the value out")
        elif target is None:
            remedy = f"write `&{name}` before the value that is meant; quote a text that begins with *"
            self._refuse(event, f"the alias `*{name}` names no anchor before it", remedy)
        elif self._aliases > MOST_ALIASES:
            self._refuse(event, f"more than {MOST_ALIASES:,} aliases", "write the values out")
        else:
            self._count(event, target.size)
            self._add(target, None)

    def _count(self, event: yaml.Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            self._refuse(
                event, f"more than {MOST_NODES:,} values, aliases written out", f"split the {self.page.noun}"
            )

    def _add(self, node: Node, anchor: str | None) -> None:
        """Put a finished node into the open one."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
        else:
            self._into(self._stack[-1], node)

    def _into(self, opened: _Open, node: Node) -> None:
        opened.node.size += node.size
        if isinstance(opened.node, Sequence):
            opened.node.items.append(node)
        elif opened.key is not None:
            self._entry(opened.node, opened.key, node)
            opened.key = None
        elif isinstance(node, Scalar):
            opened.key = node
        else:
            self._refuse_key((node.line, node.column))

    def _entry(self, mapping: Mapping, key: Scalar, node: Node) -> None:
        first = mapping.entries.get(key.text)
        if first is not None:
            self.page.mistake(
                (key.line, key.column),
                f"`{key.text}` stands twice; the first is on line {first.key.line}",
                "keep one of them, or give them different names",
            )
        elif key.text == "<<" and key.style is None:
            self.page.mistake(
                (key.line, key.column),
                "`<<` does not merge: YAML 1.2 has no such key",
                "write the keys out, or repeat the whole value by an alias `*name`",
            )
        else:
            mapping.entries[key.text] = Entry(key, node)

    def _refuse(self, event: yaml.Event, message: str, remedy: str) -> None:
        self.page.mistake(_place(event), message, remedy)
        raise _RefusedError

    def _refuse_key(self, at: tuple[int, int]) -> None:
        remedy = "write a name as the key; quote it if it begins with [ or {"
        self.page.mistake(at, "a key is a list or a mapping", remedy)
        raise _RefusedError


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None  # the reader of text always knows
    return mark.line + 1, mark.column + 1
