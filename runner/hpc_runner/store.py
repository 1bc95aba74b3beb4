"""What hpc says to MLflow, call by call; every call may fail, and the caller decides what that means."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from hpc_disk.mlflow_server import unusable, without_password
from hpc_disk.needs import Needs
from hpc_disk.run_folder import MLFLOW_RUN, mlflow_page, store_of
from hpc_runner.atomic import write_json
from hpc_runner.plan import Plan

ATTACHED = ("late_bound.json", "metrics.jsonl", "loss.png", "summary.json")
BOUNDS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_ENABLE_ASYNC_LOGGING": "false",
}
"""Without these, MLflow tries each lost call for minutes."""
LOCAL = "http://127.0.0.1:5000"
"""Where ``mlflow ui`` answers."""
LONGEST = 500
"""Characters of a parameter's value that every store takes."""


class Store:
    """One run in MLflow's store.

    Attributes:
        uri: Where the store is: the user's own, or a local file. ``shown`` is without a password.
        run_id: MLflow's name of the run, once it is started.
    """

    def __init__(self, plan: Plan, needs: Needs, uri: str | None) -> None:
        self.plan, self.needs, self.run_id = plan, needs, ""
        self.local = None if uri else store_of(plan.output).resolve()
        self.uri = uri or f"sqlite:///{self.local}"
        self.shown = without_password(self.uri)
        self.client: Any = None
        self.known: dict[str, str] = {}

    def start(self) -> None:
        """Open the store and start the run, or go on with the one of a resumed job."""
        for name, value in BOUNDS.items():
            os.environ.setdefault(name, value)
        if self.local and (reason := unusable(self.local)):
            raise OSError(reason)
        from mlflow import MlflowClient

        if self.local and not self.local.exists():
            _make(self.local)
        self.client = MlflowClient(tracking_uri=self.uri)
        run = self._earlier() or self.client.create_run(self._experiment(), run_name=self._name())
        self.run_id = run.info.run_id
        self.client.update_run(self.run_id, status="RUNNING")
        self.known = run.data.params
        names = {"experiment_id": str(run.info.experiment_id), "run_id": self.run_id, "tracking_uri": self.shown}
        write_json(self.plan.output / MLFLOW_RUN, names)

    def log(self, step: int, logs: dict[str, Any]) -> None:
        """The figures of one log event."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        figures = {re.sub(r"[^\w\-. :/]", "_", key): value for key, value in logs.items()}
        metrics = [Metric(key, value, now, step) for key, value in figures.items() if isinstance(value, int | float)]
        self.client.log_batch(self.run_id, metrics=metrics)

    def end(self, status: str) -> None:
        """The results, and how it ended."""
        for name in ATTACHED:
            if (self.plan.output / name).is_file():
                self.client.log_artifact(self.run_id, str(self.plan.output / name))
        self.client.set_terminated(self.run_id, status)

    def ways(self) -> list[str]:
        """How to look at this run: where it is, or the command that shows it and its address then."""
        page = mlflow_page(self.plan.output)
        if self.uri.startswith(("http://", "https://")):
            return [f"{self.shown.rstrip('/')}{page}"]
        return [f"mlflow ui --backend-store-uri {shlex.quote(self.shown)}", f"shows this run at {LOCAL}{page}"]

    def _earlier(self) -> Any:
        """The run that the environment names, or that a resumed job had in this store."""
        if named := os.environ.get("MLFLOW_RUN_ID"):
            return self.client.get_run(named)
        if self.needs.resume_from_checkpoint is False:
            return None
        try:
            saved = json.loads((self.plan.output / MLFLOW_RUN).read_text(encoding="utf-8"))
            return self.client.get_run(str(saved["run_id"])) if saved["tracking_uri"] == self.shown else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def _experiment(self) -> str:
        from mlflow.exceptions import MlflowException

        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or self.plan.tracking.experiment
        artifacts = self.local.with_name("mlflow_artifacts").as_uri() if self.local else None
        found = self.client.get_experiment_by_name(name)
        if found is None:
            try:
                return str(self.client.create_experiment(name, artifact_location=artifacts))
            except MlflowException:  # Another run has made it meanwhile.
                found = self.client.get_experiment_by_name(name)
        return str(found.experiment_id)

    def _name(self) -> str:
        return os.environ.get("MLFLOW_RUN_NAME") or self.plan.tracking.run

    def describe(self) -> None:
        """The fields of hpc as parameters. MLflow lets none change: a resumed job may have more epochs."""
        from mlflow.entities import Param, RunTag

        fields = {key: value for key, value in self.needs._asdict().items() if value not in (None, ())}
        params = [Param(key, str(value)[:LONGEST]) for key, value in fields.items() if key not in self.known]
        tags = {"hpc.config": self.plan.name, "hpc.trainer": self.plan.trainer.name, **_tags()}
        self.client.log_batch(self.run_id, params=params, tags=[RunTag(key, str(tags[key])) for key in tags])
        self.client.log_artifacts(self.run_id, str(self.plan.folder), "build")


def _tags() -> dict[str, Any]:
    try:
        tags = json.loads(os.environ.get("MLFLOW_TAGS") or "{}")
    except ValueError:
        return {}
    return tags if isinstance(tags, dict) else {}


def _make(store: Path) -> None:
    """Make the tables under another name: two runs may do this at once, and a crash in between must leave nothing."""
    from mlflow import MlflowClient

    store.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{store.name}.", dir=store.parent))
    try:
        MlflowClient(tracking_uri=f"sqlite:///{folder / store.name}").search_experiments()
        os.link(folder / store.name, store)
    except FileExistsError:
        pass  # Another run was first.
    finally:
        shutil.rmtree(folder, ignore_errors=True)
