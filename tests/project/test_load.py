"""Real projects of every layout are found, loaded and left behind without a trace."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.project.load import load
from dagway.project.model import Project, slash

Write = Callable[[Mapping[str, str]], Path]

ORDERS = """
    import dagster as dg

    @dg.asset(key=["staging", "orders"], deps=[["shop", "orders"]])
    def orders(): ...

    defs = dg.Definitions(assets=[orders])
"""


def keys(project: Project) -> list[str]:
    return [slash(asset.key) for asset in project.assets]


class TestLayouts:
    def test_dg_project_with_flat_layout(self, write: Write, flat_project: dict[str, str]) -> None:
        assert keys(load(write(flat_project))) == ["shop/orders", "staging/orders"]

    def test_dg_project_with_src_layout(self, write: Write, src_project: dict[str, str]) -> None:
        assert keys(load(write(src_project))) == ["shop/orders", "staging/orders"]

    def test_dg_project_whose_configuration_is_dg_toml(
        self, write: Write, flat_project: dict[str, str]
    ) -> None:
        files = flat_project | {"dg.toml": 'directory_type = "project"\n[project]\nroot_module = "shop"\n'}
        files["pyproject.toml"] = '[project]\nname = "shop"\n'
        assert keys(load(write(files))) == ["shop/orders", "staging/orders"]

    def test_dg_project_without_definitions_is_autoloaded(
        self, write: Write, flat_project: dict[str, str]
    ) -> None:
        del flat_project["shop/definitions.py"]
        assert keys(load(write(flat_project))) == ["shop/orders", "staging/orders"]

    def test_dg_workspace_is_one_project_of_all(self, write: Write) -> None:
        definitions = "import dagster as dg\n\n@dg.asset({})\ndef {}(): ...\n\ndefs = dg.Definitions([{}])\n"
        root = write(
            {
                "dg.toml": 'directory_type = "workspace"\n[[workspace.projects]]\npath = "a"\n'
                '[[workspace.projects]]\npath = "b"\n',
                "a/pyproject.toml": '[tool.dg.project]\nroot_module = "one"\n',
                "a/one/__init__.py": "",
                "a/one/definitions.py": definitions.format("", "made", "made"),
                "b/pyproject.toml": '[tool.dg.project]\nroot_module = "one"\n',
                "b/one/__init__.py": "",
                "b/one/definitions.py": definitions.format('deps=["made"]', "used", "used"),
            }
        )
        project = load(root)
        assert keys(project) == ["made", "used"]
        assert not project.by_key[("made",)].external

    def test_workspace_yaml_with_file_and_module(self, write: Write) -> None:
        root = write(
            {
                "workspace.yaml": "load_from:\n"
                "  - python_file: {relative_path: code/first.py, working_directory: code}\n"
                "  - python_module: {module_name: second, attribute: chosen}\n",
                "code/helper.py": "NAME = 'from_file'\n",
                "code/first.py": "import dagster as dg\nfrom helper import NAME\n"
                "@dg.asset(name=NAME)\ndef a(): ...\ndefs = dg.Definitions([a])\n",
                "second.py": "import dagster as dg\n@dg.asset\ndef b(): ...\n"
                "chosen = dg.Definitions([b])\nother = dg.Definitions()\n",
            }
        )
        assert keys(load(root)) == ["b", "from_file"]

    def test_tool_dagster_module(self, write: Write) -> None:
        root = write(
            {"pyproject.toml": '[tool.dagster]\nmodule_name = "pipeline"\n', "src/pipeline.py": ORDERS}
        )
        assert keys(load(root)) == ["shop/orders", "staging/orders"]

    def test_python_file(self, write: Write) -> None:
        assert keys(load(write({"anything.py": ORDERS}) / "anything.py")) == ["shop/orders", "staging/orders"]

    def test_folder_with_nothing_but_definitions(self, write: Write) -> None:
        assert keys(load(write({"definitions.py": ORDERS}))) == ["shop/orders", "staging/orders"]

    def test_assets_at_module_level(self, write: Write) -> None:
        file = "import dagster as dg\n@dg.asset\ndef a(): ...\n@dg.asset\ndef b(a): ...\n"
        assert keys(load(write({"plain.py": file}) / "plain.py")) == ["a", "b"]

    def test_several_old_repositories_in_one_file(self, write: Write) -> None:
        file = """
            import dagster as dg

            @dg.asset
            def a(): ...

            @dg.op
            def work(): ...

            @dg.job
            def nightly():
                work()

            @dg.repository
            def first():
                return [a]

            @dg.repository
            def second():
                return [nightly]
        """
        project = load(write({"repo.py": file}) / "repo.py")
        assert keys(project) == ["a"]
        assert [job.name for job in project.jobs] == ["nightly"]


class TestSurroundings:
    def test_env_file_sets_only_what_is_unset(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DAGWAY_TEST_SET", "from_shell")
        file = """
            import os
            import dagster as dg

            @dg.asset(name=os.environ["DAGWAY_TEST_SET"] + "_" + os.environ["DAGWAY_TEST_UNSET"])
            def a(): ...

            defs = dg.Definitions([a])
        """
        root = write({"definitions.py": file, ".env": "DAGWAY_TEST_SET=no\nDAGWAY_TEST_UNSET=from_file\n"})
        assert keys(load(root)) == ["from_shell_from_file"]
        assert "DAGWAY_TEST_UNSET" not in os.environ

    def test_env_file_says_nothing_in_production(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DAGWAY_ENVIRONMENT", "production")
        monkeypatch.setenv("DAGWAY_LOGIN_PASSWORD", "hunter22")
        file = """
            import os
            import dagster as dg

            @dg.asset(name=os.environ.get("DAGWAY_TEST_UNSET", "none"))
            def a(): ...

            defs = dg.Definitions([a] if "DAGWAY_LOGIN_PASSWORD" not in os.environ else [])
        """
        root = write({"definitions.py": file, ".env": "DAGWAY_TEST_UNSET=from_file\n"})
        assert keys(load(root)) == ["none"]
        assert os.environ["DAGWAY_LOGIN_PASSWORD"] == "hunter22"

    def test_files_are_read_relative_to_the_project(self, write: Write) -> None:
        file = """
            from pathlib import Path
            import dagster as dg

            @dg.asset(name=Path("name.txt").read_text())
            def a(): ...

            defs = dg.Definitions([a])
        """
        assert keys(load(write({"definitions.py": file, "name.txt": "from_the_file"}))) == ["from_the_file"]

    def test_process_is_left_as_it_was(self, write: Write, flat_project: dict[str, str]) -> None:
        path, environment, folder = list(sys.path), dict(os.environ), Path.cwd()
        load(write(flat_project))
        assert Path.cwd() == folder
        assert sys.path == path
        assert dict(os.environ) == environment
        assert not [name for name in sys.modules if name.partition(".")[0] == "shop"]

    def test_two_projects_with_the_same_module_names(self, write: Write) -> None:
        one, two = ORDERS, ORDERS.replace('"staging", "orders"', '"staging", "customers"')
        root = write({"a/definitions.py": one, "b/definitions.py": two})
        assert "staging/orders" in keys(load(root / "a"))
        assert "staging/customers" in keys(load(root / "b"))

    def test_what_the_project_prints_is_not_on_standard_output(
        self, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        load(write({"definitions.py": ORDERS + "\n    print('hello from the project')\n"}))
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "hello from the project" in captured.err

    def test_warnings_of_dagster_are_silent(self, write: Write, recwarn: pytest.WarningsRecorder) -> None:
        file = """
            import dagster as dg

            @dg.asset(owners=["team:data"], pool="one")
            def a(): ...

            defs = dg.Definitions(
                [a],
                sensors=[dg.AutomationConditionSensorDefinition("s", target="*", use_user_code_server=True)],
            )
        """
        load(write({"definitions.py": file}))
        assert not [warning for warning in recwarn if "dagster" in str(warning.category)]


class TestSelection:
    def test_only_the_selected_assets_and_nothing_else(self, write: Write) -> None:
        file = """
            import dagster as dg

            @dg.asset
            def a(): ...

            @dg.asset(deps=[a])
            def b(): ...

            @dg.asset(deps=[b])
            def c(): ...

            defs = dg.Definitions([a, b, c], jobs=[dg.define_asset_job("all_of_it")])
        """
        project = load(write({"definitions.py": file}), select="+key:b")
        assert keys(project) == ["a", "b"]
        assert project.jobs == ()

    def test_wrong_syntax_is_explained(self, write: Write) -> None:
        with pytest.raises(DagwayError, match=r"The selection 'group:\(' is not valid"):
            load(write({"definitions.py": ORDERS}), select="group:(")


def test_json_of_the_issue(write: Write, flat_project: dict[str, str]) -> None:
    text = json.dumps(load(write(flat_project)).to_json())
    staged = json.loads(text)["assets"][1]
    assert set(json.loads(text)) == {"assets", "jobs", "schedules", "sensors", "resources"}
    assert staged == {
        "key": "staging/orders",
        "deps": ["shop/orders"],
        "kinds": ["duckdb"],
        "group": "staging",
        "owners": ["team:data"],
        "tags": {},
        "description": None,
        "checks": [{"name": "not_empty", "blocking": True, "description": "Has rows."}],
        "automation": None,
        "partitions": None,
        "freshness": None,
        "columns": [],
        "executable": True,
        "external": False,
        "source": "shop/defs/staging/orders/defs.yaml:1",
        "metadata": {},
    }


def test_folders_without_init_are_forgotten_with_their_parent(write: Write) -> None:
    root = write(
        {
            "pyproject.toml": '[tool.dagster]\nmodule_name = "shop.definitions"\n',
            "shop/__init__.py": "",
            "shop/defs/marts/sales.py": "import dagster as dg\n\n\n@dg.asset\ndef sales(): ...\n",
            "shop/definitions.py": "import dagster as dg\nfrom shop.defs.marts.sales import sales\n"
            "\ndefs = dg.Definitions(assets=[sales])\n",
        }
    )
    assert keys(load(root)) == ["sales"]
    assert not [name for name in sys.modules if name.startswith("shop")]
