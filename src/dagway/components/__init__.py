"""The blocks that a built project uses. Importing this takes what `import dagster` takes: drivers come when used."""

from dagway.components.alerts.component import SlackAlert, WebhookAlert
from dagway.components.data_checks import DataChecks
from dagway.components.external_tables import ExternalTables
from dagway.components.files import Files
from dagway.components.object_export import ObjectExport
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
    "ObjectExport",
    "ScheduledJob",
    "SlackAlert",
    "SqlModel",
    "SqlTables",
    "TableExport",
    "WebhookAlert",
]
