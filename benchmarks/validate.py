"""How fast hpc is, relative to other tools measured in the same run. Run it with ``make bench``.

In process: reading and checking the whole forty-key document, beside jsonschema on the same values and json.loads on
the same text. As a process: ``hpc validate`` and ``hpc compile``, beside an empty Python and ``import transformers``.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
from rich.console import Console
from rich.table import Table

from hpc.check import check
from hpc.compile import compile_document
from hpc.source import parse
from hpc_schema import properties, schema
from hpc_schema.validator import is_valid

VALUES = {name: s["default"] for name, s in properties().items() if "default" in s}
TEXT = json.dumps(VALUES, indent=2)
JSONSCHEMA = jsonschema.Draft7Validator(schema())


def median(call: Callable[[], object], rounds: int, inner: int) -> float:
    """Seconds per call: the median of ``rounds`` means over ``inner`` calls."""
    samples = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(inner):
            call()
        samples.append((time.perf_counter() - start) / inner)
    return statistics.median(samples)


def process(*arguments: str) -> Callable[[], object]:
    """A call that runs a Python process to its end."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def table(title: str, unit: float, name: str, rows: dict[str, float]) -> Table:
    """Medians, and their ratio to the first row."""
    shown = Table("", f"median, {name}", "ratio", title=title)
    first = next(iter(rows.values()))
    for label, seconds in rows.items():
        shown.add_row(label, f"{seconds / unit:.1f}", f"{seconds / first:.2f}")
    return shown


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_text(TEXT)
        inside = {
            "json.loads": median(lambda: json.loads(TEXT), 50, 20),
            "generated validator": median(lambda: is_valid(VALUES), 50, 20),
            "hpc: read and check": median(lambda: check(parse(TEXT, "json", "c.json")), 50, 20),
            "hpc: read, check and compile": median(lambda: compile_document(parse(TEXT, "json", "c.json")), 50, 5),
            "jsonschema": median(lambda: JSONSCHEMA.is_valid(VALUES), 50, 5),
        }
        outside = {
            "python -c pass": median(process("-c", "pass"), 11, 1),
            "hpc validate": median(process("-m", "hpc.cli", "validate", str(path)), 11, 1),
            "hpc compile": median(process("-m", "hpc.cli", "compile", str(path), "--emit", "plan.json"), 11, 1),
            "import transformers": median(process("-c", "import transformers"), 3, 1),
        }
    console = Console()
    console.print(table("In process, a document of all fields", 1e-6, "µs", inside))
    console.print(table("As a process", 1e-3, "ms", outside))


if __name__ == "__main__":
    main()
