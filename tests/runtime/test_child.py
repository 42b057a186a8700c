"""What a process that was forked has to itself: its end, and its numbers."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import atexit
import logging
import logging.handlers
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from dagway.runtime import child

pytestmark = pytest.mark.integration
# The stubs of some of the numpys that are supported do not know all of it.
RANDOM: Any = np.random


def forked(work: Callable[[], object]) -> int:
    """The exit code of a process that does this and then what it has registered for its end."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            child.leave_clean_up_to_the_image()
            work()
            cast("Any", atexit)._run_exitfuncs()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_temporary_folder_that_a_step_made_goes_with_it_and_one_of_the_image_stays(tmp_path: Path) -> None:
    of_the_image = tempfile.TemporaryDirectory(dir=tmp_path, prefix="image-")
    kept: list[object] = []
    assert forked(lambda: kept.append(tempfile.TemporaryDirectory(dir=tmp_path, prefix="step-"))) == 0
    assert [path.name for path in tmp_path.iterdir()] == [Path(of_the_image.name).name]
    of_the_image.cleanup()


def test_what_a_step_logged_is_written_at_its_end(tmp_path: Path) -> None:
    file = logging.FileHandler(tmp_path / "log")
    memory = logging.handlers.MemoryHandler(1000, target=file)
    record = logging.LogRecord("step", logging.INFO, __file__, 1, "said at last", None, None)
    assert forked(lambda: memory.emit(record)) == 0
    assert (tmp_path / "log").read_text() == "said at last\n"
    memory.close()
    file.close()


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a fresh process; what the test does to numpy's global generator is undone."""
    before = np.random.mtrand._rand._bit_generator
    RANDOM.set_bit_generator(np.random.MT19937())
    monkeypatch.setattr(child, "_drawn", False)
    yield
    RANDOM.set_bit_generator(before)


@pytest.mark.usefixtures("generator")
def test_each_process_draws_other_numbers_with_an_old_numpy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    state = np.random.get_state()
    drawn: set[float] = set()
    with monkeypatch.context() as patch:
        patch.delattr(RANDOM, "set_bit_generator")
        # A run, its step, and the step of another run.
        for _ in range(3):
            np.random.set_state(state)
            child._draw_anew()
            drawn.add(float(np.random.rand()))
    assert len(drawn) == 3


@pytest.mark.usefixtures("generator")
def test_numbers_that_the_project_has_seeded_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = float(np.random.RandomState(7).rand())
    np.random.seed(7)
    child._draw_anew()
    assert float(np.random.rand()) == expected
    own = np.random.PCG64(7)
    RANDOM.set_bit_generator(own)
    child._draw_anew()
    assert RANDOM.get_bit_generator() is own
