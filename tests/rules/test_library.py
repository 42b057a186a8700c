"""Each rule is registered, documented and tested, under one name; and finds and mends what its cases say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from dagway.rules.config import Config
from dagway.rules.fixes import apply
from dagway.rules.library import IDS, library
from dagway.rules.model import Finding, Report
from dagway.rules.pages import pages
from dagway.rules.rule import SECTIONS, Rule, example_files

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "src" / "dagway" / "rules" / "library"
PAGES = ROOT / "docs" / "rules"
CASES = Path(__file__).parent / "cases"
RULES = {rule.id: rule for rule in library()}
#: Examples that load definitions with packages that only the environment of integrations has are run by its tests.
NEEDS_INTEGRATIONS = ("dagster_dbt",)
#: A file of a rule is read in one go: it stays short.
LONGEST = 200


def cases(part: str) -> list[Any]:
    found: list[Any] = []
    for path in sorted(CASES.glob("*.yaml")):
        content: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for number, case in enumerate(content.get(part, [])):
            if needs_integrations(RULES[path.stem], files_of(case)):
                continue
            found.append(pytest.param(path.stem, case, id=f"{path.stem}-{case.get('why', number)}"))
    return found


def needs_integrations(rule: Rule, files: dict[str, str]) -> bool:
    return rule.kind == "L" and any(name in text for name in NEEDS_INTEGRATIONS for text in files.values())


EXAMPLES = [
    pytest.param(RULES[identity], id=identity)
    for identity in IDS
    if not needs_integrations(RULES[identity], example_files(RULES[identity].page["Broken"]))
]


def files_of(case: dict[str, Any]) -> dict[str, str]:
    return {"example.py": case["python"]} if "python" in case else case["files"]


def said(finding: Finding) -> str:
    about = f" ({finding.object})" if finding.object else ""
    return f"{finding.path}:{finding.line}:{finding.column}{about} {finding.message}. {finding.remedy}."


def given(case: dict[str, Any]) -> dict[str, Any]:
    return case.get("options", {})


def run(checked: Any, identity: str, files: dict[str, str], case: dict[str, Any]) -> Report:
    options: dict[str, Any] = {
        key: tuple(cast("list[Any]", value)) if isinstance(value, list) else value
        for key, value in given(case).items()
    }
    config = Config(options={identity: options}) if options else None
    # An unused ignore is told from a used one only if the other rules run as well.
    rules = () if identity == "unused-ignore" else (identity,)
    load, git = RULES[identity].kind == "L", identity == "env-file-committed"
    report: Report = checked(files, *rules, config=config, load=load, git=git)
    assert report.crashes == ()
    return report


def test_each_rule_is_a_module_of_its_name() -> None:
    modules = {path.stem.replace("_", "-") for path in LIBRARY.glob("*.py") if path.stem != "__init__"}
    assert modules == set(IDS)
    assert [rule.id for rule in library() if rule.id in IDS] == list(IDS)


def test_each_rule_has_its_page_and_the_pages_are_what_the_rules_say() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    assert written == pages(), "stale: run 'make docs' and commit docs/rules"


def test_each_rule_has_cases() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(IDS)


@pytest.mark.parametrize("identity", IDS)
def test_a_rule_explains_itself(identity: str) -> None:
    rule = RULES[identity]
    assert tuple(rule.page) == SECTIONS
    assert all(rule.page.values())
    assert re.fullmatch(r"[A-Z`].*\.", rule.summary)


@pytest.mark.parametrize("identity", IDS)
def test_a_rule_stays_short(identity: str) -> None:
    path = LIBRARY / f"{identity.replace('-', '_')}.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_examples_of_its_page(rule: Rule, checked: Any) -> None:
    broken = run(checked, rule.id, example_files(rule.page["Broken"]), {})
    assert rule.id in {finding.rule for finding in broken.findings}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_right_examples_of_its_page(rule: Rule, checked: Any) -> None:
    right = run(checked, rule.id, example_files(rule.page["Right"]), {})
    assert [said(item) for item in right.findings if item.rule == rule.id] == []


@pytest.mark.parametrize(("identity", "case"), cases("broken"))
def test_broken(identity: str, case: dict[str, Any], checked: Any, tmp_path: Path) -> None:
    report = run(checked, identity, files_of(case), case)
    assert [said(item) for item in report.findings if item.rule == identity] == case["says"]
    if "fixed" not in case:
        return
    assert RULES[identity].fixable
    apply(tmp_path / "project", report.findings, unsafe=bool(case.get("unsafe")))
    fixed = {"example.py": case["fixed"]} if isinstance(case["fixed"], str) else case["fixed"]
    for name, text in fixed.items():
        assert (tmp_path / "project" / name).read_text(encoding="utf-8") == text
    assert [said(item) for item in run(checked, identity, {}, case).findings] == case.get("left", [])


@pytest.mark.parametrize(("identity", "case"), cases("clean"))
def test_clean(identity: str, case: dict[str, Any], checked: Any) -> None:
    report = run(checked, identity, files_of(case), case)
    assert [said(item) for item in report.findings if item.rule == identity] == []
