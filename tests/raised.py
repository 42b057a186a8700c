"""What an error says with all that led to it."""

from __future__ import annotations


def whole_message(error: BaseException | None) -> str:
    """Its message and those of its causes, in one line. pytest's own picture reads the source of every frame for it."""
    messages: list[str] = []
    while error is not None:
        messages.append(str(error))
        error = error.__cause__ or error.__context__
    return " ".join(" ".join(messages).split())
