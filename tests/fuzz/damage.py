"""Bytes and folders that are damaged by chance: mutations of sound files."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**70, 1e308, "", "x" * 300, [], {}, [[]], {"a": {}}),
    *("../../etc", "\x1b[31m", "\ud800", ["human"], [None], {"": 0}, [-1, 5], [0, 2**64]),
    *(float("inf"), float("nan"), -0.0, 0.5, 2**4000, "\0", "/", ".", [{}], {"a": [{"b": None}]}),
)
RAW = (b"Infinity", b"NaN", b"9" * 5000, b"[" * 3000, b"\xff\xfe", b"\x00", b'"\\ud800"', b"1e999", b"")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes cut, doubled, exchanged, or replaced by something odd."""
    out = bytearray(data)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(out) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            del out[at : at + chance.randrange(1, 20)]
        elif kind == 1:
            out[at:at] = chance.choice(RAW)
        elif kind == 2 and at < len(out):
            out[at] = chance.randrange(256)
        elif kind == 3:
            out[at:at] = out[max(0, at - 20) : at]
        else:
            del out[at:]
    return bytes(out)


def odd_object(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The object with a few values of other types."""
    changed = dict(value)
    for key in chance.sample(sorted(changed), min(len(changed), chance.randrange(1, 4))):
        changed[key] = chance.choice(ODD)
    return changed


def odd_json(value: Any, chance: random.Random) -> bytes:
    """The value as JSON, with odd values or odd bytes in it."""
    if isinstance(value, dict) and chance.random() < 0.6:
        return json.dumps(odd_object(value, chance)).encode("utf-8", "surrogatepass")
    return mutated(json.dumps(value).encode(), chance)


def odd_safetensors(chance: random.Random) -> bytes:
    """A header with odd entries, or of an odd length."""
    entry = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    header = json.dumps({"a": odd_object(entry, chance), "b": chance.choice([entry, *ODD])}).encode(
        "utf-8", "surrogatepass"
    )
    length = chance.choice([len(header), 0, 2**63, len(header) + 5])
    return struct.pack("<Q", length) + header + b"\0" * 16


def odd_rows(chance: random.Random) -> tuple[str, bytes]:
    """A data file's name and bytes."""
    turn = {"from": "human", "value": "Hello"}
    row: dict[str, Any] = {"instruction": "a", "input": "", "output": "b", "text": "c"}
    row |= {"conversations": [turn, chance.choice([turn, *ODD])], "chosen": turn, "messages": [{"role": "user"}]}
    rows = [odd_object(row, chance) for _ in range(3)]
    suffix = chance.choice(["json", "jsonl", "csv", "txt", "parquet", "zip"])
    lines = b"\n".join(json.dumps(each).encode("utf-8", "surrogatepass") for each in rows)
    if suffix == "json":
        lines = json.dumps(rows).encode("utf-8", "surrogatepass")
    if suffix == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", chance.choice([0, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])) as archive:
            archive.writestr(chance.choice(["a.jsonl", ".", "../b.json", "a.zip", "x/y.csv"]), lines)
        lines = stream.getvalue()
    return f"rows.{suffix}", mutated(lines, chance) if chance.random() < 0.6 else lines


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
