"""The rows of a job as the model sees them: what `hpc data` shows, and what `hpc doctor` says of them."""

from __future__ import annotations

import random
from dataclasses import asdict
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any

from hpc_disk.data import data_sets, example_of
from hpc_disk.formats import KINDS
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.turns import Malformed
from hpc_runner.data import Prepared, embeddings_of, find, prepare, rows_of
from hpc_runner.errors import RunnerError
from hpc_runner.model import load_tokenizer, try_model
from hpc_runner.needs import needs_of
from hpc_runner.plan import Plan
from hpc_runner.tokens import IGNORED, Maker

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

QUANTILES = {"p95": 0.95, "p99": 0.99}
BARS = 12
"""Bars of the histogram."""


def prepared_sets(plan: Plan, needs: Needs, tokenizer: PreTrainedTokenizerBase) -> list[Prepared]:
    """Every data set of the job, tokenized.

    Raises:
        RunnerError: Where one of them cannot be read.
    """
    return [
        prepare(needs, find(needs, field, split, source), tokenizer, embeddings_of(needs), plan.data.system_prompt)
        for field, split, source in data_sets(needs)
    ]


def until_training(plan: Plan, needs: Needs) -> list[Problem]:
    """What shows only when every row becomes tokens and the model is built: for `hpc doctor`, as a run meets it."""
    try:
        sets = prepared_sets(plan, needs, load_tokenizer(plan))
        found = [problem for each in sets for problem in each.problems(needs)]
        if not any(problem.severity == "error" for problem in found):
            try_model(plan)
    except RunnerError as error:
        return list(error.problems) or [Problem(error.code, "error", error.subject, error.message, error.help)]
    return found


def look(plan: Plan, *, evaluation: bool, row: int | None, ids: bool, **asked: Any) -> dict[str, Any]:
    """What ``hpc data --format json`` prints.

    Args:
        plan: The job.
        evaluation: The evaluation data instead of the training data.
        row: The number of a row to show, counted from 1 over all files; None for none.
        ids: Show its tokens by number, too.
        asked: The options of a run (``skip_bad_rows``).

    Raises:
        RunnerError: Where the rows or the tokenizer cannot be read, or there is no such row.
    """
    needs, tokenizer = needs_of(plan, **asked), load_tokenizer(plan)
    split = "eval" if evaluation else "train"
    sets = [each for each in prepared_sets(plan, needs, tokenizer) if each.found.split == split]
    if not sets:
        raise RunnerError("HPC520", "this job has no evaluation data", "set `eval_data` and `eval_strategy`")
    lengths = [length for each in sets for length in each.facts.lengths]
    answer = {
        "format": ", ".join(dict.fromkeys(each.found.format.name for each in sets)),
        "rows": sum(each.facts.read for each in sets),
        "malformed": [asdict(place) for each in sets for place in each.facts.bad],
        "problems": [_plain(problem) for each in sets for problem in (*each.problems(needs), *_repeated(each))],
        "lengths": _summary(lengths),
        "cut": {
            "rows": sum(each.facts.cut.rows for each in sets),
            "tokens": sum(each.facts.lost for each in sets),
        },
        "histogram": _histogram(lengths),
        "learned": _share(sum(e.facts.learned for e in sets), sum(e.facts.kept for e in sets)),
        "padding": _padding([min(n, needs.max_sequence_length) for n in lengths], needs.batch_size),
    }
    if row is not None:
        answer["shown"] = _shown(sets, needs, tokenizer, plan.data.system_prompt, row, ids=ids)
    return answer


def _plain(problem: Problem) -> dict[str, Any]:
    """A problem in the words of the JSON answer."""
    place = problem.places[0] if problem.places else None
    return {
        **{key: getattr(problem, key) for key in ("code", "severity", "message", "help")},
        "file": place.file if place else None,
        "row": place.row if place else None,
        "count": problem.count,
    }


