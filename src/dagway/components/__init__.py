"""The blocks that a built project uses. Importing this takes what `import dagster` takes: drivers come when used.

A block that stands on an integration's own package is imported when it is asked for, and offered where that package is
installed.
"""

from typing import Any

from dagway.components.alerts.component import SlackAlert, WebhookAlert
from dagway.components.data_checks import DataChecks
from dagway.components.external_tables import ExternalTables
from dagway.components.files import Files
from dagway.components.freshness_policies import FreshnessPolicies
from dagway.components.object_export import ObjectExport
from dagway.components.on_demand import Offer, find, installed
from dagway.components.python_model import PythonModel
from dagway.components.row_count_reconciliation import RowCountReconciliation
from dagway.components.scheduled_job import ScheduledJob
from dagway.components.sensors import AssetSensor, FileSensor
from dagway.components.sql_model import SqlModel
from dagway.components.sql_tables import SqlTables
from dagway.components.table_export import TableExport

__all__ = [
    "AssetSensor",
    "DataChecks",
    "ExternalTables",
    "FileSensor",
    "Files",
    "FreshnessPolicies",
    "ObjectExport",
    "PythonModel",
    "RowCountReconciliation",
    "ScheduledJob",
    "SlackAlert",
    "SqlModel",
    "SqlTables",
    "TableExport",
    "WebhookAlert",
]

OFFERS: dict[str, Offer] = {
    "Airbyte": Offer("dagway.components.airbyte.component", "dagster_airbyte", "airbyte"),
    "CensusSync": Offer("dagway.components.census_sync", "dagster_census", "census"),
    "DbtProject": Offer("dagway.components.dbt_project", "dagster_dbt", "dbt"),
    "DltLoads": Offer("dagway.components.dlt_loads.component", "dagster_dlt", "dlt"),
    "FeatureFlags": Offer("dagway.components.feature_flags.component", "google.auth", "google-sheets"),
    "FeatureStore": Offer("dagway.components.feast.component", "feast", "feast"),
    "Fivetran": Offer("dagway.components.fivetran.component", "dagster_fivetran", "fivetran", since="0.29"),
    "HightouchSync": Offer("dagway.components.hightouch_sync", "dagster_hightouch", "hightouch"),
    "RedisExport": Offer("dagway.components.redis_export", "redis", "redis"),
    "RestApi": Offer("dagway.components.rest_api.component", "dlt", "rest"),
    "SlingReplication": Offer("dagway.components.sling.component", "dagster_sling", "sling"),
}
"""Blocks on an integration's package, by name."""


def __getattr__(name: str) -> Any:
    return find(__name__, OFFERS, name)


def __dir__() -> list[str]:
    """What Dagster registers: what can be used here."""
    return sorted([*globals(), *installed(OFFERS)])
