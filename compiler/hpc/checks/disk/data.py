"""What the data's first rows and counts say: readable, not empty, with the columns that this trainer learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hpc.checks.disk.readers import FIRST, Row
from hpc.checks.disk.rows import Sample, sample
from hpc.checks.disk.steps import CHECKS as STEPS
from hpc.checks.relations import Check, Finding
from hpc.checks.words import show
from hpc.resolve import Config
from hpc_disk.files import kind
from hpc_schema import fields as f
from hpc_schema.field import Field

FORMAT: Final = (f.trainer, f.data_format)
"""What decides which columns are right."""
SHOWN: Final = 3
"""Bad rows that are told one by one."""
COLUMNS: Final = {
    "preference": ("conversations", "chosen", "rejected"),
    "sharegpt": ("conversations",),
    "alpaca": ("instruction", "output"),
    "corpus": ("text",),
}
FORMATS: Final = {"sft": ("sharegpt", "alpaca"), "pt": ("corpus",), "dpo": ("preference",)}
"""What each trainer learns from."""


def readable(config: Config) -> Iterator[Finding]:
    """HPC521 and HPC522."""
    for field, found in _samples(config):
        if found.problem:
            yield Finding("HPC521", "error", found.problem, (field,))
        elif found.count == 0:
            yield Finding("HPC522", "error", f"{config[field]} holds no row", (field,))


def right_rows(config: Config) -> Iterator[Finding]:
    """HPC523 where no row has the columns, HPC524 where some rows are bad."""
    for field, found in _samples(config):
        if not found.first:
            continue
        format_ = _format(config, found.first)
        if format_ is None:
            yield _wrong_columns(config, field, found.first)
        elif bad := [(row, fault) for row in found.first if (fault := _fault(format_, row.value))]:
            yield _bad_rows(field, bad, len(found.first))


def _samples(config: Config) -> Iterator[tuple[Field[Any], Sample]]:
    for field in (f.train_data, f.eval_data):
        if config[field] and config.acts(field) and kind(config[field] or ""):
            yield field, sample(config[field] or "")


def _format(config: Config, rows: tuple[Row, ...]) -> str | None:
    """The format that the first rows have, of those that the trainer and ``data_format`` allow."""
    allowed = _allowed(config)
    return next((name for row in rows for name in allowed if _has(row.value, COLUMNS[name])), None)


def _allowed(config: Config) -> tuple[str, ...]:
    formats, named = FORMATS[config[f.trainer]], config[f.data_format]
    return (named,) if named in formats else formats


def _has(value: Any, columns: tuple[str, ...]) -> bool:
    return isinstance(value, Mapping) and all(column in value for column in columns)


def _wrong_columns(config: Config, field: Field[Any], rows: tuple[Row, ...]) -> Finding:
    value = rows[0].value
    found = ", ".join(f"`{key}`" for key in list(value)[:8]) if isinstance(value, Mapping) and value else "no columns"
    wanted = " or ".join(" + ".join(f"`{c}`" for c in COLUMNS[name]) for name in _allowed(config))
    message = f"{config[field]} has {found}, but {config[f.trainer]} learns from {wanted}"
    because = (other for other in FORMAT if config.given(other))
    return Finding("HPC523", "error", message, (field, *because), also_read=FORMAT)


def _bad_rows(field: Field[Any], bad: list[tuple[Row, str]], looked_at: int) -> Finding:
    told = "; ".join(f"{row.file} row {row.number}: {fault}" for row, fault in bad[:SHOWN])
    more = f"; and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    which = f"the first {FIRST}" if looked_at == FIRST else f"{looked_at}"
    return Finding("HPC524", "warning", f"{len(bad)} of {which} rows are bad: {told}{more}", (field,), also_read=FORMAT)


def _fault(format_: str, value: Any) -> str | None:
    """Why a row cannot be learned from, as far as columns and emptiness go."""
    if isinstance(value, ValueError):
        return f"it is not JSON ({value})"
    if not isinstance(value, Mapping):
        return "it is not an object"
    absent = [column for column in COLUMNS[format_] if value.get(column) is None]
    if absent:
        return f"it has no {' and no '.join(f'`{column}`' for column in absent)}"
    return next((fault for column in COLUMNS[format_] if (fault := _column_fault(column, value))), None)


def _column_fault(column: str, row: Mapping[str, Any]) -> str | None:
    value = row[column]
    if column == "conversations":
        return None if isinstance(value, list) and value else "`conversations` is no list of turns, or an empty one"
    if column in ("chosen", "rejected"):
        if not isinstance(value, Mapping):
            return f"`{column}` is {show(value)}, not a turn"
        return None if str(value.get("value") or "").strip() else f"`{column}` is empty"
    if not isinstance(value, str):
        return f"`{column}` is {show(value)}, not a text"
    if column == "instruction":
        value = f"{value}{row.get('input') or ''}"
    return None if value.strip() else f"`{column}` is empty"


CHECKS: Final[tuple[Check, ...]] = (readable, right_rows, *STEPS)
