"""Addresses of git repositories in messages; see `test_dbt_project.py` for repositories themselves."""

import pytest

from dagway.components.dbt.repository import public

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@host/x.git", "https://host/x.git"),
        ("https://secret@host/x.git", "https://host/x.git"),
        ("ssh://git@host/x.git", "ssh://git@host/x.git"),
        ("git@host:x.git", "git@host:x.git"),
        ("/srv/x.git", "/srv/x.git"),
    ],
)
def test_no_message_shows_a_password_or_token(url: str, shown: str) -> None:
    assert public(url) == shown
