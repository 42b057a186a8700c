"""The files of a generated project. Each text varies in length, names and content by chance that has a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Names:
    """What a module is about: `table` is a Python name that no other module has."""

    package: str
    source: str
    table: str

    @property
    def class_name(self) -> str:
        """The table as a class is written."""
        return "".join(part.title() for part in self.table.split("_"))


PYPROJECT = """\
[project]
name = "{package}"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = ["dagster", "pandas", "requests"]

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{package}"
"""
DEFINITIONS = '''\
"""The shop's platform: everything below the defs folder."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
'''
SCRIPT = '''\
"""Exports one table as CSV; the components run it."""

from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as pipes:
    pipes.report_asset_materialization(metadata={"table": pipes.asset_key})
'''
COLUMNS = (
    ("amount_cents", "int"), ("currency", "str"), ("status", "str"), ("created_at", "datetime"), ("updated_at", "datetime"),
    ("customer_id", "str"), ("country", "str"), ("channel", "str"), ("quantity", "int"), ("discount", "float"), ("tax_rate", "float"),
    ("warehouse", "str"), ("carrier", "str"), ("campaign", "str"), ("is_test", "bool"), ("email_hash", "str"), ("plan", "str"),
)  # fmt: skip
WORDS = (
    "finance", "closing", "monthly", "report", "support", "reads", "this", "table", "before", "the", "daily", "standup", "so", "late",
    "rows", "matter", "more", "than", "missing", "columns", "and", "duplicates", "are", "removed", "by", "key", "upstream", "of", "it",
)  # fmt: skip


def prose(chance: Random, length: int) -> str:
    """Words that read like a sentence from afar."""
    words = [chance.choice(WORDS) for _ in range(length)]
    return f"{' '.join(words).capitalize()}."


def columns(chance: Random) -> list[tuple[str, str]]:
    """Some columns with their Python types."""
    return chance.sample(COLUMNS, chance.randrange(4, 11))


def described(name: Names, chance: Random) -> str:
    """The arguments of an asset that follows the conventions; one in ten misses some or uses an older form."""
    kind = chance.choice(("python", "pandas", "postgres", "s3"))
    kinds = f'kinds={{"{kind}"}}' if chance.random() > 0.05 else f'compute_kind="{kind}"'
    lines = [
        f'    group_name="{name.source}",',
        f"    {kinds},",
        f'    tags={{"domain": "{name.source}", "tier": "{chance.randrange(1, 4)}"}},',
    ]
    if chance.random() > 0.1:
        lines.append('    owners=["team:data-platform"],')
    if chance.random() > 0.5:
        lines.append(
            f'    metadata={{"dashboard": "https://metrics.example.com/{name.table}", "sla_minutes": {chance.randrange(15, 600)}}},'
        )
    return "\n".join(lines)


def ingest(name: Names, chance: Random) -> str:
    """A resource that pages through a service, and the asset of its rows."""
    chosen = columns(chance)
    fields = "\n".join(f"    {column}: {kind} | None = None" for column, kind in chosen)
    parsing = "\n".join(f"        {column}={_parsed(column, kind)}," for column, kind in chosen)
    daily = chance.random() > 0.5
    partitions = (
        f'\n{name.table}_days = dg.DailyPartitionsDefinition(start_date="2024-01-01", timezone="UTC")\n'
        if daily
        else ""
    )
    since = "context.partition_key" if daily else "None"
    imported = "from datetime import datetime\n" if "datetime" in fields else ""
    return f'''\
