"""What an asset gives back: whether it is empty, or tells of a failure."""

from __future__ import annotations

import ast

from dagway.rules.source.python import keyword, positional

_EMPTY = {"DataFrame", "list", "dict", "tuple", "set"}
_RESULTS = {"MaterializeResult", "Output"}
#: Keys of a result that tells of a failure, and what makes an exception a text.
_TELLING = {"error", "errors", "exception", "failed", "failure", "ok", "state", "status", "success"}
_TEXTS = {"str", "repr", "type", "traceback"}


def is_empty(value: ast.expr) -> bool:
    """Whether it is a constant, or something that holds nothing."""
    match value:
        case ast.Constant():
            return True
        case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Tuple(elts=[]):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _RESULTS:
            return _is_empty_result(value, name)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[], keywords=[]):
            return name in _EMPTY
        case _:
            return False


def _is_empty_result(call: ast.Call, name: str) -> bool:
    """Whether Dagster's result has no value, or an empty one; not where `*` or `**` may give it."""
    if any(isinstance(item, ast.Starred) for item in call.args) or any(
        not item.arg for item in call.keywords
    ):
        return False
    value = keyword(call, "value") or (positional(call, 0) if name == "Output" else None)
    return value is None or is_empty(value)


def says_failed(value: ast.expr, error: str) -> bool:
    """`{"status": "failed", "why": str(error)}`: a result that tells of the failure only, and a run that does not."""
    if not isinstance(value, ast.Dict):
        return False
    named = {node.id for item in value.values for node in ast.walk(item) if isinstance(node, ast.Name)}
    keys = {key.value for key in value.keys if isinstance(key, ast.Constant)}
    return len(keys) == len(value.keys) and not keys.isdisjoint(_TELLING) and named <= {*_TEXTS, error}
