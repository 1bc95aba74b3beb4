"""The effects of the job's own fields."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.end_to_end.effects.conftest import BASE
from tests.end_to_end.effects.harness import Train
from tests.end_to_end.forks import Forks
from tests.end_to_end.jobs import free_port


def test_trainer(run: Train) -> None:
    """Class of the trainer, and what it learns from: answers, every token, or pairs."""
    kinds = {"sft": "chat.jsonl", "pt": "corpus.jsonl", "dpo": "pairs.jsonl"}
    seen = {trainer: run(trainer=trainer, train_data=data) for trainer, data in kinds.items()}
    assert [s.facts["trainer"] for s in seen.values()] == ["SFTTrainer", "SFTTrainer", "DPOTrainer"]
    # Nothing predicts the first token of a row.
    learned = {t: [x for row in seen[t].facts["batches"][0]["labels"] for x in row[1:]] for t in ("sft", "pt")}
    assert -100 in learned["sft"]
    assert -100 not in learned["pt"]
    assert "completion_mask" in seen["dpo"].facts["batches"][0]


def test_trainer__pairs(run: Train) -> None:
    """Rows of KTO, which takes each pair apart, and mixes good and bad answers in a batch."""
    seen = run(trainer="dpo", pref_loss="kto_pair", train_data="pairs.jsonl", batch_size=4)
    assert (seen.facts["trainer"], seen.facts["rows"]) == ("KTOTrainer", 16)
    assert {bool(label) for label in seen.facts["batches"][0]["label"]} == {True, False}


def test_trainer__mlflow(run: Train, root: Path) -> None:
    """The trainer by which MLflow's runs can be told apart."""
    import mlflow

    seen = run(trainer="pt", train_data="corpus.jsonl")
    run_id = json.loads((seen.folder / "mlflow_run.json").read_text())["run_id"]
    assert mlflow.MlflowClient(f"sqlite:///{root}/mlflow.db").get_run(run_id).data.tags["hpc.trainer"] == "pt"


def test_model(run: Train) -> None:
    """Loss of the first step: another base model, another loss."""
    assert run().losses[0] != run(model="other").losses[0]
    assert run(model=None).code == 1


def test_model__zero_3_buckets(run: Train) -> None:
    """Sizes of ZeRO-3's buckets follow the model's hidden size of 32."""
    engine = run(distributed_backend="deepspeed", zero_stage=3).facts["engine"]
    assert (engine["buckets"], engine["prefetch"], engine["persistence"]) == (1024, 921, 320)


def test_train_data(run: Train) -> None:
    """Rows that are trained."""
    assert (run().facts["rows"], run(train_data="alpaca.jsonl").facts["rows"]) == (16, 4)


def test_eval_data(run: Train) -> None:
    """Evaluation loss: other rows, another loss; none without evaluation."""
    fields = {"eval_strategy": "epoch"}
    one, two = (run(**fields, eval_data=data).series("eval_loss") for data in ("chat_eval.jsonl", "chat.jsonl"))
    assert len(one) == len(two) == 1
    assert one != two


def test_data_format(run: Train) -> None:
    """Rows are read in the named format, and refused when they are not in it."""
    assert run(train_data="alpaca.jsonl", data_format="alpaca").steps == 2
    refused = run(data_format="alpaca")
    assert refused.code == 1
    assert "instruction" in refused.output


def test_output_dir(run: Train) -> None:
    """Where the adapter, the metrics and the curve are."""
    seen = run(output_dir="elsewhere/here")
    assert seen.folder.parts[-2:] == ("elsewhere", "here")
    assert {"final", "metrics.jsonl", "loss.png", "summary.json"} <= {path.name for path in seen.folder.iterdir()}


def start(root: Path, build: Path, **environment: str) -> "subprocess.Popen[str]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    full = {**os.environ, "PATH": path, **environment}
    return subprocess.Popen(["sh", str(build / "launch.sh")], cwd=root, env=full, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip


def compile_here(root: Path, **fields: Any) -> Path:
    from hpc.compile import compile_document, select
    from hpc.source import parse
    from hpc.write import write_artifacts

    document = parse(json.dumps({**BASE, **fields}), "json", "launched.json")
    build = root / fields["output_dir"] / "build"
    write_artifacts(str(build), select(compile_document(document), []))
    return build


def launched_steps(root: Path, folder: str) -> tuple[int, int]:
    late = json.loads((root / folder / "late_bound.json").read_text())
    lines = (root / folder / "metrics.jsonl").read_text().splitlines()
    return late["world_size"], max(json.loads(line)["step"] for line in lines)


def test_devices_per_node(root: Path) -> None:
    """Processes that launch.sh starts on one machine: half as many steps for two."""
    build = compile_here(root, output_dir="runs/two-devices", devices_per_node=2)
    child = start(root, build)
    output, _ = child.communicate(timeout=500)
    assert child.returncode == 0, output
    assert launched_steps(root, "runs/two-devices") == (2, 4)


def test_devices_per_node__deepspeed(root: Path, forks: Forks) -> None:
    """Two processes under DeepSpeed, and the global batch of its engine."""
    in_two_processes(root, forks, "runs/two-sharded", devices_per_node=2)


def in_two_processes(root: Path, forks: Forks, folder: str, **fields: Any) -> None:
    """Train as launch.sh would let it, whose work is seen without DeepSpeed."""
    compile_here(root, output_dir=folder, distributed_backend="deepspeed", **fields)
    started = {"HPC_RENDEZVOUS": f"localhost:{free_port()}"}
    forks.run(root, f"{folder}/build", world=2, log=f"{folder}/said.txt", **started)
    assert launched_steps(root, folder) == (2, 4)


def test_devices_per_node__refused(run: Train) -> None:
    """What a single process says that was started for two devices."""
    assert "(1 × 2)" in run(devices_per_node=2).output


def test_nodes__refused(run: Train) -> None:
    """What a single process says that was started for two nodes."""
    assert "(2 × 1)" in run(nodes=2).output


def test_nodes(root: Path) -> None:
    """launch.sh started by hand once for each of two nodes: together they are one job."""
    build = compile_here(root, output_dir="runs/two-nodes", nodes=2)
    rendezvous = f"127.0.0.1:{free_port()}"
    children = [start(root, build, HPC_RENDEZVOUS=rendezvous) for _ in range(2)]
    outputs = [child.communicate(timeout=500)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0], outputs
    assert launched_steps(root, "runs/two-nodes") == (2, 4)


def test_nodes__deepspeed(root: Path, forks: Forks) -> None:
    """The same under DeepSpeed."""
    in_two_processes(root, forks, "runs/two-nodes-sharded", nodes=2)
