"""Files of rows for the tests of data, and what is said about them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from tests.unit.disk.worlds import found


def said(config: dict[str, Any]) -> set[str]:
    """The codes of errors and warnings before a run."""
    return {code for code, each in found(config, must_exist=True).items() if each.severity != "note"}


def as_csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def text_of(row: Any) -> str:
    return str(row["text"]) if isinstance(row, dict) and "text" in row else str(row)


def put(name: str, rows: list[Any]) -> Path:
    """Write the rows as the name says."""
    path, lines = Path(name), "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data/part.jsonl", lines)
            archive.writestr("__MACOSX/part.jsonl", "rubbish")
    else:
        texts = {
            ".json": json.dumps(rows),
            ".jsonl": lines,
            ".txt": "\n".join(map(text_of, rows)),
        }
        path.write_text(texts[path.suffix] if path.suffix in texts else as_csv(rows))
    return path
