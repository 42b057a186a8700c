"""Errors that the user can mend end a step as `dg.Failure`, with the remedy and without a traceback of ours."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from dagway.errors import DagwayError


@contextmanager
def clear_failures(what: str, errors: tuple[type[Exception], ...] = ()) -> Generator[None]:
    """Inside, a `DagwayError` and the given errors fail the step with what went wrong.

    Args:
        what: what was being done, such as `staging/orders`.
        errors: a driver's errors.
    """
    try:
        yield
    except DagwayError as error:
        raise dg.Failure(f"{what}: {error}", allow_retries=True) from error
    except errors as error:
        raise dg.Failure(f"{what}: {error}", allow_retries=True) from error
