"""Fixtures of every test: see `services.py` for the real services."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
pytest_plugins = ["services", "s3_front"]
