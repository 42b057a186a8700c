"""JUnit's XML: each finding is a case that fails."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dagway.rules.model import Finding, Report

#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def render(report: Report) -> str:
    suite = Element("testsuite", name="dagway check")
    for path, findings in groupby(report.findings, key=lambda finding: finding.path):
        for finding in findings:
            _case(suite, path, finding)
    for crash in report.crashes:
        case = SubElement(suite, "testcase", classname=_clean(crash.path), name=crash.rule)
        SubElement(case, "error", message=_clean(crash.error))
    if not len(suite):
        SubElement(suite, "testcase", classname="dagway", name="check")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(report.findings)))
    suite.set("errors", str(len(report.crashes)))
    root = Element("testsuites")
    root.append(suite)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False)


def _case(suite: Element, path: str, finding: Finding) -> None:
    name = f"{finding.rule} at {finding.line}:{finding.column}"
    case = SubElement(suite, "testcase", classname=_clean(path), name=name)
    failure = SubElement(case, "failure", type=finding.severity, message=_clean(finding.message))
    failure.text = _clean(f"{path}:{finding.line}:{finding.column}: {finding.message}\n{finding.remedy}")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
