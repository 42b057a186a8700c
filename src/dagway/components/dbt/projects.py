"""Where a dbt project is: a folder on this machine, or a git repository at a revision."""

# Dagster's contexts leave type parameters open.
# pyright: reportUnknownMemberType=false

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Protocol, Self
from urllib.parse import urlsplit

import dagster as dg
import dagster_dbt
from dagster_dbt.components.dbt_project.component import DbtProjectArgs
from dagster_dbt.dbt_project_manager import DbtProjectManager

from dagway.components.dbt.demo import PROFILE, demo_database, write_profile
from dagway.components.dbt.errors import clear_errors
from dagway.components.dbt.preparing import prepare
from dagway.components.dbt.repository import check_out, public
from dagway.components.resolving import plain, text
from dagway.errors import DagwayError


@dataclass
class LocalProject(DbtProjectArgs):
    """A dbt project in a folder; the fields are Dagster's."""

    project_dir: Annotated[str, text("The dbt project's folder, seen from `defs.yaml`.")]
    target_path: Annotated[str | None, text("The folder of dbt's artifacts, in the dbt project.")] = None
    profiles_dir: Annotated[
        str | None,
        text("The folder of `profiles.yml`, seen from `defs.yaml`; the dbt project's if left out."),
    ] = None
    profile: Annotated[str | None, text("The profile, if not the one that `dbt_project.yml` names.")] = None
    target: Annotated[str | None, text("The profile's target, if not its default.")] = None
    packaged_project_dir: Annotated[str | None, text("A folder with a packaged copy of the project.")] = None
    state_path: Annotated[str | None, text("The artifacts of another run, for `--defer`.")] = None
    prepare_project_cli_args: Annotated[
        list[str] | None, plain("What dbt is called with to write the manifest, if not `parse`.", list[str])
    ] = None


@dataclass(kw_only=True)
class GitProject(dg.Resolvable):
    """A dbt project in a git repository."""

    repo_url: Annotated[str, text("The repository's address, or its path on this machine.")]
    repo_relative_path: Annotated[str, text("The dbt project's folder in the repository.")] = "."
    revision: Annotated[
        str | None, text("A branch, a tag or a full commit hash; the default branch if left out.")
    ] = None
    token: Annotated[
        str | None, text("A token for the repository; on github.com, `GITHUB_TOKEN` if left out.")
    ] = None
    profiles_dir: Annotated[
        str | None, text("The folder of `profiles.yml`: an absolute path, or one in the dbt project.")
    ] = None
    profile: Annotated[str | None, text("The profile, if not the one that `dbt_project.yml` names.")] = None
    target: Annotated[str | None, text("The profile's target, if not its default.")] = None


class Place(Protocol):
    """Where a project's files are."""

    @property
    def name(self) -> str: ...

    def fetch(self, state: Path) -> None:
        """Bring the files to this machine."""
        ...

    def folder(self, state: Path | None) -> Path:
        """The dbt project's folder."""
        ...


@dataclass(frozen=True)
class Folder:
    """A folder on this machine: what is there is used, and nothing is copied."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def fetch(self, state: Path) -> None:
        pass

    def folder(self, state: Path | None) -> Path:
        return self.path


@dataclass(frozen=True)
class Repository:
    """A git repository, checked out beside Dagster's state file."""

    project: GitProject

    @property
    def name(self) -> str:
        given = self.project
        return f"{public(given.repo_url)}@{given.revision or 'HEAD'}/{given.repo_relative_path}"

    def fetch(self, state: Path) -> None:
        given, folder = self.project, self._checkout(state)
        with TemporaryDirectory(dir=folder.parent) as scratch:
            # The earlier checkout stays until the new one is there.
            check_out(given.repo_url, given.revision, Path(scratch) / "new", self._token())
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            (Path(scratch) / "new").rename(folder)

    def folder(self, state: Path | None) -> Path:
        if state is None:
            raise DagwayError(
                f"The dbt project of {self.name} is not on this machine.",
                "Run `dg utils refresh-defs-state`.",
            )
        return self._checkout(state) / self.project.repo_relative_path

    @staticmethod
    def _checkout(state: Path) -> Path:
        return state.parent / "project"

    def _token(self) -> str | None:
        on_github = urlsplit(self.project.repo_url).hostname == "github.com"
        return self.project.token or (os.environ.get("GITHUB_TOKEN") if on_github else None)


