"""From the data sets of a job to the rows that its trainer takes, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from hpc_disk.choice import sample, split_off
from hpc_disk.data import (
    DataSet,
    count_ignored,
    data_sets,
    example_of,
    ignored_note,
    listed,
    shared_files,
)
from hpc_disk.digests import file_digest
from hpc_disk.files import kind
from hpc_disk.foreign import Unreadable
from hpc_disk.format_choice import LOOKED_AT, choose_format
from hpc_disk.formats import KINDS, Format
from hpc_disk.lengths import remember
from hpc_disk.models.folder import size, text_config
from hpc_disk.needs import Needs
from hpc_disk.packs import packs
from hpc_disk.paths import local
from hpc_disk.problems import Problem
from hpc_disk.readers import DataRow, without_nulls
from hpc_disk.rows import Split, rows
from hpc_disk.steps import counted_in_tokens, split_of, without_rows
from hpc_disk.turns import Example, Malformed
from hpc_runner.choosing import chosen_rows
from hpc_runner.errors import RunnerError, say
from hpc_runner.facts import Facts
from hpc_runner.needs import refuse
from hpc_runner.row_cache import TokenizedRows, cached, key_of
from hpc_runner.row_problems import evaluated_too, nothing_chosen, problems_of
from hpc_runner.today import in_rows
from hpc_runner.tokens import Maker

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

HERE = "paths are relative to the current folder"
SHOWN = 5
"""Malformed rows that are named."""


@dataclass(frozen=True)
class Found:
    """A data set whose format is known, before its rows are read."""

    field: str
    split: Split
    source: DataSet
    format: Format
    key: tuple[Any, ...]


@dataclass(frozen=True)
class Prepared:
    """A data set as tokens."""

    found: Found
    made: TokenizedRows

    @property
    def facts(self) -> Facts:
        """What was seen while they were made."""
        return self.made.facts

    def problems(self, needs: Needs) -> list[Problem]:
        """What is wrong with it, and what is worth knowing."""
        name, field = self.found.source.path, self.found.field
        limit, skip = needs.max_sequence_length, needs.skip_bad_rows
        found = list(problems_of(self.facts, name, field, limit, skip=skip))
        if self.facts.ignored:
            found.append(ignored_note(name, self.facts.ignored, field))
        return found


def problems_of_all(needs: Needs, every: list[Prepared]) -> list[Problem]:
    """What is wrong with each data set, with two of them together, and with what they leave of the training."""
    each = [problem for prepared in every for problem in prepared.problems(needs)]
    return [*each, *in_both(needs, every), *of_the_choice(needs, every)]


def of_the_choice(needs: Needs, every: Iterable[Prepared]) -> list[Problem]:
    """What is wrong with the rows that are chosen, where the first look could not count them.

    It counts those that are left out, too, and knows nothing of blocks and packs.
    """
    trained = [prepared for prepared in every if prepared.found.split == "train"]
    if needs.sample or not trained:
        return []
    found = list(split_of(needs, [sum(each.facts.parts) for each in trained]))
    fewer = any(each.facts.dropped.rows or each.facts.bad for each in trained)
    if found or not (fewer or counted_in_tokens(needs)):
        return found
    chosen = chosen_rows(needs, [(each.made, each.found.source.weight) for each in trained], needs.seed)
    kept, evaluated = (sum(map(len, side)) for side in chosen)
    if any(len(each.made.rows) for each in trained):
        found += nothing_chosen(needs, kept, evaluated)
    if needs.packing:
        kept = len(packs([len(ids) for rows in chosen[0] for ids in rows["input_ids"]], needs.max_sequence_length))
    return [*found, *without_rows(needs, kept)]


def in_both(needs: Needs, every: Iterable[Prepared]) -> list[Problem]:
    """HPC563: evaluation rows that are also trained on, where it is not said already that the files are the same."""
    import numpy

    every = list(every)
    trained = [each.made.digests for each in every if each.found.split == "train"]
    evaluated = [each for each in every if each.found.split == "eval"]
    if not trained or not evaluated or any(shared_files(needs)):
        return []
    known = numpy.unique(numpy.concatenate(trained))
    found: list[Problem] = []
    for each in evaluated:
        both = int(numpy.isin(each.made.digests, known).sum())
        found += evaluated_too(each.found.source.path, both, len(each.made.rows))
    return found


def find(needs: Needs, field: str, split: Split, source: DataSet) -> Found:
    """Look at the first rows of a data set.

    Raises:
        RunnerError: HPC520 to HPC523, HPC560.
    """
    try:
        first = list(islice(rows_of(needs, source, split), LOOKED_AT))
        key = _contents(needs, source, split)
    except Unreadable as fault:
        raise RunnerError("HPC521", str(fault), fault.help, subject=field) from fault
    if not first:
        raise RunnerError("HPC522", f"{source.path} is empty", "provide a file with at least one row", subject=field)
    format_ = choose_format(needs, source.path, first, field)
    if isinstance(format_, Problem):
        refuse([format_])
        raise AssertionError(format_)
    return Found(field, split, source, format_, key)


def _contents(needs: Needs, source: DataSet, split: Split) -> tuple[Any, ...]:
    """What changes with the rows of a data set."""
    if not kind(source.path):
        return (source.path, split, _hub(source.path, split)._fingerprint)
    return tuple((part.name, file_digest(part.path)) for part in listed(needs, source, split).parts)


def rows_of(needs: Needs, source: DataSet, split: Split) -> Iterator[DataRow]:
    """The rows of a data set, on this disk or on the hub."""
    if kind(source.path):
        return rows(listed(needs, source, split).parts)
    if local(source.path) == "surely":
        raise RunnerError("HPC520", f"there is no file or folder {source.path}", HERE)
    found = _hub(source.path, split)
    return (DataRow(f"{source.path}[{found.split}]", number, without_nulls(row)) for number, row in enumerate(found, 1))


def prepare(
    needs: Needs, found: Found, tokenizer: PreTrainedTokenizerBase, embeddings: int | None, system: str | None = None
) -> Prepared:
    """Tokenize a data set, or take it from the cache. ``system`` is given to conversations without a system turn.

    Raises:
        RunnerError: HPC521 where a file cannot be read.
    """
    learned, limit = KINDS[needs.trainer], needs.max_sequence_length

    def make(part: list[DataRow]) -> tuple[list[dict[str, Any]], list[int], Facts]:
        maker = Maker(tokenizer, learned, limit, embeddings)
        return list(maker.make(examples(part, found.format, maker.facts, system))), maker.origins, maker.facts

    def read() -> Iterator[DataRow]:
        return islice(rows_of(needs, found.source, found.split), needs.sample)

    key = key_of(needs.sample, found.key, found.format.name, learned, limit, embeddings, system, fingerprint(tokenizer))
    try:
        made = cached(key, read, make, found.source.path)
    except Unreadable as fault:
        raise RunnerError("HPC521", str(fault), fault.help) from fault
    facts, kept = made.facts, len(made.rows)
    if (needs.sample is None or facts.read < needs.sample) and kind(found.source.path):
        remember(needs, found.source, listed(needs, found.source, found.split), facts.lengths, kept, facts.start or 0)
    return Prepared(found, made)


def examples(
    part: Iterable[DataRow], format_: Format, facts: Facts, system: str | None = None
) -> Iterator[tuple[DataRow, Example]]:
    """The examples of some rows; malformed rows and ignored columns are noted."""
    for row in part:
        facts.read += 1
        count_ignored(facts.ignored, row, format_)
        try:
            example = example_of(row, format_)
        except Malformed as reason:
            facts.refuse(row, reason)
            continue
        example, given = given_system(example, system)
        facts.given_system += given
        yield row, example


def given_system(example: Example, system: str | None) -> tuple[Example, bool]:
    """An example that has no system turn with the job's, and whether it was given it."""
    part = "messages" if "messages" in example else "prompt"
    turns = example.get(part)
    if not system or not turns or turns[0]["role"] == "system":
        return example, False
    return {**example, part: [{"role": "system", "content": system}, *turns]}, True


