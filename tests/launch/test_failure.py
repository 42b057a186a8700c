from __future__ import annotations

from dagway.launch.failure import Raised, failure_of

LIBRARY = '  File "/x/lib/python3.13/site-packages/lib/a.py", line 9, in call\n    raise ValueError()\n'
OWN = '  File "/p/defs/assets.py", line 12, in orders\n    read(1)\n'
HELPER = '  File "/elsewhere/helper.py", line 3, in read\n    raise ValueError("no")\n'


def test_the_innermost_error_is_told_with_the_projects_own_line() -> None:
    chain = [
        Raised("DagsterError: around\n", (LIBRARY,)),
        Raised("ValueError: no\n", (LIBRARY, OWN, HELPER, LIBRARY)),
    ]
    found = failure_of(chain, "/p")
    assert found is not None
    assert (found.message, found.place, found.code) == ("ValueError: no", "defs/assets.py:12", "read(1)")
    assert "around" in found.stack
    assert "line 3, in read" in found.stack


def test_without_a_folder_what_is_no_installed_package_is_own() -> None:
    found = failure_of([Raised("ValueError: no", (LIBRARY, OWN, HELPER))])
    assert found is not None
    assert found.place == "/elsewhere/helper.py:3"


def test_an_error_of_a_library_alone_has_no_place() -> None:
    found = failure_of([Raised("ValueError: no", (LIBRARY,))], "/p")
    assert found is not None
    assert (found.place, found.code) == ("", "")
    assert failure_of([]) is None
