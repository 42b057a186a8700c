"""JUnit's XML: each finding is a case that fails. Holds to the strict schema of Ant's reports, which asks for a time and a host."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dagway.rules.model import NOT_RUN, Finding, Report

#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def render(report: Report, at: datetime) -> str:
    """The report as one suite.

    Args:
        at: when the check was made; shown to the second and without a zone, as the schema has it.
    """
    cases = [
        *(_failure(finding) for finding in report.findings),
        *(_error(crash.path, crash.rule, crash.error) for crash in report.crashes),
        *(_skipped(item.path, f"checked at {item.line}:{item.column}", item.told) for item in report.skipped),
        *(_skipped("dagway", rule, f"{rule} {NOT_RUN}") for rule in report.not_run),
    ] or [_case("dagway", "check")]
    root = Element("testsuites")
    suite = SubElement(
        root,
        "testsuite",
        name="dagway check",
        package="dagway",
        id="0",
        timestamp=f"{at:%Y-%m-%dT%H:%M:%S}",
        hostname="localhost",
        tests=str(len(cases)),
        failures=str(len(report.findings)),
        errors=str(len(report.crashes)),
        skipped=str(len(report.skipped) + len(report.not_run)),
        time="0",
    )
    SubElement(suite, "properties")
    suite.extend(cases)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False)


def _failure(finding: Finding) -> Element:
    place = f"{finding.line}:{finding.column}"
    case = _case(finding.path, f"{finding.rule} at {place}")
    failure = SubElement(case, "failure", type=finding.severity, message=_clean(finding.message))
    failure.text = _clean(f"{finding.path}:{place}: {finding.message}\n{finding.remedy}")
    return case


def _error(path: str, rule: str, told: str) -> Element:
    case = _case(path, rule)
    SubElement(case, "error", type="crash", message=_clean(told))
    return case


def _skipped(path: str, name: str, told: str) -> Element:
    case = _case(path, name)
    SubElement(case, "skipped", message=_clean(told))
    return case


def _case(path: str, name: str) -> Element:
    return Element("testcase", classname=_clean(path), name=name, time="0")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
