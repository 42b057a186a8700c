"""What components share that change the definitions beside them: of their own folder and the folders below."""

from abc import ABC, abstractmethod

import dagster as dg

from dagway._dagster.folder import definitions_below
from dagway.components.attributes import Block


class Folder(Block, ABC):
    """A component whose `defs.yaml` stands in a folder of others, `defs` itself for all: it loads them and changes them."""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        return self.changed(definitions_below(context), context)

    @abstractmethod
    def changed(self, defs: dg.Definitions, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the folder, changed. Made to be overridden."""
