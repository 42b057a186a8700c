"""`python -m dagway.runtime PID api grpc …`: the server that `dagway code-server`, process PID, starts at each load."""

from __future__ import annotations

import sys

from dagway.runtime.code_server import serve

if __name__ == "__main__":
    serve([word for word in sys.argv[2:] if word not in {"api", "grpc"}], int(sys.argv[1]))
