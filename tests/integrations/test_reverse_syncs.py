"""Syncs of Hightouch and Census: in demo mode, and against services that misbehave."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import dagway.components
from dagway.components.scaffolder import copy_example, example_of
from dagway.simulators import census, hightouch
from dagway.simulators.census import Census
from dagway.simulators.hightouch import Hightouch
from dagway.simulators.service import Fault

pytestmark = pytest.mark.integration
MODEL = "select range as id from range(3)"


@pytest.fixture(params=["HightouchSync", "CensusSync"])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def service(name: str) -> Iterator[Any]:
    """A workspace with one sync of three rows."""
    hightouches = Hightouch(syncs=[hightouch.Sync("7", rows=3)])
    made = hightouches if name == "HightouchSync" else Census(syncs=[census.Sync(7, rows=3)])
    with made.running():
        yield made


def connect(project: Any, name: str, service: Any, **attributes: Any) -> None:
    """The component as in production, at the simulator's address."""
    project.model("customer_lifetime_value", MODEL, group="marts")
    settings = {"poll_interval": 0.02, "request_timeout": 5, "patience": 20, "api_url": service.url}
    project.component(
        "crm",
        name,
        {
            "key": "exports/crm",
            "model": "customer_lifetime_value",
            "sync_id": "7",
            **service.credentials(),
            **settings,
            **attributes,
        },
    )


def runs(service: Any) -> int:
    return len(service.syncs[0].runs)


def test_the_example_runs_without_credentials(project: Any, read: Any, name: str) -> None:
    project.model("customer_lifetime_value", MODEL, group="marts")
    folder = project.root / project.package / "defs" / "crm"
    folder.mkdir(parents=True)
    copy_example(
        example_of(getattr(dagway.components, name)), folder, project.root, f"dagway.components.{name}"
    )

    result = project.run()

    assert result.success, read.failure(result)
    key = "exports/customers_to_crm" if name == "HightouchSync" else "exports/customers_to_ads"
    assert read.metadata(result, key)["rows"] == 3


def test_the_model_becomes_the_dependency(project: Any, name: str, service: Any) -> None:
    connect(project, name, service, owners=["team:growth"])

    spec = next(one for one in project.load().resolve_all_asset_specs() if one.key.path == ["exports", "crm"])

    assert [dep.asset_key.to_user_string() for dep in spec.deps] == ["customer_lifetime_value"]
    assert spec.kinds == {service.title.lower()}
    assert spec.owners == ["team:growth"]


def test_a_sync_is_waited_for_and_told(project: Any, read: Any, name: str, service: Any) -> None:
    connect(project, name, service)

    result = project.run()

    assert result.success, read.failure(result)
    told = read.metadata(result, "exports/crm")
    [run] = service.syncs[0].runs
    assert (told["rows"], str(told["sync_run_id"]), told["destination_type"]) == (
        3,
        str(run.id),
        "salesforce",
    )
    assert service.syncs[0].runs[0].looks > service.syncs[0].looks


def test_wrong_credentials_are_refused_at_once(project: Any, read: Any, name: str, service: Any) -> None:
    connect(project, name, service, api_key="wrong")

    failure = read.failure(project.run("exports/crm"))

    assert f"{service.title} refuses the credentials: 401" in failure
    assert len(service.requests) == 1


def test_a_missing_key_is_named(project: Any, read: Any, name: str, service: Any) -> None:
    connect(project, name, service, api_key="{{ env.NO_SUCH_KEY }}")

    assert f"{service.title}'s api_key is empty" in read.failure(project.run())


def test_a_sync_that_is_not_there_is_named(project: Any, read: Any, name: str, service: Any) -> None:
    connect(project, name, service, sync_id="8")

    assert "404 Not Found, Sync 8" in read.failure(project.run())


