"""Dagster's own tests as the judge of Dagway's code server and executor: `python -m conformance`."""
