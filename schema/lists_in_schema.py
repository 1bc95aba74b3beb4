"""The lists of losses and data formats in the schema, from their own values: editors need them written out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from hpc_disk.formats import FORMATS, NAMES, Format, formats_of
from hpc_disk.losses import LOSSES, Loss

LISTED: Final[dict[str, tuple[Literal["if", "then"], Callable[[Loss], bool]]]] = {
    "HPC205": ("if", lambda loss: not loss.smoothable),
    "HPC206": ("if", lambda loss: loss.supervised != "can be mixed in"),
    "HPC207": ("then", lambda loss: loss.beta != "divides"),
    "HPC212": ("then", lambda loss: loss.smallest_batch == 1),
    "HPC218": ("if", lambda loss: loss.table != "simpo"),
}
"""Code of a rule → the part of its block that lists losses, and which losses it lists."""
FIRST: Final = [next(each for each in FORMATS if each.name == name) for name in NAMES]
"""The first format of each name."""
FORMATS_OF_TRAINER: Final = "HPC211"


def with_lists(text: str) -> str:
    """The schema's text, with every list of losses and formats as these say."""
    whole = json.loads(text)
    list_values(whole["definitions"]["pref_loss"], (), LOSSES.values())
    list_values(whole["properties"]["data_format"], ("auto",), FIRST)
    for block in whole["allOf"]:
        code = block.get("x-rule", {}).get("code")
        if code in LISTED:
            part, listed = LISTED[code]
            block[part]["properties"]["pref_loss"]["enum"] = [name for name, loss in LOSSES.items() if listed(loss)]
        elif code == FORMATS_OF_TRAINER:
            list_formats(block)
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def list_values(field: dict[str, Any], own: tuple[str, ...], values: Iterable[Loss | Format]) -> None:
    """The values of a field after those of its ``own``, what each is, and what people call it."""
    values = list(values)
    field["enum"] = [*own, *(each.name for each in values)]
    field["enumDescriptions"] = [*field["enumDescriptions"][: len(own)], *(each.says for each in values)]
    field["x-value-titles"] = {each.name: each.title for each in values if each.title}


def list_formats(block: dict[str, Any]) -> None:
    """The formats that the trainer of this block learns from."""
    known = {each.name for each in formats_of(block["if"]["properties"]["trainer"]["const"])}
    block["then"]["properties"]["data_format"]["enum"] = ["auto", *(name for name in NAMES if name in known)]
