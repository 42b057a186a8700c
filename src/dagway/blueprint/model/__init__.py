"""The blueprint as frozen values: what the language says, after it was read and checked.

Every class is one mapping of the YAML. Field descriptions are the reference page and the JSON Schema.
"""

from dagway.blueprint.model.check import (
    CHECK_KINDS,
    AcceptedValues,
    Check,
    CheckKind,
    Range,
    Relationship,
    RowCount,
)
from dagway.blueprint.model.partitions import PARTITION_KINDS, Incremental, Partitions
from dagway.blueprint.model.tables import (
    MOST_KINDS,
    Asset,
    Column,
    Columned,
    Export,
    OnCron,
    Source,
    SourceTable,
)
from dagway.blueprint.model.texts import (
    CHANNEL,
    ENV_CALL,
    KEY,
    KIND,
    LOCATION,
    NAME,
    OWNER,
    PROJECT,
    PYTHON,
    TAG,
    TIME,
)
from dagway.blueprint.model.triggers import Alert, Schedule, Sensor
from dagway.blueprint.model.whole import Blueprint, Warehouse

__all__ = [
    "CHANNEL",
    "CHECK_KINDS",
    "ENV_CALL",
    "KEY",
    "KIND",
    "LOCATION",
    "MOST_KINDS",
    "NAME",
    "OWNER",
    "PARTITION_KINDS",
    "PROJECT",
    "PYTHON",
    "TAG",
    "TIME",
    "AcceptedValues",
    "Alert",
    "Asset",
    "Blueprint",
    "Check",
    "CheckKind",
    "Column",
    "Columned",
    "Export",
    "Incremental",
    "OnCron",
    "Partitions",
    "Range",
    "Relationship",
    "RowCount",
    "Schedule",
    "Sensor",
    "Source",
    "SourceTable",
    "Warehouse",
]