"""{prose(chance, 9)}

{prose(chance, 24)}
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
{imported}from typing import Any

import dagster as dg
import pandas as pd
import requests

PAGE_SIZE = {chance.choice((50, 100, 250, 500))}
RETRIED = {{429, 500, 502, 503}}
{partitions}

class {name.class_name}Client(dg.ConfigurableResource):
    """Pages through the {name.source} service. {prose(chance, 8)}"""

    url: str
    api_key: str
    timeout_seconds: float = {chance.randrange(5, 60)}.0
    attempts: int = {chance.randrange(2, 6)}

    def pages(self, since: str | None) -> Iterator[list[dict[str, Any]]]:
        """Each page of rows, oldest first."""
        cursor: str | None = None
        while True:
            answer = self._get("{name.table}", {{"limit": PAGE_SIZE, "after": cursor, "updated_since": since}})
            yield answer["data"]
            cursor = answer.get("next_cursor")
            if not cursor:
                return

    def _get(self, path: str, parameters: dict[str, Any]) -> dict[str, Any]:
        headers = {{"Authorization": f"Bearer {{self.api_key}}"}}
        for attempt in range(self.attempts):
            response = requests.get(f"{{self.url}}/{{path}}", params=parameters, headers=headers, timeout=self.timeout_seconds)
            if response.status_code not in RETRIED:
                response.raise_for_status()
                return response.json()
            time.sleep(2**attempt)
        raise dg.Failure(f"{name.source} did not answer after {{self.attempts}} attempts: {{response.status_code}}")


@dataclass(frozen=True)
class {name.class_name}:
    """One row. {prose(chance, 6)}"""

    id: str
{fields}


def parse_{name.table}(row: dict[str, Any]) -> {name.class_name}:
    """A row as the service sends it → a row as we keep it."""
    return {name.class_name}(
        id=str(row["id"]),
{parsing}
    )


@dg.asset(
    key_prefix=["{name.source}"],
{described(name, chance)}
    retry_policy=dg.RetryPolicy(max_retries={chance.randrange(1, 5)}, delay=30, backoff=dg.Backoff.EXPONENTIAL),
{f"    partitions_def={name.table}_days," if daily else '    automation_condition=dg.AutomationCondition.on_cron("@daily"),'}
)
def {name.table}(context: dg.AssetExecutionContext, {name.table}_client: {name.class_name}Client) -> dg.MaterializeResult:
    """{prose(chance, 12)}"""
    rows: list[{name.class_name}] = []
    for page in {name.table}_client.pages({since}):
        rows.extend(parse_{name.table}(row) for row in page if not row.get("deleted"))
        context.log.info("read %s rows", len(rows))
    frame = pd.DataFrame([vars(row) for row in rows])
    return dg.MaterializeResult(metadata={{"rows": len(frame), "columns": list(frame.columns)}})


@dg.definitions
def definitions() -> dg.Definitions:
    client = {name.class_name}Client(url=dg.EnvVar("{name.source.upper()}_URL"), api_key=dg.EnvVar("{name.source.upper()}_API_KEY"))
    return dg.Definitions(assets=[{name.table}], resources={{"{name.table}_client": client}})
'''


def _parsed(column: str, kind: str) -> str:
    if kind == "datetime":
        return f'datetime.fromisoformat(row["{column}"]) if row.get("{column}") else None'
    return f'{kind}(row["{column}"])' if kind in {"int", "float"} else f'row.get("{column}")'


def transform(name: Names, chance: Random) -> str:
    """A cleaned table, what is made of it, and a check."""
    steps = "\n".join(_step(chance, column, kind) for column, kind in columns(chance))
    measure = chance.choice(("amount_cents", "quantity", "discount"))
    return f'''\
"""{prose(chance, 14)}"""

import dagster as dg
import numpy as np
import pandas as pd

MOST_MISSING = 0.{chance.randrange(1, 30):02}


@dg.asset(
    key=["{name.source}", "{name.table}_cleaned"],
{described(name, chance)}
    automation_condition=dg.AutomationCondition.eager(),
)
def {name.table}_cleaned(context: dg.AssetExecutionContext) -> pd.DataFrame:
    """{prose(chance, 10)}"""
    frame = pd.read_parquet("s3://shop-raw/{name.source}/{name.table}.parquet")
    before = len(frame)
{steps}
    frame = frame.drop_duplicates(subset=["id"], keep="last").reset_index(drop=True)
    context.add_output_metadata({{"rows": len(frame), "dropped": before - len(frame)}})
    return frame


@dg.asset(
    key=["{name.source}", "{name.table}_by_day"],
    ins={{"cleaned": dg.AssetIn(key=dg.AssetKey(["{name.source}", "{name.table}_cleaned"]))}},
{described(name, chance)}
    automation_condition=dg.AutomationCondition.eager(),
)
def {name.table}_by_day(cleaned: pd.DataFrame) -> pd.DataFrame:
    """{prose(chance, 10)}"""
    days = cleaned.assign(day=pd.to_datetime(cleaned["created_at"]).dt.date)
    totals = days.groupby(["day", "country"], as_index=False).agg(
        rows=("id", "count"),
        total=("{measure}", "sum"),
        largest=("{measure}", "max"),
    )
    totals["share"] = np.where(totals["total"] > 0, totals["largest"] / totals["total"], 0.0)
    return totals.sort_values(["day", "total"], ascending=[True, False])


@dg.asset_check(asset=dg.AssetKey(["{name.source}", "{name.table}_cleaned"]), blocking={chance.random() > 0.5})
def {name.table}_is_complete() -> dg.AssetCheckResult:
    """{prose(chance, 7)}"""
    frame = pd.read_parquet("s3://shop-clean/{name.source}/{name.table}.parquet", columns=["id", "{measure}"])
    missing = float(frame["{measure}"].isna().mean()) if len(frame) else 1.0
    return dg.AssetCheckResult(passed=missing <= MOST_MISSING, metadata={{"missing": missing, "rows": len(frame)}})
'''


def _step(chance: Random, column: str, kind: str) -> str:
    match kind:
        case "int" | "float":
            return f'    frame["{column}"] = pd.to_numeric(frame["{column}"], errors="coerce").clip(lower=0, upper={chance.randrange(10, 10**6)})'
        case "datetime":
            return f'    frame["{column}"] = pd.to_datetime(frame["{column}"], utc=True, errors="coerce")\n    frame = frame[frame["{column}"].notna()]'
        case "bool":
            return f'    frame = frame[~frame["{column}"].fillna(value=False)]'
        case _:
            known = ", ".join(f'"{word}"' for word in sorted(chance.sample(WORDS, 3)))
            return f'    frame["{column}"] = frame["{column}"].str.strip().str.lower().where(lambda texts: texts.isin([{known}]), "other")'


def several(name: Names, chance: Random) -> str:
    """One step that makes two assets, with what it sends to whom."""
    cases = "\n".join(
        f'        case "{word}":\n            return {chance.randrange(1, 100)} if row["quantity"] > {chance.randrange(1, 50)} else {chance.randrange(1, 100)}'
        for word in chance.sample(WORDS, chance.randrange(2, 7))
    )
    return f'''\
"""{prose(chance, 14)}"""

import json
import logging
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

logger = logging.getLogger(__name__)


class {name.class_name}Config(dg.Config):
    """{prose(chance, 7)}"""

    folder: str = "/var/lib/shop/{name.source}"
    smallest: int = {chance.randrange(1, 50)}
    weights: dict[str, float] = {{"recency": 0.{chance.randrange(1, 9)}, "frequency": 0.{chance.randrange(1, 9)}}}


def score(row: dict[str, Any]) -> int:
    """{prose(chance, 6)}"""
    match row["status"]:
{cases}
        case _:
            return 0


def segments(rows: list[dict[str, Any]], smallest: int) -> dict[str, list[str]]:
    """Customers by segment; those that are too small are one."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[f"{{row['country']}}-{{row.get('channel', 'none')}}"].append(row["customer_id"])
    small = [name for name, members in found.items() if len(members) < smallest]
    for name in small:
        found["other"] += found.pop(name)
    return dict(found)


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            key=dg.AssetKey(["{name.source}", f"{name.table}_{{part}}"]),
            group_name="{name.source}",
            kinds={{"python", "json"}},
            owners=["team:data-platform"],
            description=f"The {{part}} of {name.table}. {prose(chance, 8)}",
            tags={{"domain": "{name.source}"}},
        )
        for part in ("scores", "segments")
    ],
    can_subset=True,
)
def {name.table}_scoring(context: dg.AssetExecutionContext, config: {name.class_name}Config) -> Iterator[dg.MaterializeResult]:
    """{prose(chance, 11)}"""
    rows = [json.loads(line) for line in Path(config.folder, "{name.table}.jsonl").read_text().splitlines()]
    for key in context.selected_asset_keys:
        result = [score(row) for row in rows] if key.path[-1].endswith("_scores") else segments(rows, config.smallest)
        if not result:
            logger.warning("nothing to write for %s", key.to_user_string())
        yield dg.MaterializeResult(asset_key=key, metadata={{"size": len(result), "weights": dg.MetadataValue.json(config.weights)}})
