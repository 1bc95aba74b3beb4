"""Rules of the fields beyond the specification that JSON Schema cannot express."""

from __future__ import annotations

from typing import Final

from hpc.checks import beyond
from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC409",
        "effect",
        "warning",
        "max_steps takes precedence over epochs",
        "With `max_steps` the training takes exactly that many steps, however many epochs those are.",
        "remove epochs, or max_steps",
        '{"epochs": 3, "max_steps": 1000}',
        checks=(beyond.epochs_beside_steps,),
    ),
    Rule(
        "HPC410",
        "effect",
        "warning",
        "a checkpoint without optimizer state cannot be resumed from",
        "Resuming needs the state of the optimizer, of the schedule and of the random numbers. `save_only_model` "
        "leaves them out to save space, so after a crash the training starts from the beginning.",
        'write "save_only_model": false if the run must be able to resume',
        '{"save_only_model": true}',
        checks=(beyond.only_the_model_is_saved,),
    ),
    Rule(
        "HPC412",
        "effect",
        "warning",
        "packs are not grouped by length",
        "Grouping saves padding, and packs have none.",
        "remove group_by_length",
        '{"packing": true, "group_by_length": true}',
        checks=(beyond.grouped_packs,),
    ),
    Rule(
        "HPC411",
        "effect",
        "warning",
        "this beta is too small for SimPO",
        "SimPO's reward is an average over the tokens, so it is small, and its authors scale it by 2 to 10. With the "
        "default of 0.1 the loss is nearly constant and little is learned. The platform itself accepts at most 1.",
        "write a pref_beta of 2 to 10",
        '{"trainer": "dpo", "pref_loss": "simpo"}',
        checks=(beyond.small_beta_of_simpo,),
    ),
)
