"""What is asked of a Dagster webserver, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPException
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import OpenerDirector, Request

from dagway._dagster.client import DIRECT, Origin, opener
from dagway._dagster.login import PASSWORD, USER
from dagway.errors import DagwayError
from dagway.launch.log_in import URL

#: Seconds until an answer is given up.
PATIENCE = 60.0

ASSETS = """{ assetNodes { assetKey { path } dependencyKeys { path } groupName kinds tags { key value }
  owners { ... on UserAssetOwner { email } ... on TeamAssetOwner { team } }
  isMaterializable isExecutable isPartitioned jobNames backfillPolicy { maxPartitionsPerRun }
  partitionDefinition { dimensionTypes { name } }
  repository { name location { name } } } }"""
JOBS = """{ repositoriesOrError { __typename ... on PythonError { message }
  ... on RepositoryConnection { nodes { name location { name } jobs { name isAssetJob nodeNames } } } } }"""
PARTITIONS = """query ($selector: PipelineSelector!, $keys: [AssetKeyInput!]) {
  pipelineOrError(params: $selector) { __typename ... on Error { message }
    ... on Pipeline { partitionKeysOrError(selectedAssetKeys: $keys) { partitionKeys } } } }"""
PARTITION = """query ($selector: PipelineSelector!, $keys: [AssetKeyInput!], $name: String!) {
  pipelineOrError(params: $selector) { ... on Pipeline { partition(partitionName: $name, selectedAssetKeys: $keys) {
    tagsOrError { __typename ... on Error { message } ... on PartitionTags { results { key value } } }
    runConfigOrError { __typename ... on Error { message } ... on PartitionRunConfig { yaml } } } } } }"""
_LAUNCHED = """__typename ... on LaunchRunSuccess { run { runId } } ... on Error { message }
  ... on RunConfigValidationInvalid { errors { message } } """
LAUNCH = (
    "mutation ($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) { "
    + _LAUNCHED
    + "} }"
)
AGAIN = (
    "mutation ($parameters: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $parameters) { "
    + _LAUNCHED
    + "} }"
)
FAILED_RUNS = """query ($limit: Int) { runsOrError(filter: {statuses: [FAILURE, CANCELED]}, limit: $limit) { __typename
  ... on Error { message } ... on Runs { results { runId } } } }"""
RUN = """query ($id: ID!) { runOrError(runId: $id) { __typename ... on Error { message } ... on Run { jobName status tags { key value }
  stepKeysToExecute executionPlan { steps { key inputs { dependsOn { key } } } } } } }"""
_ERROR = "message className stack errorChain { error { message stack } }"
EVENTS = (
    """query ($id: ID!, $after: String) {
  runOrError(runId: $id) { __typename ... on Run { status } ... on Error { message } }
  logsForRun(runId: $id, afterCursor: $after, limit: 500) { __typename ... on Error { message } ... on EventConnection {
    cursor hasMore events { __typename
      ... on MessageEvent { timestamp eventType stepKey message level }
      ... on MaterializationEvent { assetKey { path } partition }
      ... on AssetCheckEvaluationEvent { evaluation { assetKey { path } checkName success severity } }
      ... on ErrorEvent { error { """
    + _ERROR
    + """ } } } } } }"""
)
TERMINATE = """mutation ($id: String!, $policy: TerminateRunPolicy) { terminateRun(runId: $id, terminatePolicy: $policy) {
  __typename ... on Error { message } } }"""


@dataclass(frozen=True)
class Webserver:
    """A webserver by its address, without a slash at the end.

    Attributes:
        log_in: headers that it alone is sent; none where it is not known to be the right one.
    """

    url: str
    log_in: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def ask(self, query: str, field: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The answer's field.

        Raises:
            DagwayError: nobody answers, or what answers is no webserver of Dagster, or it refuses.
        """
        answer = self._post({"query": query, "variables": variables or {}})
        if answer.get("errors"):
            message = "; ".join(str(error.get("message")) for error in answer["errors"])
            raise DagwayError(f"{self.url} refused what was asked: {message}", "Is its Dagster 1.12 or 1.13?")
        data = answer.get("data")
        if not isinstance(data, dict):
            raise DagwayError(f"{self.url} answers without data.", "Name the address of a Dagster webserver.")
        fields = cast("dict[str, Any]", data)
        found: Any = fields[field] if field else fields
        refusal = _refusal(found)
        if refusal:
            raise DagwayError(f"{self.url}: {refusal}")
        return found

    def __post_init__(self) -> None:
        try:
            Origin.of(self.url)
        except ValueError:
            raise DagwayError(
                f"{self.url} is no address of a webserver.", "Write --url http://host:port."
            ) from None

    @cached_property
    def _opener(self) -> OpenerDirector:
        origin = Origin.of(self.url)
        # In the clear the log-in goes to this machine alone: to no proxy either.
        return DIRECT if self.log_in and origin.scheme == "http" else opener(origin)

    def _post(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        request = Request(  # noqa: S310 (its scheme was looked at)
            f"{self.url}/graphql",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Accept": "application/json", **self.log_in},
        )
        try:
            with self._opener.open(request, timeout=PATIENCE) as response:
                found: Any = json.load(response)
            if not isinstance(found, dict):
                raise ValueError("what it answers is no object of JSON")
            return cast("dict[str, Any]", found)
        except HTTPError as error:
            refused = _refused(error)
            if refused is not None and "errors" in refused:
                return refused
            if error.code == 401:
                raise DagwayError(f"{self.url} asks for a log-in.", self._how_to_log_in) from None
            if 300 <= error.code < 400:
                raise DagwayError(
                    f"{self.url} sends on to {error.headers.get('Location')}.",
                    "Nothing is asked there unseen: if that is the platform, name its address.",
                ) from None
            raise DagwayError(
                f"{self.url} answers {error.code} {error.reason}.", "Name the address of a Dagster webserver."
            ) from None
        except HTTPException as error:
            raise DagwayError(
                f"The answer of {self.url} broke off: {error!r}.",
                "What was asked may have been done: look there before you ask once more.",
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise DagwayError(
                f"No Dagster webserver answers at {self.url}: {reason}.",
                "Start it, or correct --url; without --url, runs start here.",
            ) from None

    @property
    def _how_to_log_in(self) -> str:
        known = f"Set {USER} and {PASSWORD}, as the platform has them"
        if self.log_in:
            return f"{known}."
        return f"{known}, and export {URL}={self.url}: they are sent to that and to the project's own platform alone."


def _refused(error: HTTPError) -> Mapping[str, Any] | None:
    """What came with a status of HTTP, where that is GraphQL's answer."""
    try:
        found: Any = json.load(error)
    except (HTTPException, OSError, ValueError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _refusal(found: Any) -> str:
    """Why there is no answer; empty where there is one."""
    try:
        kind, message = str(found["__typename"]), found.get("message")
    except (KeyError, TypeError):
        return ""
    return str(message or kind) if kind.endswith("Error") else ""
