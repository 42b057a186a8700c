"""The rules' pages, made from their docstrings: `python -m dagway.rules.pages FOLDER` writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import cast

from dagway.rules.library import library
from dagway.rules.rule import Rule, example_files

HEAD = "<!-- Written by `make docs` from the rule's docstring: change that. -->\n"
LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".sql": "sql", ".toml": "toml"}
KINDS = {"S": "reads text and never runs the project", "L": "reads the loaded definitions"}


def page(rule: Rule) -> str:
    """One rule's page, as Markdown."""
    return "\n".join(_page(rule)).rstrip() + "\n"


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.id}\n"
    fix = ", can mend it" if rule.fixable else ""
    yield f"{rule.summary} **{rule.severity}** · {KINDS[rule.kind]}{fix}\n"
    for name, text in rule.page.items():
        yield f"## {name}"
        yield from _examples(text) if name in {"Broken", "Right"} else [f"{text}\n"]
    if rule.options:
        yield "## Options"
        yield f"In `pyproject.toml`, below `[tool.dagway.check.rules.{rule.id}]`:\n"
        yield "| option | default |\n|---|---|"
        yield from (
            f"| `{name.replace('_', '-')}` | `{_toml(value)}` |" for name, value in rule.options.items()
        )
        yield ""


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return str(list(cast("tuple[object, ...]", value))).replace("'", '"')
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def _examples(text: str) -> Iterator[str]:
    files = example_files(text)
    for path, content in files.items():
        if path != "example.py":
            yield f"`{path}`"
        yield f"```{LANGUAGES.get(PurePosixPath(path).suffix, 'text')}\n{content.rstrip()}\n```\n"


def index() -> str:
    """The page that lists every rule."""
    rows = [
        f"| [{rule.id}]({rule.id}.md) | {rule.kind} | {rule.severity} | {'yes' if rule.fixable else ''} "
        f"| {rule.summary} |"
        for rule in library()
    ]
    return "\n".join([INDEX, *rows, ""])


INDEX = """\
<!-- Written by `make docs` from the rules' docstrings: change those. -->
# Rules

`dagway check` runs these over any Dagster project. S reads text and never runs the project; L reads the loaded definitions. The
preset `essential` shows errors, `recommended` (the default) errors and warnings, `strict` everything.

A comment silences a rule, or a pattern of rules, where it stands: `# dagway: ignore[rule-id] reason`, in SQL after `--`; on a
decorator, a function's first line or a YAML key it holds for all that belongs to it. `pyproject.toml` configures the rest:
```toml
[tool.dagway.check]
preset = "strict"
ignore = ["asset-tags-missing"]
exclude = ["legacy/*"]
baseline = "dagway-baseline.json"

[tool.dagway.check.per-path-ignores]
"scripts/*" = ["connection-at-import"]

[tool.dagway.check.rules.asset-too-long]
lines = 120
```
## Before each commit, and in a workflow
```yaml
# .pre-commit-config.yaml: with the checker that the project's environment has
repos:
  - repo: local
    hooks:
      - {id: dagway, name: dagway check, entry: dagway check --no-load, language: system, types_or: [python, yaml, sql]}
```
```yaml
# .github/workflows/check.yaml: findings stand beside the lines of a pull request
on: pull_request
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.13"}
      - run: pip install -e . dagway
      - run: dagway check --format github
```
A project that starts with many findings writes them down once (`dagway check --write-baseline`), names the file as `baseline`, and sees
only new ones. `--fix` mends what can be mended without changing what the project does, `--unsafe-fixes` also the rest.

## Rules of one's own
A package adds rules by the entry point `dagway.rules`. The type of the first parameter says what the rule reads, the others are its
options; `url=` in `@rule(...)` gives the address of its page to those who read a report. A rule that cannot be imported, or takes an
id that is taken, is an error; one that fails on a file is named, the others go on, and the exit status is 2.
```toml
[project.entry-points."dagway.rules"]
asset-without-prefix = "acme.conventions:check"
```
```python
# acme/conventions.py
from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("asset-without-prefix", kind="L", severity="warning")
def check(loaded: LoadedProject, prefix: str = "acme") -> Iterable[Problem]:
    \"\"\"An asset's key lacks the company's prefix.\"\"\"
    for asset in loaded.defined:
        if asset.key[0] != prefix:
            yield loaded.problem_of(asset, f"does not begin with {prefix}", f"Begin its key with {prefix}")
```

## Every rule
| rule | kind | severity | fix | finds |
|---|---|---|---|---|"""


def pages() -> dict[str, str]:
    """File name → text, of every page."""
    return {"README.md": index(), **{f"{rule.id}.md": HEAD + page(rule) for rule in library()}}


def write(folder: Path) -> None:
    """Writes every page, and removes those of rules that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
