"""Calls that open a connection, make a client or a session, or send a request."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from dagway.rules.source.names import Function
from dagway.rules.source.python import PythonFile, keyword

CONNECTIONS = frozenset(
    [
        "psycopg2.connect",
        "psycopg.connect",
        "psycopg.Connection.connect",
        "pymysql.connect",
        "MySQLdb.connect",
        "pyodbc.connect",
        "mysql.connector.connect",
        "oracledb.connect",
        "cx_Oracle.connect",
        "sqlite3.connect",
        "duckdb.connect",
        "asyncpg.connect",
        "snowflake.connector.connect",
        "databricks.sql.connect",
        "redshift_connector.connect",
        "trino.dbapi.connect",
        "sqlalchemy.create_engine",
        "sqlalchemy.engine.create_engine",
        "pymongo.MongoClient",
        "redis.Redis",
        "redis.StrictRedis",
        "redis.from_url",
        "redis.Redis.from_url",
        "clickhouse_connect.get_client",
        "clickhouse_driver.Client",
        "elasticsearch.Elasticsearch",
        "cassandra.cluster.Cluster",
        "kafka.KafkaProducer",
        "kafka.KafkaConsumer",
    ]
)
CLIENTS = frozenset(
    [
        "boto3.client",
        "boto3.resource",
        "google.cloud.bigquery.Client",
        "google.cloud.storage.Client",
        "google.cloud.pubsub_v1.PublisherClient",
        "google.cloud.secretmanager.SecretManagerServiceClient",
        "azure.storage.blob.BlobServiceClient",
        "azure.storage.blob.BlobServiceClient.from_connection_string",
        "slack_sdk.WebClient",
        "slack_sdk.web.WebClient",
        "openai.OpenAI",
        "openai.AsyncOpenAI",
        "anthropic.Anthropic",
        "paramiko.SSHClient",
        "ftplib.FTP",
        "smtplib.SMTP",
        "gspread.service_account",
    ]
)
SESSIONS = frozenset(
    [
        "requests.Session",
        "requests.session",
        "requests.sessions.Session",
        "httpx.Client",
        "httpx.AsyncClient",
        "aiohttp.ClientSession",
        "cloudscraper.create_scraper",
    ]
)
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
REQUESTS = frozenset(
    [f"{module}.{method}" for module in ("requests", "httpx") for method in _METHODS]
    + ["urllib.request.urlopen", "urllib.request.urlretrieve"]
)
#: What an in-memory database is called by.
_MEMORY = {":memory:", ":default:", "sqlite://", "sqlite:///:memory:", "duckdb:///:memory:", ""}


@dataclass(frozen=True, eq=False)
class Opening:
    """A call that reaches out of the process; `noun` is what it makes: a connection, client, session or request."""

    call: ast.Call
    dotted: str
    noun: str

    @property
    def what(self) -> str:
        """The noun with its article."""
        return f"{'an' if self.noun.startswith('HTTP') else 'a'} {self.noun}"


def openings(file: PythonFile) -> Iterator[Opening]:
    """Every such call; databases in memory are none."""
    for call in file.nodes(ast.Call):
        dotted = file.resolve(call.func)
        noun = _noun(dotted)
        if noun and not (noun == "database connection" and _is_in_memory(file, call, dotted)):
            yield Opening(call, dotted, noun)


def helper(file: PythonFile, call: ast.Call) -> Function | None:
    """The function of the file that a call runs; none where a decorator may have made it something else."""
    called = file.definition_of(call.func)
    if isinstance(called, ast.FunctionDef | ast.AsyncFunctionDef) and not called.decorator_list:
        return called
    return None


def _noun(dotted: str) -> str:
    if not dotted:
        return ""
    if dotted in CONNECTIONS:
        return "database connection"
    if dotted in CLIENTS:
        return "client"
    if dotted in SESSIONS:
        return "HTTP session"
    return "HTTP request" if dotted in REQUESTS else ""


def _is_in_memory(file: PythonFile, call: ast.Call, dotted: str) -> bool:
    first = call.args[0] if call.args else keyword(call, "database") or keyword(call, "url")
    if dotted == "duckdb.connect" and first is None:
        return not any(item.arg is None for item in call.keywords)
    value = file.value(first)
    if isinstance(value, str):
        return value in _MEMORY or value.startswith("file::memory:")
    return False
