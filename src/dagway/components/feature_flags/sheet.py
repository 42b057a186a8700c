"""Flags of a Google Sheet: the service account's log-in, one range of values, a row a flag."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from dagway.components.vendor_api import Vendor
from dagway.errors import DagwayError

API = "https://sheets.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
_ON, _OFF = {"true", "yes", "on", "1", "1.0"}, {"false", "no", "off", "0", "0.0", ""}


@dataclass(frozen=True)
class Sheet:
    """Where the flags stand, and how they are read.

    Attributes:
        url: the spreadsheet's address, as a browser shows it.
        cells: the range in Google's notation; the sheet of the address if empty.
        credentials: the service account's key file, as JSON.
    """

    url: str
    cells: str
    credentials: str
    vendor: Vendor
    api: str = API

    def flags(self) -> dict[str, bool]:
        """Every flag, on or off.

        Raises:
            DagwayError: Google refuses or does not answer, or the sheet is no table of flags.
        """
        headers = {"Authorization": f"Bearer {self._token()}"}
        base = f"{self.api.rstrip('/')}/v4/spreadsheets/{_identity(self.url)}"
        cells = self.cells or self._of_address(base, headers)
        found = self._asked(
            f"{base}/values/{quote(cells, safe='')}", headers, valueRenderOption="UNFORMATTED_VALUE"
        )
        return read(found.get("values", []), self.url)

    def _asked(self, url: str, headers: Mapping[str, str], **query: str) -> Any:
        return self.vendor.checked(self.vendor.ask("GET", url, headers=dict(headers), params=query))

    def _of_address(self, base: str, headers: Mapping[str, str]) -> str:
        """The sheet whose number the address ends with; the first if it has none."""
        number = re.search(r"gid=(\d+)", self.url)
        sheets = self._asked(base, headers, fields="sheets.properties")["sheets"]
        for sheet in sheets:
            if number is None or int(sheet["properties"]["sheetId"]) == int(number[1]):
                return "'" + str(sheet["properties"]["title"]).replace("'", "''") + "'"
        raise DagwayError(f"{self.url} has no sheet of that gid.", "Copy the address of the sheet again.")

    def _token(self) -> str:
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request
        from google.oauth2 import service_account

        account: Any = service_account.Credentials
        try:
            info = json.loads(self.credentials)
            found = account.from_service_account_info(info, scopes=[SCOPE])
        except (ValueError, AttributeError, KeyError) as error:
            raise DagwayError(
                "The credentials of the Google Sheet are no service account's key file.",
                "Put the whole JSON of the key into FEATURE_FLAGS_GOOGLE_SHEET_CREDENTIALS_JSON.",
            ) from error
        timeout = self.vendor.timeout

        def ask(*arguments: Any, **named: Any) -> Any:
            return Request()(*arguments, **{**named, "timeout": timeout})

        try:
            found.refresh(ask)
        except GoogleAuthError as error:
            said = " ".join(str(part) for part in error.args[:1])
            raise DagwayError(
                f"Google gives {info.get('client_email')} no token: {said}",
                "See that the service account and its key are there and active, and Google can be reached.",
            ) from error
        return str(found.token)


@dataclass
class Flags:
    """The flags of a sheet, read again when they are older than `keep` seconds.

    A sheet that cannot be read is an error: what is gated neither runs nor counts as off.
    """

    sheet: Sheet
    keep: float
    _known: dict[str, bool] = field(default_factory=dict[str, bool])
    _read_at: float | None = None

    def is_on(self, name: str) -> bool:
        """Whether a flag is on.

        Raises:
            DagwayError: there is no such flag, or the sheet cannot be read.
        """
        if self._read_at is None or time.monotonic() - self._read_at > self.keep:
            self._known, self._read_at = self.sheet.flags(), time.monotonic()
        if name not in self._known:
            known = ", ".join(sorted(self._known)) or "none"
            raise DagwayError(
                f"{self.sheet.url} has no flag {name!r}.", f"Add it, or correct the name: {known}."
            )
        return self._known[name]


def read(rows: Sequence[Sequence[Any]], where: str) -> dict[str, bool]:
    """The flags of a table with the columns `flag` and `enabled`, in any order, beside others.

    Raises:
        DagwayError: it has no such columns, a flag twice, or a value that is neither on nor off.
    """
    head = [str(name).strip().lower() for name in rows[0]] if rows else []
    if "flag" not in head or "enabled" not in head:
        raise DagwayError(
            f"{where} has no columns flag and enabled, but {', '.join(head) or 'nothing'}.",
            "Write them into the first row, a flag with TRUE or FALSE into each below.",
        )
    name_at, value_at, found = head.index("flag"), head.index("enabled"), dict[str, bool]()
    for number, row in enumerate(rows[1:], 2):
        name = str(row[name_at]).strip() if len(row) > name_at else ""
        if not name:
            continue
        value = str(row[value_at] if len(row) > value_at else "").strip().lower()
        if value not in _ON | _OFF:
            raise DagwayError(f"{where}, row {number}: {name} is {value!r}.", "Write TRUE or FALSE.")
        if name in found:
            raise DagwayError(f"{where}, row {number}: {name} is there twice.", "Leave one of them.")
        found[name] = value in _ON
    return found


def _identity(url: str) -> str:
    match = re.search(r"/spreadsheets/d/([A-Za-z0-9_-]+)", url)
    if match is None:
        raise DagwayError(
            f"{url or 'Nothing'} is no address of a Google Sheet.",
            "Write https://docs.google.com/spreadsheets/d/…, as the browser shows it.",
        )
    return match[1]