'''


def automation(name: Names, chance: Random) -> str:
    """A job, its schedule, and a sensor that looks for files."""
    return f'''\
"""When the {name.source} assets run. {prose(chance, 10)}"""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

{name.table}_job = dg.define_asset_job(
    name="{name.table}_job",
    selection=dg.AssetSelection.groups("{name.source}") - dg.AssetSelection.kind("s3"),
    tags={{"team": "data-platform", "dagster/max_retries": "{chance.randrange(1, 4)}"}},
    description="{prose(chance, 9)}",
)


@dg.schedule(cron_schedule="{chance.randrange(60)} {chance.randrange(24)} * * *", job={name.table}_job, execution_timezone="Europe/Berlin")
def {name.table}_nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """{prose(chance, 8)}"""
    day = context.scheduled_execution_time.date()
    if day.isoweekday() in {{6, 7}} and day.day != 1:
        return dg.SkipReason("nothing arrives at the weekend")
    return dg.RunRequest(run_key=day.isoformat(), tags={{"day": day.isoformat()}})


def arrived(folder: Path, after: float) -> Iterator[tuple[str, float]]:
    """Files that are newer than the cursor, oldest first."""
    found = [(entry.name, entry.stat().st_mtime) for entry in os.scandir(folder) if entry.name.endswith((".csv", ".parquet"))]
    yield from sorted((item for item in found if item[1] > after), key=lambda item: item[1])


