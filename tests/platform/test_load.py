"""`platform.yaml`: what it says, and every mistake in it at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.blueprint.mistake import BlueprintErrors
from dagway.errors import DagwayError
from dagway.platform.load import find, parse

pytestmark = pytest.mark.unit
HERE = Path("platform.yaml")


def mistakes(text: str) -> list[str]:
    with pytest.raises(BlueprintErrors) as caught:
        parse(text, HERE)
    return [
        f"{one.position.line}:{one.position.column} {one.message} → {one.remedy}"
        for one in caught.value.mistakes
    ]


def test_a_profile_is_laid_over_the_rest() -> None:
    text = "platform: 1\nruns: {most: 3}\nprofiles:\n  postgres:\n    runs: {most: 50}\n    webserver: {port: 80}\n"
    assert parse(text, HERE).runs.most == 3
    chosen = parse(text, HERE, "postgres")
    assert (chosen.profile, chosen.runs.most, chosen.webserver.port) == ("postgres", 50, 80)
    assert chosen.webserver.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 the platform file is empty → begin with `platform: 1`"),
        (
            "profile: postgres\n",
            "1:1 the platform needs `platform` → write `platform: 1`: the language's version",
        ),
        (
            "platform: 1\nwebserfer: {port: 1}\n",
            "2:1 `webserfer` is no key of the platform → did you mean `webserver`? allowed: platform, name,",
        ),
        (
            "platform: 1\nruns:\n  engine: selery\n",
            "3:11 `engine` cannot be `selery` → did you mean `celery`? write warm or celery or ray or kubernetes",
        ),
        (
            "platform: 1\nruns:\n  longest: soon\n",
            "3:12 `longest`: 'soon' is no length of time → write a number and s, m, h, d or w, such as 36h",
        ),
        ("platform: 1\nruns:\n  most: -1\n", "3:9 `most` must be at least 0 → write 0 or more"),
        (
            "platform: 1\npostgres:\n  password: hunter22\n",
            "3:13 ",
        ),
        (
            "platform: 1\nprofiles:\n  compose:\n    pools: {default_limt: 2}\n",
            "4:27 in the profile `compose`: `default_limt` is no key of pools → did you mean `default_limit`?",
        ),
    ],
)
def test_a_mistake_has_its_line_and_its_mend(text: str, expected: str) -> None:
    (found,) = mistakes(text)
    assert found.startswith(expected)


def test_a_secret_is_not_repeated() -> None:
    (found,) = mistakes("platform: 1\npostgres:\n  password: hunter22\n")
    assert "hunter22" not in found


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    found = find(tmp_path)
    assert (found.path, found.root, found.config.profile) == (None, tmp_path, "embedded")


def test_the_profile_that_a_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGWAY_PROFILE", "postgres")
    assert find(tmp_path).config.profile == "postgres"
    with pytest.raises(DagwayError, match="There is no profile 'mysql'"):
        find(tmp_path, "mysql")
