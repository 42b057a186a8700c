"""Why a project does not load, in words: the project's own file and line, the cause, and what to do next."""

import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from dagway.errors import DagwayError
from dagway.project.locate import Location

_UNSET_VARIABLE = re.compile(r"[Ee]nvironment variables? [\"'`]?(\w+)[\"'`]? (?:is|are) not set")
_YAML_PLACE = re.compile(r"(?P<path>/[^\s:\"'`]+\.ya?ml):(?P<line>\d+)")
_COMPONENT = re.compile(r"^Error while (?:loading component|building definitions for) (?P<key>[^\s\[:]+)")
_OPERATION = re.compile(r"required by .*?op '(?P<name>\w+)'+ was not provided")
_PARAMETER = re.compile(r"""Input asset ["']\[(?:[^\]]*, )?"(?P<name>\w+)"\]["'].* is not produced by any""")
_QUOTED = re.compile(r"[`'\"]([^`'\"\s]+)[`'\"]")
_NOISE = re.compile(r"^\s*(For further information visit|\d+ validation errors? for )")
_ERROR_CLASS = re.compile(
    r"^(?:dagster[\w.]*\.|)(?:Dagster\w+|\w*UndefinedError|ResolutionException|ValidationError): "
)
_TEXTS_OF_DAGSTER = ("Dagster", "ResolutionException", "ValidationError")

Place = tuple[Path, int]


def explain(error: BaseException, location: Location, twice: Sequence[Place] = ()) -> DagwayError:
    """The error that a person can act on, from whatever was raised while a project loaded.

    Args:
        twice: the lines that define what Dagster refuses because it is there already.
    """
    chain = _chain(error)
    cause = chain[-1]
    variable = _unset_variable(cause)
    reason = f"the environment variable {variable} is not set." if variable else _reason(cause, location)
    *others, place = twice or (_place(chain, variable or reason, location),)
    where = _shown(place, location) if place else location.name
    if others:
        reason = f"{reason}, also at {' and '.join(_shown(other, location) for other in others)}"
    remedy = (
        f"Set {variable} in the environment, or add it to {location.root / '.env'}."
        if variable
        else _remedy(cause, where if place else "", location)
    )
    return DagwayError(f"The project does not load: {where}: {reason}", remedy)


def _shown(place: Place, location: Location) -> str:
    return f"{place[0].relative_to(location.root).as_posix()}:{place[1]}"


def _chain(error: BaseException) -> list[BaseException]:
    """From what arrived here to what was raised first: the first is the cause, the others repeat it."""
    chain = [error]
    while before := (error.__cause__ or (None if error.__suppress_context__ else error.__context__)):
        if before in chain:
            break
        chain.append(before)
        error = before
    return chain


def _reason(cause: BaseException, location: Location) -> str:
    """The error's text without tracebacks, excerpts and links; several lines only where each says something."""
    text = str(cause).strip() or type(cause).__name__
    if _is_long_chain(cause):
        return f"a chain of assets is longer than Dagster can follow within Python's recursion limit of {sys.getrecursionlimit()}"
    lines = [line for line in text.splitlines() if line.strip() and not _NOISE.match(line)]
    if type(cause).__name__ == "ResolutionException" or "Traceback (most recent call last):" in text:
        lines = lines[-1:]
    own = type(cause).__name__.startswith(_TEXTS_OF_DAGSTER)
    reason = "\n    ".join(_ERROR_CLASS.sub("", line) for line in lines).replace(f"{location.root}/", "")
    return reason if own else f"{type(cause).__name__}: {reason}"


def _is_long_chain(cause: BaseException) -> bool:
    """Whether Dagster itself went too deep: it sorts the assets of a job by a function that calls itself."""
    frames = traceback.extract_tb(cause.__traceback__)
    last = {Path(frame.filename).name for frame in frames[-3:]}
    return isinstance(cause, RecursionError) and "graph_definition.py" in last


