"""Why a project does not load, in words: the project's own file and line, the cause, and what to do next."""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from dagway.errors import DagwayError
from dagway.project.locate import Location

_UNSET_VARIABLE = re.compile(r"[Ee]nvironment variable[s]? [\"'`]?(\w+)[\"'`]? (?:is|are) not set")
_YAML_PLACE = re.compile(r"(?P<path>/[^\s:\"']+\.ya?ml):(?P<line>\d+)")
_OPERATING_SYSTEM = "<frozen os>"


def explain(error: BaseException, location: Location) -> DagwayError:
    """The error that a person can act on, from whatever was raised while a project loaded."""
    cause = _root_cause(error)
    place = _place(cause, location) or _place(error, location)
    where = place or f"the code location {location.name}"
    variable = _unset_variable(cause)
    if variable:
        return DagwayError(
            f"The project does not load: {where}: the environment variable {variable} is not set.",
            f"Set {variable} in the environment, or add it to {location.root / '.env'}.",
        )
    return DagwayError(f"The project does not load: {where}: {_reason(cause)}", _remedy(cause, place))


def _root_cause(error: BaseException) -> BaseException:
    """The first error of the chain: later ones repeat it in the framework's words."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        error = before or error
    return error


def _reason(cause: BaseException) -> str:
    text = str(cause).strip() or type(cause).__name__
    lines = [line for line in text.splitlines() if line.strip()]
    kind = type(cause).__name__
    prefix = (
        ""
        if kind.startswith("Dagster") or kind in {"ResolutionException", "ValidationError"}
        else f"{kind}: "
    )
    return prefix + "\n    ".join(lines)


def _remedy(cause: BaseException, place: str | None) -> str:
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        package = cause.name.partition(".")[0]
        return f"Install {package} into the environment that runs Dagway, or correct the import."
    return f"Mend {place}, then try again." if place else "Mend the project, then try again."


def _unset_variable(cause: BaseException) -> str | None:
    if isinstance(cause, KeyError) and _raised_by_environment(cause):
        return str(cause.args[0])
    match = _UNSET_VARIABLE.search(str(cause))
    return match.group(1) if match else None


def _raised_by_environment(cause: KeyError) -> bool:
    frames = traceback.extract_tb(cause.__traceback__)
    return bool(frames) and (
        frames[-1].filename == _OPERATING_SYSTEM or Path(frames[-1].filename).name == "os.py"
    )


def _place(error: BaseException, location: Location) -> str | None:
    """``path:line`` relative to the project, from a syntax error, a YAML position in the text, or the last own frame."""
    for path, line in (*_syntax_place(error), *_yaml_places(error), *_own_frames(error)):
        if _is_own(path, location):
            return f"{path.relative_to(location.root).as_posix()}:{line}"
    return None


def _syntax_place(error: BaseException) -> Iterator[tuple[Path, int]]:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        yield Path(error.filename), error.lineno


def _yaml_places(error: BaseException) -> Iterator[tuple[Path, int]]:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        yield Path(str(mark.name)), int(mark.line) + 1
    for match in _YAML_PLACE.finditer(str(error)):
        yield Path(match["path"]), int(match["line"])


def _own_frames(error: BaseException) -> Iterator[tuple[Path, int]]:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.lineno:
            yield Path(frame.filename), frame.lineno


def _is_own(path: Path, location: Location) -> bool:
    return path.is_absolute() and path.is_relative_to(location.root) and "site-packages" not in path.parts
