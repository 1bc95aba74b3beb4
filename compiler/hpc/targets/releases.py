"""What earlier releases of the libraries do otherwise than the newest, for which the tables of the targets are written.

A difference replaces rows of a table by other rows, so that origins stay what they are. The next release that renames
a key needs one difference more, and the tables in the new words; ``make versions`` proves it and writes the page
Supported releases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from hpc.lowering import Row, Table, combine, constant, convert
from hpc.resolve import Config
from hpc.targets import plan
from hpc_disk.losses import LOSSES
from hpc_schema import fields as f
from hpc_schema.field import Field

Release = tuple[int, ...]

ARGUMENTS: Final = "training_arguments.json"
PLAN: Final = "plan.json"


class Pair(NamedTuple):
    """Releases that were installed together and proved by ``make versions``."""

    trl: str
    transformers: str
    peft: str
    accelerate: str
    tokenizers: str
    huggingface_hub: str
    datasets: str

    @property
    def name(self) -> str:
        """As a target names it."""
        return f"trl=={self.trl},transformers=={self.transformers}"


PAIRS: Final = (
    Pair("0.19.1", "4.53.3", "0.15.2", "1.8.1", "0.21.4", "0.33.5", "4.0.0"),
    Pair("0.24.0", "4.57.1", "0.17.1", "1.10.1", "0.22.1", "0.35.3", "4.3.0"),
    Pair("0.29.1", "5.3.0", "0.18.1", "1.13.0", "0.22.2", "1.7.2", "4.8.0"),
    Pair("1.3.0", "5.7.0", "0.19.1", "1.13.0", "0.22.2", "1.13.0", "4.8.0"),
    Pair("1.8.0", "5.12.0", "0.19.1", "1.14.0", "0.22.2", "1.20.1", "4.8.5"),
    Pair("1.16.0", "5.24.0", "0.21.2", "1.15.0", "0.23.3", "2.4.0", "5.2.0"),
)
"""From the oldest to the newest."""


class ReleaseDifference(NamedTuple):
    """What takes the place of a row in the releases of a library before ``until``.

    Attributes:
        library: The library.
        until: Its first release that has the row as the table has it.
        artifact: The artifact whose table has the row.
        key: The row's key; a key that the table lacks adds ``rows`` at the end.
        rows: The row in other words, none for what such a release does anyway.
        of: The argument classes that are meant; none for all.
    """

    library: str
    until: str
    artifact: str
    key: str
    rows: Callable[[Row], Table]
    of: tuple[str, ...] = ()

    def holds(self, release: Release) -> bool:
        """Whether this release differs so."""
        return release < parse(self.until)


class Lack(NamedTuple):
    """What the releases of a library before ``until`` cannot do: a config that needs it is refused for them.

    Attributes:
        library: The library.
        until: Its first release that has it.
        what: It, in words.
        instead: What to change in the config.
        fields: The fields that ask for it.
        asks: Whether a config does.
        also_read: The other fields that decide that.
    """

    library: str
    until: str
    what: str
    instead: str
    fields: tuple[Field[Any], ...]
    asks: Callable[[Config], bool]
    also_read: tuple[Field[Any], ...] = ()


def renamed(library: str, until: str, key: str, old: str) -> ReleaseDifference:
    """The same value under another name."""
    return ReleaseDifference(library, until, ARGUMENTS, key, lambda row: (row._replace(key=old),))


def absent(library: str, until: str, key: str, *of: str) -> ReleaseDifference:
    """A setting that such a release does not have, and whose value is what it does."""
    return ReleaseDifference(library, until, ARGUMENTS, key, lambda _: (), of)


def converted(library: str, until: str, key: str, *rows: Row, of: tuple[str, ...] = ()) -> ReleaseDifference:
    """The same meaning in other keys or values."""
    return ReleaseDifference(library, until, ARGUMENTS, key, lambda _: rows, of)


def moved(until: str, key: str, name: Callable[[str, str], str]) -> ReleaseDifference:
    """A class of TRL in another module."""
    return ReleaseDifference("trl", until, PLAN, key, lambda _: (combine((f.trainer, f.pref_loss), key, name),))


def _outside(dotted: str) -> str:
    """Where TRL had the class before it was experimental."""
    return f"trl.{dotted.rpartition('.')[2]}"


def old_trainer(trainer: str, loss: str) -> str:
    """The trainer that computes this loss, as TRL names it before 0.26."""
    return _outside(plan.trainer_class(trainer, loss))


def old_arguments(trainer: str, loss: str) -> str:
    """The argument class of that trainer, as TRL names it before 0.26."""
    return _outside(plan.arguments_class(trainer, loss))


def grouped_only(grouped: bool) -> bool:
    """Whether rows of similar length are next to each other; the order is new in every epoch in any case."""
    return grouped


def warmup_steps(steps: int, _ratio: float) -> int:
    """The steps of the warm-up, where the ratio has a key of its own."""
    return steps


def warmup_ratio(steps: int, ratio: float) -> float:
    """Steps take precedence over the ratio."""
    return 0.0 if steps > 0 else float(ratio)


def prompt_limit(tokens: int) -> int:
    """Less than the length of a row, as the trainer demands; the rows are cut already."""
    return tokens - 1


DIFFERENCES: Final[tuple[ReleaseDifference, ...]] = (
    renamed("transformers", "5.23", "activation_checkpointing", "gradient_checkpointing"),
    renamed(
        "transformers",
        "5.23",
        "activation_checkpointing_kwargs.use_reentrant",
        "gradient_checkpointing_kwargs.use_reentrant",
    ),
    converted(
        "transformers",
        "5.2",
        "train_sampling_strategy",
        convert(f.group_by_length, "group_by_length", grouped_only),
        of=("SFTConfig",),
    ),
    # The order is new in every epoch anyway; for KTO its trainer keeps it.
    absent("transformers", "5.2", "train_sampling_strategy", "DPOConfig", "KTOConfig", "ORPOConfig", "CPOConfig"),
    converted(
        "transformers",
        "5",
        "warmup_steps",
        combine((f.lr_warmup_steps, f.lr_warmup_ratio), "warmup_steps", warmup_steps),
        combine((f.lr_warmup_steps, f.lr_warmup_ratio), "warmup_ratio", warmup_ratio),
    ),
    converted(
        "transformers",
        "4.56",
        "average_tokens_across_devices",
        constant("average_tokens_across_devices", True, "the loss is a mean over the tokens of all processes"),
    ),
    absent("trl", "1.7", "sync_ref_model", "KTOConfig"),
    absent("trl", "1", "truncation_mode", "SFTConfig"),
    absent("trl", "0.26", "shuffle_dataset", "SFTConfig"),
    moved("0.26", "trainer.class", old_trainer),
    moved("0.26", "trainer.arguments_class", old_arguments),
    converted(
        "trl",
        "0.29",
        "label_smoothing",
        convert(f.dpo_label_smoothing, "label_smoothing", float, "the sigmoid loss itself smooths its labels"),
        of=("DPOConfig",),
    ),
    converted(
        "trl", "0.29", "loss_type", convert(f.pref_loss, "loss_type", str, "the name of the loss"), of=("DPOConfig",)
    ),
    absent("trl", "0.29", "loss_weights", "DPOConfig"),
    absent("trl", "0.23", "loss_type", "SFTConfig"),
    absent("trl", "0.22", "alpha", "CPOConfig"),
    converted(
        "trl",
        "0.28",
        "max_prompt_length",
        convert(f.max_sequence_length, "max_prompt_length", prompt_limit),
        of=("ORPOConfig", "CPOConfig"),
    ),
)


def mixes_supervised(config: Config) -> bool:
    """Whether DPO's own trainer adds the supervised loss."""
    return config.acts(f.pref_ftx) and config[f.pref_ftx] > 0 and LOSSES[config[f.pref_loss]].table == "dpo"


