"""What a measurement asks of Dagster's webserver."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LAUNCH = """mutation ($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
STATUSES = """query ($ids: [String]) { runsOrError(filter: {runIds: $ids}) { ... on Runs { results { runId status } } } }"""
EVENTS = """query ($id: ID!, $after: String) { logsForRun(runId: $id, afterCursor: $after, limit: 1000) { ... on EventConnection {
  cursor hasMore events { ... on MessageEvent { timestamp eventType stepKey message } } } } }"""
LOCATIONS = """{ repositoriesOrError { ... on RepositoryConnection { nodes { location { name } } } } }"""
OVER = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass(frozen=True)
class Webserver:
    """A webserver by its address."""

    url: str

    def locations(self) -> set[str]:
        """Code locations whose definitions it has."""
        answer = self.ask(LOCATIONS, {})["repositoriesOrError"]
        return {node["location"]["name"] for node in answer.get("nodes", [])}

    def launch(self, location: str, job: str) -> str:
        """The run's id.

        Raises:
            RuntimeError: it was not launched.
        """
        selector = {"repositoryLocationName": location, "repositoryName": "__repository__", "jobName": job}
        answer = self.ask(LAUNCH, {"parameters": {"selector": selector}})["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            raise RuntimeError(f"{location}: {job} was not launched: {answer}")
        return str(answer["run"]["runId"])

    def over(self, runs: Sequence[str]) -> dict[str, str]:
        """How those of these runs ended that have."""
        answer = self.ask(STATUSES, {"ids": list(runs)})["runsOrError"]["results"]
        return {run["runId"]: run["status"] for run in answer if run["status"] in OVER}

    def events(self, run: str) -> list[dict[str, Any]]:
        """A run's events: `timestamp` in milliseconds, `eventType`, `stepKey`, `message`."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            answer = self.ask(EVENTS, {"id": run, "after": after})["logsForRun"]
            found += answer["events"]
            if not answer["hasMore"]:
                return found
            after = answer["cursor"]

    def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The answer's data. Raises RuntimeError where the query is refused."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        if answer.get("errors"):
            raise RuntimeError(f"the webserver answered {answer['errors']}")
        return answer["data"]
