"""Variables: where values come from, what is missing, and what an environment writes to."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from served_platform import project

import dagway
from dagway.env import get_database_for_environment, get_schema_for_environment
from dagway.errors import DagwayError
from dagway.platform.doctor import examine
from dagway.platform.environment import environments, home_of
from dagway.platform.home import Home
from dagway.platform.known import KNOWN
from dagway.platform.load import find
from dagway.platform.services import served
from dagway.platform.variables import settings
from dagway.simulators.by_hand import SERVICES

FILE = """\
platform: 1
environments:
  production: {database: analytics}
  staging: {database: analytics_staging}
  development: {database: sandbox, schema: "{user}_{schema}"}
regions:
  eu: {database: analytics_eu, schema: "eu_{schema}"}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "platform.yaml").write_text(FILE)
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    for name in ("DAGWAY_DATABASE", "DAGWAY_SCHEMA", "DAGWAY_DEMO", "DAGWAY_REGION", "DAGWAY_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "region", "database", "schema"),
    [
        ("production", "", "analytics", "sales"),
        ("staging", "", "analytics_staging", "staging_sales"),
        ("development", "", "sandbox", "jo_doe_sales"),
        ("production", "eu", "analytics_eu", "eu_sales"),
    ],
)
@pytest.mark.usefixtures("root")
def test_each_environment_writes_to_its_own(
    monkeypatch: pytest.MonkeyPatch, environment: str, region: str, database: str, schema: str
) -> None:
    monkeypatch.setenv("DAGWAY_ENVIRONMENT", environment)
    monkeypatch.setenv("DAGWAY_REGION", region)
    monkeypatch.setattr("getpass.getuser", lambda: "Jo-Doe")
    assert (get_database_for_environment(), get_schema_for_environment("sales")) == (database, schema)


def nobody() -> str:
    # As getpass says it of a number that belongs to nobody.
    raise KeyError("getpwuid(): uid not found: 12345")


@pytest.mark.usefixtures("root")
def test_a_user_without_a_name_is_no_matter_unless_a_schema_is_to_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setenv("DAGWAY_ENVIRONMENT", "staging")
    assert get_schema_for_environment("sales") == "staging_sales"
    assert get_database_for_environment() == "analytics_staging"
    monkeypatch.setenv("DAGWAY_ENVIRONMENT", "development")
    assert get_database_for_environment() == "sandbox"
    with pytest.raises(DagwayError, match=r"asks for {user}, and user \d+ has no name") as error:
        get_schema_for_environment("sales")
    assert "Set USER" in error.value.remedy


@pytest.mark.usefixtures("root")
def test_an_unknown_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGWAY_ENVIRONMENT", "prodution")
    with pytest.raises(DagwayError, match="no environment 'prodution'"):
        get_schema_for_environment("sales")
    monkeypatch.delenv("DAGWAY_ENVIRONMENT")
    with pytest.raises(DagwayError, match="No database is named"):
        get_database_for_environment()
    assert get_database_for_environment("local") == "local"
    monkeypatch.setenv("DAGWAY_DATABASE", "mine")
    assert get_database_for_environment("local") == "mine"


#: What Dagway's own processes tell each other: nobody sets them.
_AMONG_THEMSELVES = {"DAGWAY_LINK", "DAGWAY_IMAGE_PACKAGES", "DAGWAY_ENV_FILES", "DAGWAY_LOGIN_KEY_FILE"}


def test_every_variable_of_dagway_is_known() -> None:
    """What is not known is not listed, and neither runs on Ray nor containers get it."""
    source = Path(dagway.__file__).parent
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in source.rglob("*.py"))
    texts = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {text for text in texts if re.fullmatch(r"DAGWAY(_[A-Z0-9]+)+", text)}
    simulated = {
        getattr(import_module(f"dagway.simulators.{name.replace('-', '_')}"), kind)().variable
        for name, kind in SERVICES.items()
    }
    assert named | simulated > {"DAGWAY_SCHEMA", "DAGWAY_DEMO_S3_URL", "DAGWAY_DEMO_CENSUS_URL"}
    assert (named | simulated) - {one.name for one in KNOWN} == _AMONG_THEMSELVES


