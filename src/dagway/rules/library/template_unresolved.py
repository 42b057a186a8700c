from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagway.project.model import Asset
from dagway.project.templates import is_template
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("template-unresolved", severity="error", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """A template was left as it is written.

    What
        A literal `{{ … }}` in a loaded definition: in a key, group, owner or tag, in the name, cron or time zone of a schedule, in a
        resource's field; in a description or metadata only where it comes from a component's YAML. SQL that dagster-dbt
        puts into descriptions is none.

    Why
        Nobody resolves it any more. The value is the text itself, so that a key, a tag or a password is wrong, and nothing
        says so.

    Broken
        # file: definitions.py
        import dagster as dg

        defs = dg.Definitions(assets=[dg.AssetSpec(["{{ env('SCHEMA') }}", "orders"])])

    Right
        # file: definitions.py
        import dagster as dg

        defs = dg.Definitions(assets=[dg.AssetSpec(["shop", "orders"])])

    Source
        Known troubles with components: "YAML values left as literal templates".
    """
    project = loaded.project
    for asset in loaded.defined:
        for what, text in _texts(asset):
            if is_template(text):
                yield loaded.problem_of(asset, f"has a template in its {what}: {_short(text)}", _REMEDY)
    for schedule in project.schedules:
        for text in (schedule.name, schedule.cron, schedule.timezone):
            if is_template(text):
                yield loaded.problem_named(schedule, f"has a template left in it: {_short(text)}", _REMEDY)
    for resource in project.resources:
        for field in resource.unresolved:
            message = f"the resource {resource.name} has a template left in its field {field}"
            yield loaded.problem(resource.position, message, _REMEDY, about=resource.name)


def _texts(asset: Asset) -> Iterator[tuple[str, str]]:
    yield from (("key", segment) for segment in asset.key)
    yield "group", asset.group
    yield from (("owners", owner) for owner in asset.owners)
    yield from (("tags", text) for tag in asset.tags for text in tag)
    # A docstring may well speak of templates; a component's YAML means them.
    if asset.position and asset.position.path.suffix in {".yaml", ".yml"} and asset.integration is None:
        yield "description", asset.description or ""
        yield from ((f"metadata {name!r}", text) for name, text in asset.metadata)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"


_REMEDY = "Write the value, or put the template where the component resolves it"
