"""Load a project's components faster, with the same result, while Dagway itself reads the project.

Dagster 1.12 and 1.13 spend most of the loading time of a project of many ``defs.yaml`` files on work that is repeated:
the index of all declarations is built anew for each component (quadratic), each plain string is compiled as a
template, the schema of every installed component is generated although only a user interface reads it, and YAML is read
by PyYAML's scanner in Python where libyaml's is there.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from types import FunctionType, SimpleNamespace
from typing import Any, cast
from unittest import mock

import yaml
from dagster import Definitions
from dagster.components.core import decl, load_defs
from dagster.components.core.component_tree import ComponentTree
from dagster.components.resolved.context import ResolutionContext

from dagway._dagster.known_functions import known_functions


@contextmanager
def fast_component_loading() -> Generator[None]:
    """While this is open, components load faster in this process. Not for concurrent use from several threads."""
    with ExitStack() as stack:
        tree, context = cast("Any", ComponentTree), cast("Any", ResolutionContext)
        index = _index_once(tree._component_decl_tree)
        resolve = _plain_strings_first(context._resolve_inner_value)
        stack.enter_context(mock.patch.object(tree, "_component_decl_tree", index))
        stack.enter_context(mock.patch.object(context, "_resolve_inner_value", resolve))
        stack.enter_context(mock.patch.object(load_defs, "get_library_json_enriched_defs", _without_schemas))
        parse = _by_libyaml(cast("Any", decl).parse_yamls_with_source_position)
        stack.enter_context(mock.patch.object(decl, "parse_yamls_with_source_position", parse))
        stack.enter_context(known_functions())
        yield


def _index_once(build_index: Any) -> Any:
    """Declarations are files: they do not change during one load, so one index for each tree is enough."""
    indexes: dict[int, tuple[Any, Any]] = {}

    def component_decl_tree(tree: Any) -> Any:
        if id(tree) not in indexes:
            indexes[id(tree)] = (tree, build_index(tree))
        return indexes[id(tree)][1]

    return component_decl_tree


def _plain_strings_first(resolve_template: Any) -> Any:
    """A string with no brace and no line break renders to itself, read as a Python literal where it is one."""
    from jinja2.nativetypes import native_concat

    def resolve_inner_value(context: Any, value: Any) -> Any:
        if isinstance(value, str) and value and not any(mark in value for mark in "{\n\r"):
            return native_concat((value,))
        return resolve_template(context, value)

    return resolve_inner_value


def _without_schemas(tree: ComponentTree | None) -> Definitions:
    return Definitions(component_tree=tree)


def _by_libyaml(parse: Any) -> Any:
    """Dagster's own function, with libyaml below it; where that refuses a text PyYAML has the last word, and the words for it."""
    loader = getattr(yaml, "CSafeLoader", None)
    if loader is None:
        return parse
    names = SimpleNamespace(**{**vars(yaml), "SafeLoader": loader})
    quick = FunctionType(
        parse.__code__, {**parse.__globals__, "yaml": names}, parse.__name__, parse.__defaults__
    )

    def parse_yamls(src: str, *arguments: Any, **named: Any) -> Any:
        # libyaml takes some tabs that PyYAML refuses.
        if src.isascii() and "\t" not in src:
            with suppress(Exception):
                return quick(src, *arguments, **named)
        return parse(src, *arguments, **named)

    return parse_yamls
