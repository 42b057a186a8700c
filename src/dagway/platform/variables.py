"""Every environment variable that a platform reads: what it is for, where its value comes from, and whether it is missing.

Values are never shown, but for a few names that say where something is and open nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dagway._dagster.login import PASSWORD, USER
from dagway.platform.environment import Given, given
from dagway.platform.load import LoadedPlatform
from dagway.project.own_files import own_files

Source = Literal["environment", ".env", "default", "missing", "unset"]

_READ = re.compile(
    r"""(?:EnvVar(?:\.int)?\(\s*|environ\[\s*|environ\.get\(\s*|getenv\(\s*|\benv\(\s*)["']([A-Za-z_]\w*)["']\s*(,)?"""
)
_SUFFIXES = {".py", ".yaml", ".yml"}
#: Folders of a project that do not belong to what runs.
_BESIDE = {"tests", "evidence"}


@dataclass(frozen=True)
class Known:
    """A variable that Dagway, Dagster or a component of theirs reads.

    Attributes:
        default: what holds where it is not set; empty for nothing.
        shown: whether its value may be shown.
    """

    name: str
    what: str
    default: str = ""
    shown: bool = False


#: In the order in which they are listed.
KNOWN = (
    Known("DAGSTER_HOME", "Dagster's home", ".dagway/home", shown=True),
    Known("DAGWAY_PROFILE", "the profile of platform.yaml", "as platform.yaml says", shown=True),
    Known("DAGWAY_ENVIRONMENT", "the environment that projects run in", "default", shown=True),
    Known("DAGWAY_REGION", "the region that projects run in", "none", shown=True),
    Known(USER, "the user that the webserver lets in"),
    Known(PASSWORD, "that user's password"),
    Known("DAGSTER_POSTGRES_HOST", "metadata: the host of PostgreSQL", "localhost", shown=True),
    Known("DAGSTER_POSTGRES_PORT", "metadata: its port", "5432", shown=True),
    Known("DAGSTER_POSTGRES_DB", "metadata: the database", shown=True),
    Known("DAGSTER_POSTGRES_USER", "metadata: the user", shown=True),
    Known("DAGSTER_POSTGRES_PASSWORD", "metadata: the password", "empty"),
    Known(
        "CELERY_BROKER_URL", "the broker of the engine celery", "redis://$REDIS_HOST:$REDIS_PORT/$REDIS_DB"
    ),
    Known("CELERY_RESULT_BACKEND", "where celery keeps results", "the broker"),
    Known("RAY_ADDRESS", "the job server of the engine ray", "http://127.0.0.1:8265", shown=True),
    Known("REDIS_HOST", "the host of Redis", "localhost", shown=True),
    Known("REDIS_PORT", "its port", "6379", shown=True),
    Known("REDIS_DB", "its database's number", "0", shown=True),
    Known("DBT_PROFILES_DIR", "the folder of dbt's profiles", "the dbt project", shown=True),
    Known("FEAST_REPO_PATH", "the folder of the feature repository", shown=True),
    Known("API_KEY", "the key of external services"),
    Known("SLACK_WEBHOOK_URL", "messages to Slack by an incoming webhook"),
    Known("SLACK_BOT_TOKEN", "messages to Slack by a bot; goes before the webhook"),
    Known("SLACK_DEFAULT_CHANNEL", "the channel that runs' failures are told to", shown=True),
    Known("FEATURE_FLAGS_GOOGLE_SHEET_URL", "the sheet of feature flags"),
    Known("FEATURE_FLAGS_GOOGLE_SHEET_CREDENTIALS_JSON", "what may read that sheet"),
)
_NEEDED_BY_PROFILE = ("DAGSTER_POSTGRES_DB", "DAGSTER_POSTGRES_USER")
_NEEDED_BY_LOGIN = (USER, PASSWORD)


@dataclass(frozen=True)
class Setting:
    """One variable here and now.

    Attributes:
        source: where the value comes from; `missing` if it is needed and nowhere, `unset` if nothing needs it.
        where: the file, for `.env`; the default, for `default`.
        value: only of names that open nothing; else empty.
        used_by: files of the project that read it.
    """

    name: str
    what: str
    source: Source
    where: str = ""
    value: str = ""
    used_by: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return dict(vars(self))


@dataclass(frozen=True)
class _Use:
    name: str
    root: Path
    file: str
    is_needed: bool


def settings(
    platform: LoadedPlatform, roots: Sequence[Path], environment: Mapping[str, str]
) -> tuple[Setting, ...]:
    """Every variable: those known here first, then the project's own by name.

    Args:
        roots: the folders of the code locations.
        environment: that of this process.
    """
    folders = list(dict.fromkeys([platform.root, *roots]))
    places = {folder: given(platform, environment, folder) for folder in folders}
    uses: dict[str, list[_Use]] = {}
    for folder in roots:
        for use in _uses(folder):
            uses.setdefault(use.name, []).append(use)
    known = {one.name: one for one in KNOWN}
    others = sorted(uses.keys() - known.keys())
    return tuple(
        _setting(one, platform, uses.get(one.name, []), places)
        for one in (*KNOWN, *(Known(name, "read by the project") for name in others))
    )


def _setting(
    known: Known,
    platform: LoadedPlatform,
    uses: Sequence[_Use],
    places: Mapping[Path, Mapping[str, Given]],
) -> Setting:
    """The variable as those have it who read it: each location has its own `.env`."""
    used_by = tuple(dict.fromkeys(use.file for use in uses))

    def told(source: Source, where: str = "", value: str = "") -> Setting:
        return Setting(known.name, known.what, source, where, value if known.shown else "", used_by)

    def at(folder: Path) -> Given | None:
        found = places[folder].get(known.name)
        return found if found is not None and found.value else None

    config = platform.config
    is_needed = (config.profile != "embedded" and known.name in _NEEDED_BY_PROFILE) or (
        config.webserver.login == "password" and known.name in _NEEDED_BY_LOGIN
    )
    needed_at = [*([platform.root] if is_needed else []), *(use.root for use in uses if use.is_needed)]
    if any(at(folder) is None for folder in needed_at):
        return told("missing")
    for folder in dict.fromkeys([*needed_at, *(use.root for use in uses)]) or places:
        if found := at(folder):
            return told(".env" if found.where else "environment", str(found.where or ""), found.value)
    return told("default", known.default) if known.default else told("unset")


def _uses(root: Path) -> Iterator[_Use]:
    """Where the files of a project name a variable; by their text, so that nothing is executed."""
    for path in own_files(root):
        inside = path.relative_to(root)
        if path.suffix not in _SUFFIXES or inside.parts[0] in _BESIDE:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in _READ.finditer(text):
            asks = match[0].startswith(("environ.get", "getenv"))
            yield _Use(match[1], root, str(inside), is_needed=not asks and match[2] is None)
