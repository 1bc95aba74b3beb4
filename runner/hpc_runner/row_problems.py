"""What the tokens of a data set say, as problems: the same for `hpc data`, `hpc doctor` and the run."""

from __future__ import annotations

from collections.abc import Iterator

from hpc_disk.data import malformed
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_runner.facts import Count, Facts
from hpc_runner.lengths import longest, that_keeps
from hpc_runner.today import FIXED

NAMES = {
    "system": "system text",
    "user": "question",
    "tool": "output of a tool",
    "assistant": "answer",
    "reasoning": "reasoning",
}
"""What a row misses, by role."""


def problems_of(facts: Facts, name: str, field: str, limit: int, *, skip: bool) -> Iterator[Problem]:
    """Everything, errors first.

    Args:
        facts: What was seen.
        name: The data set's path.
        field: The field that names it.
        limit: ``max_sequence_length``, in tokens.
        skip: Malformed rows are left out instead of refused.
    """
    if facts.malformed:
        yield malformed(name, facts.bad, total=facts.read, count=facts.malformed, skip=skip, field=field, sampled=False)
    yield from _refused(facts, name, field, limit)
    yield from _lost(facts, name, field, limit)
    yield from _changed(facts, name, field)


def _refused(facts: Facts, name: str, field: str, limit: int) -> Iterator[Problem]:
    if facts.beyond.rows:
        message = f"{_rows(facts.beyond)} of {name} {_has(facts.beyond)} a token that the model has no embedding for"
        first = f": {facts.beyond.about} in {_first(facts.beyond)}"
        help_ = "remove the token from the rows, or enlarge the embeddings (resize_token_embeddings)"
        yield Problem("HPC573", "error", field, message + first, help_, also=("model",), count=facts.beyond.rows)
    made = facts.made
    if made and facts.dropped.rows == made:
        message = f"no row of {name} has a token to learn from within {limit} tokens"
        help_ = _keeps(facts, limit)
        yield Problem("HPC569", "error", field, message, help_, also=("max_sequence_length",), count=made)
    elif facts.dropped.rows:
        message = (
            f"{facts.dropped.rows} of {made} rows of {name} {_has(facts.dropped)} no answer within {limit} tokens "
            f"and {_are(facts.dropped)} left out, first {_first(facts.dropped)}"
        )
        help_ = _keeps(facts, limit)
        yield Problem(
            "HPC569", "warning", field, message, help_, also=("max_sequence_length",), count=facts.dropped.rows
        )


def _lost(facts: Facts, name: str, field: str, limit: int) -> Iterator[Problem]:
    if facts.cut.rows:
        made = facts.made
        one = facts.cut.rows == 1
        message = (
            f"{facts.cut.rows} of {made} rows of {name} {'is' if one else 'are'} longer than {limit} tokens and "
            f"{'loses its' if one else 'lose their'} end; {longest(facts.lengths)} keeps all"
        )
        also = ("max_sequence_length",)
        yield Problem("HPC568", "warning", field, message, _keeps(facts, limit), also=also, count=facts.cut.rows)
    if facts.equal.rows:
        message = f"{_rows(facts.equal)} of {name} {_has(facts.equal)} two answers that are equal within {limit} tokens"
        help_ = _keeps(facts, limit)
        yield Problem("HPC578", "warning", field, message, help_, also=("max_sequence_length",), count=facts.equal.rows)
    for role, count in facts.missing.items():
        message = f"the chat template leaves out the {NAMES[role]} of {_rows(count)} of {name}, first {_first(count)}"
        yield Problem("HPC571", "warning", field, message, also=("model",), count=count.rows)
    if facts.control.rows:
        count = facts.control
        where = f"{count.about} in {_first(count)}"
        message = f"{_rows(count)} of {name} {_has(count)} a special token in the text: {where}"
        yield Problem("HPC572", "warning", field, message, count=count.rows)


def _changed(facts: Facts, name: str, field: str) -> Iterator[Problem]:
    if facts.unended.rows:
        message = f"the chat template does not end the answers of {name}: the end of sequence is appended"
        yield Problem("HPC575", "note", field, message, also=("model",), count=facts.unended.rows)
    if facts.endless.rows:
        number = facts.endless.rows
        message = (
            f"{number} {'row' if number == 1 else 'rows'} of {name} {'has' if number == 1 else 'have'} no end: the "
        )
        message += "tokenizer has no end of sequence, so the model does not learn to stop"
        yield Problem("HPC579", "warning", field, message, also=("model",), count=number)
    if facts.day:
        message = f"the chat template writes the date {facts.day} into the rows of {name}"
        help_ = f"to make the same rows on another day, set {FIXED}; a resumed run keeps its date"
        yield Problem("HPC574", "note", field, message, help_, also=("model",), count=facts.made)
    if facts.several.rows:
        number = facts.several.rows
        become = "conversation of {} becomes" if number == 1 else "conversations of {} become"
        message = (
            f"{number} {become.format(name)} several rows, one for each answer: the chat template shows earlier "
            "answers differently from how they are generated"
        )
        yield Problem("HPC576", "note", field, message, also=("model",), count=number)


def evaluated_too(name: str, both: int, rows: int) -> Iterator[Problem]:
    """Rows of an evaluation data set that are trained on, too."""
    if both:
        message = f"{both} of {rows} rows of {name} {'is' if both == 1 else 'are'} also in the training data"
        help_ = "evaluate on other rows"
        yield Problem("HPC563", "warning", "eval_data", message, help_, also=("train_data",), count=both)


def nothing_chosen(needs: Needs, kept: int, evaluated: int) -> Iterator[Problem]:
    """Rows are left of the data, but none of those that were chosen for one side."""
    sides = [("train_data", "training", kept)]
    sides += [("eval_split", "evaluation", evaluated)] if needs.eval_split else []
    for field, side, rows in sides:
        if not rows:
            message = f"none of the rows chosen for {side} has an answer within {needs.max_sequence_length} tokens"
            help_ = "raise `max_sequence_length`, or choose more rows"
            yield Problem("HPC569", "error", field, message, help_, also=("max_sequence_length",))


def _keeps(facts: Facts, limit: int) -> str:
    most = max(limit, longest(facts.lengths))
    ninety_five = max(limit, that_keeps(facts.lengths, 0.95))
    if ninety_five in (most, limit):
        return f'"max_sequence_length": {most} keeps all'
    return f'"max_sequence_length": {ninety_five} keeps 95 % of the rows, {most} keeps all'


def _rows(count: Count) -> str:
    return f"{count.rows} row{'s' * (count.rows != 1)}"


def _has(count: Count) -> str:
    return "has" if count.rows == 1 else "have"


def _are(count: Count) -> str:
    return "is" if count.rows == 1 else "are"


def _first(count: Count) -> str:
    file, number = count.first
    return f"{file} row {number}"
