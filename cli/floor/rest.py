"""Airflow over its REST interface; a command of its own would cost 15 s each."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

MOVING = {"scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule"}
PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


class Unwell(Exception):
    """Airflow does not answer as it should; the message says what was asked and what came."""


@dataclass(frozen=True)
class Failure:
    """A task that failed: which, on which delivery, and what it said."""

    task: str
    delivery: str
    message: str


class Airflow:
    """One running Airflow."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def __enter__(self) -> "Airflow":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def wait_until_well(self, seconds: float, check: Callable[[], None]) -> None:
        """Wait until every part is healthy; ``check`` may raise when waiting has become useless.

        Raises:
            Unwell: not healthy in time.
        """
        deadline = time.monotonic() + seconds
        sick: list[str] = list(PARTS)
        while time.monotonic() < deadline:
            check()
            try:
                health = self._http.get("/api/v2/monitor/health", timeout=5).json()
            except (httpx.TransportError, ValueError):
                health = {}
            sick = [p for p in PARTS if health.get(p, {}).get("status") != "healthy"]
            if not sick:
                self._log_in()
                return
            time.sleep(0.25)
        raise Unwell(f"Airflow is not ready after {seconds:.0f} s: {', '.join(sick)}")

    def wait_for_dags(self, wanted: set[str], seconds: float, check: Callable[[], None]) -> None:
        """Wait until the DAG processor has brought these DAGs.

        Raises:
            Unwell: one did not come, with Airflow's import errors.
        """
        deadline = time.monotonic() + seconds
        missing = wanted
        while time.monotonic() < deadline:
            check()
            missing = wanted - set(self.dags())
            if not missing:
                return
            time.sleep(0.25)
        errors = self._get("/api/v2/importErrors")["import_errors"]
        said = "; ".join(str(error["stack_trace"]).strip().splitlines()[-1] for error in errors)
        raise Unwell(f"no DAG came for {', '.join(sorted(missing))}: {said or 'no import error'}")

    def dags(self) -> dict[str, bool]:
        """Every DAG Airflow knows: whether it is paused."""
        found = self._get("/api/v2/dags", limit=1000)["dags"]
        return {dag["dag_id"]: dag["is_paused"] for dag in found}

    def trigger(self, dag_id: str) -> str:
        """Start a run; its id."""
        run = self._ask("POST", f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None})
        return str(run["dag_run_id"])

    def states(self, runs: Mapping[str, str]) -> dict[str, str]:
        """The states of runs, given and told by DAG."""
        asked = {"dag_ids": sorted(runs), "page_limit": 1000, "order_by": "-run_after"}
        found = self._ask("POST", "/api/v2/dags/~/dagRuns/list", json=asked)["dag_runs"]
        return {
            run["dag_id"]: run["state"]
            for run in found
            if runs.get(run["dag_id"]) == run["dag_run_id"]
        }

    def waits(self, dag_id: str, run_id: str) -> bool:
        """Whether nothing moves in a run any more and a task of it waits for a person."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found = self._get(path, limit=1000)["task_instances"]
        states = {task["state"] for task in found}
        return "awaiting_input" in states and not states & MOVING

    def failures(self, dag_id: str, run_id: str) -> list[Failure]:
        """The tasks of a run that failed, with the reason each gave."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found = self._get(path, state="failed", limit=100)["task_instances"]
        return [
            Failure(
                task["task_id"],
                task.get("rendered_map_index") or "",
                self._reason(f"{path}/{task['task_id']}", task),
            )
            for task in found
        ]

    def _reason(self, path: str, task: Mapping[str, Any]) -> str:
        log = self._ask(
            "GET",
            f"{path}/logs/{task['try_number']}",
            params={"map_index": task["map_index"], "full_content": True},
            headers={"Accept": "application/json"},
        )
        lines = [line for line in log.get("content", []) if isinstance(line, dict)]
        told = [line["event"] for line in lines if line.get("logger") == "dags.feed.failures"]
        errors = told or [line["event"] for line in lines if line.get("level") == "error"]
        return str(errors[-1]).splitlines()[0] if errors else "see its log"

    def _log_in(self) -> None:
        answer = self._http.post("/auth/token", json=self._login)
        if answer.status_code != httpx.codes.CREATED:
            raise Unwell(f"Airflow refuses the login of {self._login['username']}")
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def _get(self, path: str, **params: Any) -> Any:
        return self._ask("GET", path, params=params)

    def _ask(self, method: str, path: str, **asked: Any) -> Any:
        answer = self._http.request(method, path, **asked)
        if answer.status_code == httpx.codes.UNAUTHORIZED:  # the token has had its day
            self._log_in()
            answer = self._http.request(method, path, **asked)
        if answer.is_error:
            raise Unwell(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()
