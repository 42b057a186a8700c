"""Which files are checked: those below the given paths that a person wrote."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from dagway.errors import DagwayError

SUFFIXES = (".py", ".yaml", ".yml", ".sql", ".toml")
#: Folders that hold what tools wrote or installed.
SKIPPED = frozenset(
    {"node_modules", "__pycache__", "site-packages", "venv", "env", "target", "build", "dist", "dbt_packages"}
)
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


def project_root(paths: Sequence[Path]) -> Path:
    """The folder that paths in findings start from: the nearest around all paths with a configuration file.

    Raises:
        DagwayError: a path does not exist.
    """
    for path in paths:
        if not path.exists():
            raise DagwayError(
                f"There is no file or folder {path}.", "Give a project's folder, or files in it."
            )
    common = Path(os.path.commonpath([path.resolve() for path in paths]))
    folder = common if common.is_dir() else common.parent
    marked = (at for at in (folder, *folder.parents) if any((at / name).exists() for name in _MARKS))
    return next(marked, folder)


_MARKS = ("pyproject.toml", "dg.toml", "workspace.yaml", "setup.py", ".git")


def collect(root: Path, paths: Sequence[Path], exclude: Iterable[str] = ()) -> list[str]:
    """The files to read below the paths, posix and relative to the root, in order. What git ignores is left out.

    Args:
        exclude: patterns of paths that are not checked.
    """
    patterns = tuple(exclude)
    found = {name for path in paths for name in below(root, path.resolve()) if not matches(name, patterns)}
    return sorted(found - _ignored(root, found))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is one of the patterns or lies below one."""
    return any(fnmatch(path, pattern) or fnmatch(path, f"{pattern.rstrip('/')}/*") for pattern in patterns)


def below(root: Path, path: Path) -> Iterator[str]:
    """The files of kinds that rules read at or below a path, without folders that tools made."""
    if path.is_file():
        yield path.relative_to(root).as_posix()
        return
    for folder, names, files in os.walk(path):
        names[:] = sorted(name for name in names if not is_skipped(folder, name))
        base = Path(folder).relative_to(root).as_posix()
        prefix = "" if base == "." else f"{base}/"
        for name in files:
            if _is_kind(name):
                yield prefix + name


def is_read(root: Path, path: Path) -> bool:
    """Whether rules read the file at a path below the root, or could if the path is a folder."""
    *folders, name = path.relative_to(root).parts or ("",)
    around = ((str(root.joinpath(*folders[:place])), folder) for place, folder in enumerate(folders))
    if any(is_skipped(folder, name) for folder, name in around):
        return False
    return _is_kind(name) or (path.is_dir() and not is_skipped(str(path.parent), name))


def _is_kind(name: str) -> bool:
    return name.endswith(SUFFIXES) or ".env" in name or name.endswith("env.example")


def is_skipped(folder: str, name: str) -> bool:
    """Whether a folder in this folder holds what tools wrote or installed."""
    if name.startswith(".") or name in SKIPPED or name.endswith(".egg-info"):
        return True
    return os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118 - a hot loop


def tracked(root: Path) -> frozenset[str] | None:
    """What git tracks below the root; None where it is no work tree of git."""
    return _git(root, "ls-files", "--cached")


def _ignored(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """Those of the paths that git ignores: none if it ignores all, for then somebody asked for just these."""
    every = frozenset(paths)
    given = b"\0".join(os.fsencode(path) for path in sorted(every))
    ignored = _git(root, "check-ignore", "--stdin", given=given) if every else None
    return ignored if ignored and ignored != every else frozenset()


def _git(root: Path, command: str, *options: str, given: bytes = b"") -> frozenset[str] | None:
    """The files that git lists; its hooks and monitors are off, so that nothing of the project runs."""
    try:
        done = subprocess.run(
            [*_GIT, command, "-z", *options],
            cwd=root,
            input=given,
            capture_output=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # check-ignore says 1 where it ignores nothing.
    if done.returncode not in {0, 1}:
        return None
    return frozenset(os.fsdecode(name) for name in done.stdout.split(b"\0") if name)
