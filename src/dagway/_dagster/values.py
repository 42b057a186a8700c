"""Whether a value passes between two assets through the I/O manager, and how many partitions there are."""

import json
from collections.abc import Iterator
from types import CodeType
from typing import Any, cast, get_type_hints

from dagster import (
    AssetKey,
    AssetsDefinition,
    DynamicPartitionsDefinition,
    MaterializeResult,
    MultiPartitionsDefinition,
    OpDefinition,
    PartitionsDefinition,
    ResourceDefinition,
)

from dagway._dagster.description import decorated_function, resource_type


def loaded_keys(assets: AssetsDefinition) -> frozenset[AssetKey]:
    """The dependencies whose values their I/O managers load: not those that only order the work, or whose input names another."""
    operation = _operation(assets)
    if operation is None:
        return frozenset()
    names = {
        item.name
        for item in operation.input_defs
        if not item.dagster_type.is_nothing and item.input_manager_key is None
    }
    return frozenset(key for name, key in assets.keys_by_input_name.items() if name in names)


def returns_nothing(assets: AssetsDefinition) -> bool:
    """Whether no output can certainly reach the I/O manager: `-> None`, or a result that has no value."""
    operation = _operation(assets)
    if operation is None:
        return False
    outputs = [item.dagster_type for item in operation.output_defs]
    return bool(outputs) and (all(kind.is_nothing for kind in outputs) or _gives_bare_result(assets))


def _operation(assets: AssetsDefinition) -> OpDefinition | None:
    operation: object = getattr(assets, "node_def", None) if assets.is_executable else None
    return operation if isinstance(operation, OpDefinition) else None


def _gives_bare_result(assets: AssetsDefinition) -> bool:
    """`-> MaterializeResult`, whose making is seen in the function itself and never passes `value=`."""
    function = decorated_function(assets)
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType) or "MaterializeResult" not in code.co_names:
        return False
    try:
        declared = get_type_hints(cast("Any", function)).get("return")
    # A hint may name what only a type checker imports: then it is not known.
    except Exception:
        return False
    return declared is MaterializeResult and not any("value" in names for names in _keyword_names(code))


def _keyword_names(code: CodeType) -> Iterator[tuple[object, ...]]:
    """The names of keyword arguments stand in tuples among the constants, a lone key of a dictionary by itself."""
    for constant in code.co_consts:
        if isinstance(constant, tuple):
            yield cast("tuple[object, ...]", constant)
        elif isinstance(constant, str):
            yield (constant,)
        elif isinstance(constant, CodeType):
            yield from _keyword_names(constant)


def partition_count(partitions: PartitionsDefinition[Any]) -> int | None:
    """How many partitions there are now; None where only an instance knows."""
    if _is_dynamic(partitions):
        return None
    return cast("Any", partitions).get_num_partitions()


def _is_dynamic(partitions: PartitionsDefinition[Any]) -> bool:
    if isinstance(partitions, MultiPartitionsDefinition):
        return any(_is_dynamic(item.partitions_def) for item in partitions.partitions_defs)
    return isinstance(partitions, DynamicPartitionsDefinition)


def text_fields(resource: ResourceDefinition) -> dict[str, str]:
    """The resource's configured texts by field. They may be secrets."""
    schema: Any = resource.config_schema
    if not schema or not schema.default_provided:
        return {}
    values: object = json.loads(schema.default_value_as_json_str)
    fields = cast("dict[str, object]", values) if isinstance(values, dict) else {}
    return {name: value for name, value in fields.items() if isinstance(value, str)}


#: Managers that keep what an asset returns under its key, and so have nothing to load where it returns nothing.
_OBJECT_STORES = frozenset(
    {
        "default_job_io_manager",
        "default_job_io_manager_with_fs_io_manager_schema",
        "fs_io_manager",
        "mem_io_manager",
        "FilesystemIOManager",
        "InMemoryIOManager",
        "S3PickleIOManager",
        "s3_pickle_io_manager",
        "GCSPickleIOManager",
        "gcs_pickle_io_manager",
        "ADLS2PickleIOManager",
        "adls2_pickle_io_manager",
    }
)


def keeps_objects(assets: AssetsDefinition, io_manager: str) -> bool:
    """Whether the I/O manager keeps just what is returned; one that reads tables may find what others wrote."""
    manager = assets.resource_defs.get(io_manager)
    return manager is not None and resource_type(manager).rpartition(".")[2] in _OBJECT_STORES
