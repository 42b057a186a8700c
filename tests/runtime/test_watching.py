"""Which changes make a server load anew: those of what is loaded, wherever it lies, and no others."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from processes import until
from served_location import free_port

from dagway.runtime import watching
from dagway.runtime.watching import FileWatch

#: One that takes three watches, and no more.
FEW_WATCHES = (
    "unshare",
    "-Ur",
    "sh",
    "-c",
    'echo 3 > /proc/sys/user/max_inotify_watches && exec "$@"',
    "sh",
)
CODE = "import dagster as dg\ndefs = dg.Definitions()\n"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "QUIET", 0.0)


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CODE)


def started(folder: Path, home: Path | None = None) -> FileWatch:
    found = FileWatch(folder, str(home) if home else None)
    found.start()
    return found


def changed(watch: FileWatch, by: Callable[[], object]) -> set[str]:
    """What is told of a change; what was not told before a second one, which is seen, is not told at all."""
    folder = watch._folder  # pyright: ignore[reportPrivateUsage]
    mark = folder / f"mark_{os.urandom(4).hex()}.py"
    by()
    mark.touch()
    told = set[str]()

    def look() -> bool:
        told.update(filter(None, watch.take().split(", ")))
        return mark.name in told

    until(look, f"{mark.name} among {told}")
    # Of an earlier mark more may be told later.
    return {name for name in told if not name.startswith("mark_")}


def watched() -> int:
    """Folders that this process watches."""
    found = 0
    for file in Path("/proc/self/fdinfo").iterdir():
        # That of the listing itself is closed by now.
        with suppress(FileNotFoundError):
            found += len(re.findall("^inotify", file.read_text(), re.MULTILINE))
    return found


@pytest.mark.unit
@pytest.mark.parametrize("name", ["schedules", "storage", "history", "logs", "target", "sources"])
def test_a_package_of_any_name_is_seen(tmp_path: Path, name: str) -> None:
    file = tmp_path / "shop" / "defs" / name / "nightly" / "defs.yaml"
    write(file)
    watch = started(tmp_path)
    assert changed(watch, lambda: write(file)) == {f"shop/defs/{name}/nightly/defs.yaml"}


@pytest.mark.unit
@pytest.mark.parametrize("name", ["schedules", "storage", "history"])
def test_a_package_at_the_top_is_seen(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "nightly.py"
    write(file)
    watch = started(tmp_path)
    assert changed(watch, lambda: write(file)) == {f"{name}/nightly.py"}


@pytest.mark.unit
def test_what_tools_write_is_neither_seen_nor_watched(tmp_path: Path) -> None:
    before = watched()
    for place in ("", "dbt"):
        write(tmp_path / place / "models" / "orders.sql")
        for name in ("target", "logs"):
            write(tmp_path / place / name / "deep" / "orders.sql")
    (tmp_path / "dbt" / "dbt_project.yml").touch()
    write(tmp_path / "environment" / "lib" / "site.py")
    (tmp_path / "environment" / "pyvenv.cfg").touch()
    for name in (".venv", ".dagway", ".git", "node_modules", "shop/__pycache__", "dbt/dbt_packages"):
        write(tmp_path / name / "deep" / "file.py")
    ignored = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != "models"]
    ignored.remove(tmp_path / "dbt" / "dbt_project.yml")
    watch = started(tmp_path)
    assert watched() - before == len(["", "models", "shop", "dbt", "dbt/models"])
    assert changed(watch, lambda: [write(path) for path in ignored]) == set()
    assert changed(watch, lambda: write(tmp_path / "dbt/models/orders.sql")) == {"dbt/models/orders.sql"}


@pytest.mark.unit
def test_an_environment_that_is_made_meanwhile_is_neither_seen_nor_watched(tmp_path: Path) -> None:
    watch, before = started(tmp_path), watched()
    package = tmp_path / "environment" / "lib" / "package"

    def make() -> None:
        # As `python -m venv` does: folders first.
        write(package / "one.py")
        until(lambda: watched() > before + 2, "the folders are watched")
        (tmp_path / "environment" / "pyvenv.cfg").touch()
        until(lambda: watched() == before, "they are not watched any more")

    assert changed(watch, make) == set()
    assert changed(watch, lambda: write(package / "two.py")) == set()


@pytest.mark.unit
@pytest.mark.parametrize("place", ["homes/dagster", "."])
def test_the_home_of_dagster_is_not_seen(tmp_path: Path, place: str) -> None:
    home = tmp_path / place
    write(home / "storage" / "one" / "file.py")
    write(tmp_path / "shop" / "one.py")
    (home / "dagster.yaml").touch()
    watch = started(tmp_path, home)
    assert changed(watch, lambda: write(home / "storage" / "one" / "file.py")) == set()
    assert changed(watch, lambda: write(tmp_path / "shop" / "one.py")) == {"shop/one.py"}


@pytest.mark.unit
def test_folders_that_come_and_go_are_seen_with_what_is_in_them(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    write(outside / "deep" / "one.py")
    watch = started(project)
    assert changed(watch, lambda: outside.rename(project / "shop")) == {"shop/deep/one.py"}
    assert changed(watch, lambda: write(project / "shop/deep/one.py")) == {"shop/deep/one.py"}
    assert changed(watch, lambda: write(project / "new/two.py")) == {"new/two.py"}
    told = changed(watch, lambda: (project / "shop").rename(project / "store"))
    assert told == {"shop", "store/deep/one.py"}
    assert changed(watch, lambda: write(project / "store/deep/one.py")) == {"store/deep/one.py"}
    assert changed(watch, lambda: shutil.rmtree(project / "new")) == {"new/two.py"}
    assert changed(watch, lambda: (project / "store").rename(tmp_path / "store")) == {"store"}
    assert changed(watch, lambda: write(tmp_path / "store/deep/one.py")) == set()


@pytest.mark.unit
def test_a_link_is_followed_to_the_folder_that_it_names_now(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name / "shop" / "defs.py")
    link = tmp_path / "link"
    link.symlink_to("one")
    watch = started(link)
    assert changed(watch, lambda: write(tmp_path / "one/shop/defs.py")) == {"shop/defs.py"}
    link.unlink()
    link.symlink_to("two")
    assert watch.take() == ""
    assert changed(watch, lambda: write(tmp_path / "one/shop/defs.py")) == set()
    assert changed(watch, lambda: write(tmp_path / "two/shop/defs.py")) == {"shop/defs.py"}


def few_watches() -> tuple[str, ...]:
    """What comes before a command that is to have three watches."""
    if subprocess.run([*FEW_WATCHES, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system lets no user have namespaces")
    return FEW_WATCHES


@pytest.mark.integration
@pytest.mark.slow
def test_a_server_that_cannot_watch_serves_and_says_what_to_raise(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    write(tmp_path / "definitions.py")
    for number in range(5):
        write(tmp_path / f"shop_{number}" / "one.py")
    log = tmp_path / "log"
    server = subprocess.Popen(
        [
            *(*few_watches(), sys.executable, "-m", "dagway", "code-server", "--watch"),
            *("-f", "definitions.py", "--port", str(free_port())),
        ],
        cwd=tmp_path,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path / "home")},
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        until(
            lambda: "Started Dagster code proxy server" in log.read_text() or server.poll() is not None,
            "the server",
        )
        assert server.poll() is None, log.read_text()
        assert "Changed files are not seen" in log.read_text()
        assert "sysctl fs.inotify.max_user_watches=" in log.read_text()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
