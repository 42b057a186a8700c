"""`dagway schema`: JSON on stdout, or in a file."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from dagway.cli.schema import schema
from dagway.errors import DagwayError


def test_it_prints_the_schema() -> None:
    result = CliRunner().invoke(schema)
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert printed["required"] == ["blueprint", "name"]


def test_it_writes_the_schema_to_a_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(schema, ["--output", str(tmp_path / "blueprint.schema.json")])
    assert result.stdout == ""
    assert json.loads((tmp_path / "blueprint.schema.json").read_text())["title"] == "Dagway blueprint"


def test_a_folder_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    result = CliRunner().invoke(schema, ["-o", str(tmp_path / "none" / "schema.json")])
    assert isinstance(result.exception, DagwayError)
    assert result.exception.remedy


def test_the_schema_of_platforms_takes_what_the_loader_takes(tmp_path: Path) -> None:
    import yaml
    from jsonschema import Draft202012Validator

    from dagway.platform.init import init
    from dagway.platform.model import PlatformConfig

    shown = CliRunner().invoke(schema, ["platform"])
    printed = json.loads(shown.output)
    Draft202012Validator.check_schema(printed)
    assert set(printed["properties"]) == set(PlatformConfig.model_fields)
    (tmp_path / "definitions.py").write_text("")
    path, _ = init(tmp_path)
    validator: Any = Draft202012Validator(printed)
    assert list(validator.iter_errors(yaml.safe_load(path.read_text()))) == []
    assert list(validator.iter_errors({"platform": 1, "webserfer": {}}))
