"""What every project on a platform should have, put round its definitions."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import dagster as dg

from dagway.platform.code_references import with_code_references
from dagway.platform.health_report import KEY, health_report
from dagway.platform.load import find
from dagway.platform.model import seconds
from dagway.platform.run_news import run_news
from dagway.platform.values import resolved


def with_operations(defs: dg.Definitions, folder: Path | None = None) -> dg.Definitions:
    """The definitions with links to their code, a freshness policy for all, messages of failures and a daily health report.

    Takes from platform.yaml: `freshness`, the oldest age of assets that have no policy of their own, and `slack: channel`. Where
    several code locations share a platform, one of them has it.

        from dagway.operations import with_operations

        defs = with_operations(dg.load_from_defs_folder(path_within_project=Path(__file__).parent))

    Args:
        folder: the project's; the working directory if left out.

    Raises:
        DagwayError: platform.yaml cannot be read.
    """
    root = folder or Path.cwd()
    named = os.environ.get("DAGWAY_PLATFORM")
    config = find(Path(named) if named else root).config
    linked = with_code_references(defs, root)
    fresh = _fresh(linked, seconds(config.freshness)) if config.freshness else linked
    channel = resolved(config.slack.channel, os.environ, "Slack's channel")
    return dg.Definitions.merge(fresh, health_report(), dg.Definitions(sensors=[run_news(channel)]))


def _fresh(defs: dg.Definitions, oldest: int) -> dg.Definitions:
    """Every asset that is materialized here and has no policy gets one."""
    policy = dg.FreshnessPolicy.time_window(fail_window=timedelta(seconds=oldest))
    materialized = {
        key
        for one in defs.assets or ()
        if isinstance(one, dg.AssetsDefinition) and one.is_materializable
        for key in one.keys
    }

    def apply(spec: dg.AssetSpec) -> dg.AssetSpec:
        if spec.key == KEY or spec.key not in materialized:
            return spec
        return dg.apply_freshness_policy(spec, policy, overwrite_existing=False)

    return defs.map_asset_specs(func=apply)
