"""What other programs read is what their formats allow: written here from the standards, for their schemas are not ours to ship."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from dagway.rules.formats import junit, sarif, text
from dagway.rules.library import library
from dagway.rules.model import Crash, Finding, Report, Skipped

HOSTILE = 'a \x00\x1b "b" <c> & \ud800 ä\n]]>'
AT = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)


def finding(path: str, line: int, text: str = "said", rule: str = "removed-api") -> Finding:
    return Finding(rule, "error", path, line, 7, "", text, f"mend {text}")


REPORTS = {
    "nothing": Report(()),
    "findings": Report(
        (
            finding("a b/ü.py", 1),
            finding("a b/ü.py", 2, HOSTILE),
            finding("b.py", 1, rule="secret-literal"),
        )
    ),
    "crashes": Report((finding("a.py", 1),), (Crash("key-duplicate", ".", HOSTILE),)),
    "unread": Report((), (), (Skipped("a b/ü.py", 3, HOSTILE, 7),), not_run=("key-duplicate",)),
    "unloaded": Report((), (), (Skipped(".", 1, "the definitions were not loaded"),)),
}
EVERY = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)


def closed(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    """A JSON object with these properties, all of them but the optional ones, and no others."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = closed({"text": TEXT})
LOCATIONS = {
    "type": "array",
    "items": closed(
        {
            "physicalLocation": closed(
                {
                    # A relative reference of RFC 3986: no space, nothing outside of ASCII.
                    "artifactLocation": closed(
                        {
                            "uri": {
                                "type": "string",
                                "pattern": "^[A-Za-z0-9/._~%-]+$",
                            }
                        }
                    ),
                    "region": closed({"startLine": NUMBER, "startColumn": NUMBER}),
                }
            )
        }
    ),
}
#: What of SARIF 2.1.0 (OASIS, sections 3.13 to 3.58) a report of findings uses.
SARIF = closed(
    {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": closed(
                {
                    "tool": closed(
                        {
                            "driver": closed(
                                {
                                    "name": TEXT,
                                    "version": TEXT,
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": closed(
                                            {
                                                "id": TEXT,
                                                "shortDescription": MESSAGE,
                                                "fullDescription": MESSAGE,
                                                "help": closed({"text": TEXT, "markdown": TEXT}),
                                                "helpUri": {"type": "string", "format": "uri"},
                                                "defaultConfiguration": closed({"level": LEVEL}),
                                            },
                                            "helpUri",
                                        ),
                                    },
                                }
                            )
                        }
                    ),
                    "invocations": {
                        "type": "array",
                        "items": closed(
                            {
                                "executionSuccessful": {"type": "boolean"},
                                "toolExecutionNotifications": {
                                    "type": "array",
                                    "items": closed(
                                        {"level": LEVEL, "message": MESSAGE, "locations": LOCATIONS},
                                        "locations",
                                    ),
                                },
                            }
                        ),
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": closed(
                            {
                                "ruleId": TEXT,
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": MESSAGE,
                                "locations": LOCATIONS,
                                "partialFingerprints": {"type": "object", "additionalProperties": TEXT},
                            }
                        ),
                    },
                }
            ),
        },
    }
)


def refusals(rendered: Any) -> list[str]:
    """The places that the description does not allow."""
    errors = cast("Any", Draft202012Validator(SARIF)).iter_errors(rendered)
    return ["/".join(map(str, error.absolute_path)) for error in errors]


