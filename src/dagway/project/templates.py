"""Text that a component should have resolved."""

import re

_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def is_template(text: str) -> bool:
    """Whether the text holds a literal ``{{ … }}``."""
    return _TEMPLATE.search(text) is not None
