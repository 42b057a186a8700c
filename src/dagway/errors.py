"""The one root of every error that Dagway raises on purpose."""


class DagwayError(Exception):
    """Something the user can mend.

    Args:
        message: what is wrong and where, in one sentence.
        remedy: what to do next, in one sentence; empty only where the message already says it.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message