@dataclass(frozen=True)
class Manager(DbtProjectManager):
    """What Dagster's component asks of a project: where it is, and that it is ready.

    Attributes:
        settings: arguments of `dagster_dbt.DbtProject`, besides the folder.
        root: the Dagster project's folder.
        database: in demo mode, the DuckDB file that is the target.
    """

    place: Place
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    root: Path = field(default_factory=Path.cwd)
    database: Path | None = None

    @property
    def defs_state_discriminator(self) -> str:
        return f"{self.place.name}:{PROFILE}" if self.database else self.place.name

    def in_demo(self, database: str | None) -> Self:
        """The same project with a DuckDB file as target: the one that is written, or a built project's."""
        return replace(self, database=demo_database(database, self.root))

    def prepare(self, state_path: Path) -> None:
        state_path.parent.mkdir(parents=True, exist_ok=True)
        self.sync(state_path)
        prepare(self.get_project(state_path))
        state_path.touch()

    def sync(self, state_path: Path) -> None:
        self.place.fetch(state_path)

    def get_project(self, state_path: Path | None) -> dagster_dbt.DbtProject:
        folder = self.place.folder(state_path)
        settings = dict(self.settings)
        if self.database is not None:
            settings |= self._of_demo(folder, self.database)
        if own := settings.get("profiles_dir"):
            settings["profiles_dir"] = folder / own
        try:
            with clear_errors(f"The dbt project {folder}", "Correct its `dbt_project.yml`."):
                return dagster_dbt.DbtProject(folder, **settings)
        except (AttributeError, KeyError) as error:
            raise DagwayError(
                f"{folder / 'dbt_project.yml'} names no project.", "Write `name:` in it."
            ) from error

    def _of_demo(self, folder: Path, database: Path) -> dict[str, Any]:
        """The demo profile and its manifest stay apart from the real ones, in what dbt made itself."""
        made = Path(self.settings.get("target_path") or "target") / PROFILE
        if not (folder / "dbt_project.yml").is_file():
            return {}
        write_profile(folder / made, database)
        return {
            "target_path": made,
            "profiles_dir": made,
            "profile": PROFILE,
            "target": PROFILE,
        }


def manager(project: LocalProject | GitProject, root: Path) -> Manager:
    """The project as Dagster's component wants it."""
    match project:
        case GitProject():
            names = ("profiles_dir", "profile", "target")
            settings, place = {name: getattr(project, name) for name in names}, Repository(project)
        case _:
            settings = asdict(project)
            place = Folder(Path(settings.pop("project_dir")))
    return Manager(place, {name: value for name, value in settings.items() if value is not None}, root)


def resolved(context: dg.ResolutionContext, model: Any) -> Manager:
    """The project of what the YAML says: a folder, a mapping of Dagster's, or a repository."""
    root = Path(str(context.resolve_value("{{ project_root }}", as_type=str)))
    if isinstance(model, GitProject.model()):
        return manager(GitProject.resolve_from_model(context, model), root)
    if isinstance(model, str):
        local = LocalProject(project_dir=str(context.resolve_value(model, as_type=str)))
    else:
        local = LocalProject.resolve_from_model(context, model)
    profiles = local.profiles_dir
    seen = replace(
        local,
        project_dir=str(context.resolve_source_relative_path(local.project_dir)),
        profiles_dir=None if profiles is None else str(context.resolve_source_relative_path(profiles)),
    )
    return manager(seen, root)
