"""MLflow: one run a job, also after a resume, in a local sqlite store unless MLFLOW_TRACKING_URI says otherwise.

Transformers' own callback logs the metrics and the arguments into the run that is active; this module starts that run,
attaches the compiled folder and the results, and ends it with the status that it deserves.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hpc_runner.errors import Interrupted, RunnerError, rank
from hpc_runner.files import partial_folder, write_json
from hpc_runner.plan import Plan

RUN_FILE = "mlflow_run.json"
ATTACHED = ("late_bound.json", "metrics.jsonl", "loss.png", "summary.json")


def wanted(plan: Plan) -> bool:
    """Whether this process talks to MLflow: rank 0, where the plan reports to it."""
    reports = plan.arguments.get("report_to", "none")
    return rank() == 0 and ("mlflow" in ([reports] if isinstance(reports, str) else reports))


@contextmanager
def tracked(plan: Plan) -> Iterator[None]:
    """Keep one MLflow run open around the training.

    Raises:
        RunnerError: HPC870 where the tracking server cannot be reached.
    """
    if not wanted(plan):
        yield
        return
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    _start(plan)
    import mlflow

    status = "FAILED"
    try:
        yield
        status = "FINISHED"
    except Interrupted:
        status = "KILLED"
        raise
    finally:
        _attach_results(plan.output)
        mlflow.end_run(status)


def _start(plan: Plan) -> None:
    import mlflow
    from sqlalchemy.exc import SQLAlchemyError

    try:
        mlflow.set_tracking_uri(os.environ.get("MLFLOW_TRACKING_URI") or _local_store(plan.output))
        mlflow.set_experiment(plan.tracking.experiment)
        run = _resumed_run(plan) or mlflow.start_run(run_name=plan.tracking.run)
        write_json(plan.output / RUN_FILE, {"run_id": run.info.run_id, "tracking_uri": mlflow.get_tracking_uri()})
        mlflow.set_tags({"hpc.config": plan.name, "hpc.trainer": plan.trainer.name})
        mlflow.log_artifacts(str(plan.folder), "build")
    except (mlflow.MlflowException, SQLAlchemyError) as error:
        raise RunnerError(
            "HPC870",
            f"MLflow at {mlflow.get_tracking_uri()}: {str(error).splitlines()[0]}",
            "correct or unset MLFLOW_TRACKING_URI",
        ) from error


def _local_store(output: Path) -> str:
    """A store in the output folder, with the artifacts beside it: MLflow would put them into the working folder."""
    os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = (output / "mlflow_artifacts").resolve().as_uri()
    store = (output / "mlflow.db").resolve()
    if not store.exists():
        _make_store(store)
    return f"sqlite:///{store}"


def _make_store(store: Path) -> None:
    """Its tables are made under another name: after a crash in between, MLflow could not open it."""
    from mlflow import MlflowClient

    partial = partial_folder(store, create=True)
    MlflowClient(tracking_uri=f"sqlite:///{partial / store.name}").search_experiments()
    (partial / store.name).replace(store)
    shutil.rmtree(partial)


def _resumed_run(plan: Plan) -> Any:
    """The run of the job that is resumed, reopened; None where there is none in this store."""
    import mlflow

    path = plan.output / RUN_FILE
    if plan.resume is False or not path.is_file():
        return None
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        run = mlflow.start_run(run_id=saved["run_id"])
    except (mlflow.MlflowException, ValueError, KeyError):
        return None
    # MLflow refuses to change a parameter, and a resumed job may train longer: the attached build tells the newest.
    os.environ["MLFLOW_MAX_LOG_PARAMS"] = "0"
    return run


def _attach_results(output: Path) -> None:
    import mlflow

    for name in ATTACHED:
        if (output / name).is_file():
            mlflow.log_artifact(str(output / name))
