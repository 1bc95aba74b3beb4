"""What the model's ``config.json`` says against the job: context length, head size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hpc_disk.messages import show
from hpc_disk.models.families import COUNT_FROM_PADDING, LEARNED_POSITIONS
from hpc_disk.models.folder import family, size, text_config
from hpc_disk.models.rope import stretched
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem, Severity

ATTENTION: Final = ("eager", "sdpa")
"""What every installation of torch computes."""
PADDING: Final = 1
"""The number of RoBERTa's padding token."""
FLASH_HEAD: Final = 256
"""The largest head that the kernels of FlashAttention 2 have."""
POSITIONS: Final = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")


def context_length(needs: Needs) -> Iterator[Problem]:
    """HPC504: an error where a position beyond the last does not exist, a warning where it was never trained."""
    settings, wanted = text_config(needs.model), needs.max_sequence_length
    limit = _context(settings)
    if limit and wanted > limit:
        message = f"`max_sequence_length` is {wanted}, but {needs.model} supports at most {limit} tokens"
        severity: Severity = "error" if family(settings) in LEARNED_POSITIONS else "warning"
        yield Problem("HPC504", severity, "max_sequence_length", message, f"write {limit} or less", also=("model",))


def head_size(needs: Needs) -> Iterator[Problem]:
    """HPC505."""
    head = _head(text_config(needs.model))
    if needs.flash_attention_v2 and head > FLASH_HEAD:
        message = f"the attention heads of {needs.model} have size {head}; flash attention supports up to {FLASH_HEAD}"
        yield Problem("HPC505", "error", "flash_attention_v2", message, also=("model",))


def attention(needs: Needs) -> Iterator[Problem]:
    """HPC516: an attention of its own in config.json, which transformers would use unless the job asks for another."""
    settings = text_config(needs.model)
    for key in ("_attn_implementation", "attn_implementation"):
        named = settings.get(key)
        if named not in (None, *ATTENTION) and not needs.flash_attention_v2:
            message = f"config.json of {needs.model} asks for the attention {show(named)} ({key})"
            help_ = f"remove {key} from config.json; to use flash attention, set `flash_attention_v2` to true"
            yield Problem("HPC516", "error", "model", message, help_, given=("flash_attention_v2",))


def _context(settings: dict[str, Any]) -> int:
    """The positions that the model has, those of stretched rotary embeddings included; 0 where it is not said."""
    return max(size(settings, *POSITIONS) - _unused(settings), stretched(settings))


def _unused(settings: dict[str, Any]) -> int:
    """The rows of a table of positions before that of the first token: RoBERTa counts from its padding token on."""
    return (size(settings, "pad_token_id") or PADDING) + 1 if family(settings) in COUNT_FROM_PADDING else 0


def _head(settings: dict[str, Any]) -> int:
    heads = size(settings, "num_attention_heads")
    return size(settings, "head_dim") or (size(settings, "hidden_size") // heads if heads else 0)


CHECKS: Final = (context_length, head_size, attention)
