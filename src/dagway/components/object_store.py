"""One object in an object store or a folder, by its address."""

from __future__ import annotations

import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, cast

from dagway.blueprint.patterns import below, fixed_folder, matching
from dagway.blueprint.stores import SCHEMES
from dagway.components.patience import ANSWER
from dagway.errors import DagwayError


@dataclass(frozen=True)
class Location:
    """Where an object is.

    Attributes:
        address: as people write it; of a file, the absolute path.
        scheme: s3, gcs, azure or filesystem.
    """

    address: str
    scheme: str
    bucket: str
    key: str

    @classmethod
    def of(cls, path: str, root: Path) -> Location:
        """The location of `s3://bucket/key`, or of a file that stands relative to `root`.

        Raises:
            DagwayError: the scheme is unknown, or bucket or key are missing.
        """
        scheme, found, rest = path.partition("://")
        if not found:
            file = root / path
            return cls(str(file), "filesystem", str(file.parent), file.name)
        if scheme == "file":
            return cls.of("/" + rest.lstrip("/"), root)
        bucket, _, key = rest.partition("/")
        if scheme not in SCHEMES or not bucket or not key:
            raise DagwayError(f"{path} names no object.", "Write s3://bucket/key, gs://…, az://… or a file.")
        return cls(path, SCHEMES[scheme], bucket, key)


@dataclass(frozen=True)
class StoreWaits:
    """How long an object store is waited for.

    Attributes:
        answer: seconds until it answers, or until the next bytes of an answer come.
        whole: seconds after which a request that is refused or breaks off is not sent again.
    """

    answer: float = 30.0
    whole: float = 60.0


class Store(ABC):
    """Where one object is put and read."""

    @abstractmethod
    def put(self, file: Path) -> None:
        """Store a local file as the object: whole, or not at all."""

    @abstractmethod
    def get(self, file: Path) -> None:
        """Write the object to a local file."""

    @abstractmethod
    def names(self) -> list[str]:
        """The objects that match this one's name, read as a pattern: whole names in the bucket, or paths."""

    @abstractmethod
    def at(self, name: str) -> Store:
        """Another object of the same bucket or machine."""


@contextmanager
def open_store(location: Location, *, demo: bool, waits: StoreWaits = StoreWaits()) -> Generator[Store]:
    """The store of a location. In demo mode, every object store is the local S3 server.

    Credentials and endpoints are what the environment says: `AWS_*`, `GOOGLE_*`, `AZURE_*`. A store that is busy, broken or
    silent is asked again.

    Raises:
        DagwayError: the store refuses, or the extra `objects` is not installed.
    """
    if location.scheme == "filesystem":
        yield _Folder(Path(location.address))
        return
    try:
        import obstore
        from obstore.exceptions import BaseError
    except ImportError as error:
        raise DagwayError(f"{location.address} needs obstore.", "Install dagway[objects].") from error
    del obstore
    try:
        if demo:
            from dagway.simulators.object_store import demo_s3

            with demo_s3() as address:
                yield _Objects(_demo_store(location.bucket, address, waits), location.key)
        else:
            yield _Objects(_store(location, waits), location.key)
    except BaseError as error:
        raise DagwayError(f"{location.address}: {_said(error)}.", _remedy(error)) from None


def _said(error: Exception) -> str:
    """What went wrong, in a line: the status and what the service says of it, else what the client saw."""
    told = str(error).partition("\n\nDebug source:")
    status = re.search(r"status code: (\d{3}[\w ]*)", told[0])
    words = (re.search(rf"<{tag}>(.*?)</{tag}>", told[0], re.DOTALL) for tag in ("Code", "Message"))
    written = ": ".join(" ".join(found[1].split()) for found in words if found)
    if status and written:
        return f"{status[1]}, {written}".rstrip(".")
    if "kind: Timeout" in told[2]:
        return "it did not answer in time"
    if "kind: Interrupted" in told[2]:
        return "its answer ended half way"
    line = next((line for line in told[0].splitlines() if line.strip()), "refused")
    # A signature may stand in an address.
    return f"{type(error).__name__}: {re.sub(r'[?][^ )]*', '', line).rstrip('.')}"


def _remedy(error: Exception) -> str:
    status = re.search(r"status code: (\d{3})", str(error))
    passing = status is not None and (status[1] == "429" or status[1].startswith("5"))
    if passing or re.search("kind: (Timeout|Interrupted)", str(error)):
        return "Run it again later; nothing was changed. `request_timeout` and `patience` say how long it is waited for."
    return "Check the bucket, the credentials and the endpoint in the environment."


