"""Whether transformers can read ``config.json`` and ``generation_config.json``: each setting by its type and range."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import LARGEST, fault_of, kind, read_object
from hpc_disk.messages import nearest, show
from hpc_disk.models.experts import COUNTS
from hpc_disk.models.families import ACTIVATIONS, DENSE, DTYPES, RELEASE, TRIED
from hpc_disk.models.folder import family, folder_of, language_settings, size
from hpc_disk.models.quantized import method_faults
from hpc_disk.models.rope import rope_faults
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

Is = Callable[[Any], bool]
GENERATION: Final = "generation_config.json"


def _number(value: Any) -> bool:
    """No truth value; NaN and infinity are read as texts."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _size(value: Any) -> bool:
    return _whole(value) and 0 < value < LARGEST


def _sizes(value: Any) -> bool:
    """One size, or one for each layer."""
    return all(map(_size, value)) if isinstance(value, list) else _size(value)


def _share(value: Any) -> bool:
    return _number(value) and 0 <= value <= 1


def _positive(value: Any) -> bool:
    return _number(value) and value > 0


def _tokens(value: Any) -> bool:
    return all(map(_whole, value)) if isinstance(value, list) else _whole(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


NEVER_NULL: Final = ("hidden_size", "vocab_size", "num_hidden_layers", "num_attention_heads")
"""Settings in which null does not stand for a default in any family."""
NOT_NULL: Final = (
    *("intermediate_size", "max_position_embeddings", "initializer_range", "rms_norm_eps"),
    *("hidden_act", "tie_word_embeddings", "use_cache"),
)
"""The same in the ``DENSE`` families."""
SIZE: Final = (_size, "a whole number above 0")
SIZES: Final = (_sizes, "a whole number above 0")
SHARE: Final = (_share, "a number from 0 to 1")
FLAG: Final = (_flag, "true or false")
TOKENS: Final = (_tokens, "the number of a token")
OBJECT: Final = (_object, "an object")
POSITIVE: Final = (_positive, "a number above 0")
KEYS: Final[dict[str, tuple[Is, str]]] = {
    **dict.fromkeys(("hidden_size", "vocab_size", "num_hidden_layers"), SIZE),
    **dict.fromkeys(("num_attention_heads", "num_key_value_heads", "intermediate_size"), SIZES),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "n_embd", "n_layer", "n_head"), SIZE),
    **dict.fromkeys(("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "initializer_range"), POSITIVE),
    **dict.fromkeys(("attention_dropout", "hidden_dropout", "attn_pdrop", "resid_pdrop", "embd_pdrop"), SHARE),
    **dict.fromkeys(("tie_word_embeddings", "use_cache", "is_encoder_decoder", "is_decoder"), FLAG),
    **dict.fromkeys(("attention_bias", "mlp_bias"), FLAG),
    **dict.fromkeys(("eos_token_id", "pad_token_id", "bos_token_id"), TOKENS),
    **dict.fromkeys(("quantization_config", "auto_map", "vision_config", "id2label"), OBJECT),
    "architectures": (_texts, "a list of names"),
}
"""Settings of ``config.json`` that mean the same in every family → what they must be, and its words."""
GENERATED: Final[dict[str, tuple[Is, str]]] = {
    **dict.fromkeys(("eos_token_id", "pad_token_id", "bos_token_id"), TOKENS),
    **dict.fromkeys(("temperature", "top_p", "min_p", "typical_p", "repetition_penalty"), (_number, "a number")),
    **dict.fromkeys(("top_k", "max_new_tokens", "max_length", "num_beams"), (_whole, "a whole number")),
    "do_sample": FLAG,
}
"""The same for ``generation_config.json``, where only types matter: values are used when an answer is made."""
ACTIVATION: Final = ("hidden_act", "hidden_activation", "activation_function")
DTYPE: Final = ("dtype", "torch_dtype")


def broken_settings(needs: Needs) -> Iterator[Problem]:
    """HPC516: the first fault of each file."""
    folder = folder_of(needs.model)
    for name, faults in (("config.json", _of_config), (GENERATION, _of_generation)) if folder else ():
        path = Path(folder or "", name)
        if path.is_symlink() or kind(path):
            fault = fault_of(path) or next(faults(read_object(path)), None)
            if fault:
                yield Problem("HPC516", "error", "model", f"{path} {fault}", f"correct {name}, or download it again")


def _of_config(whole: dict[str, Any]) -> Iterator[str]:
    if not family(whole):
        type_ = whole.get("model_type")
        said = "has no model_type" if type_ is None else f"says that model_type is {show(type_)}, not a name"
        yield f"{said}, by which transformers finds the model's class"
    settings = language_settings(whole)
    dense = family(whole) in DENSE
    if "text_config" in whole and not (isinstance(whole["text_config"], dict) and whole["text_config"] and not dense):
        yield f"has a text_config ({show(whole['text_config'])}), which is not one of a {family(whole)} model"
    yield from _wrong(settings, KEYS)
    keys = NEVER_NULL + NOT_NULL * dense
    yield from (f"says that {key} is null, but it has no default" for key in keys if settings.get(key, 0) is None)
    for key in DTYPE:
        if settings.get(key) is not None and settings[key] not in DTYPES:
            yield f"says that {key} is {show(settings[key])}, not a number format of weights ({', '.join(DTYPES[:3])})"
    if family(settings) in TRIED:
        yield from _wrong(settings, {"head_dim": SIZE})
        yield from _activations(settings)
        yield from rope_faults(settings)
    if isinstance(settings.get("quantization_config"), dict):
        yield from method_faults(settings["quantization_config"])
    experts, chosen = size(settings, *COUNTS), size(settings, "num_experts_per_tok")
    if 1 < experts < chosen:
        yield f"says that num_experts_per_tok is {chosen}, but that there are {experts} experts"
    heads, shared = size(settings, "num_attention_heads"), size(settings, "num_key_value_heads")
    if family(settings) in DENSE and heads and shared and heads % shared:
        yield f"says that num_attention_heads is {heads}, not a multiple of num_key_value_heads, {shared}"


def _activations(settings: dict[str, Any]) -> Iterator[str]:
    for key in ACTIVATION:
        value = settings.get(key)
        if value is not None and value not in ACTIVATIONS:
            near = nearest(str(value), ACTIVATIONS)
            hint = f"; did you mean {show(near)}?" if near else ""
            yield f"says that {key} is {show(value)}, which {RELEASE} does not know{hint}"


def _of_generation(settings: dict[str, Any]) -> Iterator[str]:
    return _wrong(settings, GENERATED)


def _wrong(settings: dict[str, Any], keys: dict[str, tuple[Is, str]]) -> Iterator[str]:
    for key, (holds, words) in keys.items():
        value = settings.get(key)
        if value is not None and not holds(value):
            yield f"says that {key} is {show(value)}, not {words}"


CHECKS: Final = (broken_settings,)
