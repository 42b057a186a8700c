"""What warm runs use of Dagster that is private: each name here fails by itself when Dagster moves it."""

# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false

from __future__ import annotations

import inspect
import logging
import multiprocessing.context
import tempfile
from pathlib import Path
from typing import Any, cast

import dagster as dg
import dagster._grpc.proxy_server as proxy_server
import dagster._grpc.server as grpc_server
import pytest
from dagster._cli.api import grpc_command
from dagster._cli.code_server import start_command
from dagster._core.definitions import executor_definition, reconstruct
from dagster._core.definitions.metadata.metadata_value import CodeLocationReconstructionMetadataValue
from dagster._core.definitions.repository_definition import RepositoryLoadData
from dagster._core.execution import compute_logs
from dagster._core.executor import multiprocess
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_representation.grpc_server_registry import GrpcServerRegistry, ServerRegistryEntry
from dagster._core.storage import sql
from dagster._core.system_config.objects import ResolvedRunConfig
from dagster._grpc.types import GetCurrentRunsResult

from dagway._dagster import code_server, mirror, rehearsal, reuse, run_config, supervisor
from dagway._dagster.warm_definitions import Loaded, keep


def source(thing: Any) -> str:
    return inspect.getsource(thing)


def test_the_server_makes_its_runs_in_the_context_that_it_keeps() -> None:
    text = source(grpc_server.DagsterApiServer.StartRun)
    for part in ("self._mp_ctx.Queue()", "self._mp_ctx.Event()", "self._mp_ctx.Process("):
        assert part in text
    assert "sleep(EVENT_QUEUE_POLL_INTERVAL)" in text


def test_the_server_loads_once_after_the_instance_and_before_its_threads() -> None:
    text = source(grpc_server.DagsterApiServer.__init__)
    at = [text.index(part) for part in ("self._instance = ", "LoadedRepositories(", "threading.Thread(")]
    assert at == sorted(at)
    assert text.count("LoadedRepositories(") == 1


def test_one_thread_of_the_server_looks_after_its_runs_until_it_ends() -> None:
    text = source(grpc_server.DagsterApiServer)
    for name in ("def _check_for_orphaned_runs(self)", "_shutdown_once_executions_finish_event.is_set()"):
        assert name in text, name
    assert "self._check_for_orphaned_runs()" in source(
        cast("Any", grpc_server.DagsterApiServer)._cleanup_thread
    )


def test_the_commands_import_what_is_replaced_when_they_run() -> None:
    assert "import DagsterApiServer" in source(cast("Any", grpc_command).callback)
    assert "import DagsterProxyApiServicer" in source(cast("Any", start_command).callback)
    assert "get_python_environment_entry_point(executable_path" in source(grpc_server.open_server_process)


def test_the_proxy_has_what_the_supervisor_looks_at() -> None:
    text = source(proxy_server.DagsterProxyApiServicer)
    for name in (
        "_grpc_server_registry",
        "_origin",
        "_run_clients",
        "_reload_lock",
        "_client_heartbeat_shutdown_event",
        "_server_termination_event",
        "_shutdown_once_executions_finish_event",
        "def _reload_location",
    ):
        assert name in text, name
    registry = source(GrpcServerRegistry)
    for name in ("self._all_processes", "self._active_entries", "self._lock"):
        assert name in registry, name
    assert "process" in ServerRegistryEntry._fields
    assert "ErrorRegistryEntry(" in registry
    assert "safe_tempfile_path_unmanaged()" in source(grpc_server.GrpcServerProcess)
    assert supervisor.REFUSAL in source(grpc_server.DagsterApiServer.StartRun)
    assert "self._client" in source(proxy_server.DagsterProxyApiServicer.StartRun)
    assert 'self._query("ExecutionPlanSnapshot"' in text
    # Whose runs go on is asked of each server itself.
    assert "client._get_response(" in text
    told = source(grpc_server.DagsterApiServer.GetCurrentRuns)
    for name in ("serialized_current_runs", "GetCurrentRunsResult(", "self._executions.keys()"):
        assert name in told, name
    assert GetCurrentRunsResult(current_runs=["run"], serializable_error_info=None).current_runs == ["run"]


def test_the_options_are_those_of_both_commands() -> None:
    names = {str(option.name) for option in code_server.options()}
    assert names == {str(option.name) for option in (*grpc_command.params, *start_command.params)}
    port = next(option for option in code_server.options() if option.name == "port")
    assert {"DAGSTER_CODE_SERVER_PORT", "DAGSTER_GRPC_PORT"} <= set(port.envvar or ())


