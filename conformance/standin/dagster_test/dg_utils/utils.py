"""Called once before a session."""


def scrub_tox_uv_project_environment() -> None:
    """Nothing to clean: no tox is at work here."""
