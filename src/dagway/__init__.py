"""Dagway: from written requirements to a running, proven data platform, on open-source Dagster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagway.runtime.executor import warm_executor

__version__ = "0.1.0.dev0"
__all__ = ["__version__", "warm_executor"]


def __getattr__(name: str) -> Any:
    """Dagster is imported by what needs it, not by `import dagway`."""
    if name == "warm_executor":
        from dagway.runtime.executor import warm_executor

        return warm_executor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
