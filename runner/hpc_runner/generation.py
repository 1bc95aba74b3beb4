"""How the trained model generates: where it stops, and settings of the base that could not be saved."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpc_runner.errors import say
from hpc_runner.rendering import Renderer, special_ids

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ANSWER: Final = "hpc looks for the end of this answer"
"""A text that no template writes itself."""
SAMPLING: Final = ("temperature", "top_p", "top_k", "min_p", "typical_p")


def settle(model: Any, tokenizer: PreTrainedTokenizerBase, ends: Iterable[int] = ()) -> None:
    """Make the model's generation settings savable, and let it stop where a turn ends.

    Args:
        model: The model.
        tokenizer: Its chat template says how an answer ends.
        ends: Tokens that end learned answers: calls of tools may end in another way.
    """
    settings = model.generation_config
    if settings is None:
        return
    sampling = [name for name in SAMPLING if getattr(settings, name, None) not in (None, 1.0, 50)]
    if sampling and not settings.do_sample:
        # transformers refuses to save this once anything else in it has changed.
        settings.do_sample = True
        say(f"note: generation_config.json has {', '.join(sampling)} without do_sample; saved with do_sample: true")
    leave_out_invalid(model)
    settings = model.generation_config
    end = end_of_turn(tokenizer)
    known = settings.eos_token_id
    stops = [] if known is None else list(known) if isinstance(known, list) else [known]
    if end is not None and end not in stops:
        stops.append(end)
        settings.eos_token_id = stops
        say(f"note: the template ends a turn with {tokenizer.convert_ids_to_tokens(end)}; generation stops there too")
    for other in dict.fromkeys(ends):
        if other not in stops:
            stops.append(other)
            settings.eos_token_id = stops
            token = tokenizer.convert_ids_to_tokens(other)
            say(f"note: learned turns also end with {token}; generation stops there too")


def save_settings(model: Any, folder: Path) -> None:
    """Save how the base of an adapter generates beside the adapter, so that it stops there, too."""
    if model.generation_config is not None:
        model.generation_config.save_pretrained(folder)


def stops_of(folder: Path) -> list[int]:
    """The tokens at which the generation settings in a folder stop; none where it has no settings."""
    from transformers import GenerationConfig

    try:
        known = GenerationConfig.from_pretrained(folder).eos_token_id
    except (OSError, ValueError):
        return []
    return [] if known is None else list(known) if isinstance(known, list) else [known]


def save_tokenizer(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Save it so that programs which read its settings also stop at the end of a turn.

    Its end of sequence becomes the end of a turn, unless its chat template would write other text then.
    """
    end = end_of_turn(tokenizer)
    if end is None or end == tokenizer.eos_token_id:
        tokenizer.save_pretrained(folder)
        return
    changed = deepcopy(tokenizer)
    changed.eos_token = str(tokenizer.convert_ids_to_tokens(end))
    if _written(changed) == _written(tokenizer):
        changed.save_pretrained(folder)
        say(f"note: the end of sequence in the saved tokenizer is {changed.eos_token}, which ends a turn")
    else:
        tokenizer.save_pretrained(folder)


def _written(tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """What the chat template makes of a conversation, and of its prompt."""
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": ANSWER}]
    return [
        str(tokenizer.apply_chat_template(turns[:number], tokenize=False, add_generation_prompt=number == 1))
        for number in (1, 2)
    ]


def leave_out_invalid(model: Any) -> None:
    """Keep only settings that contradict no other: transformers refuses to save the others."""
    settings = model.generation_config
    if _is_valid(settings):
        return
    kept, left_out = type(settings)(), []
    values = settings.to_diff_dict()
    for name in sorted(values, key=lambda name: name not in ("do_sample", "num_beams")):  # Others depend on these.
        before = getattr(kept, name, None)
        setattr(kept, name, values[name])
        if not _is_valid(kept):
            setattr(kept, name, before)
            left_out.append(name)
    model.generation_config = kept
    names = ", ".join(sorted(left_out))
    say(f"note: left out of generation_config.json, because its other settings forbid it: {names}")


def _is_valid(settings: Any) -> bool:
    try:
        settings.validate(strict=True)
    except ValueError:
        return False
    return True


def end_of_turn(tokenizer: PreTrainedTokenizerBase) -> int | None:
    """The first special token that the chat template writes after an answer, if it writes one."""
    if tokenizer.chat_template is None:
        return None
    rest = Renderer(tokenizer).tail
    ids = tokenizer(rest, add_special_tokens=False, verbose=False)["input_ids"]
    special = special_ids(tokenizer)
    return next((number for number in ids if number in special), None)
