"""`dagway check` as people and machines call it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from dagway.cli.main import main
from dagway.rules.library import library
from dagway.rules.model import Fix, Problem
from dagway.rules.rule import Rule, rule
from dagway.rules.source.python import PythonFile

BROKEN = "import dagster as dg\n\npolicy = dg.InternalFreshnessPolicy\n"
PRIVATE = "from dagster._core.definitions import AssetKey\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "broken.py").write_text(BROKEN)
    (root / "private.py").write_text(PRIVATE)
    monkeypatch.chdir(root)
    return root


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--no-load", *arguments])


def found(result: Result) -> list[str]:
    return [item["rule"] for item in json.loads(result.stdout)["findings"]]


def test_text_shows_the_line_with_a_caret_and_what_to_do(project: Path) -> None:
    result = run("--select", "removed-api,private-dagster-import")
    assert result.exit_code == 1
    assert result.stdout == (
        "broken.py\n"
        "  3:10  error  removed-api [fix]\n"
        "    dagster.InternalFreshnessPolicy is not in the installed dagster.\n"
        "    3 | policy = dg.InternalFreshnessPolicy\n"
        "      |          ^\n"
        "    Use dagster.FreshnessPolicy\n"
        "\n"
        "private.py\n"
        "  1:1  warning  private-dagster-import\n"
        "    dagster._core.definitions (AssetKey) is private to Dagster and may go in any release.\n"
        "    1 | from dagster._core.definitions import AssetKey\n"
        "      | ^\n"
        "    Import the public name, usually from dagster itself; where there is none, ask Dagster for one\n"
        "\n"
        "3 files: 1 error, 1 warning (1 with a fix (--fix))\n"
    )


def test_json_has_the_fields_that_tools_read(project: Path) -> None:
    result = run("--select", "removed-api", "--format", "json")
    assert json.loads(result.stdout) == {
        "findings": [
            {
                "rule": "removed-api",
                "severity": "error",
                "path": "broken.py",
                "line": 3,
                "column": 10,
                "object": "",
                "message": "dagster.InternalFreshnessPolicy is not in the installed dagster",
                "remedy": "Use dagster.FreshnessPolicy",
                "url": "",
                "fix": {"safe": True, "edits": [{"start": 31, "end": 57, "text": "dg.FreshnessPolicy"}]},
            }
        ],
        "summary": {
            "findings": 1,
            "errors": 1,
            "warnings": 0,
            "notes": 0,
            "files": 3,
            "ignored": 0,
            "baselined": 0,
            "not_run": [],
            "crashed": [],
            "skipped": [],
        },
    }


def test_sarif_names_rule_place_and_level(project: Path) -> None:
    [ran] = json.loads(run("--select", "removed-api", "--format", "sarif").stdout)["runs"]
    [result] = ran["results"]
    assert ran["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "removed-api"
    assert result["level"] == "error"
    # GitHub takes a result without these for none.
    assert result["message"]["text"]
    assert list(result["partialFingerprints"]) == ["dagway/v1"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "broken.py"
    assert place["region"] == {"startLine": 3, "startColumn": 10}


def test_github_escapes_what_its_commands_cannot_hold(project: Path) -> None:
    lines = run("--select", "private-dagster-import", "--format", "github").stdout.splitlines()
    assert lines == [
        "::warning file=private.py,line=1,col=1,title=private-dagster-import::dagster._core.definitions (AssetKey) is "
        "private to Dagster and may go in any release. Import the public name, usually from dagster itself; where "
        "there is none, ask Dagster for one"
    ]


def test_junit_is_xml_with_one_failure_a_finding(project: Path) -> None:
    root = ElementTree.fromstring(run("--select", "removed-api", "--format", "junit").stdout)
    assert [case.get("classname") for case in root.iter("testcase")] == ["broken.py"]
    assert [failure.get("type") for failure in root.iter("failure")] == ["error"]


def test_statistics_count_by_rule(project: Path) -> None:
    (project / "more.py").write_text(PRIVATE)
    result = run("--select", "removed-api,private-dagster-import", "--statistics")
    assert result.stdout == "     2  private-dagster-import\n     1  removed-api\n"


def test_a_preset_shows_by_severity(project: Path) -> None:
    assert "private-dagster-import" in found(run("--json"))
    assert "private-dagster-import" not in found(run("--json", "--preset", "essential"))


def test_nothing_to_report_is_status_0(project: Path) -> None:
    (project / "broken.py").unlink()
    result = run("--select", "removed-api")
    assert (result.exit_code, result.stdout) == (0, "2 files: nothing to report\n")


def test_only_the_given_paths_are_reported(project: Path) -> None:
    assert found(run("private.py", "--json", "--select", "removed-api,private-dagster-import")) == [
        "private-dagster-import"
    ]


def test_paths_are_shown_as_one_opens_them_from_here(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.parent)
    result = run("project", "--select", "removed-api", "--json")
    assert json.loads(result.stdout)["findings"][0]["path"] == "project/broken.py"


def test_names_of_files_are_escaped_where_a_format_wants_it(project: Path) -> None:
    (project / "broken.py").rename(project / "a b,c%é:.py")
    select = ("--select", "removed-api", "--format")
    assert run(*select, "github").stdout.startswith("::error file=a b%2Cc%25é%3A.py,line=3,")
    [ran] = json.loads(run(*select, "sarif").stdout)["runs"]
    place = ran["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b%2Cc%25%C3%A9%3A.py"


def test_what_is_not_checked_is_in_each_format(project: Path) -> None:
    (project / "torn.py").write_text("def (:\n")
    select = ("--select", "removed-api,key-duplicate", "--format")
    line = "::warning file=torn.py,line=1,col=5,title=not checked::was not checked: not valid Python: invalid syntax"
    assert line in run(*select, "github").stdout.splitlines()
    [ran] = json.loads(run(*select, "sarif").stdout)["runs"]
    told = ran["invocations"][0]["toolExecutionNotifications"]
    assert [(item["level"], item["message"]["text"]) for item in told] == [
        ("warning", "torn.py:1 was not checked: not valid Python: invalid syntax"),
        ("note", "rule key-duplicate was not run: it needs the definitions"),
    ]
    junit = run(*select, "junit")
    assert "note: torn.py:1:5 was not checked" in junit.stderr
    cases = {
        case.get("classname"): [skipped.get("message") for skipped in case.iter("skipped")]
        for case in ElementTree.fromstring(junit.stdout).iter("testcase")
    }
    assert cases["torn.py"] == ["was not checked: not valid Python: invalid syntax"]
    assert cases["dagway"] == ["key-duplicate was not run: it needs the definitions"]
    not_run = "::notice title=not run::not run, for the definitions were not loaded: key-duplicate"
    assert not_run in run(*select, "github").stdout.splitlines()


@pytest.mark.integration
@pytest.mark.parametrize("code", ["", "1 / 0\n"], ids=["no project", "fails"])
def test_what_has_no_place_is_told_without_one(project: Path, code: str) -> None:
    if code:
        (project / "definitions.py").write_text(code)

    def told(*options: str) -> Result:
        return CliRunner().invoke(main, ["check", "--select", "key-duplicate", *options])

    reason = "the definitions do not load: " if code else "the definitions were not loaded: "
    assert told("--format", "text").stderr.startswith(f"note: {reason}")
    assert told("--format", "github").stdout.startswith(f"::warning title=not checked::{reason}")
    assert f'message="{reason}' in told("--format", "junit").stdout
    [ran] = json.loads(told("--format", "sarif").stdout)["runs"]
    first = ran["invocations"][0]["toolExecutionNotifications"][0]
    assert first["message"]["text"].startswith(reason)
    assert "locations" not in first
    assert json.loads(told("--json").stdout)["summary"]["not_run"] == ["key-duplicate"]


def test_sarif_carries_the_rules_page(project: Path) -> None:
    [ran] = json.loads(run("--select", "removed-api", "--format", "sarif").stdout)["runs"]
    [described] = ran["tool"]["driver"]["rules"]
    assert "## Why\n" in described["help"]["markdown"]
    assert "`dagway explain removed-api` prints this page." in described["help"]["text"]


def test_a_rule_of_ones_own_names_its_page(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "https://conventions.example/own"

    @rule("own", severity="note", url=page)
    def own(file: PythonFile) -> list[Problem]:
        """Finds."""
        return [file.at(1, 1, "found", "mend it")]

    monkeypatch.setattr("dagway.rules.library.library", lambda: (*library(), own))
    assert {item["url"] for item in json.loads(run("--select", "own", "--json").stdout)["findings"]} == {page}
    [ran] = json.loads(run("--select", "own", "--format", "sarif").stdout)["runs"]
    assert [item["helpUri"] for item in ran["tool"]["driver"]["rules"]] == [page]


@pytest.mark.parametrize("output_format", ["github", "sarif"])
def test_a_workflow_reads_paths_from_the_top_of_the_repository(
    project: Path, monkeypatch: pytest.MonkeyPatch, output_format: str
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    assert "project/broken.py" in run("--select", "removed-api", "--format", output_format).stdout
    assert run("--select", "removed-api").stdout.startswith("broken.py\n")


def test_text_never_shows_a_secret_nor_what_follows_it(project: Path) -> None:
    (project / "broken.py").write_text(
        "import dagster as dg\n\nx = connect(password='w1nter-is-c0ming', policy=dg.InternalFreshnessPolicy)\n"
    )
    shown = run("--select", "secret-literal,removed-api").stdout
    assert "    3 | x = connect(password=***\n      |                      ^\n" in shown
    assert "removed-api" in shown
    assert "w1nter" not in shown


SECRET = "spr1ng-was-c0ld"
BOTH = f"import dagster as dg\n\nx = connect(password='{SECRET}', token='{SECRET}2', p=dg.InternalFreshnessPolicy)\n"


def test_two_secrets_on_a_line_are_one_mask(project: Path) -> None:
    (project / "broken.py").write_text(BOTH)
    assert "    3 | x = connect(password=***\n" in run("--select", "secret-literal").stdout


@pytest.mark.parametrize("silenced", ["comment", "configuration", "baseline"])
def test_a_secret_is_not_shown_where_its_finding_is_not(project: Path, silenced: str) -> None:
    # The other finding stands before the secret, so that its line is shown.
    text = f"import dagster as dg\n\nx = connect(p=dg.InternalFreshnessPolicy, password='{SECRET}')\n"
    if silenced == "comment":
        text = text.replace("x =", "# dagway: ignore[secret-literal]\nx =")
    elif silenced == "configuration":
        ignored = '[tool.dagway.check.per-path-ignores]\n"broken.py" = ["secret-literal"]\n'
        (project / "pyproject.toml").write_text(ignored)
    (project / "broken.py").write_text(text)
    select = ("--select", "secret-literal,removed-api")
    if silenced == "baseline":
        run("--select", "secret-literal", "--baseline", "known.json", "--write-baseline")
        select += ("--baseline", "known.json")
    shown = run(*select).stdout
    assert "| x = connect(p=dg.InternalFreshnessPolicy, password=***\n" in shown
    assert "c0ld" not in shown


@pytest.mark.parametrize("output_format", ["text", "json", "sarif", "github", "junit"])
def test_what_another_rule_says_of_a_secret_is_masked(
    project: Path, monkeypatch: pytest.MonkeyPatch, output_format: str
) -> None:
    @rule("telling", severity="note", fixable=True)
    def telling(file: PythonFile) -> list[Problem]:
        """Tells."""
        fix = Fix((file.replace(0, 0, f"# {SECRET}\n"),))
        return [file.at(1, 1, f"holds {SECRET}, not {SECRET}s", f"drop '{SECRET}'", fix=fix)]

    (project / "broken.py").write_text(BOTH)
    monkeypatch.setattr("dagway.rules.library.library", lambda: (*library(), telling))
    shown = run("--select", "secret-literal,telling", "--format", output_format, "broken.py").stdout
    assert "holds ***" in shown
    assert re.findall(r"c0ld\w*", shown) == ["c0lds"] * shown.count("c0lds")


@pytest.mark.integration
def test_a_failure_that_holds_a_secret_is_told_without_it(project: Path) -> None:
    address = 'URL = "postgres://u:hunter4hunter@h.example/db"\n'
    (project / "definitions.py").write_text(f"{address}raise RuntimeError(f'cannot connect to {{URL}}')\n")
    for select in ("secret-literal,definitions-unloadable", "secret-literal,key-duplicate"):
        result = CliRunner().invoke(main, ["check", "--select", select])
        told = result.stdout + result.stderr
        assert "cannot connect to postgres://u:***@h.example/db" in told
        assert "hunter4" not in told


def test_the_line_that_is_shown_is_the_one_that_is_meant(project: Path) -> None:
    (project / "broken.py").write_bytes(b"import dagster as dg\r\n\x0c\r\nx = dg.InternalFreshnessPolicy\r")
    assert "    3 | x = dg.InternalFreshnessPolicy\n" in run("--select", "removed-api").stdout


def test_fix_keeps_line_ends_and_leaves_broken_files_alone(project: Path) -> None:
    (project / "broken.py").write_bytes(b"\xef\xbb\xbf" + BROKEN.replace("\n", "\r\n").encode())
    torn = f"{BROKEN}def (:\n"
    (project / "torn.py").write_text(torn)
    assert run("--select", "removed-api", "--fix").exit_code == 0
    mended = BROKEN.replace("InternalFreshness", "Freshness").replace("\n", "\r\n")
    assert (project / "broken.py").read_bytes() == b"\xef\xbb\xbf" + mended.encode()
    assert (project / "torn.py").read_text() == torn


OLD_PROJECT = """\
from dagster import AutoMaterializePolicy as AMP, Definitions, asset, define_asset_job


