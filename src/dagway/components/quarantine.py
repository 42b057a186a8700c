"""Lines of files that cannot be read: put aside with their reason, beside the table that the others make."""

# pyarrow's stubs leave the type parameters of tables unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagway.components.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa

CHECK = "no_quarantined_rows"
_REJECTED = """select replace(file_path, $folder, '') as file, line, any_value(csv_line) as content,
string_agg(error_message, ' ' order by error_message) as reason
from reject_errors join reject_scans using (scan_id, file_id) group by all order by all"""


@dataclass
class Quarantine:
    """The lines that were put aside while files were read.

    Attributes:
        folder: what the files' paths begin with and nobody needs to know.
        rows: file, line, content and reason of each, once everything was read.
    """

    folder: str
    rows: pa.Table | None = None

    def gather(self, connection: Any) -> None:
        """Take what DuckDB put aside in this connection."""
        self.rows = connection.execute(_REJECTED, {"folder": self.folder}).to_arrow_table()

    def store(self, session: Session, table: str) -> int:
        """Make them the table `<table>__quarantine`; gives how many they are."""
        assert self.rows is not None
        session.replace(f"{table}__quarantine", self.rows.to_reader())
        return self.rows.num_rows


def check_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check that tells of lines that were put aside."""
    return dg.AssetCheckSpec(CHECK, asset=key, description="Every line of the files could be read.")


def check_result(key: dg.AssetKey, table: str, lines: int) -> dg.AssetCheckResult:
    """What it says: a warning, for the table has every other row."""
    return dg.AssetCheckResult(
        passed=not lines,
        asset_key=key,
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"quarantined_rows": lines, "table": f"{table}__quarantine"},
        description=f"{lines:,} lines are in {table}__quarantine, each with its reason." if lines else None,
    )
