"""`python -m conformance [PART…]`: Dagster's own tests with stock and with Dagway; writes `docs/conformance.md`.

They run file by file. What stock showed is kept in `conformance/shown/` and taken from there until `--anew`; with `--resume` so is
what Dagway showed. No file begins after `--minutes`; the page says what has not run. The exit status is 1 where a
difference has no reason in `conformance/differences.yaml`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import yaml

from conformance.environment import ROOT, Environment, prepared
from conformance.kept import Kept, Shown
from conformance.outcomes import FAILED, counts, differing
from conformance.page import Judged, explained, page
from conformance.session import DAGWAY, STOCK, Session, report_of
from conformance.suite import PARTS

PAGE = ROOT / "docs" / "conformance.md"
REASONS = ROOT / "conformance" / "differences.yaml"


def main(words: Sequence[str]) -> int:
    """Judge the named parts, all if none is; the exit status."""
    arguments = _arguments(words)
    environment = prepared()
    sides = [arguments.side] if arguments.side else [STOCK, DAGWAY]
    end = time.monotonic() + arguments.minutes * 60
    kept = Kept.of(version("dagster"))
    with ThreadPoolExecutor(arguments.workers) as workers:
        for done in [
            workers.submit(_run, environment, file, side, kept, end)
            for part in arguments.part or PARTS
            for file in files(environment, part)
            for side in sides
            if not (_is_kept(arguments, side) and kept.of_file(side, file))
        ]:
            done.result()
    return _tell(environment, kept)


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


def _run(environment: Environment, file: str, side: str, kept: Kept, end: float) -> None:
    """Run a file, then what failed once more, alone: many of these tests have deadlines that a busy machine misses."""
    if time.monotonic() > end:
        return
    report = report_of(side, file, environment)
    commit = _commit()
    outcomes = Session(environment, side, [file]).run(report)
    if failed := [_address(environment, test) for test, outcome in outcomes.items() if outcome == FAILED]:
        again = report.with_suffix(".again.xml")
        outcomes = {**outcomes, **Session(environment, side, failed).run(again)}
    kept.put(side, file, Shown(outcomes, commit))
    passed, failed, skipped = counts(outcomes)
    print(f"{file}, {side}: {passed} passed, {failed} failed, {skipped} skipped ({report})", flush=True)


def _commit() -> str:
    """The commit that is checked out, short; with a plus where the package was changed since."""
    git = ["git", "-C", str(ROOT)]
    words = [[*git, "rev-parse", "--short=10", "HEAD"], [*git, "status", "--porcelain", "src"]]
    head, changed = (
        subprocess.run(each, capture_output=True, text=True, check=True).stdout for each in words
    )
    return head.strip() + ("+" if changed.strip() else "")


def _tell(environment: Environment, kept: Kept) -> int:
    """Write the page from what is known of each part that both sides have run."""
    reasons: Mapping[str, str] = yaml.safe_load(REASONS.read_text(encoding="utf-8")) or {}
    parts, missing = list[Judged](), list[str]()
    for part in PARTS:
        every = files(environment, part)
        known = [
            (stock, dagway)
            for file in every
            if (stock := kept.of_file(STOCK, file)) and (dagway := kept.of_file(DAGWAY, file))
        ]
        if known:
            parts.append(_judged(part, known, reasons))
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


def _judged(part: str, known: Sequence[tuple[Shown, Shown]], reasons: Mapping[str, str]) -> Judged:
    stock = {test: outcome for of_stock, _ in known for test, outcome in of_stock.outcomes.items()}
    dagway = {test: outcome for _, of_dagway in known for test, outcome in of_dagway.outcomes.items()}
    commits = tuple(dict.fromkeys(of_dagway.commit for _, of_dagway in known))
    differences = [explained(found, reasons) for found in differing(stock, dagway)]
    return Judged(part, stock, dagway, differences, commits)


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
