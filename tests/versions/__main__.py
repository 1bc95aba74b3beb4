"""``make versions``: install every pair of releases that hpc supports, test it, and write the page Supported releases.

``make versions ONLY=0.24`` tests the pairs of that TRL; the page then has the earlier results of the others.
Each pair gets random configs for its argument classes, and trainings whose figures must be those of the newest pair.
``JOB=two,packed`` trains only the jobs with such names; the other results of the pair stay.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hpc.targets.releases import PAIRS, Pair
from tests.versions import page
from tests.versions.arguments import take
from tests.versions.models import models
from tests.versions.overlays import FOLDER, install
from tests.versions.trainings import compile_jobs, differences, jobs, train

NEWEST: Final = PAIRS[-1]


def main(count: int, seed: int, only: str = "", job: str = "") -> int:
    """Test pairs from the newest on, and print one line a fault; returns 1 where there was any."""
    wrong = 0
    for pair in reversed(PAIRS):
        if pair.trl.startswith(only) or not result_file(pair).exists():
            found = (
                trained_again(pair, job) if job and result_file(pair).exists() else proved(pair, count=count, seed=seed)
            )
            result_file(pair).write_text(json.dumps(found), encoding="utf-8")
            wrong += say(pair, found)
    results = {pair: json.loads(result_file(pair).read_text(encoding="utf-8")) for pair in PAIRS}
    page.write(results)
    return int(wrong > 0)


def result_file(pair: Pair) -> Path:
    """Where what was seen of a pair is kept."""
    return FOLDER / f"trl-{pair.trl}-transformers-{pair.transformers}.json"


def proved(pair: Pair, *, count: int, seed: int) -> dict[str, Any]:
    """What was seen of one pair."""
    with TemporaryDirectory() as folder:
        answer = take(install(pair), pair, Path(folder), seed=seed, count=count)
    figures = {"date": date.today().isoformat(), "configs": answer["configs"], "faults": answer["faults"]}
    return figures | trainings(pair, list(jobs()))


def trainings(pair: Pair, names: list[str]) -> dict[str, dict[str, Any]]:
    """What was refused, with the reason, and what the others left."""
    models(FOLDER, install(PAIRS[0]))
    with TemporaryDirectory() as folder:
        refused = compile_jobs(pair, FOLDER, Path(folder), names)
        return {"refused": refused, "trained": train(install(pair), Path(folder))}


def trained_again(pair: Pair, job: str) -> dict[str, Any]:
    """The earlier results of a pair, with those of the jobs that have such a name in the place of theirs."""
    found: dict[str, Any] = json.loads(result_file(pair).read_text(encoding="utf-8"))
    new = trainings(pair, [name for name in jobs() if any(part in name for part in job.split(","))])
    return found | {kind: found[kind] | results for kind, results in new.items()}


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
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5]))
