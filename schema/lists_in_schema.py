"""The lists of losses and data formats in the schema, from their own values: editors need them written out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, Literal

from hpc_disk.formats import NAMES, formats_of
from hpc_disk.losses import LOSSES, Loss

LISTED: Final[dict[str, tuple[Literal["if", "then"], Callable[[Loss], bool]]]] = {
    "HPC205": ("if", lambda loss: not loss.smoothable),
    "HPC206": ("if", lambda loss: loss.supervised != "can be mixed in"),
    "HPC207": ("then", lambda loss: loss.beta != "divides"),
    "HPC212": ("then", lambda loss: loss.smallest_batch == 1),
    "HPC218": ("if", lambda loss: loss.table != "simpo"),
}
"""Code of a rule → the part of its block that lists losses, and which losses it lists."""
FORMATS_OF_TRAINER: Final = "HPC211"


def with_lists(text: str) -> str:
    """The schema's text, with every list of losses and formats as these say."""
    whole = json.loads(text)
    whole["definitions"]["pref_loss"]["enum"] = list(LOSSES)
    for block in whole["allOf"]:
        code = block.get("x-rule", {}).get("code")
        if code in LISTED:
            part, listed = LISTED[code]
            block[part]["properties"]["pref_loss"]["enum"] = [name for name, loss in LOSSES.items() if listed(loss)]
        elif code == FORMATS_OF_TRAINER:
            list_formats(block)
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def list_formats(block: dict[str, Any]) -> None:
    """The formats that the trainer of this block learns from."""
    known = {each.name for each in formats_of(block["if"]["properties"]["trainer"]["const"])}
    block["then"]["properties"]["data_format"]["enum"] = ["auto", *(name for name in NAMES if name in known)]
