"""The checks that judge a model's folder for a job, in stages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hpc_disk.models import config, experts, kinds, presence, quantized, settings, sizes, tokenizer, weights
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

STAGES: Final = (
    kinds.CHECKS,
    settings.CHECKS,
    (
        *presence.AT_HAND,
        *config.CHECKS,
        *quantized.CHECKS,
        *experts.CHECKS,
        *weights.CHECKS,
        *sizes.CHECKS,
        *tokenizer.CHECKS,
    ),
)
"""What it is; whether its settings can be read; what they and its files say. An error makes later ones meaningless."""


def model_at_hand(needs: Needs) -> Iterator[Problem]:
    """What is wrong with a model that is there; silent about what is not."""
    for stage in STAGES:
        found = [problem for check in stage for problem in check(needs)]
        yield from found
        if any(problem.severity == "error" for problem in found):
            return


AT_HAND: Final = (model_at_hand,)
"""Checks of what is there; silent about what is not."""
TO_RUN: Final = presence.TO_RUN
"""What a run on this machine must find."""
