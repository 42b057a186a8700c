"""A Feast repository: its views as assets, windows into the online store, and whether both stores agree."""

# Feast and redis-py publish no types that hold, Dagster and pyarrow leave parts of theirs open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redis
import yaml
from holding_proxy import Proxy
from killed_run import run_and_kill

from dagway.components import FeatureStore
from dagway.components.feast.repository import Feast, Repository
from dagway.components.scaffolder import copy_example, example_of
from dagway.errors import DagwayError
from tests.raised import whole_message

if TYPE_CHECKING:
    from services import RedisServer

pytestmark = [pytest.mark.integration, pytest.mark.slow]
VIEW = dg.AssetKey(["features", "customer_orders"])
AGREEMENT = "offline_online_agreement"
STORE = "data/demo_features/features/online.db"
Row = tuple[int | None, int, float, str]
ROWS: list[Row] = [
    (1, 1, 20.0, "2024-01-01 10:00"),
    (2, 1, 5.5, "2024-01-01 12:00"),
    (1, 2, 55.0, "2024-01-02 09:00"),
    (3, 1, 8.25, "2024-01-03 08:30"),
]


@pytest.fixture
def features(project: Any) -> Any:
    """The example in a project, beside the asset that it reads."""
    project.model("staging/orders", "select 1 as id")
    folder = project.root / project.package / "defs" / "features"
    folder.mkdir(parents=True)
    copy_example(example_of(FeatureStore), folder, project.root, "dagway.components.FeatureStore")
    return project


def changed(project: Any, **attributes: Any) -> None:
    """The example with other attributes; None takes one away."""
    file = project.root / project.package / "defs" / "features" / "defs.yaml"
    document = yaml.safe_load(file.read_text())
    document["attributes"].update(attributes)
    document["attributes"] = {
        name: value for name, value in document["attributes"].items() if value is not None
    }
    file.write_text(yaml.safe_dump(document))


def offline(project: Any, rows: list[Row], **renamed: str) -> None:
    """Other rows in the offline store."""
    names = ["customer_id", "orders", "amount"]
    columns: dict[str, Any] = {
        renamed.get(name, name): [row[at] for row in rows] for at, name in enumerate(names)
    }
    moments = [datetime.fromisoformat(row[3]) for row in rows]
    columns["ordered_at"] = pa.array(moments, pa.timestamp("us"))
    pq.write_table(pa.table(columns), project.root / "features" / "data" / "order_stats.parquet")


def on_redis(
    project: Any, server: RedisServer, password: str = "", port: int | None = None, **settings: Any
) -> None:
    """The example against a real Redis."""
    file = project.root / "features" / "feature_store.yaml"
    document = yaml.safe_load(file.read_text())
    document["online_store"]["connection_string"] = f"127.0.0.1:{port or server.port}{password}"
    file.write_text(yaml.safe_dump({**document, **settings}))
    changed(project, demo_mode=False)


def materialize(project: Any, instance: dg.DagsterInstance, *days: str) -> dg.ExecuteInProcessResult:
    window = None if not days else (f"2024-01-{days[0]}", f"2024-01-{days[-1]}")
    return project.run('key:"features/*"', instance=instance, partitions=window)


def in_sqlite(project: Any) -> list[tuple[str, str]]:
    """Features and values that the demo store serves; the key is a blob that sorts as its number."""
    with sqlite3.connect(project.root / STORE) as connection:
        query = "select feature_name, value_text from shop_customer_orders order by entity_key, 1"
        return connection.execute(query).fetchall()


def test_windows_go_online_and_an_older_one_never_replaces_a_newer_value(features: Any, read: Any) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        newer = materialize(features, instance, "02", "03")
        assert newer.success, read.failure(newer)
        # The customer of the day that nobody materialized is not missed.
        assert read.checks(newer)[AGREEMENT].passed
        assert read.checks(newer)[AGREEMENT].metadata["compared"].value == 2
        older = materialize(features, instance, "01")
        assert older.success, read.failure(older)

    found = read.metadata(older, "features/customer_orders")
    assert found["dagster/partition_row_count"] == 3
    # SQLite would overwrite the newer value of customer 1: the window is read on to what is online already.
    assert (found["start"], found["end"]) == ("2024-01-01T00:00:00+00:00", "2024-01-04T00:00:00+00:00")
    assert in_sqlite(features) == [
        ("amount", "55.0"),
        ("orders", "2"),
        ("amount", "5.5"),
        ("orders", "1"),
        ("amount", "8.25"),
        ("orders", "1"),
    ]
    agreed = read.checks(older)[AGREEMENT]
    assert agreed.passed
    assert agreed.metadata["compared"].value == 3


