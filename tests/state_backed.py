"""What tests of components need whose definitions are state: asked of a service, and kept."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import asyncio
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster.components.core.component_tree import ComponentTree

from dagway.errors import DagwayError


def change(project: Any, **workspace: Any) -> None:
    """Change settings of the workspace in the YAML of the only component."""
    [file] = (project.root / project.package / "defs").glob("*/defs.yaml")
    document = yaml.safe_load(file.read_text())
    document["attributes"]["workspace"].update(workspace)
    file.write_text(yaml.safe_dump(document))


def refresh(project: Any) -> None:
    """What `dg utils refresh-defs-state` does."""
    tree = ComponentTree.for_project(project.root)
    for component in tree.get_all_components(dg.StateBackedComponent):
        asyncio.run(component.refresh_state(project.root))


def keys(project: Any) -> set[str]:
    """The assets that the project defines."""
    return {key.to_user_string() for key in project.load().resolve_all_asset_keys()}


def refused(project: Any) -> str:
    """Why the project does not load."""
    with pytest.raises(Exception, match="Error while") as error:
        project.load()
    cause = error.value.__cause__
    assert isinstance(cause, DagwayError)
    return str(cause)
