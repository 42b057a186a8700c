"""`dagway explain`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from dagway.cli.main import main
from dagway.rules.library import IDS


@pytest.mark.parametrize("rule", IDS)
def test_each_rule_is_explained_with_examples(rule: str) -> None:
    result = CliRunner().invoke(main, ["explain", rule])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"# {rule}\n")
    for heading in ("What", "Why", "Broken", "Right", "Source"):
        assert f"\n## {heading}\n" in result.stdout


def test_an_unknown_rule_names_the_nearest() -> None:
    result = CliRunner().invoke(main, ["explain", "secret-literals"])
    assert result.exit_code == 2
    assert "there is no rule 'secret-literals'" in result.stderr