@EVERY
def test_sarif_is_what_the_standard_allows(report: Report) -> None:
    rendered = json.loads(sarif.render(report, library()))
    assert refusals(rendered) == []
    (run,) = rendered["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    assert run["invocations"][0]["executionSuccessful"] == (not report.crashes)


def test_the_description_of_sarif_refuses_what_the_standard_does() -> None:
    rendered = json.loads(sarif.render(REPORTS["findings"], library()))
    rendered["runs"][0]["results"][0]["level"] = "fatal"
    assert refusals(rendered) == ["runs/0/results/0/level"]


@dataclass(frozen=True)
class Form:
    """What an element of a JUnit report holds: its attributes, and its children in their order (one of them if `choice`)."""

    attributes: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    children: tuple[str, ...] = ()
    repeated: frozenset[str] = frozenset()
    choice: bool = False
    numbers: frozenset[str] = field(default_factory=frozenset[str])


COUNTS = frozenset({"tests", "failures", "errors"})
#: Ant's report, the strictest of the forms that readers know; Jenkins and the code hosts take more.
JUNIT = {
    "testsuites": Form(children=("testsuite",), repeated=frozenset({"testsuite"})),
    "testsuite": Form(
        frozenset({"name", "package", "id", "timestamp", "hostname", "time"}) | COUNTS,
        frozenset({"skipped"}),
        ("properties", "testcase", "system-out", "system-err"),
        frozenset({"testcase"}),
        numbers=COUNTS | {"id", "time", "skipped"},
    ),
    "properties": Form(),
    "testcase": Form(
        frozenset({"classname", "name", "time"}),
        children=("skipped", "error", "failure"),
        choice=True,
        numbers=frozenset({"time"}),
    ),
    "failure": Form(frozenset({"type"}), frozenset({"message"})),
    "error": Form(frozenset({"type"}), frozenset({"message"})),
    "skipped": Form(optional=frozenset({"message"})),
    "system-out": Form(),
    "system-err": Form(),
}


def breaches(element: ElementTree.Element) -> Iterator[str]:
    """Where an element, or one below it, is not of its form."""
    form = JUNIT[element.tag]
    given = set(element.attrib)
    if not form.attributes <= given <= form.attributes | form.optional:
        yield f"{element.tag} has {sorted(given)}"
    yield from (f"{name} is no number" for name in form.numbers & given if not element.attrib[name].isdigit())
    found = [child.tag for child in element]
    single = [tag for place, tag in enumerate(found) if tag not in form.repeated or tag not in found[:place]]
    wanted = [tag for tag in form.children if tag in found or (not form.choice and tag not in form.repeated)]
    if single != wanted or (form.choice and len(found) > 1):
        yield f"{element.tag} holds {found}"
    for child in element:
        yield from breaches(child)


@EVERY
def test_junit_is_what_its_readers_take(report: Report) -> None:
    root = ElementTree.fromstring(junit.render(report, AT))
    assert root.tag == "testsuites"
    assert list(breaches(root)) == []
    (suite,) = root
    assert suite.get("timestamp") == "2026-01-02T03:04:05"
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    assert {name: suite.get(name) for name in counted} == {
        name: str(len(list(root.iter(tag)))) for name, tag in counted.items()
    }


@pytest.mark.parametrize(
    ("before", "after", "breach"),
    [
        (' hostname="localhost"', "", "testsuite has"),
        ('id="0"', 'id="first"', "id is no number"),
        ("<system-out />", "", "testsuite holds"),
        ("</failure>", '</failure><error type="crash" />', "testcase holds"),
    ],
)
def test_the_description_of_junit_refuses_what_its_readers_do(before: str, after: str, breach: str) -> None:
    text = junit.render(REPORTS["findings"], AT)
    assert before in text
    found = list(breaches(ElementTree.fromstring(text.replace(before, after))))
    assert any(breach in item for item in found)


def test_a_line_is_shown_from_its_first_letter_and_the_caret_stands_below_one() -> None:
    whole = Finding("a", "note", "a.py", 1, 1, "", "said", "mend")
    part = Finding("b", "note", "a.py", 1, 13, "", "said", "mend")
    shown = text.render(Report((whole, part)), lambda path: ["        x = y"]).splitlines()
    frames = [line for line in shown if "|" in line]
    assert frames == ["    1 | x = y", "      | ^", "    1 | x = y", "      |     ^"]