LACKS: Final[tuple[Lack, ...]] = (
    Lack(
        "trl",
        "0.29",
        "the supervised loss on every token that `pref_ftx` adds",
        'write "pref_ftx": 0',
        (f.pref_ftx,),
        mixes_supervised,
        (f.trainer, f.pref_loss),
    ),
    Lack(
        "trl",
        "1.3",
        "a KTO trainer that accepts rows tokenized by hpc",
        'write another "pref_loss"',
        (f.pref_loss,),
        lambda config: config[f.trainer] == "dpo" and config[f.pref_loss] == "kto_pair",
        (f.trainer,),
    ),
)


def parse(text: str) -> Release:
    """``4.57`` → (4, 57)."""
    return tuple(int(part) for part in text.split(".")) if text else ()


def named(target: str) -> dict[str, str]:
    """``trl==0.24, transformers==4.57`` → the release of each library that it names."""
    parts = (part.strip().partition("==") for part in target.split(","))
    return {library: release for library, _, release in parts}


def releases_of(target: str) -> dict[str, str]:
    """The release of every library: one that the target does not name is that of the pair nearest to what it names."""
    asked = named(target)
    fitting = [pair for pair in PAIRS if all(line(getattr(pair, n)) <= parse(r) for n, r in asked.items())]
    beside = (fitting or [PAIRS[0]])[-1]
    libraries = ("trl", "transformers", "peft", "accelerate")
    return {name: asked.get(name, getattr(beside, name)) for name in libraries}


