"""How long a run and a step take to start, Dagway beside its peers: `python -m bench.latency`; writes `docs/latency.md`."""
