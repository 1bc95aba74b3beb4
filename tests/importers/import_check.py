"""``make import-check``: what a tool makes of its own configs, and what hpc makes of their imports, agree.

Takes the configs of the corpus that name a model and have no placeholder in a key that the comparison reads. The tool's
own parser and argument classes read the config; hpc imports and compiles it. The learning rate of every step, the
steps, the batch, the adapter, the loss and the length must be the same. Each tool is installed, with the little that
its arguments import, into a cache folder, over the packages of this environment. Prints a table; exits 1 when a config
disagrees.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hpc.compile import compile_document
from hpc.diagnostics import HpcError
from hpc.importers.reading import Import, import_source
from hpc.importers.render import to_text
from hpc.importers.source import Source
from hpc.importers.tool import Tool
from hpc.importers.tool_values import is_placeholder
from hpc.importers.tools import BY_NAME, recognize
from hpc.source import parse
from tests.importers.coverage import CORPUS, rows
from tests.importers.proof.facts import preference

ROOT = Path(__file__).resolve().parents[2]
PACKAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "llamafactory": ("llamafactory=={}", "omegaconf==2.3.0", "antlr4-python3-runtime==4.9.3", "liger-kernel"),
    "trl": (),
    "ms-swift": (
        "ms-swift=={}",
        "trl==0.29.1",
        "modelscope",
        "modelscope_hub",
        "json_repair",
        "kernels",
        "liger-kernel",
    ),
    "axolotl": ("axolotl=={}", "addict", "posthog", "backoff", "distro", "evaluate", "numba", "llvmlite", "wandb"),
}
NEWER: Final = {"warmup_ratio": "warmup_steps", "evaluation_strategy": "eval_strategy"}
"""Names that transformers has changed, with the same meaning."""
MODEL_KEYS: Final = ("model_name_or_path", "base_model", "model")
DATA_KEYS: Final = ("dataset", "eval_dataset", "val_dataset", "dataset_name", "datasets", "test_datasets", "train_data")
COMPARED: Final = frozenset(
    [
        "trainer",
        "batch_size",
        "epochs",
        "max_steps",
        "learning_rate",
        "lr_warmup_steps",
        "lr_warmup_ratio",
        "lr_scheduler_type",
        "lr_min_ratio",
        "gradient_accumulation_steps",
        "weight_decay",
        "max_grad_norm",
        "training_type",
        "lora_rank",
        "lora_alpha",
        "lora_dropout",
        "lora_variant",
        "target_modules",
        "pref_loss",
        "pref_beta",
        "pref_ftx",
        "dpo_label_smoothing",
        "simpo_gamma",
        "max_sequence_length",
    ]
)
MODULES: Final = {
    "<list 2>": ("q_proj", "v_proj"),
    "<list 4>": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "<list 7>": ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
}
HIDDEN: Final = ("<list", "<map", "text", "org/name", "$")


@dataclass(frozen=True)
class Pair:
    """One config of the corpus: as its tool is given it, and as hpc compiles it."""

    tool: Tool
    source: str
    values: Mapping[str, Any]
    files: Mapping[str, Any]


def main() -> int:
    """Print what agrees, and what does not."""
    folder = Path(os.environ.get("HPC_CHECK_CACHE", ROOT / ".venv" / "import-check"))
    model = tiny_model(folder / "model")
    failed = 0
    print(f"{'tool':<14}{'configs':>8}{'left out':>10}{'refused':>9}{'compared':>10}{'agree':>7}")
    for name in sys.argv[1:] or PACKAGES:
        pairs, left = pairs_of(name, model)
        theirs = read(name, [dict(pair.values) for pair in pairs], folder, model)
        ours = read("hpc", [dict(pair.files) for pair in pairs], folder, model)
        differences = [compared(a, b) for a, b in zip(theirs, ours, strict=True)]
        refused = [a["refused"] for a in theirs if "refused" in a]
        wrong = [(pair, found) for pair, found in zip(pairs, differences, strict=True) if found]
        count = len(pairs) - len(refused)
        total = len(pairs) + sum(left.values())
        print(f"{name:<14}{total:>8}{sum(left.values()):>10}{len(refused):>9}{count:>10}{count - len(wrong):>7}")
        for reason, times in [*left.most_common(), *Counter(word[:150] for word in refused).most_common(6)]:
            print(f"    {times:>4}  {reason}")
        for pair, found in wrong[:5]:
            print(f"  {pair.source}: {'; '.join(found)[:600]}\n    {json.dumps(pair.values)[:1500]}")
        failed += len(wrong) + (count == 0)
    return 1 if failed else 0


def pairs_of(name: str, model: Path) -> tuple[list[Pair], Counter[str]]:
    """The configs of a tool that can be compared, and why the others cannot."""
    found, left = [], Counter[str]()
    for row in rows():
        tool = recognize(row["keys"])
        if tool is None or tool.name != name:
            continue
        try:
            found.append(pair_of(tool, row, model))
        except LeftOutError as reason:
            left[str(reason)] += 1
    return found, left


class LeftOutError(Exception):
    """Why a config cannot be compared."""


def pair_of(tool: Tool, row: Mapping[str, Any], model: Path) -> Pair:
    """A config with its names filled in, and its import compiled."""
    values = filled(tool, row["keys"], model)
    done = import_source(Source("job.yaml", "", values, {}), tool)
    if done.losses:
        raise LeftOutError("something is lost: hpc trains another job")
    asked = [key for key, each in done.outcomes.items() if each.state == "resolved"]
    asked = [key for key in asked if COMPARED & set(tool.by_key[key].fields)]
    if asked:
        raise LeftOutError(f"the import asks for a value: {', '.join(asked)}")
    return Pair(tool, row["source"], theirs(tool, values, done), compiled(done))


def filled(tool: Tool, keys: Mapping[str, Any], model: Path) -> dict[str, Any]:
    """The config with a model and data in place of the names that the corpus replaced."""
    named = [key for key in MODEL_KEYS if keys.get(key)]
    if not named:
        raise LeftOutError("it names no model")
    values: dict[str, Any] = {}
    for key, value in keys.items():
        row = tool.by_key.get(key)
        if key in named:
            values[key] = str(model)
        elif key in DATA_KEYS and value is not None:
            values[key] = [{"path": "data.jsonl", "type": "alpaca"}] if tool.name == "axolotl" else "data_1"
        elif not hidden(value):
            values[key] = value
        elif key in ("special_tokens", "tokens"):
            continue
        elif key in ("lora_target_modules", "target_modules") and value in MODULES:
            values[key] = list(MODULES[value])
        elif row is None or row.state == "lost" or COMPARED & set(row.fields):
            raise LeftOutError(f"a placeholder stands for a value that is compared: {key}")
    return values


def hidden(value: Any) -> bool:
    """Whether the corpus replaced the value."""
    return isinstance(value, str) and (is_placeholder(value) or value.startswith(HIDDEN))


def theirs(tool: Tool, values: Mapping[str, Any], done: Import) -> dict[str, Any]:
    """The config for the tool's release: no GPU, its newer names, no key that does nothing, no DeepSpeed file."""
    given: dict[str, Any] = {}
    for key, value in values.items():
        row = tool.by_key[key]
        if key == "warmup_ratio" and (tool.name == "axolotl" or values.get("warmup_steps")):
            if tool.name == "axolotl":
                given[key] = value
            continue
        newest = row.keys[0] if row.single and row.keys[0] in tool.arguments else key
        idle = done.outcomes[key].state in ("no_effect", "implied") or value is None
        if key == "deepspeed" or (idle and (newest not in tool.arguments or key in ("report_to",))):
            continue
        if done.outcomes[key].state != "no_effect" and not key.startswith(("fsdp", "report_to", "max_prompt")):
            given[NEWER.get(key, newest)] = value
    text = all(isinstance(value, str | list) for value in given.values())
    if tool.name == "ms-swift":
        given |= {"model_type": "llama", "template": "llama"}
    if tool.name != "axolotl":
        given["use_cpu"] = "true" if text else True
    if tool.name == "trl":
        given["trainer"] = done.config.get("trainer", "sft")
    return given | {"output_dir": tempfile.mkdtemp()}


