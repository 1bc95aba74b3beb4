"""The results: ``final/`` (the model or the adapter) and ``merged/``, each of them whole or not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpc_disk.models.folder import formats
from hpc_disk.run_folder import FINAL, MERGED
from hpc_runner.atomic import commit_folder, partial_folder, remove_partial
from hpc_runner.card import write_card, write_card_of_merged
from hpc_runner.corrected import SHARD
from hpc_runner.errors import RunnerError, rank, say
from hpc_runner.generation import save_settings, save_tokenizer, settle, stops_of
from hpc_runner.model import files_of, load_base, number_format
from hpc_runner.of_transformers import store_dtype
from hpc_runner.plan import Plan

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, Trainer

WEIGHTS: Final = (".safetensors", ".bin", ".pt", ".pth", ".gguf", ".h5", ".msgpack", ".onnx", ".index.json")
"""Endings of files that hold weights or list them."""
NOT_CARRIED: Final = ("README.md", "adapter_config.json", "training_args.bin")


def save_final(plan: Plan, trainer: Trainer, tokenizer: PreTrainedTokenizerBase) -> Path:
    """Save what was trained. Every process takes part: under ZeRO-3 each holds a piece of it."""
    target = plan.output / FINAL
    partial = _new_partial(target)
    if plan.adapter is None and plan.deepspeed is None:
        _in_the_format_of_the_base(plan, trainer.model)
    trainer.save_model(str(partial))
    _barrier()
    if rank() == 0:
        save_tokenizer(tokenizer, partial)
        if plan.adapter is None:
            carry(plan.model.path, partial)
        else:
            save_settings(trainer.model.get_base_model(), partial)
        write_card(plan, trainer, partial, target)
        commit_folder(partial, target)
    return target


def _new_partial(target: Path) -> Path:
    """The folder that rank 0 makes, on every process."""
    import torch

    names = [""]
    if rank() == 0:
        remove_partial(target)
        names = [str(partial_folder(target))]
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.broadcast_object_list(names, src=0)
    return Path(names[0])


def _in_the_format_of_the_base(plan: Plan, model: Any) -> None:
    """Full training under ddp keeps float32 weights, which would double the size of a 16-bit model."""
    dtype = number_format(plan.model.path)
    kept: tuple[str, ...] = ()
    if len(formats(files_of(plan.model.path))) > 1:  # Some families have a few parameters in 32 bits.
        kept = (*(model._keep_in_fp32_modules or ()), *(model._keep_in_fp32_modules_strict or ()))
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        if tensor.is_floating_point() and not any(part in name for part in kept):
            tensor.data = tensor.data.to(dtype)
    store_dtype(model.config, dtype)


def merge(plan: Plan, tokenizer: PreTrainedTokenizerBase, adapter: Path) -> Path:
    """Merge the run's adapter into its base, as ``merged/`` beside it. Rank 0 alone does this."""
    from transformers.integrations.deepspeed import unset_hf_deepspeed_config

    # Else ZeRO-3, which is over, would load the base in pieces again.
    unset_hf_deepspeed_config()
    target = plan.output / MERGED
    remove_partial(target)
    partial = partial_folder(target)
    merge_into(str(plan.model.path), adapter, tokenizer, partial)
    write_card_of_merged(adapter, partial, target)
    commit_folder(partial, target)
    return target


def merge_into(base_path: str, adapter: Path, tokenizer: PreTrainedTokenizerBase, target: Path) -> None:
    """Load a base, unquantized and in the number format of its own files, and add an adapter to its weights.

    Merging into the quantized base of a training would change what the model answers.

    Raises:
        RunnerError: HPC587 where the merged weights are not all finite.
    """
    from peft import PeftModel

    base = load_base(base_path, number_format(base_path))
    _untie(base, adapter)
    wrapped: Any = PeftModel.from_pretrained(base, str(adapter))
    try:
        merged = wrapped.merge_and_unload(safe_merge=True)
    except ValueError as error:
        raise RunnerError(
            "HPC587", f"{adapter} cannot be merged: {error}", "use the adapter beside its base"
        ) from error
    settle(merged, tokenizer, stops_of(adapter))
    merged.save_pretrained(target, max_shard_size=SHARD)
    save_tokenizer(tokenizer, target)
    carry(base_path, target)


def _untie(base: Any, adapter: Path) -> None:
    """Give the output its own copy of the embeddings where an adapter is on one of the two only.

    In tied models both are one tensor: what is merged into the one would change the other.
    """
    settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    head, embedding = base.get_output_embeddings(), base.get_input_embeddings()
    if head is None or embedding is None or head.weight is not embedding.weight:
        return
    named = settings.get("target_modules") or ()
    names = [name for name, module in base.named_modules() if module is head or module is embedding]
    if isinstance(named, str) or not any(f".{name}".endswith(f".{target}") for name in names for target in named):
        return
    from torch.nn import Parameter

    say("note: the adapter is on one of two tied matrices; in the merged model input and output have one each")
    head.weight = Parameter(head.weight.detach().clone())
    for config in (base.config, base.config.get_text_config()):
        config.tie_word_embeddings = False


def carry(base_path: str | None, target: Path) -> None:
    """Copy what lies beside the base's weights and was not written: the processor of images, vocabularies, licenses."""
    for path in files_of(base_path).iterdir():
        if path.is_file() and not _left_behind(path.name) and not (target / path.name).exists():
            shutil.copyfile(path, target / path.name)


def _left_behind(name: str) -> bool:
    return name.startswith(".") or name.endswith((".py", *WEIGHTS)) or name in NOT_CARRIED


def leave_group() -> None:
    """End the process group: the other processes need not wait while rank 0 merges and reports."""
    import torch

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def _barrier() -> None:
    import torch

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()
