"""Values that differ between environments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagway.components.settings import lookup
from dagway.errors import DagwayError

pytestmark = pytest.mark.integration


def test_a_component_reads_its_environments_value(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write(
        "PACKAGE/environments.yaml",
        "assets.a.description: {default: Small, production: Large}\nrows: {default: 3}\n",
    )
    project.model(
        "marts/a",
        "select 1 as x",
        description="{{ setting('assets.a.description') }}",
        checks=[{"row_count": {"min": "{{ setting('rows') }}"}}],
    )

    def description() -> str | None:
        asset = next(iter(project.load().resolve_asset_graph().asset_nodes))
        return asset.description

    assert description() == "Small"
    monkeypatch.setenv("DAGWAY_ENVIRONMENT", "production")
    assert description() == "Large"
    assert not project.run().get_asset_check_evaluations()[0].passed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "There is no"),
        ("b: {default: 1}", "no setting 'a'"),
        ("a: 1", "is no mapping"),
        ("a: {x: 1}", "no value for"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, text: str | None, reason: str) -> None:
    if text is not None:
        (tmp_path / "environments.yaml").write_text(text)

    with pytest.raises(DagwayError, match=reason):
        lookup(tmp_path / "environments.yaml")("a")
