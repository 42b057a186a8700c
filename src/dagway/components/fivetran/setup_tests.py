"""A job that runs the setup tests of the connections, and its schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, cast

import dagster as dg
from dagster_fivetran.translator import FivetranConnector

from dagway._dagster.fivetran_client import Client
from dagway.components.resolving import plain, text
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class SetupTests(dg.Resolvable):
    """When the connections' setup tests run."""

    cron_schedule: Annotated[str, text("A cron expression of five fields.")]
    timezone: Annotated[str, text("The cron expression's time zone.")] = "UTC"
    job_name: Annotated[str, text("The job's name.")] = "fivetran_setup_tests"
    running: Annotated[
        bool, plain("Whether the schedule runs once the project is deployed; in demo mode it does not.", bool)
    ] = True

    def definitions(self, test: Callable[[], dict[str, int]], *, demo: bool) -> dg.Definitions:
        """The job and its schedule; `test` runs the tests."""

        @dg.op(name=f"{self.job_name}_op", description="Runs the setup tests of every connection.")
        def setup_tests(context: dg.OpExecutionContext) -> None:
            for name, number in test().items():
                context.log.info(f"{name}: {number} setup tests passed.")

        define: Any = cast("Any", dg).job  # its type is partly open

        @define(name=self.job_name, description="Whether Fivetran still reaches its sources.")
        def job() -> None:
            setup_tests()

        running = self.running and not demo
        status = dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED
        try:
            schedule = dg.ScheduleDefinition(
                name=f"{self.job_name}_schedule",
                job=job,
                cron_schedule=self.cron_schedule,
                execution_timezone=self.timezone,
                default_status=status,
            )
        except dg.DagsterError as error:
            raise DagwayError(
                f"{self.job_name}: {error}", "Correct the cron expression or the time zone."
            ) from error
        return dg.Definitions(jobs=[job], schedules=[schedule])


def run_setup_tests(client: Client, selected: Callable[[FivetranConnector], bool]) -> dict[str, int]:
    """Run the tests of every selected connection, also of broken ones; gives how many passed, by connection.

    Raises:
        DagwayError: tests failed; they are named with their reasons.
    """
    passed: dict[str, int] = {}
    failed: list[str] = []
    for group in client.get_groups()["items"]:
        for details in client.list_connectors_for_group(group["id"]):
            connection = FivetranConnector.from_connector_details(details)
            if selected(connection):
                results = client.setup_tests(connection.id)
                failed += [_told(connection, one) for one in results if _is_failed(one)]
                passed[connection.name] = sum(not _is_failed(one) for one in results)
    if failed:
        raise DagwayError(
            f"{len(failed)} setup tests of Fivetran failed: {'; '.join(failed)}.",
            "Mend the connections in Fivetran; their syncs will fail until then.",
        )
    return passed


def _is_failed(result: Any) -> bool:
    return result["status"] in ("FAILED", "JOB_FAILED")


def _told(connection: FivetranConnector, result: Any) -> str:
    reason = str(result.get("message") or "no reason given").rstrip(".")
    return f"{connection.name}: {result['title']} ({reason})"
