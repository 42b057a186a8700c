# pyright: basic
"""Everything that an executor does, each in a job of its own. `BEHAVIOURS_EXECUTOR` says which executor: stock or warm."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg


def executor() -> dg.ExecutorDefinition:
    """Four steps at a time, and one at a time of those tagged `slot: one`."""
    limits = [{"key": "slot", "value": "one", "limit": 1}]
    configuration = {"max_concurrent": 4, "tag_concurrency_limits": limits}
    if os.environ["BEHAVIOURS_EXECUTOR"] == "warm":
        from dagway import warm_executor

        return warm_executor.configured(configuration)
    return dg.multiprocess_executor.configured(configuration)


EXECUTOR = executor()
LOADED_BY = os.getpid()
SCRATCH = Path(os.environ["BEHAVIOURS_SCRATCH"])
DAYS = dg.DailyPartitionsDefinition("2025-01-01", end_date="2025-01-10")


def mark(context: dg.OpExecutionContext | dg.AssetExecutionContext, name: str) -> Path:
    """A file of this run."""
    folder = SCRATCH / context.run.root_run_id if context.run.root_run_id else SCRATCH / context.run_id
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def patiently(context: dg.OpExecutionContext) -> None:
    """Says that it is there, and stays until it is ended."""
    mark(context, "there").touch()
    for _ in range(600):
        time.sleep(0.1)


@dg.op(out={"one": dg.Out(int), "two": dg.Out(int, is_required=False)})
def source(context: dg.OpExecutionContext) -> Iterator[dg.Output[int]]:
    context.log.info("one is given, two is not")
    yield dg.Output(1, "one", metadata={"rows": 1})


@dg.op
def skipped(number: int) -> int:
    return number


@dg.op
def added(left: int, right: int) -> int:
    return left + right


@dg.job(executor_def=EXECUTOR, tags={"team": "platform"})
def ops() -> None:
    one, two = source()
    skipped(two)
    added(one, one)


@dg.op
def retried_once(context: dg.OpExecutionContext) -> None:
    if context.retry_number == 0:
        raise dg.RetryRequested(max_retries=1, seconds_to_wait=0)


@dg.op(retry_policy=dg.RetryPolicy(max_retries=2, delay=0.1))
def by_policy(context: dg.OpExecutionContext) -> None:
    if context.retry_number < 2:
        raise ValueError(f"attempt {context.retry_number}")


@dg.op(retry_policy=dg.RetryPolicy(max_retries=1))
def never(context: dg.OpExecutionContext) -> None:
    raise ValueError("never")


@dg.op(ins={"nothing": dg.In(dg.Nothing)})
def after_never() -> None: ...


@dg.job(executor_def=EXECUTOR)
def retries() -> None:
    retried_once()


@dg.job(executor_def=EXECUTOR)
def retry_policy() -> None:
    by_policy()
    after_never(never())


@dg.op
def first() -> int:
    return 1


@dg.op
def second_time(context: dg.OpExecutionContext, number: int) -> int:
    if context.run.parent_run_id is None:
        raise ValueError("the first time")
    return number


@dg.op
def last(number: int) -> int:
    return number


@dg.job(executor_def=EXECUTOR)
def reexecution() -> None:
    last(second_time(first()))


@dg.op(out=dg.DynamicOut(int))
def parts() -> Iterator[dg.DynamicOutput[int]]:
    for number in range(3):
        yield dg.DynamicOutput(number, mapping_key=f"part_{number}")


@dg.op
def doubled(number: int) -> int:
    return number * 2


@dg.op
def total(numbers: list[int]) -> int:
    assert sum(numbers) == 6
    return sum(numbers)


@dg.job(executor_def=EXECUTOR)
def dynamic() -> None:
    total(parts().map(doubled).collect())


@dg.success_hook
def on_success(context: dg.HookContext) -> None:
    context.log.info("it went well")


@dg.failure_hook
def on_failure(context: dg.HookContext) -> None:
    context.log.info("it went badly")


@dg.op
def failing() -> None:
    raise dg.Failure("badly", metadata={"why": "on purpose"}, allow_retries=False)


@dg.job(executor_def=EXECUTOR)
def hooks() -> None:
    # One hook an op: the order of several is that of a set, which is another in each process.
    first.with_hooks({on_success})()
    failing.with_hooks({on_failure})()


@dg.resource
def torn_down(context: dg.InitResourceContext) -> Iterator[str]:
    try:
        yield "resource"
    finally:
        with (SCRATCH / f"torn_down_{context.run_id}").open("a") as file:
            file.write("down\n")


@dg.op(required_resource_keys={"torn_down"})
def with_resource(context: dg.OpExecutionContext) -> str:
    return context.resources.torn_down


@dg.op(required_resource_keys={"torn_down"})
def failing_with_resource(context: dg.OpExecutionContext) -> None:
    raise ValueError(context.resources.torn_down)


@dg.job(executor_def=EXECUTOR, resource_defs={"torn_down": torn_down})
def tear_down() -> None:
    with_resource()
    failing_with_resource()


@dg.resource
def broken(_: dg.InitResourceContext) -> None:
    raise ValueError("this resource cannot be had")


@dg.op(required_resource_keys={"broken"})
def without_resource() -> None: ...


@dg.job(executor_def=EXECUTOR, resource_defs={"broken": broken})
def broken_resource() -> None:
    without_resource()


@dg.op
def waits(context: dg.OpExecutionContext) -> None:
    patiently(context)


@dg.job(executor_def=EXECUTOR)
def cancelled() -> None:
    after_never(waits())


@dg.resource
def slow(context: dg.InitResourceContext) -> None:
    (SCRATCH / f"{context.run_id}").mkdir(parents=True, exist_ok=True)
    (SCRATCH / f"{context.run_id}" / "there").touch()
    time.sleep(60)


@dg.op(required_resource_keys={"slow"})
def never_starts() -> None: ...


@dg.job(executor_def=EXECUTOR, resource_defs={"slow": slow})
def cancelled_at_start() -> None:
    never_starts()


@dg.op
def speaks(context: dg.OpExecutionContext) -> None:
    print("said by", context.op_handle.name)
    print("complained by", context.op_handle.name, file=sys.stderr)
    os.system(f"echo child of {context.op_handle.name}")


@dg.job(executor_def=EXECUTOR)
def spoken() -> None:
    speaks.alias("anna")()
    speaks.alias("otto")()


@dg.op
def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dg.op
def crashed() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


@dg.op
def left() -> None:
    os._exit(3)


@dg.op(retry_policy=dg.RetryPolicy(max_retries=1))
def killed_once(context: dg.OpExecutionContext) -> None:
    if context.retry_number == 0:
        os.kill(os.getpid(), signal.SIGKILL)


@dg.job(executor_def=EXECUTOR)
def crashes() -> None:
    first()
    killed()
    crashed()
    left()
    killed_once()


@dg.op
def short() -> None:
    time.sleep(0.3)


@dg.job(executor_def=EXECUTOR)
def four_at_a_time() -> None:
    for number in range(8):
        short.alias(f"short_{number}")()


@dg.job(executor_def=EXECUTOR)
def tag_limit() -> None:
    for number in range(4):
        short.alias(f"tagged_{number}").tag({"slot": "one"})()


@dg.op(pool="narrow")
def pooled() -> None:
    time.sleep(0.3)


@dg.job(executor_def=EXECUTOR)
def pool() -> None:
    for number in range(4):
        pooled.alias(f"pooled_{number}")()


@dg.op
def says_who_loaded(context: dg.OpExecutionContext) -> None:
    mark(context, "whose").write_text("loaded here" if os.getpid() == LOADED_BY else "loaded before")


@dg.job(executor_def=EXECUTOR)
def whose() -> None:
    says_who_loaded()


@dg.op
def names_variables(context: dg.OpExecutionContext) -> None:
    """Dagster's own, and those that this process was started with."""
    found = {
        name: value for name, value in os.environ.items() if name.startswith(("DAGSTER_", "BEHAVIOURS_"))
    }
    context.log.info(" ".join(f"{name}={value}" for name, value in sorted(found.items())))


