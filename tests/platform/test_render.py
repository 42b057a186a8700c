"""What is rendered: as the tools that take it read it, and its entry points run as an image would run them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from processes import until
from psycopg.conninfo import conninfo_to_dict
from served_platform import Platform, free_port, project, variables

from dagway.errors import DagwayError
from dagway.platform.code_references import COMMIT, URL
from dagway.platform.home import Home
from dagway.platform.load import find
from dagway.platform.render.compose import compose, settings
from dagway.platform.render.deployment import Deployment, EntryPoint, deployment
from dagway.platform.render.docker import docker
from dagway.platform.render.helm import helm
from dagway.platform.render.systemd import systemd
from dagway.platform.services import served
from dagway.platform.up import prepare

SECRETS = ("PASSWORD", "TOKEN", "WEBHOOK_URL", "API_KEY", "CREDENTIALS_JSON")


def deployed(folder: Path, written: str = "", profile: str = "compose", **places: str) -> Deployment:
    project(folder)
    (folder / "platform.yaml").write_text("platform: 1\n" + written)
    platform = find(folder, profile)
    return deployment(platform, served(platform, Home.of(folder, None, {})), **places)


def test_the_dockerfile_has_nothing_that_the_linter_knows_better(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(docker(deployed(tmp_path))["Dockerfile"])
    linter = Path(sys.executable).with_name("hadolint")
    shown = subprocess.run([linter, tmp_path / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout) == (0, "")


def ignores(patterns: list[str], path: str) -> bool:
    """Whether a build leaves the file out, as Docker reads `.dockerignore`: the last pattern that fits it or a folder of it decides."""
    parents = ["/".join(path.split("/")[: number + 1]) for number in range(path.count("/") + 1)]
    ignored = False
    for pattern in patterns:
        text = re.escape(pattern.removeprefix("!")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(text, one) for one in parents):
            ignored = not pattern.startswith("!")
    return ignored


@pytest.mark.parametrize("folder", ["", "shop/", "a/b/"])
def test_no_secret_is_copied_into_an_image(tmp_path: Path, folder: str) -> None:
    patterns = docker(deployed(tmp_path))[".dockerignore"].split()
    for name in (
        ".env",
        ".env.production",
        ".env.local",
        ".envrc",
        "server.pem",
        "id.key",
        ".dagway/home/a.db",
    ):
        assert ignores(patterns, folder + name), name
    for name in (".env.example", "definitions.py", "environment.py", "data/keys.csv", "key.py"):
        assert not ignores(patterns, folder + name), name


def test_compose_starts_one_image_with_three_entry_points_and_says_no_secret(tmp_path: Path) -> None:
    files = compose(deployed(tmp_path, "runs: {engine: celery}\n"))
    content = yaml.safe_load(files["compose.yaml"])
    services = content["services"]
    assert set(services) == {"postgres", "redis", "definitions", "webserver", "daemon", "worker"}
    assert len({services[name]["image"] for name in ("definitions", "webserver", "daemon", "worker")}) == 1
    assert services["webserver"]["ports"] == ["127.0.0.1:3001:3001"]
    assert [name for name, one in services.items() if "ports" in one] == ["webserver"]
    for name, one in services.items():
        assert one["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        for variable, value in one.get("environment", {}).items():
            assert not variable.endswith(SECRETS) or value is None or value.startswith("${"), variable
        for other in one.get("depends_on", {}):
            assert "healthcheck" in services[other]
    assert set(content["volumes"]) >= {
        volume.split(":")[0] for one in services.values() for volume in one["volumes"]
    }
    assert yaml.safe_load(files["deploy/workspace.yaml"]) == {
        "load_from": [{"grpc_server": {"location_name": "definitions", "host": "definitions", "port": 4000}}]
    }


def test_an_image_searches_the_folders_that_up_does(tmp_path: Path) -> None:
    (tmp_path / "shop" / "src" / "shop").mkdir(parents=True)
    (tmp_path / "shop" / "src" / "shop" / "definitions.py").write_text(
        "import dagster as dg\ndefs = dg.Definitions()\n"
    )
    (tmp_path / "shop" / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "shop"\n'
    )
    found = deployed(tmp_path, "locations: [{path: shop}]\n")
    (line,) = [line for line in docker(found)["Dockerfile"].splitlines() if "PYTHONPATH=" in line]
    folders = line.strip(" \\").partition("=")[2].split(":")
    assert folders == [f"/app/{path.relative_to(tmp_path)}" for path in found.locations[0].location.paths]
    assert "/app/shop/src" in folders


@pytest.mark.parametrize("profile", ["compose", "kubernetes"])
@pytest.mark.parametrize("engine", ["warm", "celery"])
def test_what_an_image_copies_is_there(tmp_path: Path, profile: str, engine: str) -> None:
    (tmp_path / "requirements.txt").write_text("dagster\n")
    found = deployed(tmp_path, f"runs: {{engine: {engine}}}\n", profile)
    files = helm(found) if profile == "kubernetes" else compose(found)
    lines = [line.split() for line in files["Dockerfile"].splitlines() if line.startswith("COPY ")]
    own = [line for line in lines if not line[1].startswith("--from")]
    sources = [word for line in own for word in line[1:-1] if not word.startswith("--")]
    assert {"requirements.txt", "."} <= set(sources)
    assert [one for one in sources if one not in files and not (tmp_path / one).exists()] == []
    assert ('"dagster-k8s"' in files["Dockerfile"]) == (profile == "kubernetes")
    assert ('"dagster-celery-k8s"' in files["Dockerfile"]) == ((profile, engine) == ("kubernetes", "celery"))


def test_volumes_of_compose_belong_to_the_images_user_and_keep_the_ledgers(tmp_path: Path) -> None:
    files = compose(deployed(tmp_path))
    services = yaml.safe_load(files["compose.yaml"])["services"]
    (made,) = [line for line in files["Dockerfile"].splitlines() if "install -d -o dagster" in line]
    for name in ("definitions", "webserver", "daemon"):
        for volume in services[name]["volumes"]:
            assert volume.split(":")[1] in made.split(), name
    server = services["definitions"]
    assert server["hostname"] == "definitions"
    assert f"definitions-runs:{server['environment']['TMPDIR']}" in server["volumes"]
    assert "definitions-runs" not in str(services["daemon"]["volumes"])


def test_containers_get_what_the_projects_read_and_images_their_commit(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "shop.py").write_text('import os\nSHOP, PLACE = os.environ["SHOP_KEY"], os.environ["HOME"]\n')
    files = compose(deployed(tmp_path))
    server = yaml.safe_load(files["compose.yaml"])["services"]["definitions"]
    # Null is how compose hands on what is set, and nothing else.
    assert server["environment"]["SHOP_KEY"] is None
    assert server["environment"]["DAGWAY_ENVIRONMENT"] == "${DAGWAY_ENVIRONMENT:-production}"
    assert server["environment"]["DAGWAY_SCHEMA"] is None
    # Null would take from the image what it was built with.
    own = {"HOME", "DAGSTER_HOME", "DAGWAY_PROFILE", "DAGWAY_GIT_URL", "DAGWAY_GIT_COMMIT"}
    assert not own & server["environment"].keys()
    assert server["build"]["args"] == {name: f"${{{name}:-}}" for name in (URL, COMMIT)}
    assert f"ARG {URL}= {COMMIT}=" in files["Dockerfile"]


def environment_of(content: dict[str, Any], name: str = "definitions") -> dict[str, str | None]:
    return content["services"][name]["environment"]


def composed(folder: Path, written: str) -> dict[str, Any]:
    return yaml.safe_load(compose(deployed(folder, written))["compose.yaml"])


def test_the_broker_of_a_compose_file_is_the_one_that_is_written(tmp_path: Path) -> None:
    own = "redis://redis:6379/0"
    found = composed(tmp_path, "runs: {engine: celery}\n")
    assert environment_of(found, "worker")["CELERY_BROKER_URL"] == own
    assert "redis" in found["services"]["worker"]["depends_on"]

    found = composed(tmp_path, 'runs: {engine: celery}\ncelery: {broker: "amqp://rabbit"}\n')
    worker = environment_of(found, "worker")
    assert (worker["CELERY_BROKER_URL"], worker["CELERY_RESULT_BACKEND"]) == ("amqp://rabbit", own)
    assert "redis" in found["services"]["worker"]["depends_on"]

    found = composed(tmp_path, 'runs: {engine: celery}\ncelery: {broker: "redis://cache:6379/1"}\n')
    worker = environment_of(found, "worker")
    assert {worker["CELERY_BROKER_URL"], worker["CELERY_RESULT_BACKEND"]} == {"redis://cache:6379/1"}
    assert "redis" not in found["services"]["worker"]["depends_on"]

    found = composed(tmp_path, "runs: {engine: celery}\ncelery: {broker: \"{{ env('QUEUE') }}\"}\n")
    daemon = environment_of(found, "daemon")
    needed = "${QUEUE:?set it in the environment or in .env}"
    assert (daemon["QUEUE"], daemon["CELERY_BROKER_URL"]) == (needed, needed)


def test_another_database_than_the_containers_own_is_the_one_that_is_meant(tmp_path: Path) -> None:
    found = composed(tmp_path, "")
    assert environment_of(found)["DAGSTER_POSTGRES_HOST"] == "postgres"
    assert "postgres" in found["services"]["definitions"]["depends_on"]

    found = composed(tmp_path, "postgres: {host: db.internal, port: 5433}\n")
    assert "postgres" not in {
        *found["services"],
        *found["volumes"],
        *found["services"]["daemon"]["depends_on"],
    }
    assert environment_of(found).get("DAGSTER_POSTGRES_HOST") is None
    assert environment_of(found)["DAGSTER_POSTGRES_PASSWORD"] == "${DAGSTER_POSTGRES_PASSWORD:-}"
    needed = "${DAGSTER_POSTGRES_USER:?set it in the environment or in .env}"
    assert environment_of(found)["DAGSTER_POSTGRES_USER"] == needed

    found = composed(tmp_path, "postgres: {host: \"{{ env('PGHOST', 'db.internal') }}\"}\n")
    assert environment_of(found)["PGHOST"] == "${PGHOST:-db.internal}"
    assert "postgres" not in found["services"]


def test_variables_that_platform_yaml_names_reach_every_container(tmp_path: Path) -> None:
    project(tmp_path / "shop")
    written = (
        "locations: [{path: shop, name: shop}]\nslack: {channel: \"{{ env('SHOP_CHANNEL') }}\"}\n"
        "postgres: {user: keeper, password: \"{{ env('PGPW') }}\"}\n"
    )
    files = compose(deployed(tmp_path, written))
    found = yaml.safe_load(files["compose.yaml"])
    needed = "${PGPW:?set it in the environment or in .env}"
    for name in ("shop", "webserver", "daemon"):
        assert environment_of(found, name)["PGPW"] == needed
        assert environment_of(found, name)["SHOP_CHANNEL"] == "${SHOP_CHANNEL:-}"
    own = environment_of(found, "postgres")
    assert (own["POSTGRES_USER"], own["POSTGRES_PASSWORD"]) == ("keeper", needed)
    # Every variable that Dagster is told to read is there.
    read = re.findall(r"env: (\w+)", files["deploy/dagster.yaml"])
    assert "PGPW" in read
    assert set(read) <= environment_of(found, "daemon").keys()


def test_the_cluster_of_ray_is_the_one_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed(_name: str) -> bool:
        return True

    monkeypatch.setattr("importlib.util.find_spec", installed)
    found = composed(
        tmp_path, 'runs: {engine: ray}\nray: {address: "http://ray:8265", variables: [SHOP_URL]}\n'
    )
    daemon = environment_of(found, "daemon")
    assert (daemon["RAY_ADDRESS"], daemon["SHOP_URL"]) == ("http://ray:8265", None)
    found = composed(tmp_path, "runs: {engine: ray}\n")
    assert environment_of(found, "daemon")["RAY_ADDRESS"] == "${RAY_ADDRESS:?the job server of the cluster}"


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("postgres: {host: localhost}", "host: localhost"),
        ("postgres: {port: 5433}", "port: 5433"),
        ('postgres: {password: ""}', "password"),
    ],
)
def test_what_containers_cannot_do_is_refused(tmp_path: Path, written: str, what: str) -> None:
    with pytest.raises(
        DagwayError, match=f"A compose file cannot do as `postgres: {what}` of platform.yaml says"
    ):
        composed(tmp_path, f"{written}\n")


def test_a_location_outside_cannot_be_put_into_an_image(tmp_path: Path) -> None:
    project(tmp_path / "elsewhere")
    with pytest.raises(DagwayError, match=r"The code location definitions lies in .*/elsewhere, outside of"):
        deployed(tmp_path / "here", "locations: [{path: ../elsewhere}]\n")


def test_values_for_helm(tmp_path: Path) -> None:
    values = yaml.safe_load(helm(deployed(tmp_path, profile="kubernetes"))["values.yaml"])
    (server,) = values["dagster-user-deployments"]["deployments"]
    assert (server["name"], server["port"]) == ("definitions", 4000)
    assert server["codeServerArgs"] == ["--python-file", "/app/definitions.py", "--working-directory", "/app"]
    assert values["runLauncher"]["type"] == "K8sRunLauncher"
    assert values["postgresql"]["enabled"] is False
    assert "Password" not in yaml.safe_dump(values).replace("PostgresqlPasswordSecret", "")


def test_values_for_helm_keep_the_limits_of_runs(tmp_path: Path) -> None:
    written = "runs: {limits: [{tag: team, value: sales, most: 2}, {tag: customer, most: 1, each: true}]}\n"
    values = yaml.safe_load(helm(deployed(tmp_path, written, "kubernetes"))["values.yaml"])
    assert values["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"][
        "tagConcurrencyLimits"
    ] == [
        {"key": "team", "value": "sales", "limit": 2},
        {"key": "customer", "value": {"applyLimitPerUniqueValue": True}, "limit": 1},
    ]


@pytest.mark.parametrize(
    "written", ["runs: {longest: 2h}", "pools: {default_limit: 1}", "celery: {broker: 'amqp://rabbit'}"]
)
def test_what_helm_cannot_say_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(
        DagwayError,
        match=r"The values of Dagster's chart cannot say `(runs: longest|pools|celery: broker)`",
    ):
        helm(deployed(tmp_path, f"{written}\n", "kubernetes"))


def test_an_engine_that_cannot_be_is_refused_before_anything_is_started_or_written(tmp_path: Path) -> None:
    written = "runs: {engine: kubernetes}\n"
    with pytest.raises(DagwayError, match="which only a platform in a cluster can start"):
        deployed(tmp_path, written)
    with pytest.raises(DagwayError, match="which only a platform in a cluster can start"):
        prepare(find(tmp_path), {})
    assert "values.yaml" in helm(deployed(tmp_path, written, "kubernetes"))
    (tmp_path / "platform.yaml").write_text("platform: 1\nruns: {engine: ray}\n")
    with pytest.raises(DagwayError, match="the packages dagster-ray and ray are not installed"):
        prepare(find(tmp_path), {})


@pytest.mark.parametrize("name", ["../x", "my sales", "-x", ".x", "a/b", "größe", "x" * 64, ""])
def test_a_location_has_a_name_that_a_file_and_a_container_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(DagwayError) as raised:
        deployed(tmp_path, f'locations: [{{path: ., name: "{name}"}}]\n')
    assert "is no name of a code location" in str(raised.value)
    assert "platform.yaml:2:" in str(raised.value)


def test_a_folder_whose_name_cannot_be_a_locations_wants_another(tmp_path: Path) -> None:
    folder = tmp_path / "my sales"
    package = folder / "sales"
    package.mkdir(parents=True)
    (package / "definitions.py").write_text("import dagster as dg\ndefs = dg.Definitions()\n")
    (folder / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "sales"\n'
    )
    platform = find(folder)
    home = Home.of(folder, None, {})
    with pytest.raises(DagwayError, match="A code location cannot be called 'my sales'") as raised:
        served(platform, home)
    assert "locations: [{path: ., name: …}]" in raised.value.remedy
    assert "`location_name` in workspace.yaml" in raised.value.remedy
    (folder / "platform.yaml").write_text("platform: 1\nlocations: [{path: ., name: sales-2.0}]\n")
    assert [one.name for one in served(find(folder), home)] == ["sales-2.0"]


@pytest.mark.parametrize("name", ["platform", "postgres", "redis", "webserver", "daemon", "worker"])
def test_a_location_cannot_have_the_name_of_a_service(tmp_path: Path, name: str) -> None:
    with pytest.raises(DagwayError, match=f"A code location cannot be called {name}"):
        deployed(tmp_path, f"locations: [{{path: ., name: {name}}}]\n")


@pytest.fixture
def verify() -> str:
    """The program that reads units as systemd does."""
    found = shutil.which("systemd-analyze")
    if found is None:
        assert not os.environ.get("CI"), "CI has to install systemd"
        pytest.skip("systemd-analyze is not on this machine")
    return found


@pytest.mark.parametrize("folder", ["plain", "with a space", "100%"])
def test_the_unit(tmp_path: Path, verify: str, folder: str) -> None:
    root = tmp_path / folder
    program = root / "dagway"
    (found,) = systemd(deployed(root, "home: its home\nname: shop\n", "postgres"), program).items()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    name, text = found
    (tmp_path / name).write_text(text)
    shown = subprocess.run([verify, "verify", tmp_path / name], capture_output=True, text=True, check=False)
    assert name not in shown.stderr + shown.stdout
    settings = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] != "#")
    words = shlex.split(settings["ExecStart"].replace("%%", "%"))
    assert words[:4] == [str(program), "--no-color", "up", str(root)]
    assert settings["WorkingDirectory"].replace("%%", "%") == str(root)
    places = shlex.split(settings["ReadWritePaths"].replace("%%", "%"))
    assert places == [f"-{root}", f"-{root}/its home"]


def test_the_unit_leaves_runs_alone_and_versions_a_place(tmp_path: Path) -> None:
    (text,) = systemd(deployed(tmp_path, profile="postgres"), Path("/usr/bin/dagway")).values()
    # A run that is killed for its memory ends nobody else, nor does a platform that is killed end its runs.
    assert {"OOMPolicy=continue", "KillMode=process"} <= set(text.splitlines())
    # Nor is what goes on robbed of its temporary files: these settings have systemd remove /tmp with the unit's end.
    keys = {line.partition("=")[0] for line in text.splitlines()}
    assert not {"PrivateTmp", "DynamicUser", "RuntimeDirectory"} & keys
    # What is deployed lies beside the folder of the platform, and the file of variables may name a home anywhere.
    assert "ProtectSystem=full" in text.splitlines()


@pytest.mark.integration
@pytest.mark.slow
def test_entry_points_run_as_the_image_runs_them(tmp_path: Path, postgres_url: str) -> None:
    """The commands, the configuration and the health checks of the compose file; only names of hosts differ."""
    parts, port, web = conninfo_to_dict(postgres_url), free_port(), free_port()
    home = tmp_path / "home"
    home.mkdir()
    written = f"locations: [{{path: ., port: {port}}}]\nwebserver: {{port: {web}}}\n"
    found = deployed(tmp_path, written, app=str(tmp_path), home=str(home))
    for name, text in settings(found).items():
        (home / Path(name).name).write_text(text.replace("host: definitions", "host: 127.0.0.1"))
    environment = {
        "DAGSTER_HOME": str(home),
        "DAGSTER_POSTGRES_HOST": str(parts["host"]),
        "DAGSTER_POSTGRES_PORT": str(parts.get("port", 5432)),
        "DAGSTER_POSTGRES_USER": str(parts.get("user", "postgres")),
        "DAGSTER_POSTGRES_PASSWORD": "",
        "DAGSTER_POSTGRES_DB": str(parts["dbname"]),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    with ExitStack() as stack:
        platform: Platform | None = None
        for one in found.entry_points:
            process = stack.enter_context(started(one, tmp_path, environment))
            until(lambda health=one.health: is_healthy(health, environment), f"health of {one.name}")
            assert process.poll() is None
            platform = Platform(tmp_path, web, process, tmp_path / "daemon.log")
        assert platform is not None
        assert platform.end(platform.launch("quick")) == "SUCCESS"


@contextmanager
def started(one: EntryPoint, folder: Path, environment: dict[str, str]) -> Generator[subprocess.Popen[bytes]]:
    with (folder / f"{one.name}.log").open("wb") as log:
        process = subprocess.Popen(
            one.command,
            cwd=folder,
            env=variables(environment),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def is_healthy(health: tuple[str, ...], environment: dict[str, str]) -> bool:
    words = [word.replace("http://webserver:", "http://127.0.0.1:") for word in health]
    return not subprocess.run(words, env=variables(environment), capture_output=True, check=False).returncode
