from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.facts import Facts
from dagway.rules.source.tree import ProjectTree


@rule("component-unregistered", severity="warning")
def check(tree: ProjectTree) -> Iterable[Problem]:
    """A component's module is not among the registered ones.

    What
        A component class in a dg project whose module `registry_modules` in `[tool.dg.project]` does not name. `*` stands for
        one segment; a class that a registered module imports counts as registered, and so does one in the defs folder, which
        belongs to its own definitions.

    Why
        `dg list components` and `dg scaffold defs` do not know the component, and editors do not complete its YAML.

    Broken
        # file: pyproject.toml
        [tool.dg.project]
        root_module = "shop"
        registry_modules = ["shop.components.*"]
        # file: shop/lib/etl/component.py
        import dagster as dg


        class Etl(dg.Component, dg.Resolvable): ...

    Right
        # file: pyproject.toml
        [tool.dg.project]
        root_module = "shop"
        registry_modules = ["shop.components.*"]
        # file: shop/components/etl.py
        import dagster as dg


        class Etl(dg.Component, dg.Resolvable): ...

    Source
        "Registered in `pyproject.toml` under `[tool.dg.project]` `registry_modules`".
    """
    for folder, project in tree.dg_projects.items():
        package, patterns = project.get("root_module"), project.get("registry_modules")
        if not isinstance(package, str) or not isinstance(patterns, list):
            continue
        registered = [str(pattern) for pattern in cast("list[object]", patterns)]
        modules = {facts.path: module_of(facts.path, folder) for facts in tree.facts}
        exported = set(_exported(tree.facts, modules, registered))
        for facts in tree.facts:
            module = modules[facts.path]
            if facts.is_test or not module.startswith(f"{package}.") or _in_defs(module, project, package):
                continue
            for item in facts.components:
                if not _is_registered(module, registered) and item.name not in exported:
                    yield tree.problem(
                        facts.path,
                        item.line,
                        item.column,
                        f"the component {item.name} is in {module}, which is not registered",
                        f'Add "{module}" to registry_modules in [tool.dg.project]',
                        item.name,
                    )


def module_of(path: str, folder: str) -> str:
    """The dotted name of a module below a project's folder, whose code may lie in `src`; empty if it is not below."""
    if folder and not path.startswith(f"{folder}/"):
        return ""
    inner = path[len(folder) + 1 :] if folder else path
    parts = inner.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
    return parts.replace("/", ".") if path.endswith(".py") else ""


def _in_defs(module: str, project: Mapping[str, Any], package: str) -> bool:
    defs = str(project.get("defs_module") or f"{package}.defs")
    return module == defs or module.startswith(f"{defs}.")


def _is_registered(module: str, patterns: Iterable[str]) -> bool:
    return any(_matches(module, pattern) for pattern in patterns)


def _matches(module: str, pattern: str) -> bool:
    names, wanted = module.split("."), pattern.split(".")
    return len(names) == len(wanted) and all(map(fnmatchcase, names, wanted))


def _exported(facts: Iterable[Facts], modules: Mapping[str, str], patterns: list[str]) -> Iterable[str]:
    """The names that registered modules import, and the packages whose modules are: `lib` for `lib.*`."""
    packages = [pattern.removesuffix(".*") for pattern in patterns]
    for item in facts:
        if _is_registered(modules[item.path], [*patterns, *packages]):
            yield from (name.rpartition(".")[2] for name in item.imports)
