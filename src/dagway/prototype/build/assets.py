"""Python definitions: assets, checks and sensors that call the user's functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from dagway.blueprint.dates import moment
from dagway.blueprint.duration import seconds
from dagway.blueprint.expression import parse
from dagway.blueprint.model import Asset, Blueprint, OnCron
from dagway.blueprint.offsets import offsets
from dagway.prototype.build.attributes import described, stated, storage
from dagway.prototype.build.documents import asset_folder
from dagway.prototype.build.files import header
from dagway.prototype.build.modules import Function, Parameter
from dagway.prototype.build.python_source import (
    WIDTH,
    Call,
    Code,
    Set,
    docstring,
    exploded,
    identifier,
    imports,
    literal,
)
from dagway.prototype.model import AssetKey, Plan, PlannedAsset, PlannedCheck, PlannedSensor, slash

_TIMED = {
    "hourly": "dg.HourlyPartitionsDefinition",
    "daily": "dg.DailyPartitionsDefinition",
    "weekly": "dg.WeeklyPartitionsDefinition",
    "monthly": "dg.MonthlyPartitionsDefinition",
}
_TABLE = "table_result"


@dataclass
class _Module:
    """One generated file while it is being written."""

    package: str
    needs: set[str] = field(default_factory=lambda: {"import dagster as dg"})

    def call(self, function: Function, arguments: list[str], taken: str) -> str:
        """Source of a call of the user's function; the module's name gives way to a name that is taken."""
        alias = function.alias
        names = {*arguments, taken}
        if alias in names:
            alias = f"{alias}_module"
            self.needs.add(f"{function.import_statement} as {alias}")
        else:
            self.needs.add(function.import_statement)
        passed = ", ".join(f"{name}={name}" for name in arguments)
        return f"{alias}.{function.name}({passed})"

    def annotation(self, parameter: Parameter, default: str) -> str:
        """The parameter with its type."""
        self.needs.update(parameter.imports)
        if parameter.annotation is None and default.startswith("pd."):
            self.needs.add("import pandas as pd")
        if parameter.annotation is None and default.endswith("[Any]"):
            self.needs.add("from typing import Any")
        return f"{parameter.name}: {parameter.annotation or default}"

    def text(self, description: str, origin: str, body: str, *, blank_lines: int = 2) -> bytes:
        title = docstring(f"{_sentence(description)}\n\n{header(origin)}")
        space = "\n" * (blank_lines + 1)
        return f"{title}\n\n{imports(self.needs, self.package)}{space}{body}\n".encode()


def python_asset(plan: Plan, blueprint: Blueprint, asset: PlannedAsset, function: Function) -> bytes:
    """The file of a Python asset."""
    line = blueprint.assets[slash(asset.key)]
    module = _Module(plan.name)
    module.needs |= {"import time", f"from dagway.components.python import {_TABLE}"}
    if asset.freshness:
        module.needs.add("from datetime import timedelta")
    inputs = {parameter.name: asset.parameters.get(parameter.name) for parameter in function.parameters}
    passed = [item for item in function.parameters if item.required or inputs[item.name]]
    decorator = exploded(Call("@dg.asset", _asset_keywords(asset, line, inputs, blueprint.timezone)))
    name = identifier(asset.key[-1])
    signature = _signature(
        name, [_parameter(module, item, inputs, "Asset") for item in passed], "dg.MaterializeResult"
    )
    call = module.call(function, [item.name for item in passed], name)
    if function.returns and "MaterializeResult" in function.returns:
        module.needs -= {"import time", f"from dagway.components.python import {_TABLE}"}
        body = f"    return {call}"
    else:
        body = f"    started = time.perf_counter()\n    rows = {call}\n    return {_TABLE}(rows, started=started)"
    description = described(asset)
    source = f"{decorator}\n{signature}\n{docstring(_sentence(description), 1)}\n{body}"
    return module.text(description, f"assets/{slash(asset.key)}", source)


def _parameter(
    module: _Module, parameter: Parameter, inputs: Mapping[str, AssetKey | None], context: str
) -> str:
    if parameter.name == "context":
        return f"context: dg.{context}ExecutionContext"
    return module.annotation(
        parameter, "pd.DataFrame" if inputs.get(parameter.name) else "dg.ResourceParam[Any]"
    )


def _signature(name: str, parameters: list[str], returns: str) -> str:
    line = f"def {name}({', '.join(parameters)}) -> {returns}:"
    if len(line) <= WIDTH:
        return line
    return f"def {name}(\n    {', '.join(parameters)},\n) -> {returns}:".replace(", ", ",\n    ")


def _asset_keywords(
    asset: PlannedAsset, line: Asset, inputs: Mapping[str, AssetKey | None], timezone: str
) -> dict[str, Any]:
    ins = {name: Call("dg.AssetIn", {"key": list(key)}) for name, key in inputs.items() if key}
    rest = [key for key in asset.deps if key not in inputs.values()]
    timed = asset.partitions is not None and any(kind in asset.partitions for kind in _TIMED)
    return stated(
        {
            "key": list(asset.key),
            "ins": ins,
            "deps": [Call("dg.AssetKey", {}, (list(key),)) for key in rest],
            "group_name": asset.group,
            "owners": list(asset.owners),
            "tags": dict(asset.tags),
            "kinds": Set(asset.kinds) if asset.kinds else None,
            "description": described(asset),
            "metadata": _metadata(asset),
            "partitions_def": partitions(asset.partitions, timezone),
            "backfill_policy": Code("dg.BackfillPolicy.single_run()") if timed else None,
            "freshness_policy": freshness_policy(asset.freshness),
            "automation_condition": condition(line.automation, timezone),
        }
    )


def _metadata(asset: PlannedAsset) -> dict[str, Any]:
    """Column schema, table name, and what the I/O manager needs to find schema and partition."""
    found: dict[str, Any] = {}
    if asset.columns:
        columns = [
            # Without a type, Dagster would say that it is a string.
            Call(
                "dg.TableColumn",
                {"type": item.type or "", **stated({"description": item.description})},
                (item.name,),
            )
            for item in asset.columns
        ]
        found["dagster/column_schema"] = Call("dg.TableSchema", {}, (columns,))
    if asset.table:
        found["dagster/table_name"] = asset.table
    return found | storage(asset)


def partitions(given: Mapping[str, Any] | None, timezone: str) -> Call | None:
    """Source of the partitions definition."""
    if not given:
        return None
    kind = next(name for name in given if name != "end" and given[name] is not None)
    if kind == "static":
        return Call("dg.StaticPartitionsDefinition", {}, (list(given[kind]),))
    if kind == "dynamic":
        return Call("dg.DynamicPartitionsDefinition", {"name": given[kind]})
    keywords = {"start_date": _moment(kind, given[kind]), "end_date": _moment(kind, given.get("end"))}
    keywords["timezone"] = timezone if timezone != "UTC" else None
    return Call(_TIMED[kind], stated(keywords | offsets(kind, moment(str(given[kind])))))


def _moment(kind: str, written: object) -> str | None:
    """A first or last part as Dagster's partition key."""
    if written is None:
        return None
    text = str(written).replace(" ", "-", 1)
    return f"{text}-00:00" if kind == "hourly" and ":" not in text else text