def line(release: str) -> Release:
    """The release without its last number: what is named without one is any of its line."""
    return parse(release)[:2]


def tested_together(found: Mapping[str, Release]) -> bool:
    """Whether TRL and transformers both lie between two neighboring pairs that were tested."""
    here = [found[name][:2] for name in ("trl", "transformers")]
    tested = [[line(pair.trl), line(pair.transformers)] for pair in PAIRS]
    return any(
        all(low <= release <= high for low, release, high in zip(lower, here, upper, strict=True))
        for lower, upper in pairwise(tested)
    )


def lacking(config: Config, target: str) -> Iterator[tuple[Lack, str]]:
    """What the config needs and the target does not have, with the release of the library that was asked for."""
    releases = releases_of(target)
    for lack in LACKS:
        if parse(releases[lack.library]) < parse(lack.until) and lack.asks(config):
            yield lack, releases[lack.library]


def translated(artifact: str, table: Table, config: Config, target: str) -> Table:
    """The table as the releases of the target have it, and in the plan these releases."""
    releases = {library: parse(release) for library, release in releases_of(target).items()}
    class_ = plan.arguments_class(config[f.trainer], config[f.pref_loss]).rpartition(".")[2]
    found = [d for d in DIFFERENCES if d.artifact == artifact and d.holds(releases[d.library])]
    chosen = {difference.key: difference for difference in found if not difference.of or class_ in difference.of}
    return (*map(_of_target, _replaced(table, chosen)), *_added(table, list(chosen.values())))


def _of_target(row: Row) -> Row:
    """The plan names the releases that take its files."""
    return row._replace(function=compatible) if row.fields == (f.target,) and row.key else row


def _replaced(table: Table, chosen: dict[str, ReleaseDifference]) -> Iterator[Row]:
    for row in table:
        difference = chosen.get(row.key or "")
        yield from difference.rows(row) if difference else (row,)


def _added(table: Table, chosen: Sequence[ReleaseDifference]) -> Iterator[Row]:
    present = {row.key for row in table}
    for difference in chosen:
        if difference.key not in present:
            yield from difference.rows(_row(difference.key))


def compatible(target: str | None) -> dict[str, str]:
    """For each library the releases that take the files as they are, as a version specifier; None for the newest."""
    releases = releases_of(target) if target else PAIRS[-1]._asdict()
    return {name: _range(name, parse(releases[name])) for name in plan.VERSIONS}


def _range(library: str, release: Release) -> str:
    borders = sorted({parse(d.until) for d in DIFFERENCES if d.library == library})
    oldest = parse(getattr(PAIRS[0], library))[:2]
    since = max([oldest, *(border for border in borders if border <= release)])
    above = [border for border in borders if border > release]
    return f">={text(since)}" + (f",<{text(above[0])}" if above else "")


def text(release: Release) -> str:
    """(4, 57) → ``4.57``."""
    return ".".join(map(str, release))


def words(target: str) -> str:
    """The two libraries that matter most, as people call them."""
    found = releases_of(target)
    return f"TRL {found['trl']} and transformers {found['transformers']}"


def earlier_names(artifact: str, key: str) -> list[str]:
    """What earlier releases have in the place of a key, in words."""
    found = []
    for difference in DIFFERENCES:
        if (difference.artifact, difference.key) == (artifact, key):
            others = [row.key for row in difference.rows(_row(key)) if row.key]
            what = "another value" if others == [key] else ", ".join(others) or "absent"
            of = f"{'/'.join(difference.of)}: " if difference.of else ""
            found.append(f"{of}{what} before {difference.library} {difference.until}")
    return list(dict.fromkeys(found))


def newer_name(artifact: str, key: str) -> str:
    """What newer releases have in the place of a key of an earlier one, in words; empty where it is the same."""
    for difference in DIFFERENCES:
        keys = [row.key for row in difference.rows(_row(difference.key))]
        if difference.artifact == artifact and key != difference.key and key in keys:
            return f"{difference.key} since {difference.library} {difference.until}"
    return ""


def _row(key: str) -> Row:
    return Row((), key, str)