@dg.sensor(job={name.table}_job, minimum_interval_seconds={chance.randrange(30, 900)})
def {name.table}_files(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest]:
    """{prose(chance, 8)}"""
    newest = float(context.cursor or 0)
    for file, modified in arrived(Path("/var/lib/shop/{name.source}"), newest):
        yield dg.RunRequest(run_key=f"{{file}}-{{modified}}", run_config={{"ops": {{}}}}, tags={{"file": file}})
        newest = max(newest, modified)
    context.update_cursor(str(newest))
'''


def library(name: Names, chance: Random) -> str:
    """Code that knows nothing of Dagster: parsing, sums, a small class."""
    rules = "\n".join(
        f'    "{word}": ({chance.randrange(1, 90)}, "{chance.choice(WORDS)}"),'
        for word in chance.sample(WORDS, chance.randrange(3, 12))
    )
    functions = "\n\n".join(_function(chance, number) for number in range(chance.randrange(2, 6)))
    return f'''\
"""{prose(chance, 16)}"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from io import StringIO

AMOUNT = re.compile(r"^(?P<sign>-?)(?P<whole>[0-9.,]+?)(?:[.,](?P<cents>[0-9]{{2}}))?$")
RULES = {{
{rules}
}}


class {name.class_name}Error(ValueError):
    """A line that means nothing."""


@dataclass
class Ledger:
    """{prose(chance, 8)}"""

    currency: str
    entries: list[tuple[str, Decimal]] = field(default_factory=list)

    def add(self, account: str, amount: str) -> None:
        try:
            self.entries.append((account, parse(amount)))
        except InvalidOperation as error:
            raise {name.class_name}Error(f"{{account}}: {{amount!r}} is no amount") from error

    @property
    def balance(self) -> Decimal:
        return sum((amount for _, amount in self.entries), Decimal(0))

    def by_account(self) -> dict[str, Decimal]:
        totals: dict[str, Decimal] = {{}}
        for account, amount in self.entries:
            totals[account] = totals.get(account, Decimal(0)) + amount
        return dict(sorted(totals.items()))


def parse(text: str) -> Decimal:
    """An amount as people write it: thousands by dots or commas, cents after either."""
    match = AMOUNT.match(text.strip())
    if match is None:
        raise {name.class_name}Error(text)
    whole = match["whole"].replace(".", "").replace(",", "")
    return Decimal(f"{{match['sign']}}{{whole}}.{{match['cents'] or '00'}}")


def read(text: str, currency: str = "EUR") -> Ledger:
    ledger = Ledger(currency)
    for row in csv.DictReader(StringIO(text), delimiter=";"):
        ledger.add(row["account"], row["amount"])
    return ledger


{functions}
'''


def _function(chance: Random, number: int) -> str:
    first, second = chance.sample(WORDS, 2)
    return f'''
def {first}_{second}_{number}(rows: Iterable[dict[str, str]], limit: int = {chance.randrange(5, 500)}) -> list[str]:
    """{prose(chance, 9)}"""
    kept: list[str] = []
    for row in rows:
        weight, label = RULES.get(row.get("{first}", ""), (0, "none"))
        if weight > {chance.randrange(10, 80)} and not row["{second}"].startswith("{chance.choice(WORDS)}"):
            kept.append(f"{{label}}:{{row['{second}']:>{chance.randrange(4, 20)}}}")
        elif len(kept) >= limit:
            break
    return [text.strip() for text in kept if text]'''.strip("\n")


def tests(name: Names, chance: Random) -> str:
    """Tests with stubs; they name assets of the project."""
    cases = "\n".join(
        f'        ("{chance.randrange(1, 999)},{chance.randrange(10, 99)}", {chance.randrange(1, 9)}),'
        for _ in range(chance.randrange(3, 9))
    )
    return f'''\
"""{prose(chance, 8)}"""

from typing import Any

import dagster as dg
import pytest


class Stub:
    """Answers as the service does."""

    def __init__(self, pages: list[list[dict[str, Any]]]) -> None:
        self.pages_given = pages
        self.asked: list[str | None] = []

    def pages(self, since: str | None) -> list[list[dict[str, Any]]]:
        self.asked.append(since)
        return self.pages_given


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [{{"id": str(number), "amount_cents": number * {chance.randrange(2, 99)}, "status": "{chance.choice(WORDS)}"}} for number in range({chance.randrange(5, 50)})]


@dg.asset
def {name.table}_stub() -> int:
    return {chance.randrange(1, 100)}


def test_{name.table}_is_read_once(rows: list[dict[str, Any]]) -> None:
    stub = Stub([rows])
    assert [len(page) for page in stub.pages("2024-01-01")] == [len(rows)]
    assert stub.asked == ["2024-01-01"]


def test_{name.table}_materializes() -> None:
    result = dg.materialize([{name.table}_stub])
    assert result.success
    assert result.output_for_node("{name.table}_stub") > 0


@pytest.mark.parametrize(
    ("text", "length"),
    [
{cases}
    ],
)
def test_{name.table}_amounts(text: str, length: int) -> None:
    assert len(text) + length > length
'''


PYTHON: dict[str, Callable[[Names, Random], str]] = {
    "ingest": ingest,
    "transform": transform,
    "several": several,
    "automation": automation,
    "library": library,
    "tests": tests,
}


def model(name: Names, chance: Random) -> str:
    """A dbt model: named steps, a window, a join; one in twenty reads a table by its name."""
    chosen = [column for column, _ in columns(chance)]
    relation = (
        f"{{{{ source('{name.source}', '{name.table}') }}}}"
        if chance.random() > 0.05
        else f"raw_{name.source}.{name.table}"
    )
    listed = "\n".join(f"        {column}," for column in chosen)
    cases = "\n".join(
        f"            when status = '{word}' then {number}"
        for number, word in enumerate(chance.sample(WORDS, 4))
    )
    return f"""\
{{{{ config(materialized='{chance.choice(("table", "view", "incremental"))}', unique_key='id', tags=['{name.source}']) }}}}