class _Folder(Store):
    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, file: Path) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # In the same folder, so that the rename is one step and a reader never sees half a file.
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        shutil.copyfile(file, beside)
        beside.replace(self.path)

    def get(self, file: Path) -> None:
        if not self.path.is_file():
            raise DagwayError(f"There is no file {self.path}.", "Check the path.")
        shutil.copyfile(self.path, file)

    def names(self) -> list[str]:
        pattern = str(self.path)
        found = matching(Path(fixed_folder(pattern)), below(pattern))
        return sorted(str(path) for path in found if path.is_file() and matches(str(path), pattern))

    def at(self, name: str) -> Store:
        return _Folder(Path(name))


class _Objects(Store):
    def __init__(self, store: Any, key: str) -> None:
        self.store = store
        self.key = key

    def put(self, file: Path) -> None:
        import obstore

        obstore.put(self.store, self.key, file)

    def get(self, file: Path) -> None:
        import obstore

        with file.open("wb") as out:
            for chunk in obstore.get(self.store, self.key).stream():
                out.write(chunk)

    def names(self) -> list[str]:
        import obstore

        listed: Any = cast("Any", obstore).list(self.store, fixed_folder(self.key) or None)
        found = (entry["path"] for chunk in listed for entry in chunk)
        return sorted(name for name in found if matches(name, self.key))

    def at(self, name: str) -> Store:
        return _Objects(self.store, name)


def matches(name: str, pattern: str) -> bool:
    """Whether a name is of the pattern, as DuckDB reads one of files: `*` stays in its folder, `**` is any folders."""
    return _match(name.split("/"), pattern.split("/"))


def _match(names: Sequence[str], patterns: Sequence[str]) -> bool:
    if not patterns:
        return not names
    if patterns[0] == "**":
        last = len(patterns) == 1
        return any(_match(names[start:], patterns[1:]) for start in range(len(names))) or (
            last and bool(names)
        )
    return bool(names) and fnmatchcase(names[0], patterns[0]) and _match(names[1:], patterns[1:])


def _store(location: Location, waits: StoreWaits) -> Any:
    from obstore.store import AzureStore, GCSStore, S3Store

    if location.scheme == "gcs":
        return GCSStore(location.bucket, **_options(None, waits))
    if location.scheme == "azure":
        return AzureStore(location.bucket, **_options(None, waits))
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return S3Store(location.bucket, **_options(endpoint, waits))


def _options(endpoint: str | None, waits: StoreWaits) -> dict[str, Any]:
    client: dict[str, Any] = {
        # Not the whole of an answer: a large object takes as long as it takes.
        "read_timeout": timedelta(seconds=waits.answer),
        "timeout": timedelta(seconds=ANSWER),
    }
    if endpoint and endpoint.startswith("http://"):
        client["allow_http"] = True
    backoff = {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=10), "base": 2}
    retry = {"max_retries": 1000, "retry_timeout": timedelta(seconds=waits.whole), "backoff": backoff}
    return {"client_options": client, "retry_config": retry, **({"endpoint": endpoint} if endpoint else {})}


def _demo_store(bucket: str, address: str, waits: StoreWaits) -> Any:
    """The bucket on the local server, made if it is not there."""
    import urllib.request

    from obstore.store import S3Store

    request = urllib.request.Request(f"{address}/{bucket}", method="PUT")  # noqa: S310  the local server
    # It shares its machine with what asks: a minute is no sign of trouble where that is busy.
    with urllib.request.urlopen(request, timeout=60):  # noqa: S310
        pass
    credentials = {"access_key_id": "demo", "secret_access_key": "demo", "region": "us-east-1"}
    return S3Store(bucket, virtual_hosted_style_request=False, **credentials, **_options(address, waits))


def fetch(location: Location, folder: Path, *, demo: bool, waits: StoreWaits = StoreWaits()) -> str:
    """Copy the objects that match the location's pattern to a folder; gives the pattern of the copies.

    They keep their names, which errors tell, below the folder that they have in common.

    Raises:
        DagwayError: none matches, they are of several kinds, or one's name leads out of the folder.
    """
    with open_store(location, demo=demo, waits=waits) as store:
        names = store.names()
        if not names:
            raise DagwayError(
                f"No object is {location.address}.", "Check the bucket, the path and the rights."
            )
        endings = {_ending(name) for name in names}
        if len(endings) > 1:
            raise DagwayError(
                f"{location.address} are files of several kinds: {', '.join(sorted(endings))}.",
                "Set the table's `path` to one of them.",
            )
        ending = endings.pop()
        common = fixed_folder(location.address if location.scheme == "filesystem" else location.key)
        for name in names:
            copy = folder / name.removeprefix(common).lstrip("/")
            if not copy.resolve().is_relative_to(folder.resolve()):
                raise DagwayError(f"{name} leads out of its folder.", "Rename the object.")
            copy.parent.mkdir(parents=True, exist_ok=True)
            store.at(name).get(copy)
    return f"{folder}/**/*{ending}"


def _ending(name: str) -> str:
    """What says a file's kind: all but dates and other parts of the name."""
    suffixes = PurePosixPath(name).suffixes
    return "".join(suffixes[-2:] if name.endswith(".gz") else suffixes[-1:])
