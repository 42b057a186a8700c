from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.model import Fix, Problem
from dagway.rules.rule import rule
from dagway.rules.source.yaml import YamlFile


@rule("component-file-legacy", severity="warning", fixable=True)
def check(file: YamlFile) -> Iterable[Problem]:
    """A component is configured in `component.yaml`, now `defs.yaml`.

    What
        A file `component.yaml` with a component's `type`. The fix renames it.

    Why
        Dagster looks for `defs.yaml`; the old name is read for compatibility only, and `dg scaffold` and the documentation know
        the new one.

    Broken
        # file: defs/shop/component.yaml
        type: my_project.components.Shop

    Right
        # file: defs/shop/defs.yaml
        type: my_project.components.Shop

    Source
        The platform keeps `components/component.yaml`; the newer workflow writes "Create `defs/<component_name>/defs.yaml`".
    """
    stem, _, suffix = file.name.rpartition(".")
    if stem == "component" and file.is_component and file.documents:
        fix = Fix((), rename="defs.yaml")
        remedy = "Rename it to defs.yaml"
        yield file.problem(
            file.documents[0], f"component.{suffix} is the old name of defs.yaml", remedy, fix=fix
        )