@pytest.mark.parametrize("supported", [True, False])
def test_where_processes_cannot_be_known_the_stock_servicer_serves(
    supported: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[type] = []
    stock = proxy_server.DagsterProxyApiServicer

    def serve(**_: Any) -> None:
        used.append(proxy_server.DagsterProxyApiServicer)

    monkeypatch.setattr(code_server, "IS_SUPPORTED", supported)
    monkeypatch.setattr(code_server.start_command, "callback", serve)
    code_server.supervise(["-m", "x"], {str(option.name): None for option in code_server.options()}, str)
    assert [each is stock for each in used] == [not supported]
    assert all(issubclass(each, supervisor.Supervisor) == supported for each in used)


def test_the_executor_asks_multiprocessing_for_its_context_by_name() -> None:
    assert "multiprocessing.get_context(self._start_method)" in source(
        multiprocess.MultiprocessExecutor.execute
    )
    assert "_core_multiprocess_executor_creation" in vars(executor_definition)
    assert "return MultiprocessExecutor(" in source(
        vars(executor_definition)["_core_multiprocess_executor_creation"]
    )
    assert "spawn" in cast("Any", multiprocessing.context)._concrete_contexts


def test_definitions_that_are_kept_are_found_and_others_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def load(pointer: Any, data: Any = None) -> None:
        asked.append((pointer, data))

    monkeypatch.setattr(reconstruct, "reconstruct_repository_def_from_pointer", load)
    known = reconstruct.CodePointer.from_module("known", "defs", None)
    other = reconstruct.CodePointer.from_module("other", "defs", None)
    repository = dg.Definitions().get_repository_def()
    keep([Loaded(known, repository)])
    assert reconstruct.ReconstructableRepository(known).get_definition() is repository
    reconstruct.ReconstructableRepository(other).get_definition()
    assert [pointer for pointer, _ in asked] == [other]


def test_a_run_of_another_state_of_the_components_loads_them_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Any] = []

    def load(pointer: Any, data: Any = None) -> None:
        asked.append(data)

    monkeypatch.setattr(reconstruct, "reconstruct_repository_def_from_pointer", load)
    known = reconstruct.CodePointer.from_module("known", "defs", None)
    keep([Loaded(known, dg.Definitions().get_repository_def())])
    other = RepositoryLoadData(
        reconstruction_metadata={"state": CodeLocationReconstructionMetadataValue("newer")}
    )
    with caplog.at_level(logging.WARNING, logger="dagway.runtime"):
        reconstruct.ReconstructableRepository(known, repository_load_data=other).get_definition()
    assert asked == [other]
    assert "loads the definitions itself" in caplog.text


def test_storages_ask_for_an_engine_and_the_migrations_by_these_names() -> None:
    for storage in reuse.STORAGES:
        assert "create_engine(" in source(storage)
        assert "create_engine" in vars(storage)
        assert "check_alembic_revision(" in source(storage)
    assert "ScriptDirectory.from_config(" in source(sql.check_alembic_revision)


def test_captured_output_is_followed_by_the_function_that_is_replaced() -> None:
    assert "execute_posix_tail(path, stream)" in source(compute_logs.tail_to_stream)
    assert callable(cast("Any", compute_logs)._fileno)


def test_what_is_printed_goes_to_the_file_and_to_the_stream(tmp_path: Path) -> None:
    target = (tmp_path / "target").open("wb+")
    captured = tmp_path / "captured"
    captured.touch()
    with mirror._follow(str(captured), target), captured.open("ab") as file:  # pyright: ignore[reportPrivateUsage]
        file.write(b"x" * 3_000_000)
        file.write(b"the end")
    assert (tmp_path / "target").read_bytes() == captured.read_bytes()


def test_a_rehearsal_leaves_nothing_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rehearsal.rehearse()
    assert list(tmp_path.iterdir()) == []


def test_storages_that_are_reused_keep_what_stock_ones_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storages: reuse.Storages
) -> None:
    reference = InstanceRef.from_dir(str(tmp_path), overrides={"telemetry": {"enabled": False}})

    @dg.asset
    def number() -> int:
        return 7

    for _ in range(2):
        with dg.DagsterInstance.from_ref(reference) as instance:
            assert dg.materialize([number], instance=instance).success
        storages.close()
    monkeypatch.undo()
    with dg.DagsterInstance.from_ref(reference) as stock:
        runs = stock.get_runs()
        assert len(runs) == 2
        kinds = [[entry.dagster_event_type for entry in stock.all_logs(run.run_id)] for run in runs]
        assert kinds[0] == kinds[1]
        assert dg.DagsterEventType.RUN_SUCCESS in kinds[0]
        assert stock.get_latest_materialization_event(dg.AssetKey("number")) is not None


def test_a_configuration_is_resolved_once_for_the_same_job_and_never_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ResolvedRunConfig, "build", ResolvedRunConfig.build)
    run_config.resolve_once()

    @dg.op(config_schema={"n": int})
    def number() -> None: ...

    @dg.job
    def one() -> None:
        number()

    @dg.job
    def two() -> None:
        number()

    first, other = ({"ops": {"number": {"config": {"n": n}}}} for n in (1, 2))
    assert ResolvedRunConfig.build(one, first) is ResolvedRunConfig.build(one, dict(first))
    assert ResolvedRunConfig.build(one, other).ops["number"].config == {"n": 2}
    assert ResolvedRunConfig.build(two, first) is not ResolvedRunConfig.build(one, first)
    for _ in range(2):
        with pytest.raises(dg.DagsterInvalidConfigError):
            ResolvedRunConfig.build(one, {})


def test_the_thread_that_waits_to_stop_a_run_has_the_name_that_is_let_pass() -> None:
    from dagster._utils import start_termination_thread

    assert 'name="termination-handler"' in source(start_termination_thread)
