"""What is rendered: as the tools that take it read it, and its entry points run as an image would run them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

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
    assert not {"HOME", "DAGSTER_HOME", "DAGWAY_PROFILE"} & server["environment"].keys()
    assert server["build"]["args"] == {name: f"${{{name}:-}}" for name in (URL, COMMIT)}
    assert f"ARG {URL}= {COMMIT}=" in files["Dockerfile"]


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


@pytest.mark.parametrize("written", ["runs: {longest: 2h}", "pools: {default_limit: 1}"])
def test_what_helm_cannot_say_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(
        DagwayError,
        match=r"The values of Dagster's chart cannot say `(runs: longest|pools)`",
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


@pytest.mark.parametrize("name", ["postgres", "redis", "webserver", "daemon", "worker"])
def test_a_location_cannot_have_the_name_of_a_service(tmp_path: Path, name: str) -> None:
    with pytest.raises(DagwayError, match=f"A code location cannot be called {name}"):
        deployed(tmp_path, f"locations: [{{path: ., name: {name}}}]\n")


def test_the_unit(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not on this machine")
    name, text = next(iter(systemd(deployed(tmp_path, profile="postgres"), Path(sys.executable)).items()))
    (tmp_path / name).write_text(text)
    shown = subprocess.run([verify, "verify", tmp_path / name], capture_output=True, text=True, check=False)
    assert name not in shown.stderr + shown.stdout


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
