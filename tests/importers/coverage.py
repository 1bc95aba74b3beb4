"""What `hpc import` makes of the configs that real users wrote: a table, by repository.

``python tests/importers/coverage.py [CORPUS]`` prints it. The corpus is not part of the project.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpc.check import check
from hpc.importers.reading import Import, import_source
from hpc.importers.render import to_text
from hpc.importers.source import Source
from hpc.importers.tools import recognize
from hpc.source import parse

CORPUS = Path(os.environ.get("HPC_SHARED", Path(__file__).parents[3] / "shared")) / "corpus" / "users_configs.jsonl"


@dataclass
class Coverage:
    """Counted by kind of config; a repository counts once, by the share of its configs."""

    configs: int = 0
    unrecognized: list[str] = field(default_factory=list)
    keys: int = 0
    accounted: int = 0
    valid: int = 0
    same: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    losses: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    invalid: Counter[str] = field(default_factory=Counter)

    @property
    def by_repository(self) -> float:
        """The mean over the repositories of the share of their jobs of which nothing is lost."""
        shares = [sum(found) / len(found) for found in self.same.values()]
        return sum(shares) / max(1, len(shares))


def rows(path: Path = CORPUS) -> Iterable[dict[str, Any]]:
    """The corpus, line by line."""
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def imported(row: dict[str, Any]) -> Import | None:
    """One config of the corpus, imported; None where no tool is recognized."""
    tool = recognize(row["keys"])
    return None if tool is None else import_source(Source("corpus.yaml", "", row["keys"], {}), tool)


def measure(path: Path = CORPUS) -> dict[str, Coverage]:
    """Kind → what became of its configs."""
    found: dict[str, Coverage] = defaultdict(Coverage)
    for row in rows(path):
        coverage = found[row["kind"]]
        coverage.configs += 1
        coverage.keys += len(row["keys"])
        done = imported(row)
        if done is None:
            coverage.unrecognized.append(str(row["keys"]))
            coverage.same[row["source"]].append(False)
            continue
        coverage.accounted += len(done.outcomes.keys() & row["keys"].keys())
        coverage.same[row["source"]].append(not done.losses)
        for key, outcome in done.losses.items():
            coverage.losses[f"{key}: {outcome.why}"].add(row["source"])
        errors = check(parse(to_text(done, "yaml"), "yaml", "imported.yaml")).errors
        coverage.valid += not errors
        coverage.invalid.update(f"{d.code} {d.message}" for d in errors)
    return found


def main() -> None:
    """Print the table, and what is lost most."""
    found = measure(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS)
    print(f"{'kind':<14}{'configs':>8}{'known':>7}{'keys accounted':>16}{'same, by repository':>21}{'valid':>8}")
    for kind, c in found.items():
        known, keys = c.configs - len(c.unrecognized), c.accounted / c.keys
        print(f"{kind:<14}{c.configs:>8}{known:>7}{keys:>16.1%}{c.by_repository:>21.1%}{c.valid / max(1, known):>8.1%}")
    shares = [sum(done) / len(done) for kind, c in found.items() if kind != "ms-swift" for done in c.same.values()]
    print(f"{'but ms-swift':<14}{'':>31}{sum(shares) / len(shares):>21.1%}")
    for kind, c in found.items():
        print(f"\n{kind}: lost in most repositories")
        for reason, sources in sorted(c.losses.items(), key=lambda item: -len(item[1]))[:20]:
            print(f"  {len(sources):>3}  {reason[:150]}")
        for error, count in c.invalid.most_common(8):
            print(f"  invalid {count:>3}  {error[:150]}")
        for keys in c.unrecognized[:5]:
            print(f"  not recognized: {keys[:200]}")


if __name__ == "__main__":
    main()
