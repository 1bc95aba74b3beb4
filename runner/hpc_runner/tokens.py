"""Where tokens are made: rows are rendered, labeled, cut and guarded here, for training and for all that shows them.

One example becomes ``input_ids`` and ``labels`` (conversations), ``input_ids`` (documents), or ``prompt_ids``,
``chosen_ids`` and ``rejected_ids`` (preferences). All of them come from the same rendered conversations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from hpc_disk.data import LISTED
from hpc_disk.problems import Place
from hpc_disk.readers import Row
from hpc_disk.turns import Example, Malformed
from hpc_runner.lengths import Lengths
from hpc_runner.rendered import Rendered
from hpc_runner.rendering import Renderer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED: Final = -100
"""The label that the loss leaves out."""
BATCH: Final = 512
"""Rows that are encoded at a time."""

Tokens = dict[str, Any]


@dataclass
class Count:
    """How many rows something is true of, and the first of them."""

    rows: int = 0
    first: tuple[str, int] = ("", 0)
    about: str = ""

    def add(self, row: Row, about: str = "") -> None:
        """One more."""
        if not self.rows:
            self.first, self.about = (row.file, row.number), about
        self.rows += 1

    def merge(self, other: Count) -> None:
        """Rows that come later."""
        if not self.rows:
            self.first, self.about = tuple(other.first), other.about  # type: ignore[assignment]
        self.rows += other.rows


@dataclass
class Facts:
    """What was seen while tokens were made.

    Attributes:
        read: Rows that were read.
        bad: The first malformed rows; ``malformed`` is how many there are.
        made: Rows that were made, and ``lengths`` how many of them have so many tokens before they are cut; a pair has
            those of its longer answer with the prompt.
        cut: Rows longer than the limit that lose a part of an answer.
        lost: Tokens of answers that were cut off.
        dropped: Rows of which no token is learned within the limit.
        learned: Learned tokens within the limit; ``kept`` counts all tokens within it.
        several: Conversations that became several rows.
        missing: By role, rows from which the template left text out.
        control: Rows whose text has a special token of the tokenizer.
        beyond: Rows with a token that the model has no embedding for.
        unended: Rows whose answer the template does not end, so that the end of sequence was appended.
        equal: Pairs whose answers are equal after the cut.
        given_system: Conversations that were given the job's system prompt.
        ignored: By column that the format does not use, the rows that have it.
    """

    read: int = 0
    malformed: int = 0
    bad: list[Place] = field(default_factory=list)
    made: int = 0
    lengths: Lengths = field(default_factory=dict)
    cut: Count = field(default_factory=Count)
    lost: int = 0
    dropped: Count = field(default_factory=Count)
    learned: int = 0
    kept: int = 0
    several: Count = field(default_factory=Count)
    missing: dict[str, Count] = field(default_factory=dict)
    control: Count = field(default_factory=Count)
    beyond: Count = field(default_factory=Count)
    unended: Count = field(default_factory=Count)
    equal: Count = field(default_factory=Count)
    given_system: int = 0
    ignored: dict[str, int] = field(default_factory=dict)

    def refuse(self, row: Row, reason: Malformed) -> None:
        """Note a malformed row."""
        self.malformed += 1
        if len(self.bad) < LISTED:
            self.bad.append(Place(row.file, row.number, str(reason)))


class Maker:
    """Makes the tokens of one job's rows."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, kind: str, limit: int, embeddings: int | None) -> None:
        """``limit`` is the most tokens of a row; ``embeddings`` how many the model has, where that is known."""
        self.tokenizer, self.kind, self.limit, self.embeddings = tokenizer, kind, limit, embeddings
        self.renderer = Renderer(tokenizer)
        special = sorted(filter(str.strip, self.renderer.special), key=len, reverse=True)
        self.control = re.compile("|".join(map(re.escape, special))) if special else None
        self.facts = Facts()

    def make(self, examples: Iterable[tuple[Row, Example]]) -> Iterator[Tokens]:
        """The rows of the examples as a trainer takes them; ``self.facts`` grows as they are taken."""
        stream = iter(examples)
        while batch := list(islice(stream, BATCH)):
            rendered = [item for row, example in batch for item in self._rendered(row, example)]
            texts = [text for _, parts in rendered for text, _ in parts]
            encoded = iter(self._encode(texts))
            for row, parts in rendered:
                made = self._made(row, [(*next(encoded), *part) for part in parts])
                if made is not None:
                    yield made

    def shown(self, example: Example) -> list[tuple[list[int], list[int]]]:
        """A row as the model sees it: ids and labels of everything that it becomes, as the limit cuts them.

        Raises:
            Malformed: Where the template refuses it.
        """
        parts = [part for _, parts in self._parts(example) for part in parts]
        shown = []
        for (ids, offsets), (text, spans) in zip(self._encode([text for text, _ in parts]), parts, strict=True):
            ids = list(ids)
            if spans is None:
                ids = self._one_start_and_end(ids)
                shown.append((ids, list(ids)))
                continue
            learned = self._label(ids, offsets, spans, text)
            labels = [token if take else IGNORED for token, take in zip(ids, learned, strict=True)]
            shown.append((ids[: self.limit], labels[: self.limit]))
        return shown

    def _rendered(self, row: Row, example: Example) -> list[tuple[Row, list[tuple[str, Any]]]]:
        self._look_for_control(row, example)
        try:
            found = self._parts(example)
        except Malformed as reason:
            self.facts.refuse(row, reason)
            return []
        if len(found) > 1:
            self.facts.several.add(row, str(len(found)))
        missing = {role for rows, _ in found for each in rows for role in each.missing}
        for role in sorted(missing):
            self.facts.missing.setdefault(role, Count()).add(row)
        if any(each.unended for rows, _ in found for each in rows):
            self.facts.unended.add(row)
        return [(row, parts) for _, parts in found]

    def _parts(self, example: Example) -> list[tuple[list[Rendered], list[tuple[str, Any]]]]:
        """What an example becomes: each made row with its texts and their learned characters."""
        tools = example.get("tools")
        if self.kind == "corpus":
            return [([], [(example["text"], None)])]
        if self.kind == "conversation":
            rows = [self._ended(row) for row in self.renderer.conversation(example["messages"], tools)]
            return [([row], [(row.text, row.spans)]) for row in rows]
        pair = [
            self._ended(self.renderer.answer(example["prompt"], example[side][-1], tools))
            for side in ("chosen", "rejected")
        ]
        return [(pair, [(row.text, row.spans) for row in pair])]

    def _ended(self, row: Rendered) -> Rendered:
        """With the end of sequence, where the template writes no end of turn."""
        if not row.unended or not self.tokenizer.eos_token:
            return row
        start, stop = row.spans[-1]
        text = row.text[:stop] + self.tokenizer.eos_token
        return Rendered(text, (*row.spans[:-1], (start, len(text))), row.missing, unended=True)

    def _look_for_control(self, row: Row, example: Example) -> None:
        if self.control is None:
            return
        texts = (
            [example["text"]]
            if "text" in example
            else [
                turn["content"]
                for part in ("messages", "prompt", "chosen", "rejected")
                for turn in example.get(part, ())
            ]
        )
        found = next((match for text in texts if text and (match := self.control.search(text))), None)
        if found:
            self.facts.control.add(row, found[0])

    def _encode(self, texts: list[str]) -> list[Any]:
        if not texts:
            return []
        documents = self.kind == "corpus"
        if documents or not getattr(self.tokenizer, "is_fast", False):
            ids = self.tokenizer(texts, add_special_tokens=documents, verbose=False)["input_ids"]
            return [(each, None) for each in ids]
        encoded: Any = self.tokenizer(
            texts, add_special_tokens=False, return_offsets_mapping=True, return_attention_mask=False, verbose=False
        )
        return list(zip(encoded["input_ids"], encoded["offset_mapping"], strict=True))

    def _made(self, row: Row, parts: list[tuple[Any, Any, str, Any]]) -> Tokens | None:
        ids = [list(tokens) for tokens, *_ in parts]
        highest = max((max(each) for each in ids if each), default=0)
        if self.embeddings is not None and highest >= self.embeddings:
            self.facts.beyond.add(row, f"{self.tokenizer.convert_ids_to_tokens(highest)} ({highest})")
        if self.kind == "corpus":
            ids[0] = self._one_start_and_end(ids[0])
            self._count(len(ids[0]), len(ids[0]), len(ids[0]))
            return {"input_ids": ids[0]}
        learned = [
            self._label(tokens, offsets, spans, text)
            for tokens, (_, offsets, text, spans) in zip(ids, parts, strict=True)
        ]
        if self.kind == "conversation":
            return self._conversation(row, ids[0], learned[0])
        return self._pair(row, ids, learned)

    def _label(self, ids: list[int], offsets: Any, spans: Any, text: str) -> list[bool]:
        if offsets is not None:
            return label(ids, offsets, spans, text)
        # A tokenizer that does not say where its tokens are: by the tokens of the text up to each place.
        learned = [False] * len(ids)
        for span in spans:
            start, stop = (_common(ids, self._encode([text[:place]])[0][0]) for place in span)
            learned[start:stop] = [True] * (stop - start)
        return learned

    def _one_start_and_end(self, ids: list[int]) -> list[int]:
        """A document: its end is learned, and a start that it has itself is not doubled."""
        start, end = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        ids = ids[1:] if start is not None and ids[:2] == [start, start] else ids
        return ids if end is None or ids[-1:] == [end] else [*ids, end]

    def _conversation(self, row: Row, ids: list[int], learned: list[bool]) -> Tokens | None:
        kept, lost = sum(learned[: self.limit]), sum(learned[self.limit :])
        self._count(len(ids), min(len(ids), self.limit), kept)
        if lost:
            self.facts.cut.add(row)
            self.facts.lost += lost
        if not any(learned[1 : self.limit]):
            self.facts.dropped.add(row)
            return None
        labels = [token if take else IGNORED for token, take in zip(ids, learned, strict=True)]
        return {"input_ids": ids[: self.limit], "labels": labels[: self.limit]}

    def _pair(self, row: Row, ids: list[list[int]], learned: list[list[bool]]) -> Tokens | None:
        """The prompt and both answers. The prompt is what both rows share before the first learned token."""
        starts = [each.index(True) if True in each else len(each) for each in learned]
        stops = [len(each) - each[::-1].index(True) if True in each else len(each) for each in learned]
        start = min(starts)
        while ids[0][:start] != ids[1][:start]:
            start -= 1
        answers = [tokens[start:stop] for tokens, stop in zip(ids, stops, strict=True)]
        longest = max(stops)
        self._count(longest, min(longest, self.limit), sum(len(each[: self.limit - start]) for each in answers))
        if longest > self.limit:
            self.facts.cut.add(row)
            self.facts.lost += sum(max(0, stop - max(self.limit, start)) for stop in stops)
        if start >= self.limit:
            self.facts.dropped.add(row)
            return None
        chosen, rejected = (each[: self.limit - start] for each in answers)
        if chosen == rejected:
            self.facts.equal.add(row)
        return {"prompt_ids": ids[0][:start], "chosen_ids": chosen, "rejected_ids": rejected}

    def _count(self, length: int, kept: int, learned: int) -> None:
        self.facts.made += 1
        self.facts.lengths[length] = self.facts.lengths.get(length, 0) + 1
        self.facts.kept += kept
        self.facts.learned += learned


def label(ids: list[int], offsets: Any, spans: Any, text: str) -> list[bool]:
    """Which tokens are learned: those with a character of a span. One that begins before it may do so with blanks."""
    learned = [False] * len(ids)
    token = 0
    for start, stop in spans:
        while token < len(ids) and offsets[token][1] <= start:
            token += 1
        while token < len(ids) and offsets[token][0] < stop:
            first, last = offsets[token]
            learned[token] = last > first and not text[first:start].strip()
            token += 1
    return learned


def _common(left: list[int], right: list[int]) -> int:
    """The length of the common beginning."""
    limit = min(len(left), len(right))
    return next((i for i in range(limit) if left[i] != right[i]), limit)
