"""The table of the family matrix, as the page docs/reference/models.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "models.md"
BEGIN, END = "<!-- models tried -->\n", "<!-- end -->\n"


def write(table: dict[str, dict[str, Any]]) -> None:
    """Put the table between its marks."""
    cells = list(next(iter(table.values())))
    head = [f"| family | {' | '.join(cells)} |", f"|---|{'---|' * len(cells)}"]
    rows = [f"| {family} | {' | '.join(str(row[cell]) for cell in cells)} |" for family, row in table.items()]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + "\n".join([*head, *rows]) + "\n" + END + after, encoding="utf-8")