def fingerprint(tokenizer: PreTrainedTokenizerBase) -> tuple[Any, ...]:
    """What changes with a tokenizer's work: also the day, where its template writes that."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    whole = backend.to_str() if backend is not None else repr(sorted(tokenizer.get_vocab().items()))
    return (whole, tokenizer.chat_template, tokenizer.special_tokens_map, in_rows(tokenizer.chat_template))


def embeddings_of(needs: Needs) -> int | None:
    """How many tokens the model has embeddings for; None where its folder does not say."""
    return size(text_config(needs.model), "vocab_size") or None


class Loaded(NamedTuple):
    """The rows of a training, as the trainer takes them.

    Attributes:
        train: To train on.
        evaluation: To evaluate on, or None.
        ends: Special tokens that end learned answers, the most frequent one first.
    """

    train: Dataset
    evaluation: Dataset | None
    ends: tuple[int, ...]


def load(
    needs: Needs, tokenizer: PreTrainedTokenizerBase, embeddings: int | None, seed: int, system: str | None = None
) -> Loaded:
    """The training rows and the evaluation rows (or None), each data set as often as its weight says.

    Raises:
        RunnerError: What is wrong with them.
    """
    named = [find(needs, field, of_split, source) for field, of_split, source in data_sets(needs)]
    every = [prepare(needs, found, tokenizer, embeddings, system) for found in named]
    tell(problems_of_all(needs, every))
    if system:
        for facts in (prepared.facts for prepared in every):
            say(
                f"system_prompt: {facts.given_system} of {facts.read} conversations have no system turn and are given "
                "this one"
            )
    trained = [each for each in every if each.found.split == "train"]
    kept, evaluation = chosen_rows(needs, [(each.made, each.found.source.weight) for each in trained], seed)
    evaluation += chosen_rows(needs, [(e.made, 1) for e in every if e.found.split == "eval"], seed, split_off=False)[0]
    if needs.eval_split:
        taken = sum(len(sample(sum(e.facts.parts), needs.max_samples, seed)) for e in trained)
        say(f"eval_split: {split_off(taken, needs.eval_split)} of {taken} rows are kept for evaluation (seed {seed})")
    ends = sum((Counter(each.facts.ends) for each in trained), Counter[int]())
    return Loaded(
        _together(kept),
        _together(evaluation) if evaluation and needs.evaluates else None,
        tuple(token for token, _ in ends.most_common()),
    )


def _together(sets: list[Dataset]) -> Dataset:
    """All rows, in order. A single data set of a million rows would be put together again in a third of a second."""
    from datasets import concatenate_datasets

    return sets[0] if len(sets) == 1 else concatenate_datasets(sets)


def tell(problems: Iterable[Problem]) -> None:
    """Say warnings and notes; refuse errors.

    Raises:
        RunnerError: The errors.
    """
    problems = list(problems)
    refuse(problems)
    for problem in problems:
        places = "".join(f"\n  {place.file}: row {place.row}: {place.reason}" for place in problem.places[:SHOWN])
        more = f"\n  … and {problem.count - SHOWN} more" if problem.places and problem.count > SHOWN else ""
        help_ = f"\n  help: {problem.help}" if problem.help and problem.severity == "warning" else ""
        say(f"{problem.severity}[{problem.code}]: {problem.message}{places}{more}{help_}")


@lru_cache(maxsize=4)
def _hub(path: str, split: Split) -> Any:
    """The rows of a hub data set, of one split."""
    import datasets

    try:
        loaded: Any = datasets.load_dataset(path)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = f"{path} is not a file or folder here, nor a hub data set that can be reached: {reason}"
        raise RunnerError("HPC520", message, HERE) from error
    wanted = ("train",) if split == "train" else ("validation", "eval", "dev", "test")
    chosen = next((name for name in wanted if name in loaded), None)
    if chosen is None:
        message = f"the hub data set {path} has no split {' or '.join(wanted)}; it has {', '.join(loaded)}"
        raise RunnerError("HPC521", message, "name another data set, or give a file of rows")
    return loaded[chosen]
