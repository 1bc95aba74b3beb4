"""The lists of preference losses in the schema, from the losses' own values: editors need them written out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final, Literal

from hpc_disk.losses import LOSSES, Loss

LISTED: Final[dict[str, tuple[Literal["if", "then"], Callable[[Loss], bool]]]] = {
    "HPC205": ("if", lambda loss: not loss.smoothable),
    "HPC206": ("if", lambda loss: loss.supervised != "can be mixed in"),
    "HPC207": ("then", lambda loss: loss.beta != "divides"),
    "HPC212": ("then", lambda loss: loss.smallest_batch == 1),
    "HPC218": ("if", lambda loss: loss.table != "simpo"),
}
"""Code of a rule → the part of its block that lists losses, and which losses it lists."""


def with_losses(text: str) -> str:
    """The schema's text, with every list of losses as the losses say."""
    whole = json.loads(text)
    whole["definitions"]["pref_loss"]["enum"] = list(LOSSES)
    for block in whole["allOf"]:
        code = block.get("x-rule", {}).get("code")
        if code in LISTED:
            part, listed = LISTED[code]
            block[part]["properties"]["pref_loss"]["enum"] = [name for name, loss in LOSSES.items() if listed(loss)]
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
