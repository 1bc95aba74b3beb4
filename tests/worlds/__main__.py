"""``python -m tests.worlds N SEED SECONDS REAL``: N worlds, known and drawn ones, judged by doctor and by a run.

So many as REAL says, drawn by the seed, also go through the commands `hpc doctor` and `hpc run`.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.worlds.both import look, make_model, warm_up
from tests.worlds.commands import agree, exit_codes
from tests.worlds.known import KNOWN
from tests.worlds.mutations import drawn
from tests.worlds.world import World

LATE: Final = "refused only when tokens are made"
LEAST: Final = 1 / 3
"""The share of worlds that fail only when tokens are made."""


def main(number: int, seed: int, seconds: int, real: int) -> int:
    """Judge the worlds, print those in which the two disagree, and a table; exit code 1 where there are any.

    No world is begun after so many seconds: the table says how many were judged.
    """
    end = time.monotonic() + seconds
    warm_up()
    worlds = [*KNOWN, *(drawn(seed, index) for index in range(number - len(KNOWN)))]
    with tempfile.TemporaryDirectory() as folder:
        model = make_model(Path(folder))
        seen = judge(worlds, model, end)
        seen += command(random.Random(seed).sample(worlds, real), model, end)
    for what, count in seen.most_common():
        print(f"{count:>6}  {what}")
    few = seen[LATE] < LEAST * seen["judged"] and seen["judged"] == number
    return 1 if seen["disagree"] or seen["commands disagree"] or few else 0


def judge(worlds: Sequence[World], model: Path, end: float) -> Counter[str]:
    """Both sides in this process, up to the first optimizer step."""
    seen: Counter[str] = Counter()
    for world in worlds:
        if time.monotonic() > end:
            break
        both = look(world, model)
        seen["judged"] += 1
        if seen["judged"] % 50 == 0:
            print(f"{seen['judged']} of {len(worlds)} judged", file=sys.stderr, flush=True)
        seen["disagree" if not both.agree else "both refuse" if both.run else "both accept"] += 1
        seen[LATE] += both.late
        seen.update(code for code, _ in both.run)
        if not both.agree:
            print(f"{world.name}\n  doctor: {sorted(both.doctor)}\n  run:    {sorted(both.run)}\n{both.broken}")
    return seen


def command(worlds: Sequence[World], model: Path, end: float) -> Counter[str]:
    """The real commands."""
    seen: Counter[str] = Counter()
    for world in worlds:
        if time.monotonic() > end:
            break
        codes = exit_codes(world, model)
        which = "disagree" if not agree(codes) else "both refuse" if codes["run"] else "both accept"
        seen[f"commands {which}"] += 1
        if not agree(codes):
            print(f"{world.name}: exit codes {codes}")
    return seen


if __name__ == "__main__":
    raise SystemExit(main(*(int(word) for word in sys.argv[1:5])))
