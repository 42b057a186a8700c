"""How the webserver is asked over HTTP: at the address that was named and nowhere else, for what is sent may hold the log-in."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """What one program answers for, by its address: scheme, host and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """That of an address.

        Raises:
            ValueError: it is none of HTTP.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
            raise ValueError(f"{url} is no address of HTTP")
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine for sure."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows nobody: urllib would take the log-in along, wherever that leads."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        """Leaves the answer an error, with its status."""
        del req, fp, code, msg, headers, newurl


#: For what is on this machine or beside it: a proxy that variables name would not reach it.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stays)


def opener(origin: Origin) -> urllib.request.OpenerDirector:
    """Asks there; through a proxy of the environment only what is beyond this machine."""
    return DIRECT if origin.is_loopback else urllib.request.build_opener(_Stays)