def freshness_policy(duration: str | None) -> Call | None:
    """Source of the freshness policy, in the largest unit without a rest."""
    if duration is None:
        return None
    length = seconds(duration)
    unit, size = next(
        item for item in (("hours", 3600), ("minutes", 60), ("seconds", 1)) if length % item[1] == 0
    )
    window = Call("timedelta", {unit: length // size})
    return Call("dg.FreshnessPolicy.time_window", {"fail_window": window})


def condition(automation: str | OnCron | None, timezone: str) -> Code | None:
    """Source of the automation condition."""
    if automation is None:
        return None
    text = f"on_cron({automation.on_cron!r})" if isinstance(automation, OnCron) else automation
    source = parse(text, timezone).replace("'", '"')
    bare = source.removeprefix("(").removesuffix(")") if source.startswith("(") else source
    return Code(bare if len(f"    automation_condition={bare},") <= WIDTH else _broken(bare))


def _broken(source: str) -> str:
    """A long condition as ruff lays it out: a line for each operand of the operator that binds least."""
    outside = _outside_brackets(source)
    operator = next((item for item in ("|", "&") if item in outside.values()), None)
    cuts = [at for at, letter in outside.items() if letter == operator]
    pieces = [source[start:end].strip() for start, end in pairwise([0, *cuts, len(source)])]
    return "\n    ".join(pieces)


def _outside_brackets(source: str) -> dict[int, str]:
    """Position → letter, of what stands in no bracket."""
    depth, found = 0, dict[int, str]()
    for at, letter in enumerate(source):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            found[at] = letter
    return found


def python_check(
    plan: Plan, asset: PlannedAsset, check: PlannedCheck, function: Function
) -> tuple[str, bytes]:
    """Name and content of the file of a check in Python."""
    module = _Module(plan.name)
    inputs = _check_inputs(plan, asset, function)
    additional = {
        name: Call("dg.AssetIn", {"key": list(key)})
        for name, key in inputs.items()
        if key and key != asset.key
    }
    keywords = stated(
        {
            "asset": Call("dg.AssetKey", {}, (list(asset.key),)),
            "name": check.name,
            "description": check.description,
            "additional_ins": additional,
            "blocking": check.blocking or None,
        }
    )
    passed = [item for item in function.parameters if item.required or inputs.get(item.name)]
    name = identifier(f"{asset.key[-1]}_{check.name}")
    signature = _signature(
        name, [_parameter(module, item, inputs, "AssetCheck") for item in passed], "dg.AssetCheckResult"
    )
    call = module.call(function, [item.name for item in passed], name)
    body = f"    return {call}" if check.severity == "error" else _as_warning(call)
    description = check.description or f"A check of {slash(asset.key)}."
    decorator = exploded(Call("@dg.asset_check", keywords))
    source = f"{decorator}\n{signature}\n{docstring(_sentence(description), 1)}\n{body}"
    path = f"{asset_folder(asset.key)}_{check.name}.py"
    return path, module.text(description, f"assets/{slash(asset.key)}", source)


def _check_inputs(plan: Plan, asset: PlannedAsset, function: Function) -> dict[str, AssetKey | None]:
    """Parameter → asset: the checked one by its name or as the first, others by the names of assets."""
    keys = {item.key[-1]: item.key for item in plan.assets if item.role != "export"} | {
        asset.key[-1]: asset.key
    }
    names = [item.name for item in function.parameters if item.name != "context"]
    inputs = {name: keys.get(name) for name in names}
    if names and asset.key not in inputs.values() and inputs[names[0]] is None:
        inputs[names[0]] = asset.key
    return inputs


def _as_warning(call: str) -> str:
    return (
        f"    result = {call}\n"
        "    return dg.AssetCheckResult(\n"
        "        passed=result.passed,\n"
        "        severity=dg.AssetCheckSeverity.WARN,\n"
        "        metadata=result.metadata,\n"
        "        description=result.description,\n"
        "    )"
    )


def python_sensor(plan: Plan, sensor: PlannedSensor, function: Function) -> bytes:
    """The file of a sensor in Python."""
    module = _Module(plan.name)
    module.needs |= {"from dagway.components import environment", *function.returned}
    job = Call("dg.define_asset_job", {"name": f"{sensor.name}_job", "selection": sensor.selection})
    keywords = stated(
        {
            "name": sensor.name,
            "job": Code("job"),
            "minimum_interval_seconds": sensor.every,
            "description": sensor.description,
            "default_status": Code("status"),
        }
    )
    name = identifier(sensor.name)
    returns = function.returns or "dg.SensorResult | dg.RunRequest | dg.SkipReason | None"
    signature = f"def {name}(context: dg.SensorEvaluationContext) -> {returns}:"
    call = module.call(function, ["context"] if function.parameters else [], name)
    description = sensor.description or f"The sensor {sensor.name}."
    source = (
        "# In demo mode nothing runs by itself.\n"
        "status = dg.DefaultSensorStatus.STOPPED if environment.is_demo() else dg.DefaultSensorStatus.RUNNING\n"
        f"job = {literal(job, 0, 6)}\n\n\n{exploded(Call('@dg.sensor', keywords))}\n{signature}\n"
        f"{docstring(_sentence(description), 1)}\n    return {call}"
    )
    return module.text(description, f"sensors/{sensor.name}", source, blank_lines=1)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
