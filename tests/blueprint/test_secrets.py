"""Secrets and templates: what is refused, what is allowed, and that no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.blueprint.load import BlueprintErrors, load_text
from dagway.blueprint.masking import mask

HEAD = "blueprint: 1\nname: small\n"


def found(text: str) -> BlueprintErrors:
    with pytest.raises(BlueprintErrors) as caught:
        load_text(HEAD + text, Path("blueprint.yaml"))
    return caught.value


def warehouse(setting: str) -> str:
    """Of a kind whose settings reading does not know."""
    return f"warehouse:\n  integration: other\n  {setting}\n"


@pytest.mark.parametrize(
    ("setting", "secret", "message"),
    [
        ("password: hunter2xyz", "hunter2xyz", "`password` is a secret"),
        ("password: 12345678", "12345678", "`password` is a secret"),
        ("apiKey: 'abc, d}'", "abc, d}", "`apiKey` is a secret"),
        ("refresh-token: abcdefg", "abcdefg", "`refresh-token` is a secret"),
        ('password: "\\x68unter2xyz"', "unter2xyz", "`password` is a secret"),
        ("private_key: |\n      -----BEGIN\n      c2VjcmV0", "c2VjcmV0", "`private_key` is a secret"),
        ("nested: {deep: [{token: abcdefg}]}", "abcdefg", "`token` is a secret"),
        ("note: xoxb-1234567890-abc", "xoxb-1234567890-abc", "a secret stands here"),
        ("note: AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "a secret stands here"),
        ("note: ghp_abcdefghijklmnopqrst", "ghp_abcdefghijklmnopqrst", "a secret stands here"),
        ("note: sk-abcdefghijklmnop", "sk-abcdefghijklmnop", "a secret stands here"),
        ("connection: postgres://bob:s3cr3t@db/x", "s3cr3t", "an address with a password stands here"),
        ("connection: 'snowflake://x?password=s3cr3t'", "s3cr3t", "a secret stands here"),
        ("u: https://hooks.slack.com/services/T0/B0/abcd", "T0/B0/abcd", "a webhook's address stands here"),
        ("t: \"{{ env('API_TOKEN', 'abcdefg') }}\"", "abcdefg", "the default of `API_TOKEN` is a secret"),
        (
            "u: \"{{ env('DB', 'postgres://a:s3cr3t@h/x') }}\"",
            "s3cr3t",
            "an address with a password stands in the default of `DB`",
        ),
        ("password: \"{{ env('P', 'fallback') }}\"", "fallback", "the default of `P` is a secret"),
        ("password: \"x{{ env('P') }}\"", "never", "`password` is a secret"),
        (
            "kind: ok # was ghp_abcdefghijklmnopqrst",
            "ghp_abcdefghijklmnopqrst",
            "a secret stands in a comment",
        ),
    ],
)
def test_a_secret_is_a_mistake_and_is_not_shown(setting: str, secret: str, message: str) -> None:
    errors = found(warehouse(setting))
    assert message in [mistake.message for mistake in errors.mistakes]
    assert secret not in str(errors)
    assert secret not in str(errors.to_json())


@pytest.mark.parametrize(
    "setting",
    [
        "password: \"{{ env('PASSWORD') }}\"",
        "connection: \"postgres://bob:{{ env('PASSWORD') }}@db/shop\"",
        "connection: \"{{ env('DB_URL', 'postgres://localhost/shop') }}\"",
        "token_lifetime: 3600",
        "password:",
        "tables_of: {notes: a task-force-of-twelve-people}",
        "note: see https://example.com/a:b@c",
    ],
)
def test_what_is_no_secret_is_left_alone(setting: str) -> None:
    load_text(HEAD + warehouse(setting), Path("blueprint.yaml"))


def test_columns_and_requirements_may_be_called_like_secrets() -> None:
    load_text(
        HEAD
        + "requirements: {secret: Nobody sees it.}\n"
        + "assets:\n  a/b:\n    sql: select token, password from (values (1, 'p')) t(token, password) where token = 1\n"
        + "    columns: {token: varchar, password: {type: varchar}}\n    checks: [{schema: {token: varchar}}]\n",
        Path("blueprint.yaml"),
    )


@pytest.mark.parametrize(
    "value",
    [
        "'{{ secret }}'",
        "\"{{ env('A') }} {{ other }}\"",
        "'{{ env(A) }}'",
        "'{% if a %}'",
        "'{{ env(\"A\") }}'",
        "'{{'",
    ],
)
def test_only_env_is_a_template(value: str) -> None:
    messages = [mistake.message for mistake in found(warehouse(f"note: {value}")).mistakes]
    assert messages == ["only `{{ env('NAME') }}` is a template here"]


def test_a_key_is_no_template() -> None:
    assert "template" in str(found(warehouse("\"{{ env('A') }} {{ x }}\": 1")))


def test_a_query_is_no_template() -> None:
    assert "a query is no template" in str(found("assets: {a/b: {sql: \"select '{{ env('A') }}'\"}}\n"))


def test_another_mistake_on_the_line_of_a_secret_does_not_show_it() -> None:
    text = "alerts:\n  a: {when: never, webhook: 'https://hooks.slack.com/services/T0/B0/abcd', password: hunter2xyz}\n"
    errors = found(text)
    assert len(errors.mistakes) >= 3
    assert "abcd" not in str(errors)
    assert "hunter2xyz" not in str(errors)


def test_a_secret_is_masked_where_the_file_is_no_yaml() -> None:
    errors = found("sources:\n  crm: {password: hunter2xyz, a: b: c\n")
    assert "not YAML" in str(errors)
    assert "hunter2xyz" not in str(errors)


def test_the_remedy_names_a_variable() -> None:
    [mistake] = found(warehouse("password: hunter2xyz")).mistakes
    assert (
        mistake.remedy == "write \"{{ env('WAREHOUSE_PASSWORD') }}\" and set WAREHOUSE_PASSWORD where it runs"
    )
    assert mistake.line == "  password: ***"


def test_masking_keeps_the_rest() -> None:
    assert mask("connect to postgres://bob:pw12@db/x now") == "connect to postgres://bob:***@db/x now"
    assert mask("token: \"{{ env('TOKEN') }}\"") == "token: \"{{ env('TOKEN') }}\""
    assert mask("the word of the day", ["word"]) == "the *** of the day"
