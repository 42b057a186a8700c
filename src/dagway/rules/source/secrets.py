"""What looks like a secret: by its shape, or by the name that it stands under."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "token",
    "secret",
    "credential",
    "credentials",
    "api_key",
    "apikey",
    "private_key",
    "access_key",
    "secret_key",
    "account_key",
    "auth_key",
    "client_secret",
    "access_token",
    "auth_token",
    "bot_token",
    "connection_string",
    "webhook_url",
]
_NAME = re.compile(rf"(?:^|.*_)(?:{'|'.join(_WORDS)})$")
#: Names that end like a secret's but hold something else.
_OTHER = re.compile(
    r"(?:^|_)(?:next|page|pagination|continuation|sync|start|end|stop|pad|eos|bos|unk|mask|sep|cls|primary|foreign|partition|sort|group"
    r"|max|num|dedupe|concurrency|cache|cursor|[cx]srf)_(?:token|key)$|^key$"
)
_UNREAL = re.compile(r"(?:^|_)(?:local|test|dummy|fake|example|mock|sample)(?:_|$)")
_SHAPES = re.compile(
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|\bxapp-\d-[A-Za-z0-9-]{10,}"
    r"|\bA(?:KIA|SIA)(?![0-9A-Z]*(?:EXAMPLE|SAMPLE))[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{30,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}"
    r"|(?<![A-Za-z0-9_-])sk-(?:ant-|proj-)?[A-Za-z0-9_-]{24,}"
    r"|\b[sr]k_live_[A-Za-z0-9]{16,}"
    r"|\bAIza[0-9A-Za-z_-]{35}"
    r"|\bdapi[0-9a-f]{32}"
    r"|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|\bhooks\.slack(?:-gov)?\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}"
    r"|-----BEGIN (?:[A-Z]{2,12} )?PRIVATE KEY-----\s*[A-Za-z0-9+/=]{16,}"
)
#: One of these is in every text that has a secret's shape: looking for them costs a tenth of matching.
_BEGINNINGS = (
    "xox", "xapp-", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "sk-", "k_live_", "AIza",
    "dapi", "SG.", "hooks.slack", "PRIVATE KEY",
)  # fmt: skip
_ADDRESS = re.compile(
    r"^[A-Za-z][A-Za-z0-9+.-]{1,30}://(?P<user>[^\s/:@'\"{}$]{0,200}):(?P<password>[^\s@/'\"{}$]{1,300})@(?P<host>[\w.-]*)"
)
_HERE = frozenset({"localhost", "127.0.0.1", "host.docker.internal"})
#: Texts that stand where a secret would and are none: what they are, and how they look as a whole, in either case.
HARMLESS = {
    "one character over and over": r"x+|\*+|\.+|-+|\?+",
    "a placeholder": r"place[-_ ]?holder|change[-_ ]?me.*|(?:your|my|some|insert|replace|not)[-_ ].*|redacted|todo|tbd",
    "a placeholder in brackets": r"<.*>|\[.*\]|__\w+__",
    "nothing": r"none|null|nil|true|false|n/?a|unused",
    "made up": r"(?:dummy|fake|mock|example|local).*|test|testing|.*(?-i:EXAMPLE).*",
    "a way to log in": r"basic|bearer|oauth2?|externalbrowser",
    "said of a field": r"required|optional|pass",
    "filled in later": r".*(?:\{[\w.]*\}|\{\{|\$\{|\$\(|%\().*|\$.*|%s",
    "a reference to where it is kept": r"(?:env[:.]|op://|vault:|arn:|projects/|secret[:/]|ssm:|file:|@|!).*",
    "a path": r"(?:/|~|\.{1,2}/|[a-z]:[\\/]).*",
    "a file": r".*\.(?:json|ya?ml|toml|ini|cfg|conf|env|txt|pem|key|p8|p12|pfx|crt|cer|der|jks|csv|parquet|py|sql|db)",
    "a variable's name": r"(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)",
    # As databases, Spark, pandas and Python write it.
    "a column's type": (
        r"(?:\w+\.)?(?:n?(?:var)?char2?|n?text|string|str|utf8|(?:u|big|small|tiny|medium)?int(?:eger)?\d*|long|short"
        r"|bytes?|float\d*|double|real|decimal|numeric|number|bool(?:ean)?|date(?:time)?\d*"
        r"|time(?:stamp)?(?:_?(?:ntz|ltz|tz))?|interval|(?:var)?binary|[bc]lob|uuid|jsonb?|variant|object|array|map|struct"
        r"|category)(?:type)?(?:\(.*\)|<.*>|\[.*\])?"
    ),
    "pairs, which are looked at for themselves": r"[a-z][\w.]*=[^;]*;[a-z][\w.]*=.*",
}
_PATTERNS = {what: re.compile(pattern, re.IGNORECASE) for what, pattern in HARMLESS.items()}
#: A name of several words, and the words that say that it names a column or a field.
_IDENTIFIER = re.compile(r"[a-z]+(?:_[a-z]+)+|[a-z]+(?:[A-Z][a-z]+)+")
_NAMED = frozenset(
    ["token", "key", "id", "name", "column", "field", "hash", "url", "uri", "path", "file", "type"]
)
#: What an address of the web holds if knowing it is enough.
_RANDOM = re.compile(r"[/=](?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}")
#: A connection string's secret, and what else makes a text with such a pair a connection string.
_PAIRED = re.compile(
    r"(?:^|[;?&])\s*(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*(?P<secret>[^;&\s'\"]+)", re.IGNORECASE
)
_CONNECTS = re.compile(
    r"(?:^|[;?&])\s*(?:server|host|data source|endpoint|accountname|uid|user(?: ?id|name)?)\s*=|^jdbc:",
    re.IGNORECASE,
)


def snake(name: str) -> str:
    """A name in snake case: `apiKey`, `API-KEY` → `api_key`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a variable, parameter or key of this name holds a secret."""
    plain = snake(name)
    return bool(_NAME.match(plain)) and not _OTHER.search(plain) and not _UNREAL.search(plain)


def is_secret_value(value: str) -> bool:
    """Whether a text under such a name can be the secret itself: no placeholder, reference, or name of a variable."""
    text = value.strip()
    if len(text) < 4 or any(character.isspace() for character in text):
        return False
    if text.startswith(("http://", "https://")):
        return _RANDOM.search(text) is not None
    if "://" in text:
        return bool(address_password(text))
    return not harmless(text)


def harmless(text: str) -> str:
    """What a text without spaces is that stands where a secret would; empty where it may be the secret."""
    found = (what for what, pattern in _PATTERNS.items() if pattern.fullmatch(text))
    return next(found, "what a secret is called" if _names_a_secret(text) else "")


def _names_a_secret(text: str) -> bool:
    """`db_password`, `snowflake/token`, `old_token_id`: how a secret is called where it is kept, or a field's own name."""
    if _IDENTIFIER.fullmatch(text) and not _NAMED.isdisjoint(snake(text).split("_")):
        return True
    return bool(re.fullmatch(r"[A-Za-z0-9_./:-]+", text)) and is_secret_name(re.split(r"[/.:]", text)[-1])


def may_have_shape(text: str) -> bool:
    """Whether a part of the text begins as a secret does, also one that is written in several pieces."""
    return any(beginning in text for beginning in _BEGINNINGS)


def has_shape(text: str) -> bool:
    """Whether a part of the text has a shape that only secrets have."""
    return may_have_shape(text) and _SHAPES.search(text) is not None


def address_password(value: str) -> str:
    """The password inside an address; empty if there is none, only a placeholder, or the user's name on this machine."""
    match = _ADDRESS.match(value.strip())
    if not match or (match["host"] in _HERE and match["user"] == match["password"]):
        return ""
    password = match["password"]
    return "" if harmless(password) else password


def paired_secret(value: str) -> str:
    """The password or key among a connection string's pairs, `Server=…;Pwd=…`; empty if there is none."""
    match = _PAIRED.search(value) if "=" in value and _CONNECTS.search(value) else None
    return match["secret"] if match and is_secret_value(match["secret"]) else ""


def is_of_this_machine(path: str) -> bool:
    """Whether a file says by its name that it is for local development: `docker-compose-local.yaml`."""
    return "local" in snake(path.rpartition("/")[2]).split("_")
