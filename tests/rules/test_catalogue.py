"""The catalogue of conventions: ids, kinds and severities are promised to those who configure them, and to other tools."""

from __future__ import annotations

import pytest

from dagway.rules.library import IDS, library

#: What each rule reads (S: text, L: loaded definitions), how severe it is, and whether it mends something.
CATALOGUE = """
asset-kinds-missing L warning
asset-owner-missing L warning
asset-description-missing L warning
asset-group-default L warning
asset-tags-missing L note
asset-name-verb L warning
asset-annotation-missing S note
asset-kind-legacy S warning fix
asset-too-long S note
asset-swallows-exception S error
concurrency-tag-ignored S warning
legacy-auto-materialize S warning fix
private-dagster-import S warning
removed-api S error fix
key-too-deep L warning
key-depth-mixed L note
key-generic-name L warning
key-segment-case L warning
key-segment-empty L error
key-varies-with-environment L error
key-dbt-source-depth L warning
key-duplicate L error
dep-undefined L error
dbt-source-unmatched L warning
dbt-hardcoded-relation S warning
dep-unmanaged-load L warning
asset-isolated L note
secret-literal S error
env-file-committed S error
env-undeclared S warning
env-read-at-import S warning
connection-at-import S error
connection-in-asset S warning
resource-parameter-untyped S warning
resource-unbound L error
io-at-load L error
selection-syntax S error fix
selection-wildcard S warning
selection-empty L error
schedule-timezone-missing L warning
schedule-hardcoded-keys S note
schedule-unpartitioned-run L warning
sensor-skip-in-generator S error
sensor-run-key-missing S warning
automation-sensor-stopped L warning
automation-missing L note
automation-double L warning
partition-start-dynamic S warning
partition-count-high L warning
check-missing L note
check-orphaned L error
freshness-missing L note
component-not-resolvable S warning
component-secret-env-name S warning
component-io-in-build-defs S warning
component-file-legacy S warning fix
component-unregistered S warning
template-unresolved L error
definitions-manual S note
layer-inverted S warning
test-missing S note
test-load-missing S warning
test-asserts-success-only S note
"""
#: Of the checker itself.
OWN = """
definitions-unloadable L error
unused-ignore S note
"""


def promised(text: str) -> dict[str, list[str]]:
    return {identity: rest for identity, *rest in map(str.split, text.strip().splitlines())}


PROMISED = promised(CATALOGUE) | promised(OWN)
RULES = {rule.id: rule for rule in library()}


def test_every_rule_of_the_catalogue_is_there_in_its_order_and_no_other() -> None:
    assert list(IDS) == list(PROMISED)


@pytest.mark.parametrize("identity", PROMISED)
def test_a_rule_is_of_the_kind_and_severity_that_were_promised(identity: str) -> None:
    rule = RULES[identity]
    said = [rule.kind, rule.severity, *(["fix"] if rule.fixable else [])]
    assert said == PROMISED[identity]
