"""Where definitions are, from configuration files alone."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.project.locate import locate, names_servers

Write = Callable[[Mapping[str, str]], Path]


def test_folder_that_is_no_project_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DagwayError) as caught:
        locate(tmp_path)
    assert str(tmp_path) in caught.value.message
    for name in ("[tool.dg.project]", "[tool.dagster]", "workspace.yaml", "definitions.py"):
        assert name in caught.value.message


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DagwayError, match="There is no file or folder"):
        locate(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"pyproject.toml": "[tool.dg\n"}, "not valid TOML"),
        ({"workspace.yaml": "load_from: [\n"}, "not valid YAML"),
        ({"workspace.yaml": "other: 1\n"}, "lists no code location"),
        ({"workspace.yaml": "load_from:\n  - grpc_server: {port: 4000}\n"}, "kind grpc_server"),
        ({"workspace.yaml": "load_from: [{}]\n"}, "kind nothing"),
        ({"workspace.yaml": "load_from:\n  - python_file:\n"}, "python_file has no relative_path"),
        ({"pyproject.toml": "[tool.dg.project]\n"}, "has no root_module"),
        ({"pyproject.toml": "[tool.dg.project]\ndefs_module = 'x'\n"}, "has no root_module"),
        ({"dg.toml": "[[workspace.projects]]\npath = 'gone'\n"}, "gone, which has no"),
    ],
)
def test_wrong_configuration_names_file_and_reason(write: Write, files: dict[str, str], why: str) -> None:
    root = write(files)
    with pytest.raises(DagwayError, match=why) as caught:
        locate(root)
    assert str(root / next(iter(files))) in caught.value.message


def test_servers_of_a_workspace_are_left_out_where_there_is_code(write: Write) -> None:
    servers = "load_from:\n  - grpc_server: {port: 4000}\n"
    root = write(
        {"workspace.yaml": f"{servers}  - python_file: one.py\n", "one.py": "", "definitions.py": ""}
    )
    assert [location.name for location in locate(root)] == ["one.py"]
    assert names_servers(root)


def test_a_workspace_of_servers_only_leaves_the_code_to_other_files(write: Write) -> None:
    servers = "load_from:\n  - grpc_server: {port: 4000}\n"
    root = write({"workspace.yaml": servers, "definitions.py": ""})
    assert [location.name for location in locate(root)] == ["definitions"]


def test_source_folder_goes_before_the_root(write: Write) -> None:
    root = write(
        {"pyproject.toml": '[tool.dg.project]\nroot_module = "shop"\n', "src/shop/definitions.py": ""}
    )
    (location,) = locate(root)
    assert location.paths == (root / "src", root)
    assert location.module == "shop.definitions"
    assert location.name == root.name


def test_dg_settings_of_names_and_target(write: Write) -> None:
    toml = """
        [tool.dg.project]
        root_module = "shop"
        code_location_name = "the-shop"
        code_location_target_module = "shop.entry"
    """
    (location,) = locate(write({"pyproject.toml": toml, "shop/entry.py": ""}))
    assert (location.name, location.module) == ("the-shop", "shop.entry")


def test_modules_of_tool_dagster(write: Write) -> None:
    toml = '[tool.dagster]\nmodules = [{type = "module", name = "a"}, {type = "module", name = "b"}]\n'
    assert [location.module for location in locate(write({"pyproject.toml": toml}))] == ["a", "b"]
