from __future__ import annotations

from collections.abc import Iterable, Mapping

from dagway.project.model import Key, slash
from dagway.rules.loaded import Reloadable, VariableRead
from dagway.rules.model import Problem
from dagway.rules.rule import rule

#: Variables of shells and tools, whose names end as those of deployments do.
_TOOLS = frozenset({"VIRTUAL_ENV", "CONDA_DEFAULT_ENV", "PIPENV", "PYENV"})
#: Values that projects compare such a variable with, those first that change most.
_STAGES = (
    "production",
    "prod",
    "live",
    "main",
    "staging",
    "stage",
    "qa",
    "development",
    "dev",
    "local",
    "test",
)
_REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "us", "eu")
_VALUES = (*_STAGES, *_REGIONS)


@rule("key-varies-with-environment", severity="error", kind="L")
def check(
    location: Reloadable,
    *,
    suffixes: tuple[str, ...] = ("ENV", "ENVIRONMENT", "STAGE", "DEPLOYMENT", "REGION"),
) -> Iterable[Problem]:
    """The asset keys depend on the environment.

    What
        The definitions are loaded a second time, with another value for each variable that the project's own code read
        and whose name ends in one of `suffixes`; `.env` files are not read then. Other keys came of it.

    Why
        An asset is one thing in every deployment. With other keys in production, history, alerts and the sources of dbt
        do not fit what was tested, and a selection that works here selects nothing there.

    Broken
        # file: definitions.py
        import os

        import dagster as dg


        @dg.asset(key=[os.getenv("DEPLOYMENT_ENV", "dev"), "orders"])
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import os

        import dagster as dg


        class Warehouse(dg.ConfigurableResource):
            schema_name: str


        @dg.asset(key=["sales", "orders"])
        def orders(warehouse: Warehouse) -> None: ...


        schema = "sales" if os.getenv("DEPLOYMENT_ENV") == "production" else "sales_dev"
        defs = dg.Definitions(assets=[orders], resources={"warehouse": Warehouse(schema_name=schema)})

    Source
        "Keys that change with the environment" among what the software of seed 004 should do better; its helpers choose
        database and schema by environment, not keys.
    """
    before = location.loaded.keys
    changes = {
        read.name: _other(read)
        for read in location.loaded.reads
        if read.name.upper().endswith(suffixes) and read.name not in _TOOLS
    }
    after = location.keys_with(changes) if changes else None
    if after is None or after == before:
        return
    # Keys that change by themselves, with the clock or a database, are not the variables' doing.
    if location.keys_with({}) != before:
        return
    for read, keys in _culprits(location, changes, after):
        yield location.loaded.problem(
            read.position,
            f"the asset keys depend on {read.name}: {_difference(read.name, changes, before, keys)}",
            "Keep keys the same everywhere; let the variable choose the schema, database or bucket in a resource",
            about=read.name,
        )


def _culprits(
    location: Reloadable, changes: Mapping[str, str], together: frozenset[Key]
) -> Iterable[tuple[VariableRead, frozenset[Key]]]:
    """The variables that change the keys alone; all of them where only several together do."""
    reads = [read for read in location.loaded.reads if read.name in changes]
    if len(reads) == 1:
        return [(reads[0], together)]
    alone = [(read, location.keys_with({read.name: changes[read.name]})) for read in reads]
    found = [(read, keys) for read, keys in alone if keys is not None and keys != location.loaded.keys]
    return found or [(read, together) for read in reads]


def _other(read: VariableRead) -> str:
    """Another value, one that the code knows if there is one."""
    written = {word.lower(): word for word in sorted(read.words)}
    known = [written[value] for value in _VALUES if value in written]
    return next(value for value in (*known, *_VALUES) if value.lower() != read.value.lower())


def _difference(name: str, changes: Mapping[str, str], before: frozenset[Key], after: frozenset[Key]) -> str:
    parts = [_some("go", before - after), _some("come", after - before)]
    return f"with {name}={changes[name]} " + " and ".join(part for part in parts if part)


def _some(what: str, keys: frozenset[Key]) -> str:
    if len(keys) > 1:
        return f"{len(keys)} keys {what}, such as {slash(min(keys))}"
    return "".join(f"{slash(key)} {what}es" if what == "go" else f"{slash(key)} {what}s" for key in keys)
