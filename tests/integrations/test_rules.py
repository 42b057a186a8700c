"""Rules over definitions that integrations make: their pages' examples and their cases, with the packages installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dagway.rules.config import Config
from dagway.rules.engine import Task, check
from dagway.rules.library import library
from dagway.rules.model import Finding
from dagway.rules.rule import Rule, example_files

pytestmark = pytest.mark.integration
CASES = Path(__file__).parents[1] / "rules" / "cases"
RULES = {rule.id: rule for rule in library()}


def needs_dbt(rule: Rule, files: dict[str, str]) -> bool:
    return rule.kind == "L" and any("dagster_dbt" in text for text in files.values())


def found(rule: Rule, files: dict[str, str], folder: Path) -> list[Finding]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    report = check(Task(folder, (folder,), (rule, RULES["definitions-unloadable"]), Config(), cached=False))
    assert report.crashes == ()
    return list(report.findings)


def said(finding: Finding) -> str:
    about = f" ({finding.object})" if finding.object else ""
    return f"{finding.path}:{finding.line}:{finding.column}{about} {finding.message}. {finding.remedy}."


EXAMPLES = [rule for rule in RULES.values() if needs_dbt(rule, example_files(rule.page["Broken"]))]


def cases(part: str) -> list[Any]:
    return [
        pytest.param(RULES[path.stem], case, id=f"{path.stem}-{case['why']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8")).get(part, [])
        if "files" in case and needs_dbt(RULES[path.stem], case["files"])
    ]


def test_there_are_examples_and_cases() -> None:
    assert EXAMPLES
    assert cases("broken")
    assert cases("clean")


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.id)
def test_the_examples_of_its_page(rule: Rule, tmp_path: Path) -> None:
    broken = found(rule, example_files(rule.page["Broken"]), tmp_path / "broken")
    assert {finding.rule for finding in broken} == {rule.id}
    assert found(rule, example_files(rule.page["Right"]), tmp_path / "right") == []


@pytest.mark.parametrize(("rule", "case"), cases("broken"))
def test_broken(rule: Rule, case: dict[str, Any], tmp_path: Path) -> None:
    assert [said(finding) for finding in found(rule, case["files"], tmp_path)] == case["says"]


@pytest.mark.parametrize(("rule", "case"), cases("clean"))
def test_clean(rule: Rule, case: dict[str, Any], tmp_path: Path) -> None:
    assert [said(finding) for finding in found(rule, case["files"], tmp_path)] == []
