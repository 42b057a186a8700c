"""Text that a component should have resolved."""

import re
from pathlib import Path

from dagway.project.model import Position
from dagway.project.own_files import own_files

_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def is_template(text: str) -> bool:
    """Whether the text holds a literal ``{{ … }}``."""
    return _TEMPLATE.search(text) is not None


def place_of(template: str, root: Path) -> Position | None:
    """The first own line that has it: a resource does not tell where it was made."""
    for path in own_files(root):
        if path.suffix in {".py", ".yaml", ".yml"}:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            for number, line in enumerate(lines, 1):
                if template in line:
                    return Position(path, number)
    return None