def compiled(done: Import) -> dict[str, Any]:
    """The files that hpc compiles, and the loss that its config says."""
    try:
        result = compile_document(parse(to_text(done, "yaml"), "yaml", "imported.yaml"))
    except HpcError as error:
        raise LeftOutError(f"hpc refuses the import: {error.diagnostics[0].message}") from None
    c = result.config.values
    loss = {"name": c["trainer"]}
    if c["trainer"] == "dpo":
        numbers = {"smoothing": c["dpo_label_smoothing"], "gamma": c["simpo_gamma"]}
        loss = preference(c["pref_loss"], c["pref_beta"], supervised=c["pref_ftx"], **numbers)
    files = {name: json.loads(each.text) for name, each in result.artifacts.items() if name.endswith(".json")}
    return {**files, "loss": loss, "tool": done.tool.name}


def compared(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """What differs, in words; nothing where the tool itself refuses the config."""
    if "refused" in theirs:
        return []
    wrong = [key for key in {**theirs, **ours} if theirs.get(key) != ours.get(key)]
    return [f"{key}: {short(theirs.get(key))}, hpc {short(ours.get(key))}" for key in wrong]


def short(value: Any) -> str:
    """A value in a line."""
    return f"{value[:6]}…" if isinstance(value, list) and len(value) > 8 else f"{value}"


def read(name: str, jobs: list[dict[str, Any]], folder: Path, model: Path) -> list[dict[str, Any]]:
    """The facts of each job, from a process of its own."""
    path = os.pathsep.join([str(overlay(name, folder)), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {
        "PYTHONPATH": path,
        "HPC_PROOF_MODEL": str(model),
        "HF_HUB_OFFLINE": "1",
        "DISABLE_VERSION_CHECK": "1",
        "AXOLOTL_DO_NOT_TRACK": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }
    command = [sys.executable, "-m", "tests.importers.proof.readers", name]
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "data.jsonl").write_text('{"instruction": "a", "input": "", "output": "b"}\n')
        done = subprocess.run(
            command, cwd=place, env=environment, input=json.dumps(jobs), capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-3000:]}")
    return list(json.loads(done.stdout.splitlines()[-1]))


def overlay(name: str, folder: Path) -> Path:
    """The folder with the tool's own packages."""
    place = folder / name
    wanted = [package.format(BY_NAME[name].release) for package in PACKAGES.get(name, ())]
    if wanted and not place.is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--ignore-requires-python"]
        subprocess.run([*command, "--target", str(place), *wanted], check=True)
    return place


def tiny_model(folder: Path) -> Path:
    """A model of a few thousand parameters that every tool can load."""
    from tests.end_to_end.tiny import make_tiny

    folder.mkdir(parents=True, exist_ok=True)
    return make_tiny(folder)


if __name__ == "__main__":
    assert CORPUS.is_file(), f"no corpus of real configs at {CORPUS}"
    sys.exit(main())
