"""What goes wrong around a proof: one clear message, the right exit status, nothing lost, nothing left running."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Generator
from pathlib import Path

import dagster
import pytest
from processes import until
from pyprojects import PYPROJECT

from dagway.errors import DagwayError
from dagway.prototype.prove import prove
from dagway.prototype.prove.files import write_evidence

DAGWAY = str(Path(sys.executable).with_name("dagway"))
TABLES = """
import dagster as dg
from pathlib import Path
from dagway.components.warehouse import DuckDBWarehouse

FILE = Path(__file__).parents[1] / "shop.duckdb"


@dg.asset(required_resource_keys={"warehouse"})
def numbers(context: dg.AssetExecutionContext) -> None:
    with context.resources.warehouse.session() as session:
        session.create_table("main.numbers", "select * from range(1000) t(number)")


defs = dg.Definitions(
    assets=[numbers],
    resources={"warehouse": DuckDBWarehouse(database=str(FILE), patience=1)},
    executor=dg.in_process_executor,
)
"""
#: It tells which group of processes runs it, and never ends.
ENDLESS = """
import os, threading
from pathlib import Path

(Path(__file__).parents[1] / f"running.{os.getpid()}").write_text(str(os.getpgid(0)))
threading.Event().wait()
"""
#: It makes more text than the limit lets into one file.
MANY_WORDS = """
import dagster as dg


@dg.asset
def words() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"text": "word " * 600_000})


defs = dg.Definitions(assets=[words], executor=dg.in_process_executor)
"""
LIMIT = 1_000_000


def project(folder: Path, definitions: str) -> Path:
    (folder / "shop" / "defs").mkdir(parents=True)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "evidence.json").write_text("earlier")
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "shop" / "__init__.py").write_text("")
    (folder / "shop" / "definitions.py").write_text(textwrap.dedent(definitions))
    return folder


def verify(folder: Path, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [DAGWAY, "verify", str(folder), "--demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


def ended(running: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status, and what was printed without line breaks."""
    out, error = running.communicate(timeout=120)
    return running.returncode, " ".join((out + error).split())


def alive(group: int) -> list[str]:
    """The processes of a group that have not ended; one that nobody waited for has."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(maxsplit=2) for line in listed.stdout.splitlines())
    return [" ".join(row) for row in rows if int(row[0]) == group and not row[1].startswith("Z")]


@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_worker_and_its_forks_end_with_their_parent(tmp_path: Path, number: signal.Signals) -> None:
    folder = project(tmp_path / "project", ENDLESS)
    running = verify(folder)
    # Both lanes load the project: the one that observes, and the one that runs `dg check defs`.
    until(lambda: len(list(folder.glob("running.*"))) >= 2, "two loads")
    (group,) = {int(path.read_text() or 0) for path in folder.glob("running.*")}
    assert len(alive(group)) >= 3
    running.send_signal(number)
    running.communicate(timeout=30)
    until(lambda: not alive(group), "the end of every process")
    assert (folder / "evidence" / "evidence.json").read_text() == "earlier"


@pytest.fixture
def locked(tmp_path: Path) -> Generator[Path]:
    """A project whose DuckDB file another process holds."""
    folder = project(tmp_path / "project", TABLES)
    code = (
        "import sys, duckdb; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "shop.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    yield folder
    holder.communicate(timeout=30)


@contextlib.contextmanager
def files_of_at_most(size: int) -> Generator[None]:
    """No file of this process grows beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.integration
class TestFaults:
    def test_a_duckdb_file_that_another_process_holds_is_one_error(self, locked: Path) -> None:
        status, said = ended(verify(locked))
        assert status == 2
        assert said.count("Another process holds the DuckDB file") == 1
        assert "End it or let it finish, then run again" in said
        assert (locked / "evidence" / "evidence.json").read_text() == "earlier"

    @pytest.mark.skipif(
        dagster.__version__.startswith("1.12."),
        reason="the event log of Dagster 1.12 is stock, and tells a full disk as an asset that failed",
    )
    def test_a_full_disk_is_told_and_leaves_the_earlier_proof(self, tmp_path: Path) -> None:
        folder = project(tmp_path / "project", MANY_WORDS)
        limit = (LIMIT, LIMIT)
        status, said = ended(verify(folder, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)))
        assert status == 2, said
        assert "The runs of the proof cannot be written to" in said
        assert "Make room" in said
        assert (folder / "evidence" / "evidence.json").read_text() == "earlier"

    def test_evidence_that_cannot_be_put_in_place_loses_nothing(self, tmp_path: Path) -> None:
        folder = project(tmp_path / "project", TABLES)
        (folder / "evidence" / "index.html").mkdir()
        status, said = ended(verify(folder))
        assert status == 2
        assert "The evidence cannot be written to" in said
        assert "Make the folder writable." in said
        assert (folder / "evidence" / "evidence.json").read_text() == "earlier"
        assert sorted(path.name for path in (folder / "evidence").iterdir()) == [
            "evidence.json",
            "index.html",
        ]

    def test_a_disk_that_fills_while_the_evidence_is_written(self, tmp_path: Path) -> None:
        folder = project(tmp_path / "project", TABLES)
        evidence = prove(folder, demo=True)
        before = {path.name: path.read_bytes() for path in (folder / "evidence").iterdir()}
        with files_of_at_most(1000), pytest.raises(DagwayError, match="evidence cannot be written") as told:
            write_evidence(evidence, folder)
        assert "Make room" in told.value.remedy
        assert {path.name: path.read_bytes() for path in (folder / "evidence").iterdir()} == before

    @pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_is_read_only(self, tmp_path: Path) -> None:
        folder = project(tmp_path / "project", TABLES)
        (folder / "evidence").chmod(0o500)
        status, said = ended(verify(folder))
        assert status == 2
        assert "cannot be written, and a proof leaves its runs and its evidence there" in said

    def test_a_file_where_the_evidence_belongs(self, tmp_path: Path) -> None:
        folder = project(tmp_path / "project", TABLES)
        (folder / "evidence" / "evidence.json").rename(folder / "kept")
        (folder / "evidence").rmdir()
        (folder / "evidence").write_text("a file where a folder belongs")
        status, said = ended(verify(folder))
        assert status == 2
        assert "cannot be written, and a proof leaves its runs and its evidence there" in said
