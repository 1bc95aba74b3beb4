"""``make versions``: install every pair of releases that hpc supports, test it, and write the page Supported releases.

``make versions ONLY=0.24`` tests the pairs of that TRL; the page then has the earlier results of the others. Each pair
gets random configs for its argument classes, and trainings whose figures must be those of the newest pair.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hpc.targets.releases import PAIRS, Pair
from tests.versions import page
from tests.versions.arguments import take
from tests.versions.overlays import FOLDER, install, python_of
from tests.versions.trainings import compile_jobs, differences, jobs, train

NEWEST: Final = PAIRS[-1]


def main(count: int, seed: int, only: str = "") -> int:
    """Test pairs from the newest on, and print one line a fault; returns 1 where there was any."""
    model = FOLDER / "tiny"
    wrong = 0
    for pair in reversed(PAIRS):
        if pair.trl.startswith(only) or not result_file(pair).exists():
            found = proved(pair, model, count=count, seed=seed)
            result_file(pair).write_text(json.dumps(found), encoding="utf-8")
            wrong += say(pair, found)
    results = {pair: json.loads(result_file(pair).read_text(encoding="utf-8")) for pair in PAIRS}
    page.write(results)
    return int(wrong > 0)


def result_file(pair: Pair) -> Path:
    """Where what was seen of a pair is kept."""
    return FOLDER / f"trl-{pair.trl}-transformers-{pair.transformers}.json"


def proved(pair: Pair, model: Path, *, count: int, seed: int) -> dict[str, Any]:
    """What was seen of one pair."""
    python = install(pair)
    oldest = python_of(PAIRS[0]) or install(PAIRS[0])
    if not model.exists():  # Written by the oldest release, which the others all read.
        make = f"from tests.end_to_end.tiny import make_tiny; from pathlib import Path; make_tiny(Path({str(model)!r}))"
        subprocess.run([oldest, "-c", make], check=True, cwd=Path(__file__).parents[2])
    with TemporaryDirectory() as folder:
        answer = take(python, pair, Path(folder), seed=seed, count=count)
        refused = compile_jobs(pair, model, Path(folder), list(jobs()))
        trained = train(python, Path(folder))
    return {
        "date": date.today().isoformat(),
        "configs": answer["configs"],
        "faults": answer["faults"],
        "refused": refused,
        "trained": trained,
    }


def say(pair: Pair, found: dict[str, Any]) -> int:
    """Print what is wrong with a pair; returns how much."""
    newest = json.loads(result_file(NEWEST).read_text(encoding="utf-8"))["trained"]
    wrong = {f"{number} × {fault}": "" for fault, number in found["faults"].items()}
    wrong |= {name: text for name, text in differences(found["trained"], newest).items() if text}
    print(f"{pair.name}: {found['configs']} configs, {len(found['trained'])} trainings, {len(wrong)} faults")
    for name, text in wrong.items():
        print(f"  {name} {text}")
    return len(wrong)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:4]))
