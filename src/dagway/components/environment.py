"""Which environment a process runs in: `demo`, a named one, or `default`."""

import os


def current() -> str:
    """`demo` if `DAGWAY_DEMO` is 1, else what `DAGWAY_ENVIRONMENT` names, else `default`."""
    return "demo" if is_demo() else os.environ.get("DAGWAY_ENVIRONMENT") or "default"


def is_demo() -> bool:
    """Whether the whole process runs on demo data and simulators."""
    return os.environ.get("DAGWAY_DEMO", "").strip().lower() in {"1", "true", "yes"}
