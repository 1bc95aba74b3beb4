"""Faults of the machine, told as what they are."""

from __future__ import annotations

import errno

from hpc_runner.errors import RunnerError

LOST = (
    *("Connection closed by peer", "Connection reset by peer", "Broken pipe", "remote process exited"),
    *("Timed out waiting", "recvValue failed", "sendBytes failed", "recvBytes failed"),
)
"""How gloo, NCCL and torch's store say that the other end of a connection has gone."""

NOT_FINITE = ("NaNs detected in the merged weights",)
"""How PEFT's merge says that the numbers are not finite."""

UNREADABLE = (
    *("Weights only load failed", "loaded state dict contains a parameter group", "Error(s) in loading state_dict"),
    *("loaded state dict has a different number of parameter groups", "PytorchStreamReader failed"),
)
"""How torch says that a checkpoint's states are damaged, poisoned, or another model's."""

FULL = ("No space left on device", "PytorchStreamWriter failed writing", "database or disk is full")


def explain(error: BaseException) -> RunnerError | None:
    """The explanation of an exception, or None where it is a fault of the program and its traceback is needed."""
    text = str(error)
    if type(error).__name__ == "OutOfMemoryError" or "out of memory" in text or "not enough memory" in text:
        return RunnerError(
            "HPC860",
            f"the device ran out of memory: {text.splitlines()[0]}",
            "lower batch_size or max_sequence_length (raise gradient_accumulation_steps to keep the global batch), "
            "keep gradient checkpointing on, use lora, quantization_bit, or a higher zero_stage",
            one_rank=True,
        )
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(sign in text for sign in FULL):
        return RunnerError(
            "HPC861",
            f"the disk is full: {text.splitlines()[0]}",
            "free some space, then run again with resume_from_checkpoint: true; complete checkpoints are intact. "
            "A lower number_of_checkpoints needs less",
            one_rank=True,
        )
    if any(sign in text for sign in NOT_FINITE):
        return RunnerError("HPC846", text.splitlines()[0], "lower `learning_rate`, or use bf16 instead of fp16")
    if any(sign in text for sign in UNREADABLE) or type(error).__name__ == "UnpicklingError":
        return RunnerError(
            "HPC531",
            f"the checkpoint cannot be loaded: {(text or type(error).__name__).splitlines()[0]}",
            "resume from an earlier checkpoint, or start over in another output_dir",
        )
    if any(sign in text for sign in LOST):
        return lost()
    if isinstance(error, PermissionError):
        return RunnerError("HPC830", f"not allowed: {text}", "check the owner and mode of the folder", one_rank=True)
    return None


def lost() -> RunnerError:
    """Another process of the job, or its machine, has ended."""
    return RunnerError(
        "HPC862",
        "the connection to another process of this job was lost: that process or its machine has ended",
        "see the output of that process; then start the same command on every node with resume_from_checkpoint: true",
        one_rank=True,
    )
