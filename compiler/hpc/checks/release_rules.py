"""Rules of the releases that a job is compiled for (HPC740 to HPC749)."""

from __future__ import annotations

from typing import Final

from hpc.checks import target_models, target_releases
from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC740",
        "conflict",
        "error",
        "the target cannot be used",
        "`target` names the releases of TRL and transformers that a job is compiled for. hpc knows how each supported "
        "release differs from the newest; the page Supported releases lists them.",
        "use a release that docs/reference/releases.md lists",
        '{"target": "trl==0.10"}',
        checks=(target_releases.unsupported_release,),
    ),
    Rule(
        "HPC741",
        "effect",
        "warning",
        "these releases were not tested together",
        "hpc was tested with pairs of releases of TRL and transformers. What lies between two neighboring pairs is "
        "compiled by the same differences. Other combinations, and releases newer than the newest pair, may differ in "
        "ways that hpc does not know.",
        "use a pair of releases that docs/reference/releases.md lists",
        '{"target": "trl==0.19,transformers==5.24"}',
        checks=(target_releases.untested_releases,),
    ),
    Rule(
        "HPC742",
        "conflict",
        "error",
        "the target release lacks this",
        "The release of `target` has no setting with this meaning, or cannot load or train the family of the model. "
        "Another setting would train something else, so hpc compiles none. A family is a warning where neither that "
        "release nor an older one was tested without it.",
        "use the release that the message names, or change the field",
        '{"trainer": "dpo", "pref_ftx": 0.5, "target": "trl==0.24"}',
        checks=(
            target_releases.absent_in_release,
            target_models.family_in_release,
            target_models.balanced_in_release,
            target_models.experts_in_release,
        ),
    ),
    Rule(
        "HPC743",
        "machine",
        "warning",
        "the installed releases differ from the target",
        "A run can only use the libraries of its own environment, so `hpc run` and `hpc doctor` compile for these. The "
        "updates are the same where both releases support the job.",
        "install the releases of `target`, or remove it",
        "$ hpc run train.json --set target=trl==0.24",
    ),
    Rule(
        "HPC744",
        "machine",
        "error",
        "this release of TRL trains mixtures of experts without their load-balancing loss",
        "Mixture-of-experts models have a loss that keeps the load of the experts balanced. Since 1.7, TRL adds it "
        "with the weight in the model's config. Without it, the same job trains a different model.",
        "install TRL 1.7 or newer",
        "$ hpc run mixtral.json   (with TRL 1.3)",
    ),
)
