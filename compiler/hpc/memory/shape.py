"""The sizes of a decoder from its ``config.json``, and the families whose layers are known."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from hpc_disk.files import LARGEST

LLAMA_LIKE: Final = (*("llama", "mistral", "qwen2", "qwen3", "smollm3", "granite", "phi3", "gemma", "gemma3_text"),)
"""Model types whose layers are: norm, attention with rotary positions, norm, gated feed-forward network.

A test compares the weights of each with transformers' own. Others, such as mixtures of experts, are not here.
"""
DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "mistral": {"num_key_value_heads": 8, "sliding_window": 4096},
    "qwen2": {"num_key_value_heads": 32},
    "qwen3": {"num_key_value_heads": 32, "head_dim": 128},
    "smollm3": {"num_key_value_heads": 4, "tie_word_embeddings": True},
    "gemma": {"num_key_value_heads": 16, "head_dim": 256, "tie_word_embeddings": True},
    "gemma3_text": {
        "num_key_value_heads": 4,
        "head_dim": 256,
        "tie_word_embeddings": True,
        "sliding_window": 4096,
    },
}
"""What transformers takes for keys that a ``config.json`` does not have."""
HEAD_NORMS: Final = ("qwen3", "gemma3_text")
FUSED: Final = ("phi3",)
GEMMA: Final = ("gemma", "gemma3_text")
SLIDING: Final = ("mistral", "phi3", "gemma3_text")
"""Families whose layers see a window of the tokens wherever `sliding_window` is a number; others ask for it twice."""


class Shape(NamedTuple):
    """Sizes in elements; ``kv`` and ``queries`` are widths over all heads.

    ``tied``: the output layer shares the embedding's weights. ``head_norms``: queries and keys are normed.
    ``biased``: queries, keys and values have biases. ``joined``: queries, keys and values come from one linear layer,
    gate and up from another. ``wide_norms``: norms weigh in float32. ``sandwich``: each half of a layer is normed once
    more. ``window``: tokens that a layer sees at most, 0 for all; a longer row needs a mask.
    """

    family: str
    hidden: int
    inner: int
    layers: int
    heads: int
    queries: int
    kv: int
    vocabulary: int
    tied: bool
    head_norms: bool
    biased: bool
    joined: bool = False
    wide_norms: bool = False
    sandwich: bool = False
    window: int = 0

    @property
    def linear(self) -> Mapping[str, tuple[int, int]]:
        """Linear layers of one decoder layer: name → (out, in) features."""
        return _linear(self.hidden, self.inner, self.queries, self.kv, joined=self.joined)

    @property
    def matrices(self) -> int:
        """Weights of the linear layers of one decoder layer: what quantization packs."""
        return sum(out * into for out, into in self.linear.values())

    @property
    def vectors(self) -> int:
        """The other weights of one decoder layer: norms and biases."""
        norms = (4 if self.sandwich else 2) * self.hidden + (2 * self.queries // self.heads if self.head_norms else 0)
        return norms + (self.queries + 2 * self.kv if self.biased else 0)

    @property
    def ends(self) -> int:
        """Weights outside the layers: embedding, last norm, output layer where it has its own."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2) + self.hidden

    @property
    def parameters(self) -> int:
        """All weights."""
        return self.layers * (self.matrices + self.vectors) + self.ends


@cache
def _linear(hidden: int, inner: int, queries: int, kv: int, *, joined: bool) -> Mapping[str, tuple[int, int]]:
    if joined:
        return {
            "qkv_proj": (queries + 2 * kv, hidden),
            "o_proj": (hidden, queries),
            "gate_up_proj": (2 * inner, hidden),
            "down_proj": (hidden, inner),
        }
    return {
        "q_proj": (queries, hidden),
        "k_proj": (kv, hidden),
        "v_proj": (kv, hidden),
        "o_proj": (hidden, queries),
        "gate_proj": (inner, hidden),
        "up_proj": (inner, hidden),
        "down_proj": (hidden, inner),
    }


def shape_of(settings: Mapping[str, Any]) -> Shape | None:
    """The shape that a ``config.json`` describes; None for a family whose layers are not known here."""
    family = settings.get("model_type")
    if not isinstance(family, str) or family not in LLAMA_LIKE:
        return None
    try:
        settings = {**DEFAULTS.get(family, {}), **settings}
        heads = _size(settings, "num_attention_heads")
        hidden = _size(settings, "hidden_size")
        head = _size(settings, "head_dim", 0 if hidden % heads else hidden // heads)
        shared = _size(settings, "num_key_value_heads", heads)
        if heads % shared:
            return None
        return Shape(
            family=family,
            hidden=hidden,
            inner=_size(settings, "intermediate_size"),
            layers=_size(settings, "num_hidden_layers"),
            heads=heads,
            queries=heads * head,
            kv=shared * head,
            vocabulary=_size(settings, "vocab_size"),
            tied=bool(settings.get("tie_word_embeddings", False)),
            head_norms=family in HEAD_NORMS,
            biased=family == "qwen2" or bool(settings.get("attention_bias", False)),
            joined=family in FUSED,
            wide_norms=family in GEMMA,
            sandwich=family == "gemma3_text",
            window=_size(settings, "sliding_window") if _slides(family, settings) else 0,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _slides(family: str, settings: Mapping[str, Any]) -> bool:
    asked = family in SLIDING or settings.get("use_sliding_window") is True
    return asked and settings.get("sliding_window") is not None


def _size(settings: Mapping[str, Any], key: str, default: int = 0) -> int:
    value = settings.get(key) or default
    if type(value) is not int or not 0 < value < LARGEST:
        raise ValueError(key)
    return value
