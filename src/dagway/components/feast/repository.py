"""A Feast repository as Dagway sees it: its folder, its settings, and the process that Feast works in."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagway.components.feast.views import View, view_of
from dagway.errors import DagwayError

SETTINGS = "feature_store.yaml"
PATIENCE = 21_600.0
"""Six hours: a first window may be all there ever was."""


@dataclass(frozen=True)
class Repository:
    """A folder of feature definitions, and the settings that they are used with.

    Attributes:
        settings: the `feature_store.yaml`: the folder's own, or that of demo mode.
        cache: folder that keeps what the repository defines, so that Feast is not imported to load it again.
        patience: seconds to wait for one answer of Feast.
    """

    folder: Path
    settings: Path
    cache: Path
    patience: float = PATIENCE

    def views(self) -> tuple[View, ...]:
        """The feature views, in the order of their names; asked of Feast where the files are not those of last time.

        Raises:
            DagwayError: Feast cannot read the repository; the reason is Feast's.
        """
        kept = self.cache / f"{self.fingerprint()}.json"
        with suppress(OSError, ValueError, TypeError):
            return _views(json.loads(kept.read_text(encoding="utf-8")))
        with self.feast() as feast:
            found = feast.ask("describe")
        # Where nothing can be written, Feast is asked each time.
        with suppress(OSError):
            self.cache.mkdir(parents=True, exist_ok=True)
            for old in self.cache.glob("*.json"):
                old.unlink()
            kept.write_text(json.dumps(found), encoding="utf-8")
        return _views(found)

    def fingerprint(self) -> str:
        """A hash of the repository's Python files and its settings."""
        from importlib.metadata import version

        found = hashlib.sha256(version("feast").encode())
        for path in (*sorted(self.folder.rglob("*.py")), self.settings):
            if path.is_file():
                found.update(f"\0{path.name}\0".encode() + path.read_bytes())
        return found.hexdigest()[:32]

    @contextmanager
    def feast(self) -> Generator[Feast]:
        """Feast at work on the repository, until the end of the block; it ends with this process too.

        Raises:
            DagwayError: it cannot read the repository.
        """
        if not self.settings.is_file():
            raise DagwayError(f"There is no {self.settings}.", "Name the folder that has it by `repo_path`.")
        command = [sys.executable, "-m", "dagway.components.feast.worker", str(self.settings)]
        with subprocess.Popen(
            command, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                feast = Feast(process, self.folder, self.patience)
                feast.answer(f"Feast cannot read {self.folder}")
                yield feast
            finally:
                # What is under way at an error is not waited for.
                process.kill()


@dataclass(frozen=True)
class Feast:
    """The process that Feast works in."""

    process: subprocess.Popen[str]
    folder: Path
    patience: float = PATIENCE

    def ask(self, call: str, **arguments: Any) -> Mapping[str, Any]:
        """Ask for something and wait for the answer.

        Raises:
            DagwayError: it failed; what was online before is as it was, or newer.
        """
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"call": call, **arguments}) + "\n")
            self.process.stdin.flush()
        return self.answer(f"Feast cannot {call} {arguments.get('view', self.folder)}")

    def answer(self, what: str) -> Mapping[str, Any]:
        """The next answer; `what` begins the error's message."""
        assert self.process.stdout is not None
        late = threading.Event()
        timer = threading.Timer(self.patience, self._give_up, [late])
        timer.daemon = True
        timer.start()
        try:
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        if late.is_set():
            raise DagwayError(
                f"{what}: no answer within {self.patience:g} s.",
                "See that its stores answer, and raise `timeout` if there is that much to do; what is online stays.",
            )
        if not line:
            raise DagwayError(
                f"{what}: its process ended with status {self.process.wait()}.", "Look at the step's log."
            )
        found: dict[str, Any] = json.loads(line)
        if "error" in found:
            raise DagwayError(f"{what}: {found['kind']}: {found['error']}", _remedy(found["kind"]))
        return found

    def _give_up(self, late: threading.Event) -> None:
        """End the process, whose output ends then, too."""
        late.set()
        self.process.kill()


def _remedy(kind: str) -> str:
    if kind in {"ConnectionError", "TimeoutError", "OperationalError", "AuthenticationError"}:
        return "See that the online store runs and its address is right; then run it again: what is online stays."
    return "Correct what is named there, then run it again: what is online stays."


def _views(found: Mapping[str, Any]) -> tuple[View, ...]:
    views: Sequence[Mapping[str, Any]] = found["views"]
    return tuple(sorted(map(view_of, views), key=lambda view: view.name))


def demo_settings(folder: Path, scratch: Path) -> Path:
    """Settings by which a repository stays on this machine: its own, with a SQLite file online and a file as registry.

    Args:
        scratch: folder of these files.

    Raises:
        DagwayError: its rows are in a service, so there is nothing on this machine to read.
    """
    import yaml

    written = folder / SETTINGS
    if not written.is_file():
        raise DagwayError(f"There is no {written}.", "Name the folder that has it by `repo_path`.")
    settings: dict[str, Any] = yaml.safe_load(written.read_text(encoding="utf-8"))
    offline: Any = settings.get("offline_store") or "file"
    kind = str(offline if isinstance(offline, str) else offline["type"])
    if kind not in {"file", "dask", "duckdb"}:
        raise DagwayError(
            f"{written}: an offline store of the type {kind} has no demo mode.",
            "Give the project a feature_store.yaml of the type duckdb, with the sources as Parquet files.",
        )
    scratch.mkdir(parents=True, exist_ok=True)
    changed = {
        **settings,
        "provider": "local",
        "registry": str(scratch / "registry.db"),
        "online_store": {"type": "sqlite", "path": str(scratch / "online.db")},
    }
    text, place = yaml.safe_dump(changed, sort_keys=False), scratch / SETTINGS
    if not place.is_file() or place.read_text(encoding="utf-8") != text:
        place.write_text(text, encoding="utf-8")
    return place


def source_keys(view: View, sources: Mapping[str, str], tag: str) -> Iterator[tuple[str, ...]]:
    """The asset keys of what a view is built from: as `sources` says, or the source's tag, or its name."""
    for source in view.sources:
        yield tuple(str(sources.get(source.name) or source.tags.get(tag) or source.name).split("/"))
