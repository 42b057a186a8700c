"""Environment variables that hold for a while: what is started meanwhile inherits them."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager


@contextmanager
def variable(name: str, value: str | None) -> Generator[None]:
    """While this is open, the variable has that value; None changes nothing."""
    before = os.environ.get(name)
    if value is not None:
        os.environ[name] = value
    try:
        yield
    finally:
        if before is not None:
            os.environ[name] = before
        elif value is not None:
            del os.environ[name]


def no_plugins() -> AbstractContextManager[None]:
    """Pydantic looks through every installed package for plugins when it builds its first model, which takes a
    twentieth of a plan's time; none has a say in a blueprint."""
    return variable("PYDANTIC_DISABLE_PLUGINS", "__all__")
