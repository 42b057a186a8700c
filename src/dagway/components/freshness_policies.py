"""Freshness policies of assets that other definitions build."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import dagster as dg
from dagster_shared.check import CheckError

from dagway._dagster.folder import asset_graph, keys_of
from dagway.blueprint.duration import seconds
from dagway.components.folder import Folder
from dagway.components.jobs import selected
from dagway.components.resolving import plain, text
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class Policy(dg.Resolvable):
    """How old the selected assets may be: a window of time, or a deadline by cron."""

    selection: Annotated[str, text("Which assets, in Dagster's grammar or its shorthand: `group:marts`.")]
    fail_after: Annotated[str | None, text("Age from which an asset is stale, `36h`.")] = None
    warn_after: Annotated[str | None, text("Age from which Dagster warns, `24h`.")] = None
    deadline: Annotated[str | None, text("A cron expression: by then, an asset has to be materialized.")] = (
        None
    )
    not_before: Annotated[
        str | None, text("How long before the deadline the materialization may be, `12h`.")
    ] = None
    timezone: Annotated[str, text("The time zone of the deadline.")] = "UTC"

    def built(self) -> Any:
        """The policy as Dagster's.

        Raises:
            DagwayError: it is neither a window nor a deadline, or says something that means nothing.
        """
        window = self.fail_after is not None and self.deadline is None and self.not_before is None
        deadline = (
            self.deadline is not None
            and self.not_before is not None
            and not (self.fail_after or self.warn_after)
        )
        if window == deadline:
            raise DagwayError(
                f"The policy of {self.selection} is no window and no deadline.",
                "Give `fail_after`, with `warn_after` if you like, or `deadline` with `not_before`.",
            )
        try:
            if window:
                warn = None if self.warn_after is None else _length(self.warn_after)
                return dg.FreshnessPolicy.time_window(_length(self.fail_after), warn)
            return dg.FreshnessPolicy.cron(str(self.deadline), _length(self.not_before), self.timezone)
        except (ValueError, dg.DagsterError, CheckError) as error:
            raise DagwayError(f"The policy of {self.selection}: {error}", "Correct its times.") from error


@dataclass(kw_only=True)
class FreshnessPolicies(Folder, dg.Resolvable):
    """Freshness policies for the assets of a folder and those below, whoever builds them.

    Its `defs.yaml` stands in that folder; in `defs` itself, it is for all. An asset gets the first policy that selects it. One that
    has a policy already keeps it, unless `replace` is set. A selection of no asset is an error.
    """

    policies: Annotated[
        Sequence[Policy],
        dg.Resolver.default(description="The policies; the first that selects an asset counts."),
    ]
    replace: Annotated[bool, plain("Whether a policy that an asset has gives way.", bool)] = False

    def changed(self, defs: dg.Definitions, context: dg.ComponentLoadContext) -> dg.Definitions:
        policies = [
            (selected(policy.selection, str(context.path)), policy.built()) for policy in self.policies
        ]
        graph = asset_graph(defs)
        chosen: dict[dg.AssetKey, Any] = {}
        for selection, policy in reversed(policies):
            chosen.update(dict.fromkeys(keys_of(selection, graph), policy))

        def with_policy(spec: dg.AssetSpec) -> dg.AssetSpec:
            policy = chosen.get(spec.key)
            return (
                spec
                if policy is None
                else dg.apply_freshness_policy(spec, policy, overwrite_existing=self.replace)
            )

        return defs.map_resolved_asset_specs(func=with_policy)


def _length(text: str | None) -> dt.timedelta:
    return dt.timedelta(seconds=seconds(text or ""))
