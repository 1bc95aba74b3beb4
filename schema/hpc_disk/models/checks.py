"""The checks of a model's folder."""

from __future__ import annotations

from typing import Final

from hpc_disk.models import config, experts, kinds, presence, sizes, tokenizer, weights

AT_HAND: Final = (*kinds.CHECKS, *config.CHECKS, *experts.CHECKS, *weights.CHECKS, *sizes.CHECKS, *tokenizer.CHECKS)
"""Checks of what is there; silent about what is not."""
TO_RUN: Final = (*presence.CHECKS,)
"""What a run on this machine must find."""
