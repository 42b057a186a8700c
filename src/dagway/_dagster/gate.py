"""Steps and schedules behind a gate: while it is closed, they do nothing and say why."""

import copy
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, cast

import dagster as dg
from dagster._core.definitions.decorators.op_decorator import DecoratedOpFunction
from dagster._core.execution.plan.compute_generator import create_op_compute_wrapper

Gate = Callable[[], str | None]
"""Why it is closed; None while it is open."""


def gated_asset(definition: dg.AssetsDefinition, gate: Gate) -> dg.AssetsDefinition:
    """The assets of a step that yields nothing while the gate is closed, so that what stands on them is skipped too.

    Raises:
        TypeError: the step is a graph.
    """
    op: Any = definition.node_def
    if not isinstance(op, dg.OpDefinition):
        raise TypeError(f"{definition.node_def.name} is a graph")
    known: Any = op
    outs = {one.name: _optional(dg.Out.from_definition(one)) for one in known.output_defs}
    gated = dg.OpDefinition(
        compute_fn=_behind(gate, op),
        name=known.name,
        ins={one.name: one for one in known.input_defs},
        outs=outs,
        description=known.description,
        config_schema=known.config_schema,
        required_resource_keys=known.required_resource_keys,
        tags=known.tags,
        retry_policy=known.retry_policy,
        code_version=known.version,
        pool=known.pool,
    )
    given: Any = definition
    return cast("Any", dg.AssetsDefinition).dagster_internal_init(
        **{**given.get_attributes_dict(), "node_def": gated}
    )


def _optional(out: Any) -> Any:
    return out._replace(is_required=False)


def _behind(gate: Gate, op: dg.OpDefinition) -> Callable[..., Iterator[Any] | AsyncIterator[Any]]:
    """The step's own computation, as Dagster would call it, where the gate is open."""
    inner: Any = op.compute_fn
    # Dagster's wrapper checks what the function gives against the outputs as they were.
    compute: Any = create_op_compute_wrapper(op) if isinstance(inner, DecoratedOpFunction) else inner

    # Dagster gives the kind of context that the annotation says, and would look into the annotation of an outer function.
    written = (
        inner.get_context_arg().annotation
        if isinstance(inner, DecoratedOpFunction) and inner.has_context_arg()
        else None
    )

    def gated(context: dg.AssetExecutionContext, inputs: Mapping[str, Any]) -> Iterator[Any]:
        if closed := gate():
            context.log.warning(closed)
            return
        yield from compute(
            context.op_execution_context if written is dg.OpExecutionContext else context, inputs
        )

    async def gated_async(context: dg.AssetExecutionContext, inputs: Mapping[str, Any]) -> AsyncIterator[Any]:
        if closed := gate():
            context.log.warning(closed)
            return
        async for event in compute(
            context.op_execution_context if written is dg.OpExecutionContext else context, inputs
        ):
            yield event

    return gated_async if _is_async(inner) else gated


def _is_async(compute: Any) -> bool:
    function = compute.decorated_fn if isinstance(compute, DecoratedOpFunction) else compute
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def gated_schedule(schedule: dg.ScheduleDefinition, gate: Gate) -> dg.ScheduleDefinition:
    """The schedule, whose ticks are skipped while the gate is closed."""

    def due(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if closed := gate():
            yield dg.SkipReason(closed)
            return
        found: Any = schedule.evaluate_tick(context)
        yield from found.run_requests or ()
        if found.skip_message:
            yield dg.SkipReason(found.skip_message)

    # Dagster hands this function on wherever it makes the schedule anew, with its job resolved.
    gated: Any = copy.copy(schedule)
    gated._execution_fn = due
    return gated
