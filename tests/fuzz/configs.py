"""Random configs in four formats, full of comments and mistakes, in which every comment and value has its own name.

The property: a fix changes what its diagnostic is about, and nothing else. So every comment and every value of every
other key is still there after it, once, and outside of the edits the text is byte-equal.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from itertools import count

from hpc.check import check
from hpc.diagnostics import Diagnostic, Fix, HpcError
from hpc.edit import apply
from hpc.source import parse
from hpc.source.document import Format

FORMATS: tuple[Format, ...] = ("json", "jsonc", "yaml", "toml")
NUMBERS = ("batch_size", "epochs", "seed", "lr", "eval_steps", "lora_rank", "num_epochs", "logging_steps", "r")
WORDS = ("model", "train_data", "output_dir", "optim", "model_name_or_path", "dataset")
LISTS = ("target_modules", "lora_target")
MARK = re.compile(r"(?:mark|word|item)[0-9]+x|[1-9][0-9]{5}7")


@dataclass
class Writer:
    """Writes one document; ``fresh`` makes names that occur nowhere else in it."""

    format: Format
    chance: random.Random
    numbers: count[int] = field(default_factory=lambda: count(10_000))

    def fresh(self, kind: str) -> str:
        return f"{kind}{next(self.numbers)}x"

    def comment(self, often: float = 0.4) -> str:
        """A comment, on a line of its own or at the end of one, or none; always ends the line where it must."""
        if self.format == "json" or self.chance.random() > often:
            return self.chance.choice(["", " ", "\n"])
        if self.format == "jsonc" and self.chance.random() < 0.5:
            return f" /* {self.fresh('mark')} */ "
        return f" {'//' if self.format == 'jsonc' else '#'} {self.fresh('mark')}\n"

    def number(self) -> str:
        value = f"{next(self.numbers)}".rjust(6, "1") + "7"
        return self.chance.choice([value, value, f'"{value}"', f'" {value}"', f"'{value}'", f"{value}.0"])

    def word(self) -> str:
        text = self.fresh("word")
        return self.chance.choice([f'"{text}"', f'"{text}"', f"'{text}'", text, f'"{text}#no"', f'"{text}//no"'])

    def sequence(self) -> str:
        items = [f'"{self.fresh("item")}"' for _ in range(self.chance.randrange(1, 4))]
        inside = "".join(f"{self.gap()}{item}{self.gap()}," for item in items)
        return f"[{inside.removesuffix(',') if self.chance.random() < 0.8 else inside}{self.gap()}]"

    def gap(self) -> str:
        """Blanks or a comment where the format allows any between brackets."""
        found = self.comment(0.25)
        return found.replace("\n", "\n  ") if self.format == "yaml" else found

    def block(self) -> str:
        """A YAML list, one item a line."""
        lines = [f"  - {self.fresh('item')}{self.chance.choice(['', ' # ' + self.fresh('mark')])}" for _ in range(2)]
        return "\n" + "\n".join(lines)

    def value(self, key: str) -> str:
        if key in LISTS:
            return self.block() if self.format == "yaml" and self.chance.random() < 0.5 else self.sequence()
        return self.number() if key in NUMBERS else self.word()

    def document(self) -> str:
        keys = self.chance.choices(NUMBERS + WORDS + LISTS, k=self.chance.randrange(1, 7))
        return {"yaml": self.yaml, "toml": self.toml}.get(self.format, self.braces)(keys)

    def braces(self, keys: list[str]) -> str:
        entries = []
        for key in keys:
            quoted = self.chance.choice([f'"{key}"', f'"{key}"', key])
            comma = "," if self.chance.random() < 0.95 else ""
            entries.append(f"{quoted}{self.comment(0.1)}:{self.comment(0.1)}{self.value(key)}{comma}{self.comment()}")
        return f"{self.comment()}{{{self.comment()}{''.join(entries)}}}{self.comment()}"

    def yaml(self, keys: list[str]) -> str:
        lines = [f"{key}: {self.value(key)}{self.end_of_line()}" for key in keys]
        return self.alone() + "".join(lines)

    def toml(self, keys: list[str]) -> str:
        lines = [f"{self.title()}{key} = {self.value(key)}{self.end_of_line()}" for key in keys]
        return self.alone() + "".join(lines)

    def title(self) -> str:
        """A table's header, well placed or not, now and then."""
        return self.chance.choice([*[""] * 6, "[general]\n", "[general] ", f"[a] # {self.fresh('mark')}\n", "[[b]]\n"])

    def end_of_line(self) -> str:
        return self.chance.choice(["\n", "\n", f" # {self.fresh('mark')}\n", f"\n# {self.fresh('mark')}\n", "\r\n"])

    def alone(self) -> str:
        return self.chance.choice(["", f"# {self.fresh('mark')}\n"])


def lost(text: str, format_: Format) -> str:
    """What a fix of this document would lose; empty where none loses anything."""
    for found in diagnostics(text, format_):
        if found.fix and (fault := _lost_by(text, found, found.fix)):
            return f"{found.code}: {fault}"
    return ""


def diagnostics(text: str, format_: Format) -> list[Diagnostic]:
    try:
        return list(check(parse(text, format_, f"a.{format_}"), disk="ignored").diagnostics)
    except HpcError as error:
        return list(error.diagnostics)


def _lost_by(text: str, found: Diagnostic, fix: Fix) -> str:
    after = apply(text, fix.edits)
    kept, position = [], 0
    for edit in sorted(fix.edits, key=lambda e: e.start):
        kept.append(text[position : edit.start])
        position = edit.end
    if "".join(_in_order(after, [*kept, text[position:]])) != "":
        return "bytes outside of its edits changed"
    gone = set(MARK.findall(text)) - set(MARK.findall(after))
    if found.code == "HPC102" and "remove" in fix.description:  # The same value is written twice.
        gone = {name for name in gone if name.startswith("mark")}
    return f"{', '.join(sorted(gone))} is gone from {text!r}, which became {after!r}" if gone else ""


def _in_order(after: str, pieces: list[str]) -> list[str]:
    """The pieces that do not follow one another in the text."""
    position, missing = 0, []
    for piece in pieces:
        at = after.find(piece, position)
        if at < 0:
            missing.append(piece)
        else:
            position = at + len(piece)
    return missing


def one(seed: str) -> tuple[str, str]:
    """A document by its seed, and what is wrong with its fixes."""
    chance = random.Random(seed)
    format_ = chance.choice(FORMATS)
    text = Writer(format_, chance).document()
    return text, lost(text, format_)
