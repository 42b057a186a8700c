"""Google Sheets on this machine: its API v4, as far as reading values needs it, with the log-in of service accounts.

Covered: the exchange of a service account's signed assertion for a token, whose signature, audience, scope and times are
checked; a spreadsheet's properties and sheets; the values of one range (`Sheet!A1:B9`, `A:B`, a sheet's name). Not covered: writing,
several ranges at once, formulas, formats, other ways to log in, the quotas themselves (faults answer 429).
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast
from urllib.parse import parse_qs

from dagway.errors import DagwayError
from dagway.simulators.receiver import Answer, Request
from dagway.simulators.service import Route, Service, answered

SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
ACCOUNT = "dagway-demo@demo-project.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""What Google's own client writes into an assertion, whatever the token's address is."""
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
_CELLS = re.compile(r"(?P<left>[A-Z]+)(?P<top>\d*)(?::(?P<right>[A-Z]+)(?P<bottom>\d*))?")

Rows = Sequence[Sequence[Any]]


def sample() -> dict[str, Rows]:
    """A spreadsheet to look at by hand."""
    return {"Flags": [["flag", "enabled"], ["new_pricing", True], ["beta_scores", False]]}


@dataclass
class GoogleSheets(Service):
    """One spreadsheet, shared with one service account. Its sheets are rows by name; the first has the number 0."""

    title: ClassVar[str] = "Google Sheets"
    covers: ClassVar[str] = "tokens of a service account, a spreadsheet's properties, the values of one range"
    sheets: dict[str, Rows] = field(default_factory=sample)
    spreadsheet: str = "demo-spreadsheet"
    shared: bool = True
    """Whether the account may read it."""
    _key: Any = None
    _tokens: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def sheet_url(self) -> str:
        """The spreadsheet's address, as a browser shows it."""
        return f"https://docs.google.com/spreadsheets/d/{self.spreadsheet}/edit#gid=0"

    def credentials(self) -> dict[str, str]:
        """The account's key file, made anew for each simulator, and the address of its spreadsheet.

        Raises:
            DagwayError: the package that makes keys is not installed.
        """
        try:
            from cryptography.hazmat.primitives import serialization
        except ModuleNotFoundError as error:
            raise DagwayError(
                "The simulator of Google Sheets needs the package cryptography.",
                "Install it: pip install 'dagway[google-sheets]'.",
            ) from error
        private = self._private_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        written = {
            "type": "service_account",
            "project_id": "demo-project",
            "private_key_id": "demo",
            "private_key": private.decode(),
            "client_email": ACCOUNT,
            "client_id": "1",
            "token_uri": f"{self.url}/token",
        }
        return {"credentials_json": json.dumps(written), "sheet_url": self.sheet_url}

    def is_allowed(self, request: Request) -> bool:
        if request.path == "/token":
            return True
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self._tokens.get(token, 0) > time.time()

    def error(self, status: int, message: str) -> Answer:
        told = {"code": status, "message": message, "status": _STATUS.get(status, "UNKNOWN")}
        return answered({"error": told}, status)

    def routes(self) -> Sequence[Route]:
        one = "/v4/spreadsheets/(?P<identity>[^/]+)"
        return (
            Route("POST", "/token", self._token),
            Route("GET", one, self._properties),
            Route("GET", f"{one}/values/(?P<cells>.+)", self._values),
        )

    def _private_key(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import rsa

        self._key = self._key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._key

    def _token(self, request: Request) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if form.get("grant_type") != _GRANT:
            return _refused("unsupported_grant_type", "Invalid grant_type")
        try:
            claims = self._claims(form.get("assertion", ""))
        except ValueError as error:
            return _refused("invalid_grant", f"Invalid JWT: {error}")
        if claims.get("iss") != ACCOUNT:
            return _refused("invalid_grant", "Invalid grant: account not found")
        if SCOPE not in str(claims.get("scope", "")).split():
            return _refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        token = secrets.token_urlsafe(32)
        self._tokens[token] = time.time() + 3599
        return answered({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _claims(self, assertion: str) -> Mapping[str, Any]:
        """What an assertion says, once its signature, times and audience are those of a good one."""
        from cryptography.hazmat.primitives import serialization
        from google.auth import exceptions, jwt

        public = (
            self._private_key()
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        decode = cast("Any", jwt).decode
        try:
            return decode(assertion, certs=public, audience=[f"{self.url}/token", AUDIENCE])
        except (ValueError, exceptions.GoogleAuthError) as error:
            raise ValueError(str(error)) from error

    def _properties(self, _: Request, identity: str) -> Answer:
        if refused := self._closed(identity):
            return refused
        sheets = [
            {"properties": {"sheetId": number, "title": name, "index": number}}
            for number, name in enumerate(self.sheets)
        ]
        return answered({"spreadsheetId": identity, "properties": {"title": "Demo"}, "sheets": sheets})

    def _values(self, request: Request, identity: str, cells: str) -> Answer:
        if refused := self._closed(identity):
            return refused
        name, _, part = cells.rpartition("!") if "!" in cells else (cells, "", "")
        title = name.strip("'").replace("''", "'")
        if not name or (title not in self.sheets and "!" not in cells):
            title, part = next(iter(self.sheets)), cells
        found = _CELLS.fullmatch(part) if part else None
        if title not in self.sheets or (part and found is None):
            return self.error(400, f"Unable to parse range: {cells}")
        rows = _cut(self.sheets[title], found)
        shown = rows if request.query.get("valueRenderOption") == "UNFORMATTED_VALUE" else _formatted(rows)
        # Google leaves the empty cells at a row's end out, and the member where there is no value at all.
        values = {"values": [_trimmed(row) for row in shown]} if any(map(_trimmed, shown)) else {}
        return answered({"range": cells, "majorDimension": "ROWS", **values})

    def _closed(self, identity: str) -> Answer | None:
        if identity != self.spreadsheet:
            return self.error(404, "Requested entity was not found.")
        return None if self.shared else self.error(403, "The caller does not have permission")


def _refused(kind: str, message: str) -> Answer:
    """An error of the token's endpoint, which speaks OAuth."""
    return answered({"error": kind, "error_description": message}, 400)


def _cut(rows: Rows, cells: re.Match[str] | None) -> Rows:
    if cells is None:
        return rows
    top, bottom = int(cells["top"] or 1), int(cells["bottom"] or cells["top"] or len(rows))
    left, right = _column(cells["left"]), _column(cells["right"] or cells["left"])
    return [row[left - 1 : right] for row in rows[top - 1 : bottom]]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _formatted(rows: Rows) -> Rows:
    """Values as the sheet shows them."""
    return [[str(value).upper() if isinstance(value, bool) else str(value) for value in row] for row in rows]


def _trimmed(row: Sequence[Any]) -> list[Any]:
    found = list(row)
    while found and found[-1] in ("", None):
        found.pop()
    return found