def _repeated(each: Prepared) -> list[Problem]:
    seen: set[int] = set()
    twice = 0
    columns = [name for name in ("input_ids", "prompt_ids", "chosen_ids", "rejected_ids") if name in each.rows.features]
    for made in each.rows.select_columns(columns) if columns else ():
        key = hash(tuple(tuple(made[name]) for name in columns))
        twice += key in seen
        seen.add(key)
    if not twice:
        return []
    name, field = each.found.source.path, each.found.field
    message = f"{twice} row{'s' * (twice != 1)} of {name} {'is' if twice == 1 else 'are'} in it more than once"
    return [Problem("HPC577", "warning", field, message, count=twice)]


def _summary(lengths: list[int]) -> dict[str, int] | None:
    if not lengths:
        return None
    ordered = sorted(lengths)
    quantiles = {name: ordered[ceil(len(ordered) * share) - 1] for name, share in QUANTILES.items()}
    return {"min": ordered[0], "median": ordered[(len(ordered) - 1) // 2], **quantiles, "max": ordered[-1]}


def _histogram(lengths: list[int]) -> list[list[int]]:
    """Bars as pairs: the longest row of a bar in tokens, and how many rows it has."""
    if not lengths:
        return []
    width = max(1, ceil(max(lengths) / BARS))
    counts = [0] * ceil(max(lengths) / width)
    for length in lengths:
        counts[max(0, ceil(length / width) - 1)] += 1
    return [[width * (number + 1), count] for number, count in enumerate(counts)]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _padding(lengths: list[int], batch: int) -> float | None:
    """The share of padding in shuffled batches of this size."""
    shuffled = list(lengths)
    random.Random(0).shuffle(shuffled)  # noqa: S311 - not for secrets
    batches = [shuffled[start : start + batch] for start in range(0, len(shuffled), batch)]
    padded = sum(max(each) * len(each) for each in batches)
    return round(1 - sum(shuffled) / padded, 4) if padded else None


def _shown(
    sets: list[Prepared],
    needs: Needs,
    tokenizer: PreTrainedTokenizerBase,
    system: str | None,
    number: int,
    *,
    ids: bool,
) -> list[dict[str, Any]]:
    passed = 0
    for each in sets:
        if number <= passed + each.facts.read:
            row = next(islice(rows_of(needs, each.found.source, each.found.split), number - passed - 1, None))
            maker = Maker(tokenizer, KINDS[needs.trainer], needs.max_sequence_length, None)
            try:
                example = example_of(row, each.found.format)
                turns = example.get("messages") or example.get("prompt")
                if system and turns and turns[0]["role"] != "system":
                    turns.insert(0, {"role": "system", "content": system})
                return [_entry(tokenizer, *made, ids=ids) for made in maker.shown(example)]
            except Malformed as reason:
                message = f"row {number} is malformed: {row.file} row {row.number}: {reason}"
                raise RunnerError("HPC524", message, "show another row") from None
        passed += each.facts.read
    raise RunnerError("HPC721", f"there is no row {number}: the data has {passed}", f"write --row 1 to --row {passed}")


def _entry(tokenizer: PreTrainedTokenizerBase, tokens: list[int], labels: list[int], *, ids: bool) -> dict[str, Any]:
    runs: list[list[int]] = [[]]
    for token, label in zip(tokens, labels, strict=True):
        if label != IGNORED:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    pieces: list[list[Any]] = []
    for token, label in zip(tokens, labels, strict=True):
        if not pieces or pieces[-1][0] != (label != IGNORED):
            pieces.append([label != IGNORED, []])
        pieces[-1][1].append(token)
    entry: dict[str, Any] = {
        "text": tokenizer.decode(tokens),
        "learned": [tokenizer.decode(run) for run in runs if run],
        "pieces": [[learned, tokenizer.decode(piece)] for learned, piece in pieces],
    }
    return {**entry, "input_ids": tokens, "labels": labels} if ids else entry


def draw(histogram: list[list[int]], limit: int, path: str) -> None:
    """The histogram as a picture, with the limit as a line."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    width = histogram[0][0] if histogram else 1
    figure, axes = pyplot.subplots(figsize=(7, 3.5))
    axes.bar([end - width / 2 for end, _ in histogram], [count for _, count in histogram], width=width * 0.9)
    axes.axvline(limit, color="tab:red", linestyle="--", label=f"max_sequence_length {limit}")
    axes.set_xlabel("tokens")
    axes.set_ylabel("rows")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
