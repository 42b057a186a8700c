"""Text for people: by file, each finding with its line, a caret and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from dagway.rules.model import Finding, Report

#: Gives text a style by name, or leaves it as it is.
Style = Callable[[str, str], str]
WIDEST = 160


def plain(text: str, _style: str) -> str:
    return text


def render(report: Report, source: Callable[[str], list[str]], style: Style = plain) -> str:
    """The report.

    Args:
        source: path → the file's lines; empty where it cannot be read.
        style: colours text; names are error, warning, note, path, dim, bold.
    """
    blocks: list[str] = []
    for path, group in groupby(report.findings, key=lambda finding: finding.path):
        findings = list(group)
        shown = {finding.line for finding in findings}
        lines = [
            report.mask.hide_line(path, number, line) if number in shown else line
            for number, line in enumerate(source(path), 1)
        ]
        blocks += [
            "\n".join([style(path, "path"), *(_finding(item, lines, style) for item in findings)]),
            "",
        ]
    return "\n".join([*blocks, _total(report, style)])


def _finding(finding: Finding, lines: list[str], style: Style) -> str:
    about = f" ({finding.object})" if finding.object else ""
    mended = (
        style(" [fix]" if finding.fix and finding.fix.safe else " [unsafe fix]", "dim") if finding.fix else ""
    )
    head = (
        f"  {finding.line}:{finding.column}  {style(finding.severity, finding.severity)}  "
        f"{style(finding.rule, 'bold')}{about}{mended}"
    )
    return "\n".join(
        [head, f"    {finding.message}.", *_excerpt(finding, lines, style), f"    {finding.remedy}"]
    )


def _excerpt(finding: Finding, lines: list[str], style: Style) -> Iterator[str]:
    if not 0 < finding.line <= len(lines):
        return
    text = lines[finding.line - 1].replace("\t", " ")
    if not text.strip() or len(text) > WIDEST or finding.column > len(text):
        return
    indent = len(text) - len(text.lstrip())
    # A finding of a whole line stands at its first column, which may be blank.
    before = max(finding.column - 1 - indent, 0)
    number = str(finding.line)
    yield f"    {style(f'{number} |', 'dim')} {text[indent:]}"
    yield f"    {' ' * len(number)} {style('|', 'dim')} {' ' * before}{style('^', finding.severity)}"


def _total(report: Report, style: Style) -> str:
    counts = [
        f"{count} {severity}{'s' if count != 1 else ''}"
        for severity in ("error", "warning", "note")
        if (count := report.summary[f"{severity}s"])
    ]
    fixes = [finding.fix.safe for finding in report.findings if finding.fix]
    safe, unsafe = fixes.count(True), fixes.count(False)
    extra = [
        *([f"{safe} with a fix (--fix)"] if safe else []),
        *([f"{unsafe} with an unsafe fix (--unsafe-fixes)"] if unsafe else []),
        *([f"{report.ignored} ignored"] if report.ignored else []),
        *([f"{report.baselined} in the baseline"] if report.baselined else []),
        *([f"{len(report.skipped)} not checked"] if report.skipped else []),
        *([_not_run(report.not_run)] if report.not_run else []),
    ]
    files = f"{report.files} file{'s' if report.files != 1 else ''}"
    found = ", ".join(counts) if counts else "nothing to report"
    return style(f"{files}: {found}", "bold") + (f" ({', '.join(extra)})" if extra else "")


def _not_run(rules: Sequence[str]) -> str:
    """By name where somebody may have asked for just these."""
    if len(rules) == 1:
        return f"{rules[0]} not run: it needs the definitions"
    named = ", ".join(rules) if len(rules) <= 3 else f"{len(rules)} rules"
    return f"{named} not run: they need the definitions"


def statistics(report: Report) -> str:
    """How often each rule found something, most often first."""
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.rule] = counts.get(finding.rule, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"{count:6}  {rule}" for rule, count in ordered)
