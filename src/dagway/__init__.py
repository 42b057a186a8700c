"""Dagway: from written requirements to a running, proven data platform, on open-source Dagster."""

__version__ = "0.1.0.dev0"
