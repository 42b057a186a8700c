"""`dagway launch`: what it says before anything starts. What it starts is tested in `tests/launch`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dagway.cli.main import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name assets by --select, or a job by --job"),
        (("--select", "a", "--partition", "x", "--partition-range", "x...y"), "exclude each other"),
        (("--last-failed", "--select", "a"), "A run is done again as it was"),
        (("--select", "a", "--tag", "x"), "Write --tag key=value"),
        (("--select", "a", "--config", "nowhere.yaml"), "nowhere.yaml cannot be read"),
        (("--select", "a", "--partition-range", "x"), "is no range of partitions"),
        (("--select", "a", "--url", "localhost:3000"), "Write --url http://host:port"),
        (
            ("--select", "a", "--url", "http://127.0.0.1:1"),
            "No Dagster webserver answers at http://127.0.0.1:1",
        ),
        (("--select", "a", "--url", "http://127.0.0.1:1", "--demo"), "the platform has its own"),
    ],
)
def test_what_cannot_be_understood_is_an_error(
    words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGWAY_URL", raising=False)
    result = CliRunner().invoke(main, ["launch", *words])
    assert result.exit_code == 2, result.output
    assert told in result.stderr
