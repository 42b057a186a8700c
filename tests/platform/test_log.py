"""Reading what services write, also while the files are put aside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dagway.platform import log as module
from dagway.platform.log import Log


def test_lines_come_once_and_whole(tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log")
    assert log.lines() == []
    descriptor = log.open()
    os.write(descriptor, b"one\ntw")
    assert log.lines() == ["one"]
    os.write(descriptor, b"o\nthree\n")
    assert log.lines() == ["two", "three"]
    assert log.tail(2) == ["two", "three"]
    os.close(descriptor)


def test_a_large_file_is_put_aside_and_its_writers_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 100)
    log = Log(tmp_path / "a.log")
    descriptor = log.open()
    read = list[str]()
    for number in range(40):
        os.write(descriptor, f"line {number:05}\n".encode())
        read += log.lines()
    os.close(descriptor)
    assert read == [f"line {number:05}" for number in range(40)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "a.log.1", "a.log.2", "a.log.3"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_file_that_cannot_be_put_aside_is_read_on_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 100)
    log = Log(tmp_path / "a.log")
    kept = tmp_path / "a.log.1"
    kept.write_text("earlier")
    # In the place of the copy: it fails as it does on a full disk.
    (tmp_path / "a.log.new").mkdir()
    descriptor = log.open()
    os.write(descriptor, b"x" * 200 + b"\n")
    assert log.lines() == ["x" * 200]
    assert kept.read_text() == "earlier"
    (tmp_path / "a.log.new").rmdir()
    os.write(descriptor, b"y" * 200 + b"\n")
    assert log.lines() == ["y" * 200]
    os.close(descriptor)
    assert kept.read_text() == "x" * 200 + "\n" + "y" * 200 + "\n"
    assert log.path.stat().st_size == 0


def test_who_only_reads_puts_nothing_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 100)
    log = Log(tmp_path / "a.log", is_kept=False)
    log.path.write_text("x" * 200 + "\n")
    assert log.lines() == ["x" * 200]
    assert [path.name for path in tmp_path.iterdir()] == ["a.log"]
