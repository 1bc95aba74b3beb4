"""The results: ``final/`` (the model or the adapter) and ``merged/``, each of them whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpc_disk.run_folder import FINAL, MERGED
from hpc_runner.errors import rank
from hpc_runner.files import commit_folder, partial_folder
from hpc_runner.plan import Plan

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, Trainer


def save_final(trainer: Trainer, tokenizer: PreTrainedTokenizerBase, output: Path) -> Path:
    """Save what was trained. Every process takes part: under ZeRO-3 each holds a piece of it."""
    target = output / FINAL
    partial = partial_folder(target, create=rank() == 0)
    _barrier()
    trainer.save_model(str(partial))
    _barrier()
    if rank() == 0:
        tokenizer.save_pretrained(partial)
        commit_folder(partial, target)
    return target


def merge(plan: Plan, tokenizer: PreTrainedTokenizerBase, adapter: Path) -> Path:
    """Load the base once more, in the training's number format and unquantised, and add the adapter to it.

    Rank 0 alone does this.

    Merging into the quantised base of the training would change what the model answers.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM
    from transformers.integrations.deepspeed import unset_hf_deepspeed_config

    # Else ZeRO-3, which is over, would load the base in pieces again.
    unset_hf_deepspeed_config()
    base: Any = AutoModelForCausalLM.from_pretrained(plan.model.path, dtype=getattr(torch, plan.model.merge_dtype))
    merged = PeftModel.from_pretrained(base, str(adapter)).merge_and_unload(safe_merge=True)
    target = plan.output / MERGED
    partial = partial_folder(target, create=True)
    merged.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    commit_folder(partial, target)
    return target


def leave_group() -> None:
    """End the process group: the other processes need not wait while rank 0 merges and reports."""
    import torch

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def _barrier() -> None:
    import torch

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()