@dg.job(executor_def=EXECUTOR)
def variables() -> None:
    names_variables()


@dg.op(config_schema={"name": str})
def configured(context: dg.OpExecutionContext) -> None:
    context.log.info(f"name is {context.op_config['name']}; team is {context.run_tags.get('team')}")


@dg.job(executor_def=EXECUTOR)
def configuration() -> None:
    configured()


@dg.multi_asset(
    specs=[dg.AssetSpec("left_half", skippable=True), dg.AssetSpec("right_half", skippable=True)],
    can_subset=True,
)
def halves(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    for key in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(key, metadata={"half": key.to_user_string()})


@dg.asset(deps=["right_half"])
def below() -> int:
    return 3


@dg.asset(partitions_def=DAYS)
def daily(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"day": context.partition_key})


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def ranged(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"days": len(context.partition_keys)})


@dg.asset
def checked() -> int:
    return 1


@dg.asset_check(asset=checked, blocking=True)
def passes(checked: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=checked == 1, metadata={"value": checked})


@dg.asset_check(asset=checked)
def warns() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


@dg.asset
def suspicious() -> int:
    return -1


@dg.asset_check(asset=suspicious, blocking=True)
def blocks(suspicious: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=suspicious > 0)


@dg.asset(deps=[suspicious])
def behind_the_block() -> int:
    return 4


ASSETS = [halves, below, daily, ranged, checked, suspicious, behind_the_block]
JOBS = [
    ops,
    retries,
    retry_policy,
    reexecution,
    dynamic,
    hooks,
    tear_down,
    broken_resource,
    cancelled,
    cancelled_at_start,
    spoken,
    crashes,
    four_at_a_time,
    tag_limit,
    pool,
    whose,
    variables,
    configuration,
]


@dg.definitions
def defs() -> dg.Definitions:
    """All of it."""
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=[passes, warns, blocks],
        jobs=[
            *JOBS,
            dg.define_asset_job("halves_job", selection=[dg.AssetKey("right_half"), dg.AssetKey("below")]),
            dg.define_asset_job("daily_job", selection=["daily"]),
            dg.define_asset_job("ranged_job", selection=["ranged"]),
            dg.define_asset_job("checked_job", selection=["checked"]),
            dg.define_asset_job("blocked_job", selection=["suspicious", "behind_the_block"]),
        ],
        executor=EXECUTOR,
    )
