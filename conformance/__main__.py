"""`python -m conformance [PART…]`: Dagster's own tests with stock and with Dagway; writes `docs/conformance.md`.

They run file by file. What stock showed is kept in `.conformance/` and taken from there until `--anew`; with `--resume` so is
what Dagway showed. No file begins after `--minutes`; the page says what has not run. The exit status is 1 where a
difference has no reason in `conformance/differences.yaml`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from conformance.environment import ROOT, Environment, prepared
from conformance.outcomes import FAILED, Outcomes, counts, differing, read
from conformance.page import Judged, explained, page
from conformance.session import DAGWAY, STOCK, Session, report_of, shown
from conformance.suite import PARTS

PAGE = ROOT / "docs" / "conformance.md"
REASONS = ROOT / "conformance" / "differences.yaml"


def main(words: Sequence[str]) -> int:
    """Judge the named parts, all if none is; the exit status."""
    arguments = _arguments(words)
    environment = prepared()
    sides = [arguments.side] if arguments.side else [STOCK, DAGWAY]
    end = time.monotonic() + arguments.minutes * 60
    with ThreadPoolExecutor(arguments.workers) as workers:
        for done in [
            workers.submit(_run, environment, file, side, _is_kept(arguments, side), end)
            for part in arguments.part or PARTS
            for file in files(environment, part)
            for side in sides
        ]:
            done.result()
    return _tell(environment)


def files(environment: Environment, part: str) -> list[str]:
    """Files of tests of a part, by their paths within `dagster_tests`."""
    found: list[str] = []
    for path in PARTS[part]:
        folder = environment.tests / path
        inside = sorted(str(file.relative_to(environment.tests)) for file in folder.rglob("test_*.py"))
        found += inside if folder.is_dir() else [path]
    return found


def _is_kept(arguments: argparse.Namespace, side: str) -> bool:
    return not arguments.anew if side == STOCK else arguments.resume


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conformance")
    parser.add_argument("part", nargs="*", metavar="PART", help=f"any of {'; '.join(PARTS)}")
    parser.add_argument("--side", choices=[STOCK, DAGWAY], help="run this one alone")
    parser.add_argument("--anew", action="store_true", help="run stock again too")
    parser.add_argument("--resume", action="store_true", help="run only what has not been run with Dagway")
    parser.add_argument("--workers", type=int, default=2, help="files that run at the same time")
    parser.add_argument("--minutes", type=float, default=240, help="no file begins later")
    arguments = parser.parse_args(words)
    if unknown := set(arguments.part) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return arguments


def _run(environment: Environment, file: str, side: str, kept: bool, end: float) -> None:
    """Run a file, then what failed once more, alone: many of these tests have deadlines that a busy machine misses."""
    report = report_of(side, file, environment)
    if (kept and report.exists()) or time.monotonic() > end:
        return
    again = _again(report)
    again.unlink(missing_ok=True)
    outcomes = Session(environment, side, [file]).run(report)
    if failed := [_address(environment, test) for test, outcome in outcomes.items() if outcome == FAILED]:
        Session(environment, side, failed).run(again)
    passed, failed, skipped = counts(_shown(report))
    print(
        f"{file}, {side}: {passed} passed, {failed} failed, {skipped} skipped ({shown(report)})", flush=True
    )


def _again(report: Path) -> Path:
    return report.with_suffix(".again.xml")


def _shown(report: Path) -> Outcomes:
    """What a part showed, with what it showed the second time in the place of failures."""
    again = _again(report)
    return {**read(report), **(read(again) if again.exists() else {})}


def _tell(environment: Environment) -> int:
    """Write the page from what is known of each part that both sides have run."""
    reasons: Mapping[str, str] = yaml.safe_load(REASONS.read_text(encoding="utf-8")) or {}
    parts, missing = list[Judged](), list[str]()
    for part in PARTS:
        every = files(environment, part)
        known = [
            file
            for file in every
            if all(report_of(side, file, environment).exists() for side in (STOCK, DAGWAY))
        ]
        if known:
            parts.append(_judged(environment, part, known, reasons))
        if len(known) < len(every):
            missing.append(f"{part} ({len(every) - len(known)} of {len(every)} files)")
    if not parts:
        print("No file was run on both sides yet: no page.")
        return 0
    PAGE.write_text(page(parts, missing), encoding="utf-8")
    unexplained = [found for judged in parts for found in judged.differences if found.reason is None]
    for found in unexplained:
        print(f"No reason: {found.test}: stock {found.stock}, Dagway {found.dagway}", file=sys.stderr)
    print(f"Wrote {PAGE.relative_to(ROOT)}")
    return int(bool(unexplained))


def _judged(environment: Environment, part: str, known: Sequence[str], reasons: Mapping[str, str]) -> Judged:
    stock, dagway = (
        {
            test: outcome
            for file in known
            for test, outcome in _shown(report_of(side, file, environment)).items()
        }
        for side in (STOCK, DAGWAY)
    )
    return Judged(part, stock, dagway, [explained(found, reasons) for found in differing(stock, dagway)])


def _address(environment: Environment, test: str) -> str:
    """`package.module.Class::test` as pytest's command line names it: `package/module.py::Class::test`."""
    names, _, function = test.partition("::")
    parts = names.split(".")
    depth = next(
        n
        for n in range(len(parts), 0, -1)
        if environment.tests.joinpath(*parts[:n]).with_suffix(".py").is_file()
    )
    return "::".join(["/".join(parts[:depth]) + ".py", *parts[depth:], function])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
