"""What every component on an integration's package has."""

from __future__ import annotations

import pytest
import yaml
from component_fields import fields

import dagway.components
from dagway.components.scaffolder import example_of

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("name", dagway.components.OFFERS)
def test_every_field_has_a_description(name: str) -> None:
    component = getattr(dagway.components, name)
    schema = component.model().model_json_schema(by_alias=True)
    extended = [base for base in component.__mro__ if base.__module__.startswith("dagster_")]
    # What Dagster's component says of its own fields is Dagster's.
    theirs = fields(extended[0].model().model_json_schema(by_alias=True)) if extended else {}

    own = {field: value for field, value in fields(schema).items() if field not in theirs}
    assert [field for field, value in own.items() if not value.get("description")] == []
    assert own
    assert component.__doc__


@pytest.mark.parametrize("name", dagway.components.OFFERS)
def test_the_example_is_of_the_component(name: str) -> None:
    document = yaml.safe_load((example_of(getattr(dagway.components, name)) / "defs.yaml").read_text())

    assert document["type"] == f"dagway.components.{name}"
    getattr(dagway.components, name).model().model_validate(document["attributes"])
