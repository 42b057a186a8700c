"""What a command said at its end, on one line. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from dagway.prototype.prove.model import Command
from dagway.prototype.prove.numbers import some

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_COUNTED = re.compile(r"^\d+ (passed|failed|skipped|errors?)\b.* in \S+s")
_SKIPPED = re.compile(r"^SKIPPED \[\d+\] \S+: (.+)")
_RAISED = re.compile(r"^(\w+\.)*\w+(Error|Exception)\w*: ")
_FINDING = re.compile(r"^([A-Z]+\d+) (?:\[\*\] )?(.+)")
_PLACE = re.compile(r"^--> (\S+:\d+):\d+$")
_LONGEST = 300


def last_words(command: Command) -> str:
    """The end of its output, or what says more: the error that it raised, the tests that failed, its exit status."""
    lines = [line.strip() for line in _COLOUR.sub("", command.output).splitlines() if line.strip(" =─-")]
    if command.exit_status == 0 and command.command.startswith("dg launch"):
        return "the run succeeded"
    if command.exit_status and command.exit_status < 0:
        return f"ended by signal {-command.exit_status}"
    return _told(lines, failed=bool(command.exit_status)) or f"exit status {command.exit_status}"


def _told(lines: Sequence[str], *, failed: bool) -> str:
    """pytest's count, with the tests that failed and why others were left out; else what ruff found, and where; else the last error
    that was raised; else the last line."""
    counted = next((line for line in reversed(lines) if _COUNTED.match(line)), None)
    if counted:
        tests = [line.split(" - ")[0].split()[1] for line in lines if line.startswith("FAILED ")]
        reasons = {found[1] for line in lines if (found := _SKIPPED.match(line))}
        failed_tests = f": {some(tests)}" if tests else ""
        skipped = f"; skipped: {some(reasons)}" if reasons else ""
        return f"{counted[:_LONGEST]}{failed_tests}{skipped}"
    if found := _findings(lines) if failed else ():
        return f"{some(found)}: {lines[-1]}"[:_LONGEST]
    raised = next((line for line in reversed(lines) if _RAISED.match(line)), None) if failed else None
    return (raised or (lines[-1] if lines else ""))[:_LONGEST]


def _findings(lines: Sequence[str]) -> tuple[str, ...]:
    """Each finding of ruff with its place, `I001 Import block … (shop/logic.py:1)`."""
    return tuple(
        f"{finding[1]} {finding[2]} ({place[1]})"
        for line, following in pairwise(lines)
        if (finding := _FINDING.match(line)) and (place := _PLACE.match(following))
    )
