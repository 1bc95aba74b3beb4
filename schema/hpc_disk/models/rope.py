"""Rotary positions in ``config.json``: how they are stretched, and what transformers needs for that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hpc_disk.files import LARGEST
from hpc_disk.messages import show
from hpc_disk.models.families import RELEASE
from hpc_disk.models.folder import size

NEEDED: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("default", "mrope", "axial", "proportional"), ()),
    **dict.fromkeys(("linear", "dynamic", "yarn"), ("factor",)),
    **dict.fromkeys(("longrope", "su"), ("short_factor", "long_factor")),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor"),
}
"""Every way that transformers has, and older names of them → the settings that it needs."""
ABOVE_ZERO: Final = ("factor", "rope_theta", "low_freq_factor", "high_freq_factor", "attention_factor")
EVERY: Final = ("rope_parameters", "rope_scaling")


def stretched(settings: dict[str, Any]) -> int:
    """The positions that the stretched ones reach; 0 where they are not stretched."""
    rope = next((settings[key] for key in EVERY if settings.get(key)), None)
    if not isinstance(rope, dict):
        return 0
    factor: Any = rope.get("factor")
    return int(factor * size(rope, "original_max_position_embeddings")) if _is_factor(factor) else 0


def rope_faults(settings: dict[str, Any]) -> Iterator[str]:
    """What is wrong with them."""
    yield from _below(settings, ("rope_theta",), "")
    for key in EVERY:
        rope = settings.get(key)
        if rope is not None and not isinstance(rope, dict):
            yield f"says that {key} is {show(rope)}, not an object"
        elif rope and all(isinstance(value, dict) for value in rope.values()):  # One for each kind of layer.
            yield from (fault for name, inner in rope.items() for fault in _of_one(f"{key}.{name}", inner))
        elif rope:
            yield from _of_one(key, rope)


def _of_one(key: str, rope: dict[str, Any]) -> Iterator[str]:
    type_ = rope.get("rope_type", rope.get("type", "default"))
    if not isinstance(type_, str) or type_ not in NEEDED:
        yield f"has the rope_type {show(type_)} in {key}, which {RELEASE} does not know"
        return
    yield from (
        f"lacks {name} in {key}, which the rope_type {type_} needs" for name in NEEDED[type_] if name not in rope
    )
    yield from _below(rope, ABOVE_ZERO, f" in {key}")
    start = "original_max_position_embeddings"
    if rope.get(start) is not None and not size(rope, start):
        yield f"says that {start} in {key} is {show(rope[start])}, not a whole number above 0"


def _below(values: dict[str, Any], names: tuple[str, ...], where: str) -> Iterator[str]:
    for name in names:
        if values.get(name) is not None and not _is_factor(values[name]):
            yield f"says that {name}{where} is {show(values[name])}, not a number above 0"


def _is_factor(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < LARGEST
