"""How fast rows become tokens, beside LLaMA-Factory on the same rows and tokenizer. Run it with ``make bench-data``.

Prints each figure beside its goal, and writes the table, a picture, the machine and the commit into
docs/reference/data-speed.md. The rows are made by a fixed seed. LLaMA-Factory comes from PyPI; where it cannot be
had or does not run, that is said and it is not measured.
"""

from __future__ import annotations

import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # The tests' small tokenizer.
PAGE = ROOT / "docs" / "reference" / "data-speed.md"
PICTURE = PAGE.with_suffix(".svg")
BEGIN, END = "<!-- measured -->\n", "<!-- end -->\n"
OTHER = "llamafactory==0.9.5"
CACHE = ROOT / ".cache" / "llamafactory"
FEW = 20_000
"""Rows whose time is compared; the best of ``ROUNDS`` counts."""
ROUNDS = 3
SMALL, LARGE = 1000, 1_000_000
"""Rows whose memory is compared."""
WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "a",
    "lazy",
    "dog",
    "what",
    "is",
    "capital",
    "of",
    "France",
    "Paris",
    "course",
    "learning",
    "rate",
    "batch",
    "size",
    "epochs",
    "model",
    "question",
    "answer",
    "compiler",
    "page",
    "numbers",
    "into",
    "trained",
    "once",
    "upon",
    "time",
    "there",
    "was",
]
SECONDS = 3000
"""The most that one measurement takes."""


@dataclass(frozen=True)
class Figure:
    """One line of the table; ``value`` is in the words of the table, ``ratio`` must be at most 1."""

    name: str
    value: str
    goal: str
    ratio: float | None


def question(chance: random.Random, turns: int = 1) -> dict[str, Any]:
    """A row: one question in Alpaca's format, or a conversation of several turns."""
    said = [(" ".join(chance.choices(WORDS, k=12)), " ".join(chance.choices(WORDS, k=20))) for _ in range(turns)]
    if turns == 1:
        return {"instruction": said[0][0], "input": "", "output": said[0][1]}
    pairs = (({"role": "user", "content": a}, {"role": "assistant", "content": b}) for a, b in said)
    return {"messages": [turn for pair in pairs for turn in pair]}


def write(path: Path, count: int, turns: int = 1) -> str:
    """A file of rows."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(count):
            file.write(json.dumps(question(chance, turns)) + "\n")
    return str(path)


def measured(folder: Path, what: str, file: str, *, cores: int | None = 1, fresh: bool = True) -> dict[str, Any]:
    """One measurement in a process of its own, on so many cores."""
    cache = folder / "cache"
    if fresh:
        shutil.rmtree(cache, ignore_errors=True)
    paths = [str(ROOT), *([str(CACHE)] if what == "llamafactory" else [])]
    environment = os.environ | {
        "HPC_CACHE": str(cache / "hpc"),
        "HF_HOME": str(cache / "hf"),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(paths),
    }

    def pinned() -> None:
        if cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))

    command = [sys.executable, str(ROOT / "benchmarks/rows_child.py"), what, file, str(folder / "tokenizer")]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, preexec_fn=pinned
    )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no answer"])[-1])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def per_row(folder: Path, what: str, file: str) -> float:
    """Microseconds of CPU time for a row: the best of some rounds."""
    found = [measured(folder, what, file) for _ in range(ROUNDS)]
    return min(each["cpu"] / each["rows"] for each in found) * 1e6


def other(folder: Path, file: str) -> tuple[float | None, str]:
    """LLaMA-Factory's time for a row, or why it was not measured."""
    if not (CACHE / "llamafactory").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(CACHE), OTHER]
        if subprocess.run(command, capture_output=True, timeout=600).returncode:
            return None, f"not measured: {OTHER} cannot be had from PyPI here"
    try:
        return per_row(folder, "llamafactory", file), ""
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return None, f"not measured: {OTHER} does not run here ({error})"


def figures(folder: Path, large: int) -> list[Figure]:
    """Everything, measured now."""
    few = write(folder / "few.jsonl", FEW)
    own, (theirs, why) = per_row(folder, "hpc", few), other(folder, few)
    print(f"hpc {own:.0f} µs, LLaMA-Factory {theirs and round(theirs)} µs {why}", flush=True)
    times = {n: measured(folder, "hpc", write(folder / f"{n}.jsonl", 300, n))["cpu"] / n for n in (20, 160)}
    small = measured(folder, "hpc", write(folder / "small.jsonl", SMALL), cores=None)
    rows = write(folder / "large.jsonl", large)
    first = measured(folder, "hpc", rows, cores=None)
    again = (measured(folder, "hpc", rows, cores=None, fresh=False) for _ in range(ROUNDS))
    second = min(again, key=lambda each: each["cpu"])
    return [
        Figure(
            "CPU time for a row",
            f"{own:.0f} µs",
            f"LLaMA-Factory: {theirs:.0f} µs" if theirs else why,
            own / theirs if theirs else None,
        ),
        Figure(
            "CPU time for a turn, 160 turn pairs to 20",
            f"× {times[160] / times[20]:.2f}",
            "linear: at most × 1.25",
            times[160] / times[20] / 1.25,
        ),
        Figure(
            f"peak memory of a process, {large:,} rows to {SMALL:,}",
            f"{first['peak'] / 2**20:.0f} MiB to {small['peak'] / 2**20:.0f} MiB",
            "at most × 1.5",
            first["peak"] / small["peak"] / 1.5,
        ),
        Figure(
            f"first start, {large:,} rows",
            f"{first['cpu']:.0f} s of CPU time ({first['wall']:.0f} s on the clock, {_cores()} cores)",
            "",
            None,
        ),
        Figure(
            f"second start, {large:,} rows",
            f"{second['cpu']:.2f} s of CPU time ({second['wall']:.2f} s on the clock)",
            "under 1 s",
            second["cpu"],
        ),
    ]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> str:
    """The processor, its cores and the commit."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return f"{model}, {_cores()} cores, Python {platform.python_version()}, commit {commit.stdout.strip()}"


def table(found: list[Figure]) -> list[str]:
    """The figures as a table of Markdown."""
    lines = ["| | measured | goal | measured / goal |", "|---|---|---|---|"]
    return lines + [
        f"| {each.name} | {each.value} | {each.goal} | {'' if each.ratio is None else f'{each.ratio:.2f}'} |"
        for each in found
    ]


def draw(found: list[Figure]) -> None:
    """The ratios as bars beside the goal."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    judged = [(each.name, each.ratio) for each in found if each.ratio is not None]
    figure, axes = pyplot.subplots(figsize=(8, 0.6 * len(judged) + 1))
    axes.barh([name for name, _ in judged], [ratio for _, ratio in judged], color="tab:blue")
    axes.axvline(1, color="tab:red", linestyle="--", label="goal")
    axes.set_xlabel("measured / goal (less is better)")
    axes.invert_yaxis()
    axes.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})
    pyplot.close(figure)


def main() -> int:
    """Measure, print, write. Returns 1 where a goal is missed."""
    from tests.end_to_end.tiny import make_tokenizer

    large = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_tokenizer().save_pretrained(folder / "tokenizer")
        found = figures(folder, large)
    lines = [*table(found), "", f"Measured on: {machine()}.", ""]
    print("\n".join(lines))
    draw(found)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{chr(10).join(lines)}{END}{rest.partition(END)[2]}", encoding="utf-8")
    return int(any(each.ratio is not None and each.ratio > 1 for each in found))


if __name__ == "__main__":
    sys.exit(main())
