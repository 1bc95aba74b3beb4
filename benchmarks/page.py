"""Writes what was measured: a table on the terminal, and a section of docs/reference/speed.md with a picture."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from pairs import Row

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/speed.md"


def section(name: str, tables: dict[str, Sequence[Row]], not_measured: Iterable[str]) -> None:
    """Print the tables, and put them between the marks of this section on the page."""
    parts = [f"Measured on {machine()}, at {commit()}, at a load of {os.getloadavg()[2]:.0f}.", ""]
    for title, rows in tables.items():
        parts += [f"### {title}", "", "| measure | figure | ratio | goal | |", "|---|---|---|---|---|"]
        parts += [f"| {r.name} | {r.figure} | {_ratio(r)} | {r.goal} | {_verdict(r)} |" for r in rows]
        parts.append("")
    parts += [f"Not measured: {reason}." for reason in not_measured]
    drawn = [row for rows in tables.values() for row in rows if row.ratio]
    if drawn:
        picture(ROOT / f"docs/pictures/speed-{name}.svg", drawn)
        parts += ["", f"![Ratios](../pictures/speed-{name}.svg)"]
    text = "\n".join(parts).strip()
    print(text)
    before, after = f"<!-- {name} -->", f"<!-- end of {name} -->"
    page = PAGE.read_text(encoding="utf-8")
    assert before in page, f"{PAGE} has no section {name}"
    whole = re.sub(f"{before}.*?{after}", lambda _: f"{before}\n{text}\n{after}", page, flags=re.DOTALL)
    PAGE.write_text(whole, encoding="utf-8")


def _ratio(row: Row) -> str:
    return "" if row.ratio is None else f"{row.ratio:.2f}×"


def _verdict(row: Row) -> str:
    return {True: "met", False: "**not met**", None: ""}[row.met]


def picture(path: Path, rows: Sequence[Row]) -> None:
    """A bar for each ratio."""
    from matplotlib import pyplot

    pyplot.rcParams["svg.hashsalt"] = "hpc"
    figure, axes = pyplot.subplots(figsize=(8, 0.4 * len(rows) + 1))
    axes.barh([row.name for row in rows], [row.ratio or 0 for row in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlabel("ratio")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def machine() -> str:
    """The processor, its cores, the system and Python."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else [platform.processor()]
    return f"{len(names)} × {names[0]}, {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    """The commit that was measured."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return f"commit {found.stdout.strip()}"
