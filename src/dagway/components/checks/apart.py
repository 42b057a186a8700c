"""Checks that have a step of their own: the age of an asset, a function of the project, values of another table."""

import importlib
import inspect
import time
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any

import dagster as dg

from dagway.blueprint.duration import seconds
from dagway.components.checks.run import NamedCheck, TableChecks, answer
from dagway.components.failures import clear_failures
from dagway.components.warehouse import Warehouse
from dagway.errors import DagwayError
from dagway.sql.names import table_name


def check_definitions(checks: TableChecks, defs_module: str) -> list[dg.AssetChecksDefinition]:
    """One definition for each check that the asset's own step does not answer."""
    package = defs_module.rpartition(".")[0]
    return [_definition(named, checks, package) for named in checks.apart]


def _definition(named: NamedCheck, checks: TableChecks, package: str) -> dg.AssetChecksDefinition:
    match named.check.kind:
        case "freshness":
            return _freshness(named, checks)
        case "relationship":
            return _relationship(named, checks)
        case _:
            return _python(named, checks, package)


def _relationship(named: NamedCheck, checks: TableChecks) -> dg.AssetChecksDefinition:
    """Runs after both tables: the one that is checked, and the one whose values it needs."""
    to = dg.AssetKey(str(named.check.value.to).split("/"))

    @dg.asset_check(
        asset=dg.AssetKey(checks.key),
        name=named.name,
        description=named.description,
        blocking=named.check.blocking,
        additional_deps=[] if to == dg.AssetKey(checks.key) else [to],
        required_resource_keys={"warehouse"},
    )
    def relationship(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        warehouse: Warehouse = context.resources.warehouse
        name, table = "/".join(checks.key), table_name(checks.key)
        with clear_failures(name), warehouse.session() as session, clear_failures(name, session.errors):
            _, [result] = answer(session, table, checks, [], [named])
        return result

    return relationship


def _freshness(named: NamedCheck, checks: TableChecks) -> dg.AssetChecksDefinition:
    key, limit = dg.AssetKey(checks.key), seconds(named.check.value)

    @dg.asset_check(asset=key, name=named.name, description=named.description, blocking=named.check.blocking)
    def freshness(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = context.instance.get_latest_materialization_event(key)
        if event is None:
            return dg.AssetCheckResult(
                passed=False, severity=named.severity, description="It was never materialized."
            )
        age = time.time() - event.timestamp
        return dg.AssetCheckResult(
            passed=age <= limit,
            severity=named.severity,
            metadata={"age_seconds": round(age, 1), "limit_seconds": limit},
            description=None if age <= limit else f"Materialized {age:.0f} s ago, allowed are {limit} s.",
        )

    return freshness


def _python(named: NamedCheck, checks: TableChecks, package: str) -> dg.AssetChecksDefinition:
    function = load_function(named.check.value, package)
    is_warning = named.severity == dg.AssetCheckSeverity.WARN
    if isinstance(function, dg.AssetChecksDefinition):
        if is_warning:
            raise DagwayError(
                f"{'/'.join(checks.key)}: {named.check.value} is a check of Dagster's, which says itself how severe it is.",
                "Leave `severity` out and return `AssetCheckResult(severity=…)`, or take the decorator away.",
            )
        return function
    decorated = dg.asset_check(
        asset=dg.AssetKey(checks.key),
        name=named.name,
        description=named.check.description or function.__doc__ or named.description,
        blocking=named.check.blocking,
    )
    return decorated(_warning(function) if is_warning else function)


def _warning(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, of the same kind and parameters, whose results are warnings: only a result can say so."""
    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def generated(*arguments: Any, **named: Any) -> Generator[Any]:
            for found in function(*arguments, **named):
                yield _as_warning(found)

        return generated
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def awaited(*arguments: Any, **named: Any) -> Any:
            return _as_warning(await function(*arguments, **named))

        return awaited

    @wraps(function)
    def returned(*arguments: Any, **named: Any) -> Any:
        return _as_warning(function(*arguments, **named))

    return returned


def _as_warning(found: Any) -> Any:
    if not isinstance(found, dg.AssetCheckResult):
        return found
    return found._replace(severity=dg.AssetCheckSeverity.WARN)


def load_function(reference: str, package: str) -> Any:
    """The function of `file.py:function`; the file stands in the project's package.

    Raises:
        DagwayError: there is no such module or function.
    """
    file, _, name = reference.partition(":")
    module = ".".join(part for part in (package, *file.removesuffix(".py").split("/")) if part)
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        raise DagwayError(
            f"There is no module {module}.", f"Write {file} in the project's package."
        ) from error
    except AttributeError as error:
        raise DagwayError(
            f"{module} has no function {name}.", "Write it, or correct the reference."
        ) from error
