"""The rules of the fields beyond the specification that JSON Schema cannot express."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC409",
        "max_steps takes precedence over epochs",
        "With `max_steps` the training takes exactly that many steps, however many epochs those are.",
        "remove epochs, or max_steps",
        '{"epochs": 3, "max_steps": 1000}',
    ),
    Rule(
        "HPC410",
        "a checkpoint without optimizer state cannot be resumed from",
        "Resuming needs the state of the optimizer, of the schedule and of the random numbers. `save_only_model` "
        "leaves them out to save space, so after a crash the training starts from the beginning.",
        'write "save_only_model": false if the run must be able to resume',
        '{"save_only_model": true}',
    ),
    Rule(
        "HPC412",
        "packs are not grouped by length",
        "Grouping saves padding, and packs have none.",
        "remove group_by_length",
        '{"packing": true, "group_by_length": true}',
    ),
    Rule(
        "HPC411",
        "this beta is too small for SimPO",
        "SimPO's reward is an average over the tokens, so it is small, and its authors scale it by 2 to 10. With the "
        "default of 0.1 the loss is nearly constant and little is learned. The platform itself accepts at most 1.",
        "write a pref_beta of 2 to 10",
        '{"trainer": "dpo", "pref_loss": "simpo"}',
    ),
)

PORTAL: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC602",
        "the platform does not have this field",
        "The fields of the group Beyond are hpc's own: the platform would refuse the config. Reported with `--portal` "
        "only.",
        "remove it if the config must run on the platform",
        '{"max_steps": 1000}',
    ),
)

MACHINE: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC835",
        "the chat template cannot be read",
        "`chat_template` names a file with a Jinja template, relative to the current folder.",
        "write the path of the file",
        "$ hpc run no_template.json",
    ),
    Rule(
        "HPC836",
        "this model cannot train packed conversations",
        "In a pack each conversation must see itself only. Layers that mix neighboring tokens by convolution or by a "
        "state, and attention without masks of its own for each conversation, look across. The runner computes two "
        "short texts together and apart before the training, and refuses where they differ.",
        'write "packing": false',
        "$ hpc run packed_mamba.json",
    ),
    Rule(
        "HPC829",
        "a tracker's package is missing",
        "Each tracker of report_to reports through its own package.",
        "install the package, or remove the name from report_to",
        "$ hpc run wandb.json   (without the package wandb)",
    ),
    Rule(
        "HPC828",
        "the paged optimizer needs a GPU",
        "bitsandbytes moves the optimizer state between GPU and host as memory runs out. Without a GPU nothing is "
        "paged, and the optimizer would silently be another one.",
        'write "optimizer": "adamw_8bit" or "adamw"',
        "$ hpc run paged.json   (on a machine without a GPU)",
    ),
)
