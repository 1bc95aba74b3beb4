"""Rules of the output folder (HPC540 to HPC542, HPC830)."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule
from hpc_disk import run_folder

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC540",
        "disk",
        "error",
        "the output folder contains an earlier run, or files that a run would overwrite",
        "hpc never overwrites an earlier run unless told to. Reported by `hpc run` and `hpc doctor`.",
        'write "resume_from_checkpoint": true to resume, choose another output_dir, or run with --overwrite to discard '
        "the earlier run",
        '{"output_dir": "runs/first"}',
        checks=(run_folder.earlier_run,),
    ),
    Rule(
        "HPC541",
        "disk",
        "error",
        "another run is writing into the output folder",
        "Two runs in one folder would overwrite each other's checkpoints, so --overwrite does not help here. Reported "
        "by `hpc run` and `hpc doctor`.",
        "wait until the other run ends, stop it, or choose another output_dir",
        '{"output_dir": "runs/first"}',
        checks=(run_folder.running,),
    ),
    Rule(
        "HPC542",
        "disk",
        "error",
        "a link leads out of the folder that the run writes into",
        "The run would overwrite files that the config does not name. Reported by `hpc run` and `hpc doctor`.",
        "write the folder itself as output_dir, or remove the link",
        '{"output_dir": "runs/link-to-elsewhere"}',
        checks=(run_folder.inside,),
    ),
    Rule(
        "HPC830",
        "disk",
        "error",
        "the output folder cannot be written",
        "The operating system refused, for example for lack of permission or because a file has that name.",
        "choose another output_dir, or correct the permissions",
        "$ hpc run train.json --set output_dir=/proc/run",
        checks=(run_folder.writable,),
    ),
)
