"""Rules of the memory that a job needs, and of `hpc plan`."""

from __future__ import annotations

from typing import Final

from hpc.forecast import fit
from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC552",
        "machine",
        "error",
        "the job cannot fit into the device's memory",
        "hpc replays one training step without torch and counts what it allocates. Not even the lowest estimate fits, "
        "with rows of a single token where nothing says how long they are.",
        "change the settings that the message names, or try it anyway with `--force`",
        "$ hpc run train.json --set batch_size=4096",
        checks=(fit.verdict,),
    ),
    Rule(
        "HPC553",
        "machine",
        "warning",
        "the job may not fit into the device's memory",
        "With every micro-batch full of the longest rows that max_sequence_length lets in, the job needs more than the "
        "device has. Shorter rows may fit.",
        "run `hpc plan` to see what takes the memory and what to change",
        "$ hpc doctor train.json --set batch_size=64",
        checks=(fit.verdict,),
    ),
    Rule(
        "HPC555",
        "machine",
        "error",
        "`--exact` cannot compute this job",
        "`hpc plan --exact` runs the real trainer on tensors without data. That does not work for quantized "
        "weights, under DeepSpeed, with offloaded activations, and in models whose layers depend on the values.",
        "leave `--exact` out; the plan is then hpc's own replay of the step",
        "$ hpc plan quantized.json --exact",
    ),
    Rule(
        "HPC556",
        "machine",
        "error",
        "the trial run of `--probe` failed",
        "`hpc plan --probe` trains for 20 steps on this machine, in a temporary folder, and measures them.",
        "run `hpc doctor`: it reports what would stop the job",
        "$ hpc plan train.json --probe   (without the data)",
    ),
    Rule(
        "HPC720",
        "request",
        "error",
        "unknown device",
        "`hpc plan --gpu` takes the name of a device whose memory and speed hpc knows, or a memory size in GiB.",
        "use one of the names that the message lists, or a number of GiB",
        "$ hpc plan train.json --gpu H1000",
    ),
    Rule(
        "HPC721",
        "request",
        "error",
        "the model config cannot be used",
        "`hpc plan --model-config` reads the `config.json` of a model that is not on this machine.",
        "check the path, and that the file names a `model_type`",
        "$ hpc plan train.json --model-config nowhere.json",
    ),
)
