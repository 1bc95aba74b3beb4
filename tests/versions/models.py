"""The tiny models that every release trains, written by the oldest one, which the others all read.

``python -m tests.versions.models FOLDER``, run with that release, writes both into FOLDER.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def models(folder: Path, python: Path) -> None:
    """Write the models with this interpreter, if they are not there."""
    if not (folder / "mixture" / "model.safetensors").exists():
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run([python, "-m", "tests.versions.models", folder], check=True, cwd=ROOT, env=environment)


if __name__ == "__main__":
    from transformers import MixtralForCausalLM

    from tests.end_to_end.tiny import make_tiny, write_model

    make_tiny(Path(sys.argv[1]) / "tiny")
    write_model(Path(sys.argv[1]) / "mixture", MixtralForCausalLM, num_local_experts=4)