def test_windows_apart_are_compared_each_for_itself(features: Any, read: Any) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert materialize(features, instance, "01").success
        offline(features, [(1, 1, 20.0, "2024-01-01 10:00"), (4, 1, 1.0, "2024-01-02 09:00"), *ROWS[3:]])
        later = materialize(features, instance, "03")

    assert later.success, read.failure(later)
    agreed = read.checks(later)[AGREEMENT]
    assert agreed.passed
    assert agreed.metadata["compared"].value == 2


def test_a_feast_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
        pytest.raises(DagwayError, match=r"cannot apply .*: no answer within 0.1 s"),
    ):
        Feast(process, tmp_path, 0.1).ask("apply")

    assert process.returncode


def test_two_repositories_share_nothing_on_this_machine(tmp_path: Path) -> None:
    places = set[Path]()
    for name in ("sales/features", "risk/features"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "feature_store.yaml").write_text(f"project: {name[:4]}\n")
        found = FeatureStore(repo_path=name, demo_mode=True).repository(tmp_path)
        places |= {found.settings, found.cache}

    assert len(places) == 4


def test_the_asset_says_what_the_repository_says(features: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = features.load().get_assets_def(VIEW).specs_by_key[VIEW]

    assert [dep.asset_key for dep in spec.deps] == [dg.AssetKey(["staging", "orders"])]
    assert spec.description == "Orders of a customer up to a day."
    assert (list(spec.owners), spec.kinds, spec.group_name) == (["team:ml"], {"feast"}, "features")
    columns = {column.name: column.type for column in spec.metadata["dagster/column_schema"].columns}
    assert columns == {"orders": "Int64", "amount": "Float64"}
    assert spec.freshness_policy is not None
    assert isinstance(spec.partitions_def, dg.DailyPartitionsDefinition)

    # Feast, which takes seconds to import, is asked again only where a file changed.
    def refused(_: Repository) -> Any:
        raise AssertionError("Feast was asked")

    monkeypatch.setattr(Repository, "feast", refused)
    changed(features, sources=None, key_prefix="ml/online", owners=None)
    key = dg.AssetKey(["ml", "online", "customer_orders"])
    again = features.load().get_assets_def(key).specs_by_key[key]
    assert [dep.asset_key for dep in again.deps] == [dg.AssetKey(["order_stats"])]
    assert list(again.owners) == ["ml@example.com"]
    (features.root / "features" / "customers.py").write_text("# another text")
    with pytest.raises(Exception, match="Error") as error:
        features.load()
    assert "Feast was asked" in whole_message(error.value)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"views": ["orders"]}, "features has no feature view orders. It has customer_orders."),
        ({"partitions": {"static": ["a"]}}, "features are materialized by windows of time"),
        ({"repo_path": "nowhere"}, "There is no"),
        ({"checks": [{"unique": "customer_id"}]}, "a feature view has no table in the warehouse"),
    ],
)
def test_what_means_nothing_is_refused_when_the_definitions_load(
    features: Any, attributes: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def views(_: Repository) -> Any:
        return (example_view(),)

    monkeypatch.setattr(Repository, "views", views)
    changed(features, **attributes)

    with pytest.raises(Exception, match="Error") as error:
        features.load()

    assert message in whole_message(error.value)


def example_view() -> Any:
    from dagway.components.feast.views import Source, View

    source = Source("order_stats", "data/order_stats.parquet", {})
    return View(
        "customer_orders", "", "", {}, ["customer_id"], {"orders": "Int64"}, [source], 0.0, "FeatureView"
    )


def test_a_real_redis_goes_down_and_the_next_run_repairs(
    features: Any, read: Any, redis_server: RedisServer
) -> None:
    on_redis(features, redis_server)
    redis_server.stop()
    with dg.DagsterInstance.ephemeral() as instance:
        down = materialize(features, instance, "01", "03")
        assert not down.success
        said = " ".join(read.failure(down).split())
        assert "Feast cannot materialize customer_orders: ConnectionError" in said
        assert "See that the online store runs and its address is right" in said

        redis_server.start()
        up = materialize(features, instance, "01", "03")
        assert up.success, read.failure(up)
        assert read.checks(up)[AGREEMENT].passed
        assert read.metadata(up, "features/customer_orders")["written"] == 3
        assert served(redis_server) == {(1, 2, 55.0), (2, 1, 5.5), (3, 1, 8.25)}

        # Of an older window, what is newer stays; a value of the same moment that was corrected arrives.
        offline(features, [(1, 1, 21.0, "2024-01-01 10:00"), (2, 1, 7.5, "2024-01-01 12:00"), *ROWS[2:]])
        again = materialize(features, instance, "01")
        assert read.metadata(again, "features/customer_orders")["written"] == 1
        assert served(redis_server) == {(1, 2, 55.0), (2, 1, 7.5), (3, 1, 8.25)}

        # What another program does to the store, the check tells.
        with redis.Redis.from_url(redis_server.url) as client:
            third = next(key for key in client.scan_iter() if b"\x03" in key[-12:])
            client.delete(third)
        told = read.checks(materialize(features, instance, "02"))[AGREEMENT]
        assert not told.passed
        assert told.description == "Of 3 entities 1 are not online, 0 have other values there."


def test_a_wrong_password_of_redis_is_told_and_the_right_one_repairs(
    features: Any, read: Any, redis_server: RedisServer
) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_set("requirepass", "right")
    on_redis(features, redis_server, ",password=wr0ng")
    with dg.DagsterInstance.ephemeral() as instance:
        refused = materialize(features, instance, "01", "03")
        assert not refused.success
        said = " ".join(read.failure(refused).split())
        assert (
            "Feast cannot materialize customer_orders: AuthenticationError: invalid username-password pair"
            in said
        )
        assert "wr0ng" not in said

        on_redis(features, redis_server, ",password=right")
        mended = materialize(features, instance, "01", "03")
        assert mended.success, read.failure(mended)
        assert read.metadata(mended, "features/customer_orders")["written"] == 3


def test_a_load_that_is_killed_half_way_is_repaired_by_the_next(
    features: Any, read: Any, redis_server: RedisServer
) -> None:
    offline(features, [(number, 1, 1.5, "2024-01-01 10:00") for number in range(1, 2001)])
    batches = {"online_write_batch_size": 100}
    with Proxy(("127.0.0.1", redis_server.port)).running() as proxy:
        on_redis(features, redis_server, port=proxy.port, materialization=batches)
        # Without them, all of the offline store is read.
        changed(features, partitions=None)
        proxy.hold("client", 100_000)

        run_and_kill(features, proxy.held.is_set, 'key:"features/*"')

        assert 0 < len(served(redis_server)) < 2000
        proxy.let_go()
        repaired = features.run('key:"features/*"')
        assert repaired.success, read.failure(repaired)
        assert read.checks(repaired)[AGREEMENT].passed
        assert len(served(redis_server)) == 2000


def test_a_load_that_breaks_off_is_repaired_by_the_next(
    features: Any, read: Any, redis_server: RedisServer
) -> None:
    on_redis(features, redis_server, materialization={"online_write_batch_size": 1})
    with dg.DagsterInstance.ephemeral() as instance:
        broken: list[Row] = [*ROWS[:3], (None, 9, 9.0, "2024-01-03 09:00")]
        offline(features, broken)
        half = materialize(features, instance, "01", "03")
        assert not half.success
        assert "1 rows have no value of the join key customer_id" in " ".join(read.failure(half).split())

        offline(features, ROWS, amount="total")
        renamed = materialize(features, instance, "01", "03")
        assert not renamed.success
        assert "amount" in read.failure(renamed)

        (features.root / "features" / "data" / "order_stats.parquet").unlink()
        missing = materialize(features, instance, "01", "03")
        assert not missing.success
        assert "order_stats.parquet" in read.failure(missing)

        offline(features, ROWS)
        mended = materialize(features, instance, "01", "03")
        assert mended.success, read.failure(mended)
        assert read.checks(mended)[AGREEMENT].passed
        assert served(redis_server) == {(1, 2, 55.0), (2, 1, 5.5), (3, 1, 8.25)}


def served(server: RedisServer) -> set[tuple[int, int, float]]:
    """Customer, orders and amount of what Redis holds, read as Feast writes it."""
    from feast.infra.key_encoding_utils import deserialize_entity_key
    from feast.infra.online_stores.helpers import _mmh3  # pyright: ignore[reportPrivateUsage]
    from feast.protos.feast.types.Value_pb2 import Value

    found = set[tuple[int, int, float]]()
    with redis.Redis.from_url(server.url) as client:
        for key in client.scan_iter():
            fields: Any = client.hgetall(key)
            customer = deserialize_entity_key(key.removesuffix(b"shop"), 3).entity_values[0].int64_val
            orders = Value.FromString(fields[_mmh3("customer_orders:orders")]).int64_val
            amount = Value.FromString(fields[_mmh3("customer_orders:amount")]).double_val
            found.add((customer, orders, amount))
    return found


def test_redis_holds_the_same_bytes_as_feast_writes(tmp_path: Path, redis_server: RedisServer) -> None:
    from feast import Entity, FeatureView, Field, FileSource, RepoConfig, ValueType
    from feast import FeatureStore as Feast
    from feast.types import Array, Bool, Bytes, Float32, Float64, Int32, Int64, String, UnixTimestamp

    from dagway.components.feast import materialize as ours

    moments = [
        "2024-01-01 00:00:00",
        "1999-12-31 23:59:59.123456",
        "2024-05-05 01:02:03",
        "1970-01-01 00:00:00.5",
    ]
    table = pa.table(
        {
            "name": ["a", "é", "%s", ""],
            "number": pa.array([1, -5, 2**40, 0], pa.int64()),
            "whole": pa.array([1, None, -(2**62), 0], pa.int64()),
            "small": pa.array([1, -1, None, 0], pa.int32()),
            "real": pa.array([1.5, None, float("nan"), 0.0], pa.float64()),
            "short": pa.array([1.5, 0.1, None, -0.0], pa.float32()),
            "flag": [True, False, None, True],
            "said": ["x", "", None, "100 %d\r\n"],
            "raw": pa.array([b"\x00", b"", None, b"$1\r\n"], pa.binary()),
            "many": pa.array([[1, 2], [], None, [3]], pa.list_(pa.int64())),
            "moment": pa.array(
                [datetime.fromisoformat(one) for one in moments], pa.timestamp("us", tz="UTC")
            ),
            "at": pa.array([datetime.fromisoformat(one) for one in moments], pa.timestamp("us")),
        }
    )
    pq.write_table(table, tmp_path / "rows.parquet")
    types = {
        "whole": Int64, "small": Int32, "real": Float64, "short": Float32, "flag": Bool,
        "said": String, "raw": Bytes, "many": Array(Int64), "moment": UnixTimestamp,
    }  # fmt: skip
    source = FileSource(name="rows", path=str(tmp_path / "rows.parquet"), timestamp_field="at")
    entities = [
        Entity(name="number", join_keys=["number"], value_type=ValueType.INT64),
        Entity(name="name", join_keys=["name"], value_type=ValueType.STRING),
    ]
    schema = [Field(name=name, dtype=dtype) for name, dtype in types.items()]
    view = FeatureView(name="things%", entities=entities, schema=schema, source=source)
    written = []
    for database in (1, 2):
        config = RepoConfig(
            project="same",
            provider="local",
            registry=str(tmp_path / f"registry{database}.db"),
            offline_store={"type": "duckdb"},
            online_store={
                "type": "redis",
                "connection_string": f"127.0.0.1:{redis_server.port},db={database}",
                "key_ttl_seconds": 600,
            },
            entity_key_serialization_version=3,
        )
        store = Feast(config=config)
        store.apply([source, *entities, view])
        start, end = (
            datetime.fromisoformat("1960-01-01 00:00+00:00"),
            datetime.fromisoformat("2030-01-01 00:00+00:00"),
        )
        if database == 1:
            store.materialize(start, end)
        else:
            assert ours.materialize(store, view.name, start, end).written == 4
        with redis.Redis(port=redis_server.port, db=database) as client:
            found: Any = {key: client.hgetall(key) for key in client.scan_iter()}
            assert all(0 < client.ttl(key) <= 600 for key in found)  # pyright: ignore[reportOperatorIssue]
        written.append(found)

    assert len(written[0]) == 4
    assert written[1] == written[0]


def test_demo_mode_refuses_rows_that_are_in_a_service(features: Any) -> None:
    file = features.root / "features" / "feature_store.yaml"
    document = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**document, "offline_store": {"type": "bigquery"}}))

    with pytest.raises(Exception, match="Error") as error:
        features.load()

    assert "an offline store of the type bigquery has no demo mode" in whole_message(error.value)


def test_the_settings_of_demo_mode_stay_on_this_machine(features: Any) -> None:
    from dagway.components.feast.repository import demo_settings

    settings = yaml.safe_load(
        demo_settings(features.root / "features", features.root / "data/demo_features/features").read_text()
    )

    assert settings["online_store"] == {"type": "sqlite", "path": str(features.root / STORE)}
    assert settings["offline_store"] == {"type": "duckdb"}
    assert "REDIS_ADDRESS" not in json.dumps(settings)
