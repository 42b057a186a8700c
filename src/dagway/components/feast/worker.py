"""The process that Feast works in: `python -m dagway.components.feast.worker SETTINGS`, from the repository's folder.

Feast imports a repository's modules by their place below the working directory, and prints on standard output. So it has a
process of its own, which reads a request of JSON from each line of its input and answers it with one line.
"""

# Feast publishes no types that hold.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from dagway.components.feast.views import Source, View

Answer = Mapping[str, Any]


class Worker:
    """Feast's repository in the working directory, with the settings of one file."""

    def __init__(self, settings: Path) -> None:
        from feast import FeatureStore
        from feast.repo_config import load_repo_config
        from feast.repo_operations import parse_repo

        self._contents: Any = parse_repo(Path.cwd())
        config: Any = load_repo_config(Path.cwd(), settings)
        self.store: Any = FeatureStore(config=config)

    def describe(self) -> Answer:
        """What the repository defines; nothing is written."""
        named = {view.name: view for view in self._views()}
        return {
            "project": self.store.config.project,
            "views": [asdict(_view(view)) for view in named.values()],
        }

    def apply(self) -> Answer:
        """Bring the registry to what the repository defines."""
        from feast.repo_operations import apply_total_with_repo_instance

        store = self.store
        apply_total_with_repo_instance(store, store.project, store.registry, self._contents, True)
        store.refresh_registry()
        return {}

    def materialize(self, view: str, start: str, end: str) -> Answer:
        """Bring a view's rows of a window online."""
        from dagway.components.feast.materialize import materialize

        return asdict(
            materialize(self.store, view, datetime.fromisoformat(start), datetime.fromisoformat(end))
        )

    def compare(self, view: str, rows: int) -> Answer:
        """Compare the newest offline values with the online ones."""
        from dagway.components.feast.agreement import compare

        return asdict(compare(self.store, view, rows))

    def _views(self) -> list[Any]:
        return [*self._contents.feature_views, *self._contents.stream_feature_views]


def _view(view: Any) -> View:
    return View(
        name=view.name,
        description=view.description or "",
        owner=view.owner or "",
        tags=dict(view.tags or {}),
        entities=list(view.join_keys),
        features={field.name: str(field.dtype) for field in view.features},
        sources=[_source(source) for source in _sources(view)],
        ttl_seconds=view.ttl.total_seconds() if view.ttl else 0.0,
        kind=type(view).__name__,
    )


def _sources(view: Any) -> list[Any]:
    """A view's batch source, or those of the views that it is made of."""
    below = [source for one in getattr(view, "source_views", None) or () for source in _sources(one)]
    own = [] if below or view.batch_source is None else [view.batch_source]
    return list({source.name: source for source in [*own, *below]}.values())


def _source(source: Any) -> Source:
    where = getattr(source, "path", "") or getattr(source, "table", "") or ""
    return Source(source.name, str(where), dict(source.tags or {}))


def serve(settings: Path) -> None:
    """Answer requests until the input ends."""
    # What Feast prints goes to the log; the answers have the former standard output for themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # Modules of the repository are imported from the working directory.
    sys.path.insert(0, str(Path.cwd()))
    worker = _answered(answers, lambda: Worker(settings))
    if worker is None:
        return
    for line in sys.stdin:
        request = json.loads(line)
        call = getattr(worker, request.pop("call"))
        _answered(answers, lambda: call(**request))  # noqa: B023  called at once


def _answered(answers: Any, call: Callable[[], Any]) -> Any:
    """What a call gives, told as an answer; None if it failed."""
    try:
        found = call()
    except Exception as error:
        import traceback

        traceback.print_exc()
        answers.write(json.dumps({"error": _said(error), "kind": type(error).__name__}) + "\n")
        found = None
    else:
        answers.write(json.dumps(found if isinstance(found, dict) else {}) + "\n")
    answers.flush()
    return found


def _said(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
