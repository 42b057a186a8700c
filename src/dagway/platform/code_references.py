"""Links from each asset to its code at the commit that runs."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster_shared.record import replace

from dagway.platform.git import git

#: For images, which have no repository: `docker build --build-arg` or the deployment sets them.
URL, COMMIT = "DAGWAY_GIT_URL", "DAGWAY_GIT_COMMIT"
_SSH = re.compile(r"^(?:ssh://)?git@([^:/]+)[:/](.+?)(?:\.git)?/?$")
_HTTPS = re.compile(r"^(https://)(?:[^@/]+@)?(.+?)(?:\.git)?/?$")


@dataclass(frozen=True)
class Checkout:
    """Where code comes from.

    Attributes:
        url: the repository's page, without anybody's credentials.
        root: the folder that is the repository's root here.
    """

    url: str
    commit: str
    root: Path


def checkout(folder: Path) -> Checkout | None:
    """That of a folder: by variables, or of the git repository that it lies in; None where there is none with a remote."""
    url, commit = os.environ.get(URL, ""), os.environ.get(COMMIT, "")
    root = git(folder, "rev-parse", "--show-toplevel")
    page = _page(url or git(folder, "remote", "get-url", "origin"))
    commit = commit or git(folder, "rev-parse", "HEAD")
    return Checkout(page, commit, Path(root) if root else folder) if page and commit else None


def with_code_references(defs: dg.Definitions, folder: Path) -> dg.Definitions:
    """Every asset with a link to its code; without a checkout the links are those of the files here."""
    assets = dg.with_source_code_references(list(defs.assets or ()))
    found = checkout(folder)
    if found is not None:
        mapping = dg.AnchorBasedFilePathMapping(found.root, file_anchor_path_in_repository="")
        kind = "gitlab" if "gitlab" in found.url else "github"
        assets = dg.link_code_references_to_git(assets, found.url, found.commit, mapping, kind)
    return replace(defs, assets=assets)


def _page(remote: str) -> str:
    if match := _SSH.match(remote):
        return f"https://{match[1]}/{match[2]}"
    match = _HTTPS.match(remote)
    return f"{match[1]}{match[2]}" if match else ""
