"""``--for RELEASES``: the field ``target`` as an option of its own."""

from typing import Final

FOR: Final = "compile for these releases, for example trl==0.24,transformers==4.57 (default: the newest)"


def for_releases(text: str) -> str:
    """The override that ``--set`` would take."""
    return f"target={text}"
