"""Which folder a location is served from: what was deployed outlives the platform, and what platform.yaml says goes before."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.platform import trial
from dagway.platform.home import Home
from dagway.platform.trial import attempt, moved
from dagway.platform.versions import Versions, deployed
from dagway.project.locate import Location
from dagway.runtime import version


@pytest.fixture
def home(tmp_path: Path) -> Home:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    return Home(tmp_path / "home", tmp_path / "platform")


def test_what_was_deployed_is_served_at_the_next_start(home: Home, tmp_path: Path) -> None:
    versions = Versions.of(home, "sales")
    assert versions.current is None
    assert versions.begin(tmp_path / "one") == ""
    assert (versions.current, versions.previous, deployed(home)) == (tmp_path / "one", None, {})
    versions.switch(tmp_path / "two", tmp_path / "one")
    assert f"serves {tmp_path}/two" in versions.begin(tmp_path / "one")
    assert (versions.current, versions.previous) == (tmp_path / "two", tmp_path / "one")
    assert deployed(home)["sales"].folder == tmp_path / "two"
    # Back, and the way forward stays too.
    versions.switch(tmp_path / "one", tmp_path / "two")
    assert versions.begin(tmp_path / "one") == ""
    assert (versions.previous, deployed(home)) == (tmp_path / "two", {})


def test_another_folder_in_the_configuration_goes_before(home: Home, tmp_path: Path) -> None:
    versions = Versions.of(home, "sales")
    versions.begin(tmp_path / "one")
    versions.switch(tmp_path / "two", tmp_path / "one")
    assert "is not served any more" in versions.begin(tmp_path / "three")
    assert (versions.current, versions.previous) == (tmp_path / "three", None)


def test_a_version_that_is_gone_is_not_replaced_in_silence(home: Home, tmp_path: Path) -> None:
    versions = Versions.of(home, "sales")
    versions.begin(tmp_path / "one")
    versions.switch(tmp_path / "two", tmp_path / "one")
    (tmp_path / "two").rmdir()
    with pytest.raises(DagwayError, match="was deployed last and is gone") as error:
        versions.begin(tmp_path / "one")
    assert str(versions.link) in error.value.remedy
    versions.link.unlink()
    assert versions.begin(tmp_path / "one") == ""
    assert versions.current == tmp_path / "one"


def test_a_location_moves_with_all_that_it_is_loaded_from(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    location = Location("sales", one, (one / "src", one), file=one / "defs/all.py")
    found = moved(location, two)
    assert (found.root, found.paths, found.file) == (two, (two / "src", two), two / "defs/all.py")
    with pytest.raises(DagwayError, match="outside of its folder"):
        moved(Location("sales", one, (one, tmp_path)), two)


def test_a_server_stays_in_the_folder_that_the_link_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, link = tmp_path / "one", tmp_path / "current"
    (folder / "src").mkdir(parents=True)
    link.symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(version.LINK, str(link))
    monkeypatch.setenv("PYTHONPATH", f"{link}/src:{link}:{link}_other:/elsewhere")
    monkeypatch.setattr(sys, "argv", ["-d", str(link), "-f", f"{link}/a.py", "-a", "current"])
    monkeypatch.setattr(sys, "path", [str(tmp_path), f"{link}/src", "/lib", str(tmp_path)])
    version.settle()
    assert sys.argv == ["-d", str(folder), "-f", f"{folder}/a.py", "-a", "current"]
    assert sys.path == [str(folder), f"{folder}/src", "/lib", str(tmp_path)]
    assert os.environ["PYTHONPATH"] == f"{folder}/src:{folder}:{link}_other:/elsewhere"
    assert Path.cwd() == folder
    # What it starts in turn has no link to follow.
    assert version.LINK not in os.environ


@pytest.mark.integration
def test_a_trial_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LONGEST", 3.0)
    file = tmp_path / "definitions.py"
    file.write_text("import time\ntime.sleep(600)\n")
    location = Location(name="sales", root=tmp_path, paths=(tmp_path,), file=file)
    with pytest.raises(DagwayError, match="it took longer than 3 seconds"):
        attempt(location, os.environ)
