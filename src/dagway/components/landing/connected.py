"""What services share whose connections are asked of them: kept as state, in demo mode asked at each load."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from dagway.components.landing.base import Landed


class Connected(Landed, dg.StateBackedComponent):
    """A component of Dagster's that keeps what an account holds; `Client` is the resource that asks it."""

    @abstractmethod
    def connected(self, root: Path) -> AbstractContextManager[Any]:
        """The account to ask: the service's, in demo mode the simulator's."""

    @abstractmethod
    def keep(self, client: Any, path: Path) -> None:
        """Ask what the account holds, and keep it in a file."""

    @abstractmethod
    def run(self, context: dg.AssetExecutionContext, client: Any) -> Iterator[Any]:
        """Sync a connection, by `execute`."""

    async def write_state_to_path(self, state_path: Path) -> None:
        if not self.in_demo:  # demo files are read at each load
            with self.connected(state_path.parent) as client:
                self.keep(client, state_path)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        if not self.in_demo:
            return super().build_defs(context)
        with TemporaryDirectory() as folder, self.connected(context.project_root) as client:
            state_path = Path(folder) / "state"
            self.keep(client, state_path)
            return self.build_defs_from_state(context, state_path)

    def synced(self, context: dg.AssetExecutionContext, root: Path) -> Iterator[Any]:
        """What a step does: sync its connection."""
        with self.connected(root) as client:
            yield from self.run(context, client)
