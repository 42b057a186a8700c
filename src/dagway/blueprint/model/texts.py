"""How texts of the language look: keys, names, owners, references, times, and the one template."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

KEY = r"^[A-Za-z_][A-Za-z0-9_]{0,62}(/[A-Za-z_][A-Za-z0-9_]{0,62}){1,2}$"
NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"
LOCATION = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$"
PROJECT = r"^[a-z][a-z0-9_]{0,62}$"
OWNER = r"^(team:[A-Za-z0-9_.-]+|[A-Za-z0-9_][A-Za-z0-9._%+-]*@[A-Za-z0-9.-]+\.[A-Za-z]{2,7})$"
TAG = r"^([A-Za-z0-9_.-]{1,63}/)?[A-Za-z0-9_.-]{1,63}$"
KIND = r"^[A-Za-z0-9_.-]{1,63}$"
PYTHON = r"^[A-Za-z0-9_][A-Za-z0-9_./-]*\.py:[A-Za-z_][A-Za-z0-9_]*$"
TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
CHANNEL = r"^[#@][^\s]+$"

Key = Annotated[
    str,
    Field(
        pattern=KEY,
        description="An asset key, `group/name`, at most three segments.",
        examples=["staging/orders"],
    ),
]
Name = Annotated[
    str,
    Field(pattern=NAME, description="A name: letters, digits and underscores."),
]
LocationName = Annotated[
    str,
    Field(pattern=LOCATION, description="A name: letters, digits, `_`, `-` and `.`."),
]
Owner = Annotated[
    str,
    Field(
        pattern=OWNER,
        description="`team:name` or an e-mail address.",
        examples=["team:data-engineering"],
    ),
]
Kind = Annotated[
    str,
    Field(pattern=KIND, description="What it is made of, as Dagster's UI shows it.", examples=["finance"]),
]


def _checked_tag_value(value: str) -> str:
    if "{{" not in value and not _TAG_VALUE.fullmatch(value):
        raise ValueError(
            f"`{value[:80]}` is no value of a tag; use letters, digits, `_`, `-` and `.`, up to 63 of them"
        )
    return value


_TAG_VALUE = re.compile(r"[A-Za-z0-9_.-]{0,63}")
Tags = dict[
    Annotated[str, Field(pattern=TAG, description="A tag's name, a namespace and `/` before it if wanted.")],
    Annotated[str, AfterValidator(_checked_tag_value)],
]
"""Names and values as Dagster takes them."""
PythonReference = Annotated[
    str,
    Field(
        pattern=PYTHON,
        description="A function in a file beside the blueprint, `file.py:function`.",
        examples=["transforms.py:customer_lifetime_value"],
    ),
]

ENV_CALL = re.compile(r"\{\{\s*env\(\s*'([A-Za-z_][A-Za-z0-9_]*)'\s*(?:,\s*'([^']*)'\s*)?\)\s*\}\}")
"""`{{ env('NAME') }}` or `{{ env('NAME', 'default') }}`: the name, and the default if there is one."""
