from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.facts import Facts
from dagway.rules.source.tree import ProjectTree

#: Any of these in a test means that it loads definitions; some only perhaps, and then nothing is said.
LOADS = {
    "definitions", "defs", "Definitions", "load_defs", "load_from_defs_folder", "validate_loadable", "get_repository_def",
    "create_repository_using_definitions_args", "RepositoryDefinition", "repository", "resolve_all_asset_specs",
    "get_all_asset_specs", "load_workspace", "ComponentTree", "load_for_test", "DefsFolderSandbox", "create_defs_folder_sandbox",
}  # fmt: skip


@rule("test-load-missing", severity="warning")
def check(tree: ProjectTree) -> Iterable[Problem]:
    """No test loads the definitions.

    What
        A project with assets or components none of whose tests imports or loads its definitions. One finding for a project.

    Why
        A typing error in a YAML file, two assets with one key, a missing resource: each breaks the whole code location, and is
        found by loading it. Without a test the deployment finds it.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])
        # file: tests/test_definitions.py
        import dagster as dg

        from definitions import defs


        def test_definitions_load() -> None:
            dg.Definitions.validate_loadable(defs)

    Source
        "All definitions load successfully (`dg check defs`)", the first line of the checklist.
    """
    if any(_loads(facts) for facts in tree.tests) or not _has_definitions(tree):
        return
    place = next(_places(tree), None)
    if place:
        remedy = "Write a test that imports the definitions and calls dg.Definitions.validate_loadable(defs)"
        yield tree.problem(place, 1, 1, "no test loads the project's definitions", remedy)


def _loads(facts: Facts) -> bool:
    imported = {part for name in facts.imports for part in name.split(".")}
    return bool(LOADS & (facts.words | imported))


def _has_definitions(tree: ProjectTree) -> bool:
    return any(facts.assets for facts in tree.facts if not facts.is_test) or bool(tree.dg_projects)


def _places(tree: ProjectTree) -> Iterator[str]:
    """Where to say it: at the definitions, else at the project's file, else at the first asset."""
    yield from (path for path in tree.paths if path.rpartition("/")[2] == "definitions.py")
    yield from tree.tables
    yield from (facts.path for facts in tree.facts if facts.assets)
