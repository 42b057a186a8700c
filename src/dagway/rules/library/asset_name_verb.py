from __future__ import annotations

import re
from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule

#: Words that begin a name as verbs only.
VERBS = re.compile(
    "calculate|collect|combine|compute|concatenate|convert|create|deduplicate|enrich|fetch|generate|get|ingest"
    "|materialize|normalize|parse|populate|predict|prepare|preprocess|publish|remove|retrieve|save|scrape|send|validate"
)
#: Verbs that are nouns where certain words follow: a load factor, a process log.
NOUN_TOO = re.compile("delete|download|extract|insert|load|process|transform|update|upload")
HEADS = re.compile(
    "(?:area|average|balancer|balancing|bandwidth|capacity|config|cost|count|curve|date|detail|duration|error|event|factor"
    "|flow|forecast|frequency|history|id|info|interval|latency|limit|line|link|log|metadata|metric|mining|profile|queue|rate"
    "|report|request|result|schedule|size|speed|state|stats|statistic|status|step|summary|test|throughput|time|timestamp"
    "|type|url|version|volume|zone)(?:s|es)?"
)
#: Words that are as often nouns or adjectives: verbs where the name goes on with "to", "from" or "into".
UNSURE = re.compile(
    "build|clean|copy|export|filter|import|join|make|merge|move|read|report|run|store|sync|train|write"
)


@rule("asset-name-verb", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset is named after what is done.

    What
        The last part of an asset's key begins with a verb, such as `load_customers`. Words that may be nouns too are
        left alone: `process_log`, `export_prices`.

    Why
        An asset is a thing that exists: a table, a file, a model. Others depend on the customers, not on the loading of
        them, and the name stays true when they are made in another way.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def load_customers() -> None: ...


        defs = dg.Definitions(assets=[load_customers])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def customers() -> None: ...


        defs = dg.Definitions(assets=[customers])

    Source
        "Clear Naming: Use nouns for assets (`customers`, not `load_customers`)".
    """
    for asset in loaded.materializable:
        verb, _, rest = re.sub(r"[-\s]", "_", asset.key[-1].lower()).partition("_")
        if _is_action(verb, rest.split("_")):
            yield loaded.problem_of(
                asset,
                f"is named after an action: {verb}",
                f"Name it after what it holds, such as {rest}",
            )


def _is_action(verb: str, words: list[str]) -> bool:
    if NOUN_TOO.fullmatch(verb):
        return bool(words[0]) and not HEADS.fullmatch(words[0])
    if UNSURE.fullmatch(verb):
        return not {"to", "from", "into"}.isdisjoint(words[1:])
    return bool(VERBS.fullmatch(verb) and words[0])
