from __future__ import annotations

import re
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.tree import ProjectTree

_ENV_FILE = re.compile(r"^\.env(?:\.[A-Za-z0-9_-]+)?$")
_HARMLESS = re.compile(r"example|sample|template|dist|defaults?$|test|ci$", re.IGNORECASE)


@rule("env-file-committed", severity="error")
def check(tree: ProjectTree) -> Iterable[Problem]:
    """Git tracks a `.env` file.

    What
        A file `.env`, `.env.local`, `.env.production` and the like that git tracks. Examples and templates are meant to be.

    Why
        Such files hold the passwords of one machine or environment. In the repository everybody who can read it has them, and
        removing the file later leaves them in the history.

    Broken
        # file: .env
        SNOWFLAKE_PASSWORD=w1nter-is-c0ming

    Right
        # file: .env.example
        SNOWFLAKE_PASSWORD=

    Source
        "Resources use environment variables appropriately" and the services' list of variables, which hold passwords.
    """
    for path in sorted(tree.tracked or ()):
        name = path.rpartition("/")[2]
        if _ENV_FILE.match(name) and not _HARMLESS.search(name):
            remedy = f"Run `git rm --cached {path}`, add it to .gitignore, and change the secrets in it"
            yield tree.problem(path, 1, 1, f"git tracks {path}", remedy)
