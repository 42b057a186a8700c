from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import PurePosixPath

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import module_of
from dagway.rules.source.python import PythonFile

LIBRARIES = frozenset(
    {"lib", "libs", "library", "utils", "util", "common", "shared", "core", "helpers", "components"}
)


@rule("layer-inverted", severity="warning", mentions=("defs",))
def check(file: PythonFile) -> Iterable[Problem]:
    """Shared library code imports from the definitions.

    What
        A module in a folder such as `lib`, `utils`, `shared` or `components` that imports from the `defs` of its own package.

    Why
        Definitions use the library, so each now needs the other: imports go round in a circle, the library cannot be used or
        tested without the pipelines, and loading one definition loads another.

    Broken
        # file: shop/lib/rates.py
        from shop.defs.currency import RATES

    Right
        # file: shop/defs/currency.py
        from shop.lib.rates import RATES

    Source
        "Shared library code" in `lib/` beside `defs/`: definitions instantiate what the library defines.
    """
    folders = PurePosixPath(file.path.removeprefix("src/")).parts[:-1]
    if "defs" in folders or not LIBRARIES & set(folders):
        return
    for node in [*file.nodes(ast.ImportFrom), *file.nodes(ast.Import)]:
        if target := _into_defs(node, folders):
            yield file.problem(
                node,
                f"{file.path} is shared code and imports {target}",
                "Move what both need into the library, or the module into defs",
            )


def _into_defs(node: ast.Import | ast.ImportFrom, folders: tuple[str, ...]) -> str:
    """The module below the own package's `defs` that the import names; empty if it names none."""
    if isinstance(node, ast.Import):
        named = [alias.name for alias in node.names]
    elif node.level:
        base = folders[: len(folders) - node.level + 1]
        named = [".".join([*base, *([node.module] if node.module else [])])]
    else:
        named = [module_of(node)]
    if isinstance(node, ast.ImportFrom) and named[0].split(".") == list(folders[:1]):
        named = [f"{named[0]}.{alias.name}" for alias in node.names]
    own = folders[0]
    return next((name for name in named if name.split(".")[0] == own and "defs" in name.split(".")[1:]), "")
