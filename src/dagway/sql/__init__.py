"""Queries as data: the tables they read, the columns they give, where these come from.

Pure, nothing is run; only `csv_lines` asks DuckDB how it reads a file.
"""

from dagway.sql.described import Described, describe
from dagway.sql.listed import listed_columns
from dagway.sql.names import schema_and_name, table_name
from dagway.sql.parse import SqlError, transpile
from dagway.sql.references import Reference, references, tables

__all__ = [
    "Described",
    "Reference",
    "SqlError",
    "describe",
    "listed_columns",
    "references",
    "schema_and_name",
    "table_name",
    "tables",
    "transpile",
]
