"""What is read from a session of tests, how both sides are compared, and what is swapped."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from pathlib import Path
from types import ModuleType

import pytest
import yaml

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[2]
REPORT = """\
<testsuites><testsuite>
<testcase classname="dagster_tests.launcher_tests.test_one" name="test_a[x]"/>
<testcase classname="dagster_tests.launcher_tests.test_one.TestClass" name="test_b"><failure>no</failure></testcase>
<testcase classname="dagster_tests.launcher_tests.test_one" name="test_c"><skipped/></testcase>
<testcase classname="dagster_tests.launcher_tests.test_one" name="test_d"><error>in its set-up</error></testcase>
</testsuite></testsuites>
"""


def test_outcomes_of_a_report(tmp_path: Path) -> None:
    from conformance.outcomes import counts, read

    (tmp_path / "report.xml").write_text(REPORT)
    outcomes = read(tmp_path / "report.xml")
    assert outcomes == {
        "launcher_tests.test_one::test_a[x]": "passed",
        "launcher_tests.test_one.TestClass::test_b": "failed",
        "launcher_tests.test_one::test_c": "skipped",
        "launcher_tests.test_one::test_d": "failed",
    }
    assert counts(outcomes) == (1, 2, 1)


def test_the_page_names_every_difference_and_whether_its_reason_is_known() -> None:
    from conformance.outcomes import differing
    from conformance.page import Judged, explained, page

    stock, dagway = (
        {"a": "passed", "b": "failed", "c": "passed"},
        {"a": "failed", "b": "failed", "d": "passed"},
    )
    found = list(differing(stock, dagway))
    assert found == [("a", "passed", "failed"), ("c", "passed", "missing"), ("d", "missing", "passed")]
    text = page(
        [
            Judged(
                "part",
                stock,
                dagway,
                [explained(each, {"[ac]": "It reads a message."}) for each in found],
                ["0123456789"],
            )
        ]
    )
    assert "| part | 2 | 1 | 0 | 1 | 2 | 0 | 3 | 0123456789 |" in text
    assert "- `a`: stock passed, Dagway failed. It reads a message." in text
    assert "- `d`: stock missing, Dagway passed. **no reason is known yet**" in text


def swap() -> ModuleType:
    """The module that Python would import at the start of a session's processes; here nothing asks it to swap."""
    spec = importlib.util.spec_from_file_location("swap", ROOT / "conformance" / "swap" / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("command", [["dagster", "api", "grpc"], ["dagster", "code-server", "start"]])
def test_code_servers_are_swapped(command: list[str]) -> None:
    swapped = swap().code_server(["python", "-m", *command, "--port", "1"])
    assert swapped is not None
    assert swapped[1:] == ["-m", "dagway", "code-server", "--port", "1"]


@pytest.mark.parametrize(
    "command", [["-m", "dagster", "api", "grpc-health-check"], ["-m", "pytest"], ["-c", "pass"]]
)
def test_other_programs_are_not(command: list[str]) -> None:
    assert swap().code_server(["python", *command]) is None


def test_a_part_is_run_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from conformance import __main__ as command
    from conformance.environment import Environment
    from conformance.session import STOCK, report_of

    environment = Environment(tmp_path / "environment")
    folder = tmp_path / "environment" / "lib" / "python3" / "site-packages" / "dagster_tests"
    for name in ("engine/test_b.py", "engine/deep/test_a.py", "engine/helper.py", "daemon/test_c.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    monkeypatch.setitem(command.PARTS, "part", ["engine", "daemon/test_c.py"])
    assert command.files(environment, "part") == [
        "engine/deep/test_a.py",
        "engine/test_b.py",
        "daemon/test_c.py",
    ]
    assert report_of(STOCK, "engine/test_b.py", environment) == tmp_path / "stock" / "engine" / "test_b.xml"


def test_what_a_file_showed_is_kept_for_each_side(tmp_path: Path) -> None:
    from conformance.kept import Kept, Shown

    kept = Kept.of("1.2.3", tmp_path / "shown")
    assert kept.of_file("stock", "a/test_a.py") is None
    stock = Shown({"a.test_a::test_1": "passed", "a.test_a::test_2[x]": "failed"}, "0123456789")
    dagway = Shown({"a.test_a::test_1": "passed"}, "abcdef0123+")
    kept.put("stock", "a/test_a.py", Shown({}, "0123456789"))
    kept.put("stock", "a/test_a.py", stock)
    kept.put("dagway", "a/test_a.py", dagway)
    again = Kept.of("1.2.3", tmp_path / "shown")
    assert again.of_file("stock", "a/test_a.py") == stock
    assert again.of_file("dagway", "a/test_a.py") == dagway
    assert Kept.of("1.2.4", tmp_path / "shown").of_file("stock", "a/test_a.py") is None


def test_what_a_test_waits_for_has_longer_on_both_sides() -> None:
    waited: list[float] = []

    def wait_for(what: str, timeout: float = 20) -> str:
        waited.append(timeout)
        return what

    patient = swap().patient(wait_for, 6)
    assert patient("a run") == "a run"
    patient("a run", 5)
    patient(what="a run", timeout=1)
    assert waited == [120, 30, 6]


def test_functions_that_wait_are_where_they_are_looked_for() -> None:
    for module, names in swap().WAITING.items():
        for name in names:
            assert "timeout" in inspect.signature(getattr(importlib.import_module(module), name)).parameters


def test_reasons_are_texts() -> None:
    reasons: dict[str, str] = yaml.safe_load((ROOT / "conformance" / "differences.yaml").read_text()) or {}
    assert all(pattern and reason.endswith(".") for pattern, reason in reasons.items())
