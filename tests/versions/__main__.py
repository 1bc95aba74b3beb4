"""``make versions``: install every pair of releases that hpc supports, and test what is compiled for it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hpc.targets.releases import PAIRS
from tests.versions.arguments import take
from tests.versions.overlays import install


def main(count: int, seed: int) -> int:
    """Print one line a pair; returns 1 where a class of a release found a fault."""
    wrong = 0
    with TemporaryDirectory() as folder:
        for pair in PAIRS:
            answer = take(install(pair), pair, Path(folder), seed=seed, count=count)
            faults = answer["faults"]
            print(f"{pair.name}: {answer['configs']} configs, {sum(faults.values())} faults")
            print("".join(f"  {number} × {fault}\n" for fault, number in faults.items()), end="")
            wrong += bool(faults)
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:3])))
