"""``python -m tests.worlds N SEED SECONDS``: N worlds, known and drawn ones, judged by doctor and by a run."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.end_to_end.tiny import make_tiny
from tests.worlds.both import look, warm_up
from tests.worlds.known import KNOWN
from tests.worlds.mutations import drawn


def main(number: int, seed: int, seconds: int) -> int:
    """Judge the worlds, print those in which the two disagree, and a table; exit code 1 where there are any.

    No world is begun after so many seconds: the table says how many were judged.
    """
    end = time.monotonic() + seconds
    warm_up()
    worlds = [*KNOWN, *(drawn(seed, index) for index in range(number - len(KNOWN)))]
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        model = make_tiny(Path(folder, "model"))
        for world in worlds:
            if time.monotonic() > end:
                break
            seen["judged"] += 1
            both = look(world, model)
            seen["disagree" if not both.agree else "both refuse" if both.run else "both accept"] += 1
            seen.update(code for code, _ in both.run)
            if not both.agree:
                print(f"{world.name}\n  doctor: {sorted(both.doctor)}\n  run:    {sorted(both.run)}\n{both.broken}")
    for what, count in seen.most_common():
        print(f"{count:>6}  {what}")
    return 1 if seen["disagree"] else 0


if __name__ == "__main__":
    raise SystemExit(main(*(int(word) for word in sys.argv[1:4])))
