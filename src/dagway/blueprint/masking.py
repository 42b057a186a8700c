"""Secrets taken out of text before it is shown: by what they look like, and by the name that stands before them."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"

NAMES_OF_SECRETS = (
    r"(?:password|passwd|passphrase|pwd|token|secret|credentials?|api_?key|private_?key|access_?key|secret_?key"
    r"|account_?key|auth_?key|sas)"
)
"""How the last words of a secret's name read, in snake case."""

TOKEN = re.compile(
    r"\bxox[a-z]-[A-Za-z0-9-]{6,}"
    r"|\bxapp-[A-Za-z0-9-]{6,}"
    r"|\bA[KS]IA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{16,}"
    r"|\bglpat-[A-Za-z0-9_-]{16,}"
    r"|(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{12,}"
    r"|\b[sr]k_(?:live|test)_[A-Za-z0-9]{8,}"
    r"|\bAIza[0-9A-Za-z_-]{30,}"
    r"|\bdapi[0-9a-f]{30,}"
    r"|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
    r"|\bhooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]+"
)
"""Shapes that only secrets have."""

TOKEN_MARKS = (
    *("xox", "xapp-", "KIA", "SIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "sk-"),
    *("k_live_", "k_test_", "AIza", "dapi", "SG.", "eyJ", "PRIVATE KEY", "hooks.slack"),
)
"""One of these stands in every text that `TOKEN` finds: a quick look before the slow one."""

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/:@'\"]{0,64}:([^\s@'\"]{1,500})@")
"""An address with a password in it: group 1 is the password."""

PARAMETER = re.compile(
    rf"(?i)(?:^|[?&;,\s'\"])(?:[a-z0-9_]{{0,40}}_)?{NAMES_OF_SECRETS}=([^&;,\s'\"]{{1,500}})"
)
"""`password=…` in an address or a list of settings: group 1 is the value."""

_NAMED = re.compile(
    rf"(?i)(?:^|[^a-z])(?:[a-z0-9_-]{{0,40}}[_-])?{NAMES_OF_SECRETS}[\"']?\s*:\s+(?P<value>(?![\"']?{{{{)\S.*)$"
)
_VARIABLE = re.compile(
    rf"(?i)env\(\s*['\"](?:[a-z0-9_]{{0,40}}_)?{NAMES_OF_SECRETS}['\"]\s*,\s*['\"](?P<value>[^'\"]+)['\"]"
)


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with every secret replaced by `***`: those given, and those that can be told by their looks."""
    text = TOKEN.sub(HIDDEN, text)
    for pattern in (ADDRESS, PARAMETER):
        text = pattern.sub(_without_group, text)
    for pattern in (_NAMED, _VARIABLE):
        text = pattern.sub(_without_value, text)
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _without_group(match: re.Match[str]) -> str:
    return _cut(match, 1)


def _without_value(match: re.Match[str]) -> str:
    return _cut(match, "value")


def _cut(match: re.Match[str], group: int | str) -> str:
    if match[group].startswith("{{"):
        return match[0]
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match[0][:start] + HIDDEN + match[0][end:]