-- {prose(chance, 12)}
with source as (

    select * from {relation}
    {{% if is_incremental() %}}
    where updated_at > (select max(updated_at) from {{{{ this }}}})
    {{% endif %}}

),

renamed as (

    select
        id as {name.table}_id,
{listed}
        cast(nullif(trim(customer_id), '') as varchar) as customer_key,
        case
{cases}
            else -1
        end as status_order,
        row_number() over (partition by id order by updated_at desc) as newest
    from source

),

joined as (

    select
        renamed.*,
        customers.segment,
        coalesce(rates.rate, 1.0) as rate
    from renamed
    left join {{{{ ref('dim_customers') }}}} as customers on customers.customer_key = renamed.customer_key
    left join {{{{ ref('exchange_rates') }}}} as rates
        on rates.currency = renamed.currency and rates.day = date_trunc('day', renamed.created_at)

)

select *
from joined
where newest = 1 and status_order >= {chance.randrange(-1, 3)}
"""


def schema(name: Names, chance: Random) -> str:
    """What dbt's users write about a model: columns with tests."""
    listed = "\n".join(
        f"      - name: {column}\n        description: {prose(chance, 8)}\n        data_type: {kind}\n        tests:\n"
        f"          - not_null:\n              config: {{severity: {chance.choice(('warn', 'error'))}, where: \"{column} <> ''\"}}"
        for column, kind in columns(chance)
    )
    return f"""\
version: 2

models:
  - name: stg_{name.table}
    description: >
      {prose(chance, 20)}
      {prose(chance, 12)}
    config:
      tags: [{name.source}, staging]
    columns:
      - name: {name.table}_id
        tests: [unique, not_null]
{listed}
"""


def component(name: Names, chance: Random) -> str:
    """A component's configuration, of one asset."""
    return f"""\
type: dagster.PythonScriptComponent

attributes:
  execution:
    name: {name.table}_export
    path: ../../../scripts/export.py
  assets:
    - key: {name.source}/{name.table}_export
      description: {prose(chance, 11)}
      group_name: {name.source}
      kinds: [python, csv]
      owners: ["team:data-platform"]
      tags:
        domain: {name.source}
        tier: "{chance.randrange(1, 4)}"
      metadata:
        rows_expected: {chance.randrange(100, 100000)}
      automation_condition: "{{{{ automation_condition.on_cron('0 {chance.randrange(24)} * * *') }}}}"

requirements:
  env: [{name.source.upper()}_URL]
"""
