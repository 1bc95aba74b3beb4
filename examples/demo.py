"""The demo: prepare the model, train it on hpc's own hyperparameters, and ask it questions before and after.

``make demo`` runs this. To repeat it is safe: the model is prepared once, and the demo's earlier run is discarded.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.rule import Rule

ROOT: Final = Path(__file__).resolve().parent.parent
MODEL: Final = ".cache/hpc/smollm2-135m-instruct"
RECIPE: Final = "examples/train_lora_sft/train_lora_sft.json"
RUN: Final = "runs/train_lora_sft"
STEPS: Final = (
    ("The model", ["examples/prepare_model.py"]),
    ("The training", ["-m", "hpc.cli", "run", RECIPE, "--overwrite"]),
    ("The answers", ["examples/ask.py", MODEL, f"{RUN}/merged"]),
)


def main() -> int:
    """Run the steps in order; the first that fails ends the demo with its own exit code."""
    console = Console(highlight=False)
    if (ROOT / RUN).exists():
        console.print(f"{RUN} contains an earlier run of the demo; it will be overwritten")
    for title, arguments in STEPS:
        console.print(Rule(f"{title}: {' '.join(arguments)}", align="left"))
        start = time.monotonic()
        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False)  # noqa: S603
        if done.returncode:
            return done.returncode
        console.print(f"({time.monotonic() - start:.0f} s)")
    console.print(f"The run is in {RUN}: metrics, loss.png, the adapter in final/, the whole model in merged/.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
