"""The rows of a job as the model sees them: what `hpc data` shows, and what `hpc doctor` says of them."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from hpc_disk.data import data_sets, example_of, sources
from hpc_disk.formats import KINDS
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem, RowPlace, Severity
from hpc_disk.seen import NO_DATA, first_rows, of_files, plain
from hpc_disk.turns import Malformed
from hpc_runner.adapters import check_names
from hpc_runner.data import Prepared, embeddings_of, find, given_system, in_both, prepare, problems_of_all, rows_of
from hpc_runner.errors import RunnerError
from hpc_runner.lengths import Lengths, histogram, padding, summary
from hpc_runner.loading import fetch
from hpc_runner.model import load_tokenizer, model_without_numbers
from hpc_runner.needs import needs_of
from hpc_runner.plan import Plan
from hpc_runner.tokens import IGNORED, Maker

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def prepared_sets(
    plan: Plan, needs: Needs, tokenizer: PreTrainedTokenizerBase, only: str | None = None
) -> list[Prepared]:
    """Every data set of the job, or of one field, tokenized.

    Raises:
        RunnerError: Where one of them cannot be read.
    """
    return [
        prepare(needs, find(needs, field, split, source), tokenizer, embeddings_of(needs), plan.data.system_prompt)
        for field, split, source in data_sets(needs)
        if only in (None, field)
    ]


def until_training(plan: Plan, needs: Needs) -> list[Problem]:
    """What shows only when every row becomes tokens and the model is built: for `hpc doctor`, as a run meets it."""
    try:
        found = fetch(needs)
        if not _has_error(found):
            found += problems_of_all(needs, prepared_sets(plan, needs, load_tokenizer(plan)))
        if not _has_error(found):
            found += try_model(plan)
    except RunnerError as error:
        return problems_in(error)
    return found


def try_model(plan: Plan) -> list[Problem]:
    """Build the model of a job, without its numbers, and look for the modules of its adapter.

    Raises:
        RunnerError: HPC501 where it cannot be loaded, HPC506 where the adapter names modules that it does not have.
    """
    model, found = model_without_numbers(plan)
    check_names(plan, model)
    return found


def _has_error(found: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in found)


def problems_in(error: RunnerError) -> list[Problem]:
    """A refusal as problems."""
    return list(error.problems) or [Problem(error.code, "error", error.subject, error.message, error.help)]


def look(plan: Plan, *, evaluation: bool, row: int | None, ids: bool, **asked: Any) -> dict[str, Any]:
    """What ``hpc data --format json`` prints.

    Args:
        plan: The job.
        evaluation: The evaluation data instead of the training data.
        row: The number of a row to show, counted from 1 over all files; None for none.
        ids: Show its tokens by number, too.
        asked: The options of a run (``skip_bad_rows``, ``sample``).

    Raises:
        RunnerError: Where the tokenizer cannot be read, or there is no such row.
    """
    needs, tokenizer = needs_of(plan, **asked), load_tokenizer(plan)
    field = "eval_data" if evaluation else "train_data"
    if not sources(getattr(needs, field)):
        raise RunnerError("HPC735", *NO_DATA[field])
    found = of_files(needs, field)
    sets: list[Prepared] = []
    if not any(problem.severity == "error" for problem in found):
        try:
            sets = prepared_sets(plan, needs, tokenizer, field)
        except RunnerError as error:
            found += problems_in(error)
    if sets:
        found += _in_both(plan, needs, tokenizer, sets)
    found += [problem for each in sets for problem in (*each.problems(needs), *_repeated(each))]
    answer = _answer(needs, sets)
    if row is not None and sets:
        answer["shown"], of_row = _shown(sets, needs, tokenizer, plan.data.system_prompt, row, ids=ids)
        found += of_row
    answer["problems"] = [plain(problem) for problem in found]
    answer["first"] = first_rows(needs, field)
    return answer


def _answer(needs: Needs, sets: list[Prepared]) -> dict[str, Any]:
    """What the tokens say; ``lengths`` and ``cut`` are null where there are none."""
    lengths: Lengths = sum((Counter(each.facts.lengths) for each in sets), Counter())
    cut = {"rows": sum(each.facts.cut.rows for each in sets), "tokens": sum(each.facts.lost for each in sets)}
    return {
        "format": ", ".join(dict.fromkeys(each.found.format.name for each in sets)) or None,
        "rows": sum(each.facts.read for each in sets),
        "malformed": [place._asdict() for each in sets for place in each.facts.bad],
        "problems": [],
        "lengths": summary(lengths),
        "cut": cut if lengths else None,
        "limit": needs.max_sequence_length,
        "histogram": histogram(lengths),
        "learned": _share(sum(e.facts.learned for e in sets), sum(e.facts.kept for e in sets)),
        "padding": padding(lengths, needs.max_sequence_length, needs.batch_size),
    }


def _in_both(plan: Plan, needs: Needs, tokenizer: PreTrainedTokenizerBase, sets: list[Prepared]) -> list[Problem]:
    other = "train_data" if sets[0].found.field == "eval_data" else "eval_data"
    try:
        return in_both(needs, [*sets, *prepared_sets(plan, needs, tokenizer, other)])
    except RunnerError:
        return []  # It is not what was asked about.


def _repeated(each: Prepared) -> list[Problem]:
    import numpy

    twice = len(each.made.digests) - len(numpy.unique(each.made.digests))
    if not twice:
        return []
    name, field = each.found.source.path, each.found.field
    copies = "row is a copy of another row" if twice == 1 else "rows are copies of other rows"
    message = f"{name}: {twice} {copies}"
    return [Problem("HPC577", "warning", field, message, count=twice)]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _shown(
    sets: list[Prepared],
    needs: Needs,
    tokenizer: PreTrainedTokenizerBase,
    system: str | None,
    number: int,
    *,
    ids: bool,
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """A row's entries, and why it has none where it is malformed."""
    passed = 0
    for each in sets:
        if number <= passed + each.facts.read:
            row = next(islice(rows_of(needs, each.found.source, each.found.split), number - passed - 1, None))
            maker = Maker(tokenizer, KINDS[needs.trainer], needs.max_sequence_length, None)
            try:
                example = given_system(example_of(row, each.found.format), system)[0]
                return [_entry(tokenizer, *made, ids=ids) for made in maker.shown(example)], []
            except Malformed as reason:
                message = f"row {number} is malformed: {row.file} row {row.number}: {reason}"
                place = RowPlace(row.file, row.number, str(reason))
                severity: Severity = "warning" if needs.skip_bad_rows else "error"
                return [], [Problem("HPC524", severity, each.found.field, message, places=(place,), count=1)]
        passed += each.facts.read
    help_ = f"write --row 1 to --row {passed}" if passed else ""
    raise RunnerError("HPC735", f"there is no row {number}: the data has {passed}", help_)


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
    """The histogram as a picture, with the limit as a line.

    Raises:
        RunnerError: HPC736 where it cannot be written.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    width = histogram[1][0] - histogram[0][0] if len(histogram) > 1 else 1
    figure, axes = pyplot.subplots(figsize=(7, 3.5))
    axes.bar([end - width / 2 for end, _ in histogram], [count for _, count in histogram], width=width * 0.9)
    axes.axvline(limit, color="tab:red", linestyle="--", label=f"max_sequence_length {limit}")
    axes.set_xlabel("tokens")
    axes.set_ylabel("rows")
    axes.legend()
    figure.tight_layout()
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).splitlines()[0]
        raise RunnerError(
            "HPC736", f"cannot write {path}: {reason}", "name a .png file in an existing folder"
        ) from error
    pyplot.close(figure)
