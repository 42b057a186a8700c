"""The blocks that a built project uses. Importing this takes what `import dagster` takes: drivers come when used."""

from dagway.components.object_export import ObjectExport
from dagway.components.scheduled_job import ScheduledJob
from dagway.components.sql_model import SqlModel
from dagway.components.sql_tables import SqlTables

__all__ = ["ObjectExport", "ScheduledJob", "SqlModel", "SqlTables"]
