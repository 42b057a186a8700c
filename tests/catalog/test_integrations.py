"""The shipped data: complete, unambiguous, and true of what is installed."""

import importlib
import importlib.util
import inspect
from collections import Counter
from typing import cast, get_args
from urllib.parse import urlsplit

import pytest

from dagway.catalog import ROLES, Integration, Role, catalog
from dagway.catalog.lookup import plain
from dagway.platform.model import Engine

INTEGRATIONS = catalog().integrations
DAGSTER_LIBRARIES = "/integrations/libraries/"

# Packages whose component is claimed and which the development environment leaves out, because each of
# them brings the client of its service. Their classes were read in the released packages instead.
NOT_INSTALLED = {
    "dagster_airbyte",
    "dagster_airlift",
    "dagster_aws",
    "dagster_azure",
    "dagster_census",
    "dagster_clickhouse",
    "dagster_databricks",
    "dagster_dbt",
    "dagster_dlt",
    "dagster_evidence",
    "dagster_fivetran",
    "dagster_gcp",
    "dagster_hightouch",
    "dagster_looker",
    "dagster_omni",
    "dagster_polytomic",
    "dagster_powerbi",
    "dagster_sigma",
    "dagster_sling",
    "dagster_snowflake",
    "dagster_soda",
    "dagster_tableau",
}

SERVED = {
    ("source", "dagway.SqlTables"): {"postgres", "mysql", "mssql", "sqlite", "duckdb"},
    ("source", "dagway.Files"): {"filesystem", "s3", "gcs", "azure"},
    ("source", "dagway.ExternalTables"): {"fivetran", "airbyte", "segment", "stitch", "meltano", "hevo"},
    ("warehouse", "dagway.SqlModel"): {"duckdb", "postgres", "snowflake"},
    ("export", "dagway.ObjectExport"): {"filesystem", "s3", "gcs", "azure"},
    ("export", "dagway.TableExport"): {"postgres", "duckdb", "sqlite", "mysql", "mssql"},
    ("export", "dagway.HightouchSync"): {"hightouch"},
    ("export", "dagway.CensusSync"): {"census"},
    ("transform", "dagway.FeatureStore"): {"feast"},
    ("alert", "dagway.SlackAlert"): {"slack"},
    ("alert", "dagway.WebhookAlert"): {"webhook"},
}


def _name(one: Integration) -> str:
    return one.name


every = pytest.mark.parametrize("one", INTEGRATIONS, ids=_name)


def test_the_whole_of_dagsters_index_is_known() -> None:
    assert sum(one.in_dagster_index for one in INTEGRATIONS) >= 82


def test_a_name_or_alias_means_one_integration() -> None:
    names = Counter(plain(name) for one in INTEGRATIONS for name in (one.name, *one.aliases))
    assert [name for name, times in names.items() if times > 1] == []


def test_names_are_sorted_so_that_a_new_one_has_one_place() -> None:
    names = [one.name for one in INTEGRATIONS]
    assert names == sorted(names)


@every
def test_the_words_are_there(one: Integration) -> None:
    assert one.name == plain(one.name)
    assert one.title.strip()
    assert one.category in catalog().categories
    assert one.description.endswith(".")
    assert "\n" not in one.description
    assert len(one.description) <= 90


@every
def test_the_documentation_address_is_well_formed(one: Integration) -> None:
    address = urlsplit(one.docs)
    assert address.scheme == "https"
    assert address.netloc
    in_index = address.netloc == "docs.dagster.io" and address.path.startswith(DAGSTER_LIBRARIES)
    assert in_index == one.in_dagster_index
    assert not one.in_dagster_index or address.path.removeprefix(DAGSTER_LIBRARIES)


@every
def test_roles_are_those_of_the_language(one: Integration) -> None:
    assert set(one.roles) <= set(ROLES)
    assert len(set(one.roles)) == len(one.roles)
    assert set(one.dagway) <= set(one.roles)


@every
def test_only_what_dagway_serves_is_called_tested(one: Integration) -> None:
    assert one.tested in {"real", "simulator", "none"}
    assert one.tested == "none" or one.dagway or one.library


@pytest.mark.parametrize(("role", "component"), SERVED)
def test_each_component_serves_what_it_says(role: Role, component: str) -> None:
    served = {one.name for one in INTEGRATIONS if one.dagway.get(role) == component}
    assert served == SERVED[role, component]


def test_no_component_is_claimed_beyond_those() -> None:
    claimed = {(role, component) for one in INTEGRATIONS for role, component in one.dagway.items()}
    assert claimed == set(SERVED)


def test_engines_are_those_of_the_platform() -> None:
    claimed = {engine for one in INTEGRATIONS for engine in one.library if engine.startswith("engine: ")}
    assert claimed == {f"engine: {engine}" for engine in get_args(Engine) if engine != "warm"}


def test_every_block_on_an_integration_is_in_the_catalogue() -> None:
    components = importlib.import_module("dagway.components")
    named = {name for one in INTEGRATIONS for name in (*one.dagway.values(), *one.library)}
    assert {f"dagway.{block}" for block in components.OFFERS} <= named


def test_dagways_components_exist() -> None:
    components = importlib.import_module("dagway.components")
    served = {component for _, component in SERVED}
    by_hand = {item for one in INTEGRATIONS for item in one.library if not item.startswith("engine: ")}
    names = {component.removeprefix("dagway.") for component in served | by_hand}
    offered = set(components.OFFERS)
    assert {name for name in names - offered if not inspect.isclass(getattr(components, name, None))} == set()


def _root(component: str) -> str:
    return component.partition(".")[0]


CLAIMED = tuple(one.component for one in INTEGRATIONS if one.component)


def test_a_package_that_is_missing_is_listed() -> None:
    missing = {
        _root(component) for component in CLAIMED if importlib.util.find_spec(_root(component)) is None
    }
    assert missing <= NOT_INSTALLED


def test_the_list_names_only_packages_with_a_component() -> None:
    assert {_root(component) for component in CLAIMED} >= NOT_INSTALLED


@pytest.mark.parametrize("component", [c for c in CLAIMED if importlib.util.find_spec(_root(c))] or [None])
def test_components_of_installed_packages_exist(component: str | None) -> None:
    from dagster import Component

    if component is None:
        pytest.skip(f"none of these is installed: {', '.join(sorted(NOT_INSTALLED))}")
    module, _, name = component.rpartition(".")
    found = cast("object", getattr(importlib.import_module(module), name))
    assert isinstance(found, type)
    assert issubclass(found, Component)