@pytest.mark.parametrize(
    "fault",
    [Fault(status=429, retry_after=1), Fault("runs", status=500), Fault("runs", cut=True)],
    ids=["busy", "broken", "half_an_answer"],
)
def test_a_passing_trouble_is_waited_out(
    project: Any, read: Any, name: str, service: Any, fault: Fault
) -> None:
    connect(project, name, service)
    service.faults.append(fault)

    result = project.run()

    assert result.success, read.failure(result)
    assert service.faults == []
    assert runs(service) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("trigger", 429, retry_after=3600), "429 Too Many Requests"),
        (Fault("trigger", 500), "500 Internal Server Error"),
        (Fault("runs", delay=1.0), "it did not answer in time"),
        (Fault("runs", cut=True), "its answer ended half way"),
    ],
    ids=["busy", "broken", "time_out", "half_an_answer"],
)
def test_a_lasting_trouble_fails_and_the_next_run_repairs_it(
    project: Any, read: Any, name: str, service: Any, fault: Fault, said: str
) -> None:
    connect(project, name, service, patience=0.5, request_timeout=0.3)
    service.faults += [fault] * 20

    result = project.run()

    assert not result.success
    assert said in read.failure(result)

    service.faults.clear()
    connect(project, name, service)
    assert project.run().success


def test_a_failed_run_is_no_success(project: Any, read: Any, name: str, service: Any) -> None:
    connect(project, name, service)
    service.syncs[0].outcome, service.syncs[0].error = "failed", "The field Email is gone"

    assert "The field Email is gone" in read.failure(project.run())

    service.syncs[0].outcome = "success" if name == "HightouchSync" else "completed"
    assert project.run().success


FIELDS = {
    "HightouchSync": ("destinationId", "status", "querySize", "id"),
    "CensusSync": ("destination_attributes", "sync_run_id", "status", "source_record_count", "data"),
}


@pytest.mark.parametrize(("name", "field"), [(name, one) for name, some in FIELDS.items() for one in some])
def test_a_field_that_the_service_no_longer_has_is_named(
    project: Any, read: Any, service: Any, field: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(found: dict[str, Any]) -> dict[str, Any]:
        return {key: one for key, one in found.items() if key != field}

    routed = getattr(service, "_routed")  # noqa: B009  a simulator's own

    def changed(request: Any) -> Any:
        found = routed(request)
        return replace(found, body=json.dumps(json.loads(found.body, object_hook=without)))

    monkeypatch.setattr(service, "_routed", changed)
    connect(project, name, service)

    result = project.run()

    assert not result.success
    told = read.failure(result)
    assert f"{service.title} answers without the field " in told
    assert field in told


def test_rejected_rows_are_no_success_unless_allowed(
    project: Any, read: Any, name: str, service: Any
) -> None:
    connect(project, name, service)
    service.syncs[0].rejected = 1
    assert not project.run().success

    connect(project, name, service, fail_on_rejected_rows=False)
    assert project.run().success


def test_an_empty_model_is_told(project: Any, read: Any, name: str, service: Any) -> None:
    connect(project, name, service)
    service.syncs[0].rows = 0

    result = project.run()

    assert result.success, read.failure(result)
    assert read.metadata(result, "exports/crm")["rows"] == 0


def test_a_run_that_does_not_end_is_given_up(project: Any, read: Any, name: str, service: Any) -> None:
    connect(project, name, service, sync_timeout=0.3)
    service.syncs[0].looks = 100_000

    failure = read.failure(project.run())

    assert "timed out" in failure or "time out" in failure


def test_a_run_that_was_left_behind_does_not_hinder_the_next(
    project: Any, read: Any, name: str, service: Any
) -> None:
    """As after a kill: the service still works on what a step that is gone had triggered."""
    connect(project, name, service, sync_timeout=0.3)
    service.syncs[0].looks = 100_000
    assert not project.run().success

    service.syncs[0].looks = 1
    connect(project, name, service)
    assert project.run().success
    assert runs(service) == 2


def test_demo_mode_needs_the_models_table(project: Any, read: Any, name: str, service: Any) -> None:
    connect(project, name, service, demo_mode=True, model="marts/none")

    assert "no table marts.none" in read.failure(project.run('key:"exports/crm"'))


def test_checks_belong_to_the_model(project: Any, name: str, service: Any) -> None:
    connect(project, name, service, checks=[{"unique": "id"}])

    with pytest.raises(Exception, match="Error while") as error:
        project.load()

    assert "check the model instead" in str(error.value.__cause__)
