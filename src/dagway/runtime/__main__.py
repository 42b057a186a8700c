"""`python -m dagway.runtime api grpc …`: the server that `dagway code-server` starts at each load of the definitions."""

from __future__ import annotations

import sys

from dagway.runtime.code_server import serve

if __name__ == "__main__":
    serve([word for word in sys.argv[1:] if word not in {"api", "grpc"}])
