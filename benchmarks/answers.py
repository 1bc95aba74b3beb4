"""How soon hpc answers, beside what a user would run instead. Run it with ``make bench``; it takes a few minutes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import page
import peers
from pairs import Command, Row, processes, quickest, ratio

from hpc.check import check
from hpc.compile import compile_document
from hpc.source import parse
from hpc_schema import SCHEMA_FILE, properties, schema

HPC = [str(Path(sys.executable).with_name("hpc"))]
BASE = [sys.executable, "-I", "-c", "import json"]
GOOD = json.dumps({name: s["default"] for name, s in properties().items() if "default" in s}, indent=2)
BAD = json.dumps({**json.loads(GOOD), "learning_rate": "fast", "epochs": 0, "lora_rnk": 8}, indent=2)
SHARDED = json.dumps({"distributed_backend": "deepspeed", "zero_stage": 2})
PARSED_BY_TRL = """
import sys
from transformers import HfArgumentParser
from trl import SFTConfig
HfArgumentParser(SFTConfig).parse_yaml_file(sys.argv[1], allow_extra_keys=True)
"""
REFUSED_BY_LLAMA_FACTORY = """
from llamafactory.hparams import get_train_args
get_train_args({"model_name_or_path": "m", "stage": "sfft", "output_dir": "out"})
"""


def startup(folder: Path, missing: list[str]) -> list[Row]:
    """Whole commands, beside a Python that only imports json."""
    for name, text in {"good": GOOD, "bad": BAD, "sharded": SHARDED, "disk": _on_disk(folder)}.items():
        (folder / f"{name}.json").write_text(text)
    goals: dict[str, tuple[Command, float]] = {
        "a good config": ([*HPC, "validate", "good.json"], 2),
        "compile, `--emit deepspeed.json`": ([*HPC, "compile", "sharded.json", "--emit", "deepspeed.json"], 2.5),
        "a bad config, three errors": ([*HPC, "validate", "bad.json"], 5),
        "model and data on disk": ([*HPC, "validate", "disk.json"], 3.5),
    }
    commands = {"base": BASE, **{name: command for name, (command, _) in goals.items()}}
    taken = processes(commands, 15, folder)
    rows = [
        Row(
            name,
            f"{min(taken[name]) * 1e3:.0f} ms",
            value := ratio(taken[name], taken["base"]),
            f"≤ {goal}×",
            value <= goal,
        )
        for name, (_, goal) in goals.items()
    ]
    for name, command in _others(folder, missing):
        rows.append(_beside(name, command, "a good config", goals["a good config"][0], folder))
    if python := peers.llama_factory(install=False):
        command = [python, "-c", REFUSED_BY_LLAMA_FACTORY]
        found = _beside("a refusal by LLaMA-Factory", command, "ours", goals["a bad config, three errors"][0], folder)
        rows.append(found._replace(goal="≥ 70×", met=(found.ratio or 0) >= 70))
    else:
        missing.append("LLaMA-Factory, which `make bench-train` installs")
    return rows


def _beside(name: str, peer: Command, ours: str, hpc: Command, folder: Path) -> Row:
    """What a peer takes, and how many times as long as hpc."""
    pair = processes({"peer": peer, "hpc": hpc}, 3, folder)
    return Row(
        f"{name}, beside {ours}", f"{min(pair['peer']) * 1e3:.0f} ms", ratio(pair["peer"], pair["hpc"]), "", None
    )


def _on_disk(folder: Path) -> str:
    """A job with a tiny model and data."""
    sys.path.insert(0, str(page.ROOT))
    from tests.end_to_end.tiny import make_tiny

    make_tiny(folder / "model")
    rows = [{"instruction": f"question {i}", "output": "answer"} for i in range(100)]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return json.dumps({"model": "model", "train_data": "rows.jsonl", "max_sequence_length": 64})


def _others(folder: Path, missing: list[str]) -> Iterator[tuple[str, Command]]:
    """The tools that are here, or could be installed, with what they do to a config."""
    (folder / "trl.yaml").write_text("output_dir: out\nlearning_rate: 0.0001\n")
    if python := peers.python_with("check-jsonschema", "check-jsonschema"):
        yield "check-jsonschema", [python, "-m", "check_jsonschema", "--schemafile", SCHEMA_FILE, "good.json"]
    else:
        missing.append("check-jsonschema, which could not be installed")
    if ajv := peers.ajv():
        yield "ajv", [*ajv, "validate", "--strict=false", "-s", SCHEMA_FILE, "-d", "good.json"]
    else:
        missing.append("ajv, which could not be installed")
    yield "TRL's own parser", [sys.executable, "-c", PARSED_BY_TRL, "trl.yaml"]


def in_process(missing: list[str]) -> list[Row]:
    """Functions in microseconds, for a config of all fields."""
    good = lambda: check(parse(GOOD, "json", "c.json"))  # noqa: E731
    goals: dict[str, tuple[Callable[[], object], float]] = {
        "text → all errors": (good, 150),
        "the same, three errors": (lambda: check(parse(BAD, "json", "c.json")), 300),
        "text → all artifacts": (lambda: list(compile_document(parse(GOOD, "json", "c.json")).artifacts.values()), 700),
    }
    rows = []
    for name, (call, goal) in goals.items():
        micro = quickest(call) * 1e6
        rows.append(Row(name, f"{micro:.0f} µs", micro / goal, f"≤ {goal} µs", micro <= goal))
    ours, values = quickest(good), json.loads(GOOD)
    validator = jsonschema.Draft7Validator(schema())
    theirs = {"jsonschema (no cross rules beyond the schema)": quickest(lambda: validator.is_valid(values))}
    if python := peers.python_with("jsonschema-rs", "jsonschema-rs"):
        theirs["jsonschema-rs"] = _jsonschema_rs(python)
    else:
        missing.append("jsonschema-rs, which could not be installed")
    rows += [Row(f"{name}, beside all errors", f"{t * 1e6:.0f} µs", t / ours, "", None) for name, t in theirs.items()]
    return rows


def _jsonschema_rs(python: str) -> float:
    code = f"""
