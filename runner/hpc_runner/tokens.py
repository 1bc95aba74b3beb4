"""Where tokens are made: rows are rendered, labeled, cut and guarded here, for training and for all that shows them.

One example becomes ``input_ids`` and ``labels`` (conversations), ``input_ids`` (documents), or ``prompt_ids``,
``chosen_ids`` and ``rejected_ids`` (preferences). All of them come from the same rendered conversations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from hpc_disk.readers import DataRow
from hpc_disk.turns import Example, Malformed
from hpc_runner.facts import Count, Facts
from hpc_runner.ranges import Span, labels, ranges, ranges_by_prefixes, within
from hpc_runner.rendered import Rendered
from hpc_runner.rendering import Renderer, special_ids
from hpc_runner.today import in_rows

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED: Final = -100
"""The label that the loss leaves out."""
BATCH: Final = 512
"""Rows that are encoded at a time."""

Tokens = dict[str, Any]


class Maker:
    """Makes the tokens of one job's rows."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, kind: str, limit: int, embeddings: int | None) -> None:
        """``limit`` is the most tokens of a row; ``embeddings`` how many the model has, where that is known."""
        self.tokenizer, self.kind, self.limit, self.embeddings = tokenizer, kind, limit, embeddings
        self.renderer = Renderer(tokenizer)
        control = {*filter(str.strip, self.renderer.special), *self.renderer.marks()}
        longest_first = sorted(control, key=lambda token: (-len(token), token))
        self.control = re.compile("|".join(map(re.escape, longest_first))) if control else None
        self.facts, self.well_formed = Facts(), 0
        if kind != "corpus":
            self.facts.day = in_rows(tokenizer.chat_template) or ""
        self.origins: list[int] = []
        self.special = special_ids(tokenizer)
        self.fast = getattr(tokenizer, "backend_tokenizer", None)
        if self.fast is not None:
            self.fast.no_truncation()
            self.fast.no_padding()

    def make(self, examples: Iterable[tuple[DataRow, Example]]) -> Iterator[Tokens]:
        """The rows of the examples as a trainer takes them; ``facts`` and ``origins`` grow as they are taken."""
        stream = iter(examples)
        while batch := list(islice(stream, BATCH)):
            rendered = [item for row, example in batch for item in self._rendered(row, example)]
            texts = [text for *_, parts in rendered for text, _ in parts]
            encoded = iter(self._encode(texts))
            for row, origin, parts in rendered:
                made = self._made(row, [(*next(encoded), *part) for part in parts])
                if made is not None:
                    self.origins.append(origin)
                    yield made

    def shown(self, example: Example) -> list[tuple[list[int], list[int]]]:
        """A row as the model sees it: ids and labels of everything that it becomes, as the limit cuts them.

        Raises:
            Malformed: Where the template refuses it.
        """
        parts = [part for _, parts in self._parts(example) for part in parts]
        shown = []
        for (ids, encoding), (text, spans) in zip(self._encode([text for text, _ in parts]), parts, strict=True):
            if spans is None:
                whole = self._one_start_and_end(list(ids))
                shown.append((whole, list(whole)))
                continue
            labeled = labels(ids, self._learned(ids, encoding, text, spans), IGNORED)
            shown.append((ids[: self.limit], labeled[: self.limit]))
        return shown

    def _rendered(self, row: DataRow, example: Example) -> list[tuple[DataRow, int, list[tuple[str, Any]]]]:
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
            (self.facts.unended if self.tokenizer.eos_token else self.facts.endless).add(row)
        self.well_formed += 1
        return [(row, self.well_formed - 1, parts) for _, parts in found]

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

    def _look_for_control(self, row: DataRow, example: Example) -> None:
        if self.control is None:
            return
        texts = (
            [example["text"]]
            if "text" in example
            else [
                text
                for part in ("messages", "prompt", "chosen", "rejected")
                for turn in example.get(part, ())
                for text in (turn["content"], turn.get("reasoning_content"))
            ]
        )
        found = next((match for text in texts if text and (match := self.control.search(text))), None)
        if found:
            self.facts.control.add(row, found[0])

    def _encode(self, texts: list[str]) -> list[tuple[list[int], Any]]:
        """The tokens of each text, and the encoding that says where they are, if the tokenizer can say so."""
        documents = self.kind == "corpus"
        if self.fast is not None:
            return [(each.ids, each) for each in self.fast.encode_batch(texts, add_special_tokens=documents)]
        if not texts:
            return []
        ids = self.tokenizer(texts, add_special_tokens=documents, verbose=False)["input_ids"]
        return [(list(each), None) for each in ids]

    def _made(self, row: DataRow, parts: list[tuple[list[int], Any, str, Any]]) -> Tokens | None:
        highest = max((max(ids) for ids, *_ in parts if ids), default=0)
        if self.embeddings is not None and highest >= self.embeddings:
            self.facts.beyond.add(row, f"{self.tokenizer.convert_ids_to_tokens(highest)} ({highest})")
        if self.kind == "corpus":
            ids = self._one_start_and_end(parts[0][0])
            if self.tokenizer.eos_token is None:
                self.facts.endless.add(row)
            self.facts.count(len(ids), len(ids), len(ids))
            self._note_ends(ids, [(0, len(ids))])
            return {"input_ids": ids}
        learned = [self._learned(*part) for part in parts]
        if self.kind == "conversation":
            return self._conversation(row, parts[0][0], learned[0])
        return self._pair(row, [ids for ids, *_ in parts], learned)

    def _learned(self, ids: list[int], encoding: Any, text: str, spans: tuple[Span, ...]) -> list[Span]:
        if encoding is not None:
            return ranges(encoding, text, spans)
        return ranges_by_prefixes(ids, lambda beginning: self._encode([beginning])[0][0], text, spans)

    def _one_start_and_end(self, ids: list[int]) -> list[int]:
        """A document: its end is learned, and a start that it has itself is not doubled."""
        start, end = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        ids = ids[1:] if start is not None and ids[:2] == [start, start] else ids
        return ids if end is None or ids[-1:] == [end] else [*ids, end]

    def _conversation(self, row: DataRow, ids: list[int], learned: list[Span]) -> Tokens | None:
        kept = within(learned, self.limit)
        lost = within(learned, len(ids)) - kept
        self.facts.count(len(ids), min(len(ids), self.limit), kept, learned[0][0] if learned else len(ids))
        if lost:
            self.facts.cut.add(row)
            self.facts.lost += lost
        self._note_ends(ids, learned)
        if kept - (learned[0][0] == 0 if learned else 0) <= 0:  # The first token of a row is never predicted.
            self.facts.dropped.add(row)
            return None
        return {"input_ids": ids[: self.limit], "labels": labels(ids, learned, IGNORED)[: self.limit]}

    def _note_ends(self, ids: list[int], learned: list[Span]) -> None:
        for _, stop in learned:
            if ids[stop - 1] in self.special and (self.kind == "corpus" or stop <= self.limit):
                self.facts.ends[ids[stop - 1]] = self.facts.ends.get(ids[stop - 1], 0) + 1

    def _pair(self, row: DataRow, ids: list[list[int]], learned: list[list[Span]]) -> Tokens | None:
        """The prompt and both answers. The prompt is what both rows share before the first learned token."""
        starts = [each[0][0] if each else len(tokens) for each, tokens in zip(learned, ids, strict=True)]
        stops = [each[-1][1] if each else len(tokens) for each, tokens in zip(learned, ids, strict=True)]
        start = min(starts)
        while ids[0][:start] != ids[1][:start]:
            start -= 1
        answers = [tokens[start:stop] for tokens, stop in zip(ids, stops, strict=True)]
        longest = max(stops)
        self._note_ends(ids[0], learned[0][-1:])
        chosen, rejected = (each[: max(0, self.limit - start)] for each in answers)
        self.facts.count(longest, min(longest, self.limit), len(chosen) + len(rejected), start)
        if longest > self.limit:
            self.facts.cut.add(row)
            self.facts.lost += sum(map(len, answers)) - len(chosen) - len(rejected)
        if start >= self.limit:
            self.facts.dropped.add(row)
            return None
        if chosen == rejected:
            self.facts.equal.add(row)
        return {"prompt_ids": ids[0][:start], "chosen_ids": chosen, "rejected_ids": rejected}
