"""`python -m bench.saving PROJECT text|definitions`: seconds from saving a file under `dagway check --watch` to its findings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Seconds after which a watch that says nothing is ended.
LONGEST = 300
#: One finding of each sort: the first is seen in the text, the second when the definitions are loaded.
RULES = {"text": "asset-kind-legacy", "definitions": "asset-owner-missing"}
BROKEN = '\n\n@dg.asset(compute_kind="python")\ndef saved_just_now() -> None: ...\n'


def main(folder: Path, part: str) -> None:
    """Starts a watch, waits until it has seen everything, saves a file, and waits for the finding."""
    command = [str(Path(sys.executable).with_name("dagway")), "check", "--watch", "--json"]
    file = next(iter(sorted((folder / "shop" / "defs").glob("*/*.py"))))
    before = file.read_text()
    with subprocess.Popen(
        [*command, "--select", ",".join(RULES.values()), *(["--no-load"] if part == "text" else [])],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder.parent / "cache")},
    ) as process:
        late = threading.Timer(LONGEST, process.kill)
        late.start()
        try:
            seen = reports(process)
            for _ in range(1 if part == "text" else 2):
                next(seen)
            began = time.perf_counter()
            file.write_text(before + BROKEN)
            while not any(is_new(finding, RULES[part]) for finding in next(seen)["findings"]):
                pass
            print(f"from saving to the findings of {part}: {time.perf_counter() - began:.3f} s")
        finally:
            file.write_text(before)
            late.cancel()
            process.terminate()


def is_new(finding: dict[str, Any], rule: str) -> bool:
    """Whether it is the finding that the saved file brings."""
    return finding["rule"] == rule and "saved_just_now" in finding["object"]


def reports(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Each report that the watch prints: its JSON ends with a brace alone on its line."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            yield json.loads("".join(lines))
            lines = []
    raise SystemExit("the watch ended before its findings came")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
