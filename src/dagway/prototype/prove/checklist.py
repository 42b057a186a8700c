"""The validation checklist of a good prototype, each line with what shows that it holds.

The lines are those of the written workflow that Dagway executes; a line that speaks of something the project does not
have is not applicable, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dagway.project.model import slash
from dagway.prototype.model import Plan
from dagway.prototype.prove.last_words import last_words
from dagway.prototype.prove.listing import Listed, listed
from dagway.prototype.prove.model import AssetEvidence, ChecklistLine, Command, Facts
from dagway.prototype.prove.nouns import first_word_if_verb
from dagway.prototype.prove.numbers import counted, some
from dagway.prototype.prove.sources import Sources, read_sources

Verdict = tuple[bool | None, str]
CORE, QUALITY, KEYS = "Core functionality", "Asset quality", "Several components together"
COMPONENTS, AUTOMATION, DOCUMENTATION = "Components", "Automation", "Documentation"


class _Checklist:
    """What the lines look at, and one method for each of them."""

    def __init__(self, folder: Path, plan: Plan | None, facts: Facts) -> None:
        self.plan, self.facts = plan, facts
        self.sources: Sources = read_sources(folder)
        self.listed: Listed | None = listed(self._command("dg list defs"))
        self.own = [asset for asset in facts.assets if asset.executable and not asset.external]

    def lines(self) -> tuple[ChecklistLine, ...]:
        """Every line, in the order of the checklist."""
        return (
            self._ran("definitions-load", "All definitions load successfully.", "dg check defs"),
            self._line("assets-listed", CORE, "Assets appear in `dg list defs`.", self._assets_listed),
            self._ran("tests-pass", "Tests pass.", "pytest"),
            self._ran(
                "asset-launched", "At least one asset can be materialized by `dg launch`.", "dg launch"
            ),
            self._line("kinds", QUALITY, "All assets have kinds.", self._kinds),
            self._line("metadata", QUALITY, "Assets have owners, tags and a group.", self._metadata),
            self._line(
                "nouns", QUALITY, "Asset names are nouns: what is produced, not what is done.", self._nouns
            ),
            self._line(
                "variables", QUALITY, "Resources take secrets from environment variables.", self._variables
            ),
            self._line("keys", KEYS, "Asset keys are made for those who read them.", self._keys),
            self._line(
                "dependencies", KEYS, "Dependencies are defined, checked from JSON.", self._dependencies
            ),
            self._line(
                "deps-listed", KEYS, "Downstream assets list their upstream assets.", self._deps_listed
            ),
            self._line("keys-flat", KEYS, "Keys that dbt reads as sources have two levels.", self._keys_flat),
            self._line(
                "no-phantoms", KEYS, "No dependency is missing, no key defined twice.", self._phantoms
            ),
            self._ran("components-valid", "The components' YAML is valid.", "dg check yaml", COMPONENTS),
            self._line(
                "resolvable", COMPONENTS, "Own components are dataclasses and Resolvable.", self._resolvable
            ),
            self._line(
                "component-kinds", COMPONENTS, "Assets of own components have kinds.", self._component_kinds
            ),
            self._line(
                "selections",
                AUTOMATION,
                "Schedules use asset selections, not lists of keys.",
                self._selections,
            ),
            self._line("selections-match", AUTOMATION, "Each selection was tested.", self._selections_match),
            self._line(
                "documentation", DOCUMENTATION, "Documentation is clear and complete.", self._documentation
            ),
            self._line(
                "integrations",
                DOCUMENTATION,
                "The integrations used are in the catalogue.",
                self._integrations,
            ),
            self._line("conventions", DOCUMENTATION, "Conventions are followed.", self._conventions),
        )

    def _line(self, id: str, section: str, text: str, look: Callable[[], Verdict]) -> ChecklistLine:  # noqa: A002
        held, evidence = look()
        status = "not applicable" if held is None else "passed" if held else "failed"
        return ChecklistLine(id, section, text, status, evidence)

    def _command(self, name: str) -> Command | None:
        return next((item for item in self.facts.commands if item.name == name), None)

    def _ran(self, id: str, text: str, name: str, section: str = CORE) -> ChecklistLine:  # noqa: A002
        command = self._command(name)
        if command is None:
            return ChecklistLine(id, section, text, "failed", f"`{name}` did not run")
        status = "passed" if command.succeeded else "failed"
        evidence = f"`{command.command}`: {last_words(command)}"
        return ChecklistLine(id, section, text, status, evidence, round(command.seconds, 2))

    def _assets_listed(self) -> Verdict:
        if self.listed is None:
            return False, "`dg list defs --json` gave no JSON"
        missing = {asset.key for asset in self.own} - self.listed.keys.keys()
        if missing:
            return False, f"not listed: {some(missing)}"
        return bool(self.own), f"`dg list defs --json` lists {counted(len(self.listed.keys), 'asset')}"

    def _kinds(self) -> Verdict:
        lacking = [asset.key for asset in self.own if not asset.kinds]
        kinds = sorted({kind for asset in self.own for kind in asset.kinds})
        return not lacking, _lacking("kinds", lacking, self.own, f"kinds: {', '.join(kinds)}")

    def _metadata(self) -> Verdict:
        parts = {
            "owners": [asset.key for asset in self.own if not asset.owners],
            "tags": [asset.key for asset in self.own if not asset.tags],
            "a group": [asset.key for asset in self.own if asset.group == "default"],
        }
        lacking = [f"{len(keys)} without {name}: {some(keys)}" for name, keys in parts.items() if keys]
        groups = sorted({asset.group for asset in self.own})
        return not lacking, "; ".join(
            lacking
        ) or f"all of {counted(len(self.own), 'asset')}, groups: {some(groups)}"

    def _nouns(self) -> Verdict:
        verbs = [asset.key for asset in self.own if first_word_if_verb(asset.key.rsplit("/", 1)[-1])]
        return (
            not verbs,
            f"named as actions: {some(verbs)}"
            if verbs
            else f"{counted(len(self.own), 'name')}, none is an action",
        )

    def _variables(self) -> Verdict:
        if self.sources.secrets:
            return False, f"a secret is written in {some(self.sources.secrets)}"
        names = sorted(
            {variable.name for variable in self.plan.variables} if self.plan else self.sources.variables
        )
        said = f"variables: {', '.join(names)}" if names else "no variable is needed"
        return True, f"no secret in {counted(self.sources.count, 'file')}; {said}"

    def _keys(self) -> Verdict:
        wrong = [asset.key for asset in self.own if not _is_plain_key(asset.key)]
        folded: dict[str, set[str]] = {}
        for asset in self.own:
            folded.setdefault(asset.key.casefold().replace("-", "_"), set()).add(asset.key)
        wrong += [key for keys in folded.values() if len(keys) > 1 for key in keys]
        return (
            not wrong,
            f"hard to name: {some(wrong)}"
            if wrong
            else f"{counted(len(self.own), 'key')} of one to three plain words",
        )

    def _dependencies(self) -> Verdict:
        if self.listed is None:
            return False, "`dg list defs --json` gave no JSON"
        undefined = self.listed.undefined
        edges = sum(len(deps) for deps in self.listed.keys.values())
        dependencies = f"{edges:,} {'dependency' if edges == 1 else 'dependencies'}"
        return (
            not undefined,
            f"undefined: {some(undefined)}" if undefined else f"{dependencies}, all defined",
        )

    def _deps_listed(self) -> Verdict:
        if self.plan is None:
            return None, "no plan says what should depend on what"
        if self.listed is None:
            return False, "`dg list defs --json` gave no JSON"
        found = self.listed.keys
        planned = [("/".join(asset.key), "/".join(dep)) for asset in self.plan.assets for dep in asset.deps]
        built = {"/".join(asset.key) for asset in self.plan.assets if asset.buildable}
        lacking = [
            f"{dep} of {key}" for key, dep in planned if key in built and dep not in found.get(key, ())
        ]
        return (
            not lacking,
            f"not listed: {some(lacking)}" if lacking else f"{len(planned)} planned, all listed",
        )

    def _keys_flat(self) -> Verdict:
        roots = [asset.key for asset in self.own if not asset.deps]
        deep = [key for key in roots if key.count("/") != 1]
        if not self.sources.has_dbt:
            fit = f"{len(roots) - len(deep)} of {counted(len(roots), 'root asset')} would fit a dbt source"
            return None, f"the project has no dbt; {fit}"
        return (
            not deep,
            f"not two levels: {some(deep)}"
            if deep
            else f"{counted(len(roots), 'root asset')} with two levels",
        )

    def _phantoms(self) -> Verdict:
        phantoms = [asset.key for asset in self.facts.assets if asset.external and not asset.description]
        twice = self.listed.twice if self.listed else ()
        if phantoms or twice:
            return False, f"not defined: {some(phantoms)}; defined twice: {some(twice)}"
        return True, f"{counted(len(self.facts.assets), 'key')}, each defined once"

    def _resolvable(self) -> Verdict:
        own = self.sources.components
        if not own:
            return None, "the project defines no component of its own"
        wrong = [item.name for item in own if not item.is_resolvable]
        return (
            not wrong,
            f"not resolvable: {some(wrong)}" if wrong else f"resolvable: {some(c.name for c in own)}",
        )

    def _component_kinds(self) -> Verdict:
        if not self.sources.components:
            return None, "the project defines no component of its own"
        return self._kinds()

    def _selections(self) -> Verdict:
        if not self.facts.schedules:
            return None, "the project has no schedule"
        planned = {item.name: item.selection for item in self.plan.schedules} if self.plan else {}
        known = {**planned, **self.sources.selections}
        lacking = [item.name for item in self.facts.schedules if item.name not in known]
        said = "; ".join(f"{item.name}: {known.get(item.name)}" for item in self.facts.schedules)
        return not lacking, f"no selection found for {some(lacking)}" if lacking else said

    def _selections_match(self) -> Verdict:
        targets = {item.name: item.targets for item in self.facts.schedules}
        if not targets:
            return None, "the project has no schedule"
        said = "; ".join(f"{name} selects {counted(len(keys), 'asset')}" for name, keys in targets.items())
        return all(targets.values()), said

    def _documentation(self) -> Verdict:
        lacking = [asset.key for asset in self.own if not asset.description]
        if not self.sources.readme_words:
            return False, "there is no README.md, or it is empty"
        if absent := self._absent_columns():
            return False, f"columns that are declared and that the table lacks: {some(absent)}"
        said = f"README.md of {counted(self.sources.readme_words, 'word')}"
        return not lacking, _lacking("a description", lacking, self.own, said)

    def _absent_columns(self) -> list[str]:
        """Columns of loaded definitions that the recorded tables do not have: a query was changed, and not what tells of it."""
        declared = {slash(asset.key): asset.columns for asset in self.facts.project.assets}
        recorded = {asset.key: {column.name.lower() for column in asset.columns} for asset in self.own}
        return [
            f"{key}.{column.name}"
            for key, names in recorded.items()
            for column in (declared.get(key, ()) if names else ())
            if column.name.lower() not in names
        ]

    def _integrations(self) -> Verdict:
        from dagway.catalog.load import catalog

        if self.plan is None:
            return None, "no plan says which integrations are used"
        integrations = {asset.integration for asset in self.plan.assets if asset.integration != "python"}
        used = sorted(integrations | {self.plan.warehouse})
        known = catalog()
        unknown = [name for name in used if known.get(name) is None]
        return (
            not unknown,
            f"not in the catalogue: {some(unknown)}" if unknown else f"used: {', '.join(used)}",
        )

    def _conventions(self) -> Verdict:
        linted = self._command("ruff check")
        if linted is None:
            return None, "ruff is not installed here"
        return linted.succeeded, f"`ruff check .`: {last_words(linted)}"


def checklist(folder: Path, plan: Plan | None, facts: Facts) -> tuple[ChecklistLine, ...]:
    """Every line of the checklist with its status and evidence. Reads the project's files."""
    return _Checklist(folder, plan, facts).lines()


def _is_plain_key(key: str) -> bool:
    segments = key.split("/")
    return len(segments) <= 3 and all(segment.isidentifier() for segment in segments)


def _lacking(what: str, keys: list[str], assets: list[AssetEvidence], said: str) -> str:
    return (
        f"{len(keys)} without {what}: {some(keys)}"
        if keys
        else f"all of {counted(len(assets), 'asset')}; {said}"
    )