import json, timeit, jsonschema_rs
validator = jsonschema_rs.validator_for(json.load(open({SCHEMA_FILE!r})))
values = json.loads({GOOD!r})
print(min(timeit.repeat(lambda: validator.is_valid(values), number=100, repeat=50)) / 100)
"""
    return float(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout)


def growth(folder: Path) -> list[Row]:
    """What must grow with the size of the input and no faster."""
    keys = {f"key_{number}": number for number in range(3000)}
    words = {"".join(chr(97 + (number // 26**i) % 26) for i in range(6)): number for number in range(50_000)}
    files = {
        "3,000 unknown keys": (keys, 2),
        "3,000 unknown keys on one line": (keys, None),
        "a vocabulary of 50,000 words": (words, None),
    }
    rows = []
    for name, (values, indent) in files.items():
        (folder / "large.json").write_text(json.dumps(values, indent=indent))
        seconds = min(processes({"hpc": [*HPC, "validate", "large.json"]}, 3, folder)["hpc"])
        rows.append(Row(name, f"{seconds:.2f} s", seconds / 0.5, "≤ 0.5 s", seconds <= 0.5))
    return [*rows, many_files(folder)]


def many_files(folder: Path, count: int = 10_000) -> Row:
    """Many files in one call, on all cores."""
    (folder / "many").mkdir()
    names = [f"{number}.json" for number in range(count)]
    for name in names:
        (folder / "many" / name).write_text(GOOD)
    start = time.perf_counter()
    busy = min(processes({"hpc": [*HPC, "validate", *names]}, 4, folder / "many")["hpc"])
    wall = (time.perf_counter() - start) / 5
    figure = f"{count / busy:,.0f} files/s a core, {count / wall:,.0f} files/s in all"
    return Row("10,000 files in one call", figure, count / busy / 6000, "≥ 6,000 files/s a core", count / busy >= 6000)


def main() -> None:
    """Measure, print and write the page."""
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = {
            'Whole commands, beside `python -I -c "import json"`': startup(folder, missing),
            "In process; ratio to the goal, or of the peer to hpc": in_process(missing),
            "Growth; ratio to the goal": growth(folder),
        }
    page.section("answers", tables, missing)


if __name__ == "__main__":
    main()
