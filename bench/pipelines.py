"""A Dagster project as teams write it, of any size: what the checker is measured on. The same numbers give the same files.

Of ten Python modules four ingest from a service, two transform, one makes several assets, and one each holds automation,
a library and tests. Half of the YAML files configure components, the others document dbt models.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.pipeline_texts import DEFINITIONS, PYPROJECT, PYTHON, SCRIPT, Names, component, model, schema

PACKAGE = "shop"
SOURCES = ("stripe", "salesforce", "zendesk", "netsuite", "segment", "github", "shipstation", "hubspot")
NOUNS = (
    "orders",
    "customers",
    "refunds",
    "invoices",
    "tickets",
    "shipments",
    "sessions",
    "products",
    "coupons",
    "payouts",
)
#: What a definition of each kind of module makes; ten modules in a row have one of each.
KINDS = (
    "ingest",
    "transform",
    "ingest",
    "library",
    "several",
    "ingest",
    "automation",
    "transform",
    "ingest",
    "tests",
)


@dataclass(frozen=True)
class Size:
    """How many files of each sort. A project of equal Python and other files has `python + yaml / 2` assets."""

    python: int
    sql: int
    yaml: int

    @property
    def assets(self) -> int:
        """What the definitions hold if `python` is a multiple of ten."""
        return self.python + (self.yaml + 1) // 2


def of_assets(count: int) -> Size:
    """A project of so many assets, a multiple of fifty: four in Python for one in YAML, and as many files of dbt."""
    return Size(python=count * 4 // 5, sql=count * 2 // 5, yaml=count * 2 // 5)


def write(folder: Path, size: Size) -> Path:
    """Write the project into the folder, and give the folder back."""
    texts = {
        "pyproject.toml": PYPROJECT.format(package=PACKAGE),
        ".env.example": "".join(f"{name}_API_KEY=\n{name}_URL=\n" for name in variables(size.python)),
        f"{PACKAGE}/__init__.py": "",
        f"{PACKAGE}/definitions.py": DEFINITIONS,
        f"{PACKAGE}/defs/__init__.py": "",
        f"{PACKAGE}/scripts/export.py": SCRIPT,
        "tests/test_definitions.py": f"from {PACKAGE}.definitions import defs\n\n\ndef test_load() -> None:\n    assert defs()\n",
        "dbt/models/sources.yml": sources(size.sql),
        "dbt/models/dim_customers.sql": "select 1 as customer_key, 'none' as segment\n",
        "dbt/models/exchange_rates.sql": "select 'EUR' as currency, current_date as day, 1.0 as rate\n",
        "dbt/dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\n",
    }
    for number in range(size.python):
        texts |= module(number)
    for number in range(size.sql):
        name = names(number)
        texts[f"dbt/models/{name.source}/stg_{name.table}.sql"] = model(name, Random(number))
    for number in range(size.yaml):
        texts |= configuration(number)
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def sources(count: int) -> str:
    """The sources that the models read."""
    tables: dict[str, list[str]] = {}
    for name in map(names, range(count)):
        tables.setdefault(name.source, []).append(f"      - name: {name.table}\n")
    listed = (f"  - name: {name}\n    tables:\n{''.join(lines)}" for name, lines in tables.items())
    return f"version: 2\n\nsources:\n{''.join(listed)}"


def variables(count: int) -> list[str]:
    """What the environment variables of so many modules begin with."""
    return sorted({source(number).upper() for number in range(count)})


def source(number: int) -> str:
    """The service that the module of a number is about: larger projects have more of them, not larger ones."""
    name, round_of_all = (
        SOURCES[number // len(KINDS) % len(SOURCES)],
        number // len(KINDS) // len(SOURCES) // 5,
    )
    return f"{name}_{round_of_all + 1}" if round_of_all else name


def names(number: int) -> Names:
    """What the module of a number is about; no two have one table."""
    return Names(PACKAGE, source(number), f"{NOUNS[number * 7 % len(NOUNS)]}_{number:05}")


def module(number: int) -> dict[str, str]:
    """One Python file."""
    kind, name = KINDS[number % len(KINDS)], names(number)
    text = PYTHON[kind](name, Random(number))
    places = {
        "library": f"{PACKAGE}/lib/{name.table}.py",
        "tests": f"tests/{name.source}/test_{name.table}.py",
    }
    return {places.get(kind, f"{PACKAGE}/defs/{name.source}/{name.table}.py"): text}


def configuration(number: int) -> dict[str, str]:
    """One YAML file."""
    name = names(number)
    if number % 2:
        return {f"dbt/models/{name.source}/stg_{name.table}.yml": schema(name, Random(number))}
    return {f"{PACKAGE}/defs/{name.source}/{name.table}_export/defs.yaml": component(name, Random(number))}