def _remedy(cause: BaseException, where: str, location: Location) -> str:
    if _is_long_chain(cause):
        return "Cut the chain, or raise the limit where the definitions begin: sys.setrecursionlimit(20_000)."
    if location.interpreter and isinstance(cause, ImportError):
        return f"Its workspace names an interpreter, {location.interpreter}: install Dagway there and check with it."
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        package = cause.name.partition(".")[0]
        own = any((path / package).exists() or (path / f"{package}.py").exists() for path in location.paths)
        if not own:
            return f"Install {package} into the environment that runs Dagway, or correct the import."
    return f"Mend {where}, then try again." if where else "Mend the project, then try again."


def _unset_variable(cause: BaseException) -> str | None:
    if isinstance(cause, KeyError) and _raised_by_environment(cause):
        return str(cause.args[0])
    match = _UNSET_VARIABLE.search(str(cause))
    return match.group(1) if match else None


def _raised_by_environment(cause: KeyError) -> bool:
    frames = traceback.extract_tb(cause.__traceback__)
    return bool(frames) and frames[-1].filename.endswith(("<frozen os>", "/os.py", "\\os.py"))


def _place(chain: list[BaseException], about: str, location: Location) -> Place | None:
    """The most telling place in the project: a position that an error names, else own code, else a component's file."""
    named = [place for error in reversed(chain) for place in (*_syntax_place(error), *_yaml_places(error))]
    frames = [place for error in reversed(chain) for place in _frames(error)]
    own = [place for place in (*named, *frames) if _is_own(place[0], location)]
    # The call that builds the definitions says less than the function that cannot have what it needs.
    if operation := _OPERATION.search(about):
        own = [*_functions(rf"{operation['name']}\(", location), *own]
    elif parameter := _PARAMETER.search(about):
        own = [*_functions(rf"\w+\([^)]*\b{parameter['name']}\b", location), *own]
    component = _component_place(chain, about, location)
    # The call that loads all components is in every traceback: the component itself says more.
    if component and (not own or own[0][0].name == "definitions.py"):
        return component
    return own[0] if own else None


def _syntax_place(error: BaseException) -> Iterator[Place]:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        yield Path(error.filename), error.lineno


def _yaml_places(error: BaseException) -> Iterator[Place]:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        yield Path(str(mark.name)), int(mark.line) + 1
    for match in _YAML_PLACE.finditer(str(error)):
        yield Path(match["path"]), int(match["line"])


def _frames(error: BaseException) -> Iterator[Place]:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.lineno:
            yield Path(frame.filename), frame.lineno


def _component_place(chain: list[BaseException], about: str, location: Location) -> Place | None:
    """The YAML of the component that was loaded last, or else of the first whose type is what the error is about."""
    package = (location.module or "*").partition(".")[0]
    files = sorted(path for folder in location.paths for path in folder.glob(f"{package}/**/defs.yaml"))
    keys = [match["key"] for error in chain if (match := _COMPONENT.match(str(error)))]
    for key in reversed(keys):
        for path in files:
            if path.parent.as_posix().endswith(f"/{key}"):
                return path, _line_about(path, about)
    return next((place for path in files for place in _type_places(path, _QUOTED.findall(about))), None)


def _type_places(path: Path, names: list[str]) -> Iterator[Place]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if names and line.startswith("type:") and all(name in line for name in names):
            yield path, number


def _line_about(path: Path, about: str) -> int:
    words = _QUOTED.findall(about) or [about]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if any(word in line for word in words):
            return number
    return 1


def _functions(begin: str, location: Location) -> Iterator[Place]:
    """The functions whose head begins so, in the modules of the project that were imported."""
    start = re.compile(rf"^\s*(?:async )?def {begin}", re.MULTILINE)
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    for path in sorted(Path(file) for file in files if file and location.owns(file)):
        text = path.read_text(encoding="utf-8")
        if match := start.search(text):
            yield path, text.count("\n", 0, text.index("def ", match.start())) + 1


def _is_own(path: Path, location: Location) -> bool:
    return path.is_absolute() and path.is_relative_to(location.root) and "site-packages" not in path.parts
