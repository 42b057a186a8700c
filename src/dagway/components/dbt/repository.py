"""A git repository at a revision, brought into a folder by the `git` command."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from dagway.errors import DagwayError

PATIENCE = 300
"""Seconds until a server that does not answer is given up."""
_CALLERS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def check_out(url: str, revision: str | None, folder: Path, token: str | None = None) -> None:
    """Bring one revision of a repository into a folder, without its history.

    Args:
        revision: a branch, a tag or a full commit hash; None for the default branch.
        token: goes to the server as a header, never onto a command line or into the folder.

    Raises:
        DagwayError: git cannot reach the repository, or it has no such revision.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**_environment(), **_authorization(url, token)}
    wanted = revision or "HEAD"
    try:
        _git(folder, environment, "init", "--quiet")
        _git(folder, environment, "fetch", "--quiet", "--depth", "1", "--", url, wanted)
        _git(folder, environment, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    except FileNotFoundError as error:
        raise DagwayError("There is no `git` command.", "Install git.") from error
    except subprocess.TimeoutExpired as error:
        raise DagwayError(
            f"git got no answer from {public(url)} in {PATIENCE} s.", "Look whether it can be reached."
        ) from error
    except subprocess.CalledProcessError as error:
        raise DagwayError(
            f"git cannot fetch {wanted!r} of {public(url)}: {_reason(error.stderr, url)}",
            "Correct `repo_url`, or let `revision` name a branch, a tag or a full commit hash; a private"
            " repository needs `token`.",
        ) from None


def public(url: str) -> str:
    """The address without the password or token that may stand in it."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} and not parts.password:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _git(folder: Path, environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def _environment() -> dict[str, str]:
    """A git that asks nobody and, called from a hook, does not work on the caller's repository."""
    given = {name: value for name, value in os.environ.items() if name not in _CALLERS}
    return {**given, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _authorization(url: str, token: str | None) -> dict[str, str]:
    if not token or urlsplit(url).scheme != "https":
        return {}
    login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{url}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {login}",
    }


def _reason(told: str, url: str) -> str:
    """The first thing that git calls fatal."""
    lines = [line.strip() for line in told.replace(url, public(url)).splitlines() if line.strip()]
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    return (fatal or lines or ["no reason given"])[0]
