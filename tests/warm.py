"""What trainings import on their way, once in a process that forks them: else it takes longer than most of them."""

from __future__ import annotations

import gc
import importlib

OWN = (
    *("__main__", "callbacks", "checkpoints", "faults", "finish", "finite", "generation", "heartbeat", "late"),
    *("loading", "look", "merging", "model", "output", "preflight", "progress", "quiet", "report", "tracking"),
    "trainers",
)
LIBRARIES = (
    *("bitsandbytes", "datasets", "deepspeed", "deepspeed.comm.mori", "matplotlib.pyplot", "mlflow", "peft"),
    *("matplotlib.backends.backend_agg", "peft.tuners.lora.bnb", "torch.profiler"),
)
TRAINERS = ("trl.trainer.dpo_trainer", "trl.trainer.kto_trainer", "trl.trainer.sft_trainer")


def import_all() -> None:
    """Import what the runner does, in the order in which it does."""
    for name in (*LIBRARIES, *TRAINERS, *(f"hpc_runner.{module}" for module in OWN)):
        importlib.import_module(name)
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM, Trainer

    assert all((AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM, Trainer))
    gc.freeze()  # Nothing of this is garbage.