def test_what_a_profile_says_of_environments_holds_where_projects_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project(tmp_path) / "platform.yaml"
    file.write_text("platform: 1\nprofiles: {postgres: {environments: {staging: {database: trial}}}}\n")
    given = {"DAGSTER_POSTGRES_USER": "u", "DAGSTER_POSTGRES_DB": "d", "DAGWAY_PROFILE": "embedded"}
    platform = find(tmp_path, "postgres")
    home = Home.of(tmp_path, None, given)
    found = environments(platform, home, served(platform, home), given)
    monkeypatch.setenv("DAGWAY_ENVIRONMENT", "staging")
    monkeypatch.delenv("DAGWAY_DATABASE", raising=False)
    for variables in (found.platform, found.locations["definitions"]):
        for name in ("DAGWAY_PROFILE", "DAGWAY_PLATFORM"):
            monkeypatch.setenv(name, variables[name])
        assert get_database_for_environment("none") == "trial"
    monkeypatch.setenv("DAGWAY_PROFILE", "embedded")
    assert get_database_for_environment("none") == "none"


def test_only_what_is_read_and_not_provided_is_needed(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text(
        "import os\nfrom os import environ\nimport dagster as dg\n"
        'os.environ["SET"] = "1"\ndel os.environ["GONE"]\n# os.environ["SAID"]\n'
        'if "LOOKED_FOR" in os.environ:\n    print(os.environ["LOOKED_FOR"])\n'
        'A, B = environ["NEEDED"], dg.EnvVar("TOKEN")\n'
        'try:\n    C = environ["TRIED"]\nexcept KeyError:\n    pass\n'
    )
    (tmp_path / "test_shop.py").write_text('import os\nA = os.environ["IN_TEST"]\n')
    (tmp_path / "broken.py").write_text('import os\nos.environ["BROKEN"\n')
    (tmp_path / "defs").mkdir()
    (tmp_path / "defs/defs.yaml").write_text(
        "type: x.Y\nattributes: {url: \"{{ env('HOST') }}\", size: \"{{ env('SIZE', '1') }}\"}\n"
    )

    def missing(**given: str) -> set[str]:
        return {one.name for one in settings(find(tmp_path), [tmp_path], given) if one.source == "missing"}

    assert missing() == {"NEEDED", "TOKEN", "HOST"}
    # What stands in for what they open needs them not; what the code itself reads, it does need.
    assert missing(DAGWAY_DEMO="1") == {"NEEDED"}


def test_variables_that_platform_yaml_names_are_needed_where_it_uses_them(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "platform.yaml").write_text(
        "platform: 1\npostgres: {user: dagster, database: \"{{ env('SHOP_DB') }}\"}\n"
    )

    def found(profile: str) -> dict[str, str]:
        listed = settings(find(tmp_path, profile), [tmp_path], {})
        return {one.name: f"{one.source} {' '.join(one.used_by)}".strip() for one in listed}

    assert found("postgres")["SHOP_DB"] == "missing platform.yaml"
    assert found("postgres")["DAGSTER_POSTGRES_USER"] == "unset"
    assert "SHOP_DB" not in found("embedded")


def test_where_each_value_comes_from(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text(
        'import os, dagster as dg\nNEEDED = dg.EnvVar("SHOP_TOKEN")\nASKED = os.getenv("SHOP_COLOUR")\n'
        'GIVEN = os.environ["SHOP_KEY"]\nGUESSED = os.environ.get("SHOP_SIZE", "3")\n'
    )
    (tmp_path / ".env").write_text("SHOP_KEY=from-file\nREDIS_HOST=cache\nREDIS_PORT=7000\n")
    found = {
        one.name: one
        for one in settings(find(tmp_path), [tmp_path], {"REDIS_PORT": "7001", "SLACK_BOT_TOKEN": "xoxb-1"})
    }
    sources = {name: one.source for name, one in found.items()}
    assert sources["SHOP_TOKEN"] == "missing"
    assert found["SHOP_TOKEN"].used_by == ("definitions.py",)
    assert (sources["SHOP_COLOUR"], sources["SHOP_SIZE"]) == ("unset", "unset")
    assert (sources["SHOP_KEY"], found["SHOP_KEY"].value) == (".env", "")
    assert (found["REDIS_HOST"].value, found["REDIS_HOST"].where) == ("cache", str(tmp_path / ".env"))
    # The process's own goes before the file.
    assert (sources["REDIS_PORT"], found["REDIS_PORT"].value) == ("environment", "7001")
    assert (sources["SLACK_BOT_TOKEN"], found["SLACK_BOT_TOKEN"].value) == ("environment", "")
    in_production = settings(find(tmp_path), [tmp_path], {"DAGWAY_ENVIRONMENT": "production"})
    assert {one.source for one in in_production if one.name == "SHOP_KEY"} == {"missing"}


def test_what_is_listed_is_what_services_run_with(tmp_path: Path) -> None:
    for name in ("shop", "stock"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "definitions.py").write_text(
            'import os\nKEY, PLACE = os.environ["SHOP_KEY"], os.environ["SHOP_PLACE"]\n'
        )
    (tmp_path / "platform.yaml").write_text(
        "platform: 1\nlocations: [{path: shop, name: shop}, {path: stock, name: stock}]\n"
    )
    (tmp_path / ".env").write_text(
        "DBT_PROFILES_DIR=root\nREDIS_HOST=root\nDAGSTER_HOME=elsewhere\nSHOP_PLACE=root\nDAGWAY_URL=http://ui\n"
    )
    (tmp_path / "shop/.env").write_text(
        "DBT_PROFILES_DIR=shop\nSHOP_KEY=secret\nSHOP_PLACE=shop\nDAGSTER_HOME=another\n"
    )
    given = {"REDIS_HOST": ""}
    platform = find(tmp_path)
    home = home_of(platform, given)
    services = environments(platform, home, served(platform, home), given)
    listed = {one.name: one for one in settings(platform, [tmp_path / "shop", tmp_path / "stock"], given)}

    # The folder's own goes before the platform's; an empty one is none.
    assert (services.locations["shop"]["SHOP_PLACE"], services.locations["stock"]["SHOP_PLACE"]) == (
        "shop",
        "root",
    )
    assert (listed["SHOP_PLACE"].source, listed["SHOP_PLACE"].where) == (".env", str(tmp_path / "shop/.env"))
    assert services.platform["REDIS_HOST"] == listed["REDIS_HOST"].value == "root"
    # One location has it, the other needs it too.
    assert "SHOP_KEY" not in services.locations["stock"]
    assert listed["SHOP_KEY"].source == "missing"
    # A platform has one home, which its own file may name, and that of a location may not.
    homes = {one["DAGSTER_HOME"] for one in (services.platform, *services.locations.values())}
    assert homes == {str(home.dagster)} == {str(tmp_path / "elsewhere")}
    assert (listed["DAGSTER_HOME"].source, listed["DAGSTER_HOME"].value) == (".env", "elsewhere")
    warned = [one.what for one in examine(platform, given) if "another DAGSTER_HOME" in one.what]
    assert warned == [
        f"{tmp_path / 'shop/.env'} names another DAGSTER_HOME, which does not count: the platform's is {home.dagster}."
    ]
    assert home_of(platform, {"DAGSTER_HOME": "/given"}).dagster == Path("/given")
    assert home_of(platform, {"DAGWAY_ENVIRONMENT": "production"}).dagster == tmp_path / ".dagway/home"
    assert services.platform["DAGWAY_URL"] == "http://ui"


def test_defaults_of_the_database_are_set_for_dagster_which_knows_of_none(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text("")
    given = {"DAGSTER_POSTGRES_USER": "u", "DAGSTER_POSTGRES_DB": "d", "DAGSTER_POSTGRES_PORT": "5433"}
    platform = find(tmp_path, "postgres")
    home = Home.of(tmp_path, None, given)
    found = environments(platform, home, served(platform, home), given).platform
    assert {
        name: found.get(f"DAGSTER_POSTGRES_{name}") for name in ("HOST", "PORT", "USER", "DB", "PASSWORD")
    } == {
        "HOST": "localhost",
        "PORT": "5433",
        "USER": "u",
        "DB": "d",
        "PASSWORD": "",
    }


def test_ray_is_asked_at_its_job_server(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text("platform: 1\nruns: {engine: ray}\n")
    platform = find(tmp_path)
    home = Home.of(tmp_path, None, {})
    assert environments(platform, home, (), {}).platform["RAY_ADDRESS"] == "http://127.0.0.1:8265"
    given = environments(platform, home, (), {"RAY_ADDRESS": "https://ray.example"})
    assert given.platform["RAY_ADDRESS"] == "https://ray.example"
    # The address that Ray's own processes know each other by.
    with pytest.raises(DagwayError, match=r"cannot be at ray\.example:6379: it speaks HTTP"):
        environments(platform, home, (), {"RAY_ADDRESS": "ray.example:6379"})
