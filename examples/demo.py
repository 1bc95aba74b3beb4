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
    ("Prepare the model (about half a minute, once)", "python examples/prepare_model.py"),
    ("Train it (2 to 3 minutes on two cores)", f"hpc run {RECIPE} --overwrite"),
    ("Ask it, before and after (a quarter of a minute)", f"python examples/ask.py {MODEL} {RUN}/merged"),
)
NEXT: Final = (
    (f".venv/bin/hpc ask {RUN}", "ask it your own questions"),
    (".venv/bin/hpc init train_lora_sft -o train_mine.yaml", "start a config for your own data"),
    ("make ui", "set up and run this training in the browser"),
)


def started(shown: str) -> list[str]:
    """A command as it is shown, with this Python: `.venv` need not be active."""
    program, *arguments = shown.split()
    return [sys.executable, *(["-m", "hpc.cli"] if program == "hpc" else []), *arguments]


def main() -> int:
    """Run the steps in order; the first that fails ends the demo with its own exit code."""
    console = Console(highlight=False)
    if (ROOT / RUN).exists():
        console.print(f"{RUN} contains an earlier run of the demo; it will be overwritten")
    for number, (title, shown) in enumerate(STEPS, 1):
        console.print(Rule(f"{number}/{len(STEPS)} {title}", align="left"))
        console.print(f"$ {shown}", soft_wrap=True)
        start = time.monotonic()
        done = subprocess.run(started(shown), cwd=ROOT, check=False)  # noqa: S603
        if done.returncode:
            return done.returncode
        console.print(f"({time.monotonic() - start:.0f} s)")
    console.print(f"The run is in {RUN}: the model in merged/, the adapter in final/, the loss curve in loss.png.")
    console.print("\nNext:")
    for command, purpose in NEXT:
        console.print(f"  {command:<50} {purpose}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
