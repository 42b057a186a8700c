"""The environment variables that Dagway, Dagster and components of theirs read: those that every platform knows of."""

from __future__ import annotations

from dataclasses import dataclass

from dagway._dagster.login import PASSWORD, USER


@dataclass(frozen=True)
class Known:
    """A variable that Dagway, Dagster or a component of theirs reads.

    Attributes:
        default: what holds where it is not set; empty for nothing.
        shown: whether its value may be shown.
        seldom: whether it is listed only where it is set.
    """

    name: str
    what: str
    default: str = ""
    shown: bool = False
    seldom: bool = False


#: Services for which a simulator stands in, in demo mode, and whose address a variable can name.
_SIMULATED = (
    *("AIRBYTE", "CENSUS", "FIVETRAN", "GOOGLE_SHEETS", "HIGHTOUCH", "REDIS"),
    *("REST", "S3", "SLACK", "WEBHOOK"),
)
#: In the order in which they are listed.
KNOWN = (
    Known("DAGSTER_HOME", "Dagster's home", ".dagway/home", shown=True),
    Known("DAGWAY_PROFILE", "the profile of platform.yaml", "as platform.yaml says", shown=True),
    Known("DAGWAY_ENVIRONMENT", "the environment that projects run in", "default", shown=True),
    Known("DAGWAY_REGION", "the region that projects run in", "none", shown=True),
    Known("DAGWAY_DATABASE", "the database to write to; goes before platform.yaml", shown=True),
    Known("DAGWAY_SCHEMA", "the pattern of the schema to write to; goes before platform.yaml", shown=True),
    Known("DAGWAY_DEMO", "1: demo data and simulators", "none", shown=True),
    Known("DAGWAY_PLATFORM", "where platform.yaml is", "above the working directory", shown=True),
    Known("DAGWAY_URL", "the UI's address, for links and for `dagway launch`", "the webserver's", shown=True),
    # An address of a repository may hold a token.
    Known("DAGWAY_GIT_URL", "the repository that assets are linked to", "the checkout's"),
    Known("DAGWAY_GIT_COMMIT", "the commit that they are linked to", "the checkout's", shown=True),
    Known(USER, "the user that the webserver lets in"),
    Known(PASSWORD, "that user's password"),
    Known("DAGSTER_POSTGRES_HOST", "metadata: the host of PostgreSQL", "localhost", shown=True),
    Known("DAGSTER_POSTGRES_PORT", "metadata: its port", "5432", shown=True),
    Known("DAGSTER_POSTGRES_DB", "metadata: the database", shown=True),
    Known("DAGSTER_POSTGRES_USER", "metadata: the user", shown=True),
    Known("DAGSTER_POSTGRES_PASSWORD", "metadata: the password", "empty"),
    Known(
        "CELERY_BROKER_URL", "the broker of the engine celery", "redis://$REDIS_HOST:$REDIS_PORT/$REDIS_DB"
    ),
    Known("CELERY_RESULT_BACKEND", "where celery keeps results", "the broker"),
    Known("RAY_ADDRESS", "the job server of the engine ray", "http://127.0.0.1:8265", shown=True),
    Known("REDIS_HOST", "the host of Redis", "localhost", shown=True),
    Known("REDIS_PORT", "its port", "6379", shown=True),
    Known("REDIS_DB", "its database's number", "0", shown=True),
    Known("DBT_PROFILES_DIR", "the folder of dbt's profiles", "the dbt project", shown=True),
    Known("FEAST_REPO_PATH", "the folder of the feature repository", shown=True),
    Known("API_KEY", "the key of external services"),
    Known("SLACK_WEBHOOK_URL", "messages to Slack by an incoming webhook"),
    Known("SLACK_BOT_TOKEN", "messages to Slack by a bot; goes before the webhook"),
    Known("SLACK_DEFAULT_CHANNEL", "the channel that runs' failures are told to", shown=True),
    Known("FEATURE_FLAGS_GOOGLE_SHEET_URL", "the sheet of feature flags"),
    Known("FEATURE_FLAGS_GOOGLE_SHEET_CREDENTIALS_JSON", "what may read that sheet"),
    *(
        Known(f"DAGWAY_DEMO_{name}_URL", "a simulator that runs already", shown=True, seldom=True)
        for name in _SIMULATED
    ),
)
