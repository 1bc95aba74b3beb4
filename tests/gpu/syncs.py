"""Whether looking for numbers that are not finite makes the host wait for the GPU: counted in the profiler's trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.gpu.jobs import FULL, LORA, Job
from tests.gpu.models import make_model
from tests.gpu.running import HPC, ROOT, write

FIRST, LAST = 4, 8
"""The steps that are looked at: none of them logs, saves or evaluates."""
WAITS: Final = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "cudaMemcpy")
QUIET: Final = {"logging_steps": 0, "max_steps": 12}


def counted(work: Path) -> Iterator[dict[str, Any]]:
    """Waits a step with hpc's look at every update, and without."""
    make_model(work / "models/135m", "135m")
    for name, kind in (("full", FULL), ("LoRA", LORA)):
        folder = work / "syncs" / name
        write(folder, Job(name, {**kind, **QUIET}, "135m"), work / "models")
        subprocess.run([HPC, "compile", "job.json", "-o", "build"], cwd=folder, check=True, capture_output=True)
        found = {how: _apart(folder, how) for how in ("without", "with")}
        more = {key: found["with"].get(key, 0) - found["without"].get(key, 0) for key in WAITS}
        # Reading the flag of the step before waits for one event, whose copy was queued a whole step earlier.
        good = "failed" not in found["with"] and not any(
            more[key] > 0 for key in WAITS if key != "cudaEventSynchronize"
        )
        yield {"job": f"waits a step, {name}", "good": good, **found}


def _apart(folder: Path, how: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.gpu.syncs", how]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    answer = folder / f"{how}.json"
    if done.returncode or not answer.is_file():
        return {"failed": (done.stdout + done.stderr)[-2500:]}
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def _run(how: str) -> int:
    """Run the compiled job of this folder; profile some steps."""
    from torch.profiler import ProfilerActivity, profile
    from transformers import Trainer, TrainerCallback

    from hpc_runner import finite
    from hpc_runner.__main__ import main

    watch = profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA])

    class Watch(TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            if state.global_step == FIRST:
                watch.start()

        def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            if state.global_step == LAST:
                watch.stop()
                counts = Counter(event.name for event in watch.events())
                steps = LAST - FIRST
                waits = {name: count / steps for name, count in counts.items() if name.startswith(WAITS)}
                items = {name: counts[name] / steps for name in ("aten::item", "aten::is_nonzero") if counts[name]}
                Path(f"{how}.json").write_text(json.dumps(waits | items))

    train = Trainer.train

    def watched(trainer: Any, *args: Any, **kwargs: Any) -> Any:
        trainer.add_callback(Watch())
        return train(trainer, *args, **kwargs)

    Trainer.train = watched
    if how == "without":
        finite.FiniteUpdates.watch = lambda *_: None  # type: ignore[method-assign]
    return main(["build", "--overwrite"])


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1]))