@asset(compute_kind="python", auto_materialize_policy=AMP.eager())
def orders(): ...


@asset(tags={"dagster/kind/duckdb": "", "domain": "sales"})
def customers(): ...


job = define_asset_job("all_of_it", selection="tag:domain=sales | kind:python")
defs = Definitions(assets=[orders, customers], jobs=[job])
"""


@pytest.mark.integration
def test_a_mended_project_loads(project: Path) -> None:
    for name in ("broken.py", "private.py"):
        (project / name).unlink()
    (project / "definitions.py").write_text(OLD_PROJECT)
    result = CliRunner().invoke(main, ["check", "--unsafe-fixes", "--json", "--preset", "strict"])
    left = set(found(result))
    assert int(result.stderr.split()[1]) >= 3
    assert "definitions-unloadable" not in left
    assert not {"asset-kind-legacy", "legacy-auto-materialize", "selection-syntax"} & left
    listed = CliRunner().invoke(main, ["list", "--json"])
    assets = {item["key"]: item for item in json.loads(listed.stdout)["assets"]}
    assert assets["orders"]["kinds"] == ["python"]
    assert assets["orders"]["automation"]


def test_fix_mends_and_checks_again(project: Path) -> None:
    result = run("--select", "removed-api", "--fix")
    assert result.exit_code == 0
    assert result.stderr == "mended 1 finding\n"
    assert (project / "broken.py").read_text() == BROKEN.replace("InternalFreshness", "Freshness")


def test_a_baseline_hides_what_is_known_even_when_lines_move(project: Path) -> None:
    select = ("--select", "removed-api", "--baseline", "known.json")
    assert run(*select, "--write-baseline").exit_code == 0
    (project / "broken.py").write_text(f"# moved\n\n{BROKEN}")
    assert run(*select).exit_code == 0
    (project / "broken.py").write_text(f"{BROKEN}again = dg.InternalFreshnessPolicy\n")
    assert found(run(*select, "--json")) == ["removed-api"]


def test_a_baseline_follows_a_file_that_moves(project: Path) -> None:
    select = ("--select", "removed-api", "--baseline", "known.json")
    run(*select, "--write-baseline")
    (project / "sub").mkdir()
    (project / "broken.py").rename(project / "sub" / "renamed.py")
    assert run(*select).exit_code == 0
    # A copy is new code.
    (project / "broken.py").write_text(BROKEN)
    (project / "copy.py").write_text(BROKEN)
    assert [item["path"] for item in json.loads(run(*select, "--json").stdout)["findings"]] == [
        "copy.py",
        "sub/renamed.py",
    ]


LONG = "import dagster as dg\n\n\n@dg.asset\ndef orders():\n" + "    print(1)\n" * 200


def test_a_baseline_knows_a_finding_whose_numbers_grow(project: Path) -> None:
    select = ("--select", "asset-too-long", "--baseline", "known.json")
    (project / "orders.py").write_text(LONG)
    run(*select, "--write-baseline")
    [known] = json.loads((project / "known.json").read_text())["findings"]
    (project / "orders.py").write_text(LONG + "    print(2)\n" * 1000)
    assert run(*select).exit_code == 0
    # A file of an earlier release holds the numbers of its day.
    old = {**known, "message": known["message"].replace("N", "77")}
    (project / "known.json").write_text(json.dumps({"version": 1, "findings": [old]}))
    assert run(*select).exit_code == 0
    (project / "orders.py").write_text(LONG + LONG.replace("orders", "more"))
    assert found(run(*select, "--json")) == ["asset-too-long"]


@pytest.mark.parametrize(
    ("known", "now", "is_known"),
    [
        ("has 9 partitions", "has 1,000 partitions", True),
        ("the conditions of customers and 1 more", "the conditions of customers and 12 more", True),
        ("99 assets are listed by hand", "101 assets are listed by hand", True),
        ("depends on events-2022", "depends on events-2023", False),
        ("depends on raw/2022, raw/1", "depends on raw/2023, raw/1", False),
        ("connects to 127.0.0.1:80", "connects to 127.0.0.1:81", False),
        ("5 8 * * * is read as UTC", "6 8 * * * is read as UTC", False),
    ],
)
def test_a_baseline_leaves_out_the_numbers_that_count(
    project: Path, monkeypatch: pytest.MonkeyPatch, known: str, now: str, is_known: bool
) -> None:
    @rule("saying", severity="note")
    def saying(file: PythonFile) -> list[Problem]:
        """Says what the file does."""
        return [file.at(1, 1, file.text.strip("# \n"), "mend it")]

    monkeypatch.setattr("dagway.rules.library.library", lambda: (*library(), saying))
    select = ("--select", "saying", "broken.py", "--baseline", "known.json")
    (project / "broken.py").write_text(f"# {known}\n")
    run(*select, "--write-baseline")
    (project / "broken.py").write_text(f"# {now}\n")
    assert run(*select).exit_code == (0 if is_known else 1)


def test_writing_a_baseline_says_how_it_is_used(project: Path) -> None:
    told = run("--write-baseline", "--select", "removed-api").stderr
    assert 'write baseline = "dagway-baseline.json" below [tool.dagway.check] in pyproject.toml' in told
    (project / "pyproject.toml").write_text('[tool.dagway.check]\nbaseline = "dagway-baseline.json"\n')
    assert run("--write-baseline").stderr.count("\n") == 1
    assert run().exit_code == 0


def test_a_missing_baseline_is_an_error(project: Path) -> None:
    result = run("--baseline", "none.json")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: There is no baseline none.json.\n")


def test_configuration_is_read_and_the_command_line_wins(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.dagway.check]\nselect = ["removed-*"]\n'
        '[tool.dagway.check.per-path-ignores]\n"broken.py" = ["removed-api"]\n'
    )
    assert run().exit_code == 0
    assert found(run("--select", "private-*", "--json")) == ["private-dagster-import"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("presets = 'strict'", "there is no key 'presets'.\n  Did you mean 'preset'?"),
        ("preset = 'all'", "there is no preset 'all'.\n  There are: essential, recommended, strict."),
        (
            "select = ['removed-apis']",
            "select: there is no rule 'removed-apis'.\n  Did you mean 'removed-api'?",
        ),
        ("ignore = 'removed-api'", "ignore is 'removed-api'.\n  Write a list of texts."),
        ("rules.removed-api.depth = 1", "rules.removed-api: there is no option 'depth'.\n  There is none."),
    ],
)
def test_a_mistake_in_the_configuration_is_told(project: Path, text: str, message: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool.dagway.check]\n{text}\n")
    result = run()
    assert result.exit_code == 2
    assert result.stderr.startswith("error: pyproject.toml:2 [tool.dagway.check]")
    assert message in result.stderr


def test_an_unknown_rule_names_the_nearest(project: Path) -> None:
    result = run("--select", "removed-apy")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: --select: there is no rule 'removed-apy'.\n  Did you mean 'removed-api'?\n",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--select", ""), "error: --select names no rule.\n  Write ids or patterns, such as "),
        (("--select", "removed-api", "--ignore", "removed-*"), "error: No rule is left to run: "),
    ],
)
def test_a_selection_of_nothing_is_an_error(project: Path, options: tuple[str, ...], message: str) -> None:
    result = run(*options)
    assert result.exit_code == 2
    assert result.stderr.startswith(message)


@pytest.mark.parametrize(
    ("select", "told"),
    [
        ("asset-kinds-missing", "asset-kinds-missing not run: it needs the definitions"),
        (
            "removed-api,asset-k*missing,key-duplicate",
            "asset-kinds-missing, key-duplicate not run: they need",
        ),
        ("asset-*,key-*", " rules not run: they need the definitions"),
    ],
)
def test_rules_that_need_the_definitions_do_not_read_as_clean(project: Path, select: str, told: str) -> None:
    assert told in run("--select", select).stdout.splitlines()[-1]
    not_run = json.loads(run("--select", select, "--json").stdout)["summary"]["not_run"]
    assert "removed-api" not in not_run
    assert not_run


@pytest.mark.integration
@pytest.mark.parametrize("options", [("--select", "asset-kinds-missing"), ("private.py",)])
def test_definitions_that_do_not_load_do_not_read_as_clean(project: Path, options: tuple[str, ...]) -> None:
    (project / "definitions.py").write_text("1 / 0\n")
    result = CliRunner().invoke(main, ["check", *options])
    assert "the definitions do not load: definitions.py:1: ZeroDivisionError" in result.stderr
    assert "1 not checked" in result.stdout.splitlines()[-1]


def test_files_that_are_not_read_are_counted(project: Path) -> None:
    (project / "broken.py").write_text("def (:\n")
    result = run("--select", "removed-api")
    assert result.stdout == "3 files: nothing to report (1 not checked)\n"


def test_what_is_ignored_is_counted_in_the_files_asked_for(project: Path) -> None:
    (project / "broken.py").write_text(f"{BROKEN.rstrip()}  # dagway: ignore[removed-api]\n")
    assert "(1 ignored)" in run("--select", "removed-api").stdout
    assert "ignored" not in run("--select", "removed-api", "private.py").stdout


def test_fixes_that_need_more_or_cannot_be_made_are_not_promised(project: Path) -> None:
    old = "type: dagster.X\nattributes: {}\n"
    (project / "defs").mkdir()
    for name in ("component.yaml", "defs.yaml"):
        (project / "defs" / name).write_text(old)
    select = ("--select", "component-file-legacy")
    assert "(1 with a fix (--fix))" in run(*select).stdout
    # The new name is taken.
    assert "--fix" not in run(*select, "--fix").stdout
    (project / "old.py").write_text(OLD_PROJECT)
    total = run("--select", "legacy-auto-materialize", "--fix").stdout.splitlines()[-1]
    assert total.endswith("(1 with an unsafe fix (--unsafe-fixes))")


def test_a_path_that_is_not_there_is_an_error(project: Path) -> None:
    assert run("nowhere").exit_code == 2


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch) -> Rule:
    @rule("crashing", severity="note")
    def broken(file: PythonFile) -> list[Problem]:
        """Fails."""
        raise ZeroDivisionError(file.path)

    monkeypatch.setattr("dagway.rules.library.library", lambda: (*library(), broken))
    return broken


def test_a_crashing_rule_is_named_and_the_others_go_on(project: Path, crashing: Rule) -> None:
    result = run("--select", "crashing,removed-api", "--json")
    assert result.exit_code == 2
    assert found(result) == ["removed-api"]
    crashed = json.loads(result.stdout)["summary"]["crashed"]
    assert [(item["rule"], item["path"]) for item in crashed] == [
        ("crashing", "broken.py"),
        ("crashing", "private.py"),
    ]
    assert "error: the rule crashing failed on broken.py: ZeroDivisionError: broken.py at " in result.stderr


def test_a_rule_that_ends_the_process_does_not_read_as_clean(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @rule("ending", severity="note")
    def ending(file: PythonFile) -> list[Problem]:
        """Ends."""
        sys.exit(0)

    monkeypatch.setattr("dagway.rules.library.library", lambda: (*library(), ending))
    result = run("--select", "ending")
    assert result.exit_code == 2
    assert "error: the rule ending failed on broken.py: SystemExit: 0 at " in result.stderr


def test_a_file_that_cannot_be_read_is_told(project: Path) -> None:
    (project / "torn.py").write_text("def (:\n")
    result = run("--select", "removed-api")
    assert "note: torn.py:1:5 was not checked: not valid Python: invalid syntax\n" in result.stderr


def test_no_load_never_runs_a_line_of_the_project(project: Path) -> None:
    trace = project / "trace"
    leave = f"from pathlib import Path\nPath({str(trace)!r}).write_text('was here')\n"
    for name in ("definitions.py", "conftest.py", "setup.py", "sitecustomize.py", "dagster_trace.py"):
        (project / name).write_text(f"{leave}from dagster import nonsense\n")
    assert run("--preset", "strict").exit_code == 1
    assert not trace.exists()


@pytest.mark.integration
def test_loading_is_the_default_and_a_failure_leaves_the_static_findings(project: Path) -> None:
    (project / "definitions.py").write_text(
        "import broken\nimport dagster as dg\n\ndefs = dg.Definitions()\n"
    )
    result = CliRunner().invoke(main, ["check", "--json"])
    assert result.exit_code == 1
    assert found(result) == ["definitions-unloadable", "removed-api", "private-dagster-import"]
    [unloadable, *_] = json.loads(result.stdout)["findings"]
    assert (unloadable["path"], unloadable["line"]) == ("broken.py", 3)


@pytest.mark.integration
def test_watch_reports_again_after_a_change(project: Path) -> None:
    program = [
        sys.executable,
        "-m",
        "dagway.cli",
        "check",
        "--watch",
        "--statistics",
        "--select",
        "private-*,removed-api",
    ]
    with subprocess.Popen(
        program, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        # A checker that says nothing must end this test, not hang it.
        late = threading.Timer(60, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            first = [process.stdout.readline(), process.stdout.readline()]
            (project / "broken.py").write_text("import dagster\n")
            assert process.stderr.readline() == "changed: broken.py\n"
            assert process.stdout.readline() == "     1  private-dagster-import\n"
            assert first == ["     1  private-dagster-import\n", "     1  removed-api\n"]
        finally:
            late.cancel()
            process.terminate()
