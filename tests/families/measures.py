"""The numbers by which a cell of the family matrix is judged."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

QUESTION, ANSWER = "What is the capital of France?", "Paris, of course."
MAY_STAY = ("router", "gate.weight", "e_score_correction_bias")
"""Parts of names of trained parameters that may have had no gradient in so few steps."""


@contextlib.contextmanager
def watched() -> Iterator[dict[str, Any]]:
    """Note the first batch of each step, and which parameters a training leaves as they were."""
    from transformers import Trainer

    seen: dict[str, Any] = {"batches": []}
    train_, step_ = Trainer.train, Trainer.training_step

    def training_step(self: Any, model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        seen["batches"].append({k: v.tolist() for k, v in inputs.items() if torch.is_tensor(v)})
        return step_(self, model, inputs, *more, **named)

    def train(self: Any, *more: Any, **named: Any) -> Any:
        before = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        result = train_(self, *more, **named)
        same = {n: torch.equal(p.detach(), before[n]) for n, p in self.model.named_parameters()}
        trained = {n: p.requires_grad for n, p in self.model.named_parameters()}
        seen["moved"] = [n for n, equal in same.items() if not equal and not trained[n]]
        seen["still"] = [n for n, equal in same.items() if equal and trained[n]]
        seen["trained"] = [n for n in trained if trained[n]]
        return result

    Trainer.train, Trainer.training_step = train, training_step  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        Trainer.train, Trainer.training_step = train_, step_  # type: ignore[method-assign]


def measure(config: dict[str, Any], output: Path, seen: list[dict[str, Any]], verdict: Any) -> None:
    """Everything that can be measured of a finished run."""
    lora = config.get("training_type") != "full"
    verdict.must(not seen[0]["moved"], f"frozen parameters moved: {seen[0]['moved'][:2]}")
    still = [name for name in seen[0]["still"] if not any(part in name for part in MAY_STAY)]
    verdict.must(not still, f"trained parameters did not move: {still[:3]}")
    in_tower = [name for name in seen[0]["trained"] if "vision" in name or "projector" in name]
    verdict.must(not in_tower, f"towers are trained: {in_tower[:2]}")
    first = json.loads((output / "metrics.jsonl").read_text().splitlines()[0])["loss"]
    expected = expected_loss(config, seen)
    verdict.must(abs(first - expected) < 1e-4, f"first loss {first:.5f}, not {expected:.5f}")
    result = output / ("merged" if lora else "final")
    if lora:
        gap = distance(config["model"], output, seen)
        verdict.must(gap < 1e-4, f"merged and adapter differ by {gap:.1e}")
    files_and_format(Path(config["model"]), result, verdict)
    if config["train_data"] == "one.jsonl":
        stops(result, verdict)


def load(folder: str | Path, **settings: Any) -> Any:
    from hpc_runner.model import load_base

    settings.setdefault("dtype", torch.float32)
    return load_base(str(folder), **settings).eval()


def expected_loss(config: dict[str, Any], seen: list[dict[str, Any]]) -> float:
    """Of the plain model on the tokens of the first step of all processes; log 2 for preferences."""
    settings = {}
    if config.get("quantization_bit"):
        from hpc_runner.model import quantization

        plan = json.loads((Path(config["output_dir"]) / "build" / "plan.json").read_text())
        settings["quantization_config"] = quantization(plan["model"]["quantization"], config["model"])
    # Out of training bitsandbytes packs weights for a CPU kernel that does not take matrices as small as these.
    model = load(config["model"], **settings).train(bool(settings))
    first = [{k: torch.tensor(v) for k, v in process["batches"][0].items()} for process in seen]
    balance = sum(balancing(model, batch) for batch in first) / len(first)
    if config.get("trainer") == "dpo":
        return math.log(2) + balance
    total, count = 0.0, 0
    for batch in first:
        labels = batch["labels"][:, 1:]
        with torch.no_grad():
            logits = model(**inputs(batch)).logits[:, :-1]
        losses = torch.nn.functional.cross_entropy(logits.float().transpose(1, 2), labels, reduction="none")
        total, count = total + losses.sum().item(), count + int((labels != -100).sum())
    return total / count + balance


def inputs(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What every model takes."""
    return {key: batch[key] for key in ("input_ids", "attention_mask")}


def balancing(model: Any, batch: dict[str, torch.Tensor]) -> float:
    """The loss of a mixture of experts that spreads the tokens over them, with the weight that its config declares."""
    config = model.config.get_text_config()
    weight = getattr(config, "router_aux_loss_coef", 0.0)
    if not weight or not hasattr(config, "output_router_logits"):
        return 0.0
    with torch.no_grad():
        return weight * float(model(**inputs(batch), output_router_logits=True).aux_loss)


def distance(base: str, output: Path, seen: list[dict[str, Any]]) -> float:
    """The largest difference of log-probabilities between the merged model and the base with the adapter."""
    from peft import PeftModel

    batch = next({k: torch.tensor(v) for k, v in b.items()} for b in seen[0]["batches"])
    asked = {key: value[:1] for key, value in inputs(batch).items()}
    adapted = PeftModel.from_pretrained(load(base), str(output / "final")).eval()
    with torch.no_grad():
        one = adapted(**asked).logits.log_softmax(-1)
        other = load(output / "merged")(**asked).logits.log_softmax(-1)
    return float((one - other).abs().max())


def files_and_format(base: Path, result: Path, verdict: Any) -> None:
    """Every file of the base but its weights; the base's number format; the base's use_cache."""
    missing = {path.name for path in base.iterdir()} - {path.name for path in result.iterdir()}
    missing = {name for name in missing if not name.endswith((".safetensors", ".index.json"))}
    verdict.must(not missing, f"missing beside the weights: {sorted(missing)}")
    was, is_ = (json.loads((folder / "config.json").read_text()) for folder in (base, result))
    for key in ("dtype", "use_cache", "architectures"):
        verdict.must(was.get(key) == is_.get(key), f"{key} is {is_.get(key)}, not {was.get(key)}")
    verdict.must(formats(result) == formats(base), f"weights are saved as {formats(result)}, not {formats(base)}")


def formats(folder: Path) -> set[str]:
    """The number formats of the saved tensors."""
    from safetensors import safe_open

    found = set()
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "pt") as tensors:
            found |= {tensors.get_slice(key).get_dtype() for key in tensors.keys()}  # noqa: SIM118 (no mapping)
    return found


def stops(result: Path, verdict: Any) -> None:
    """The model that learned one row gives its answer and ends."""
    from os.path import commonprefix

    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(result)
    turns = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}]
    asked = tokenizer.apply_chat_template(turns[:1], add_generation_prompt=True, tokenize=False)
    # Some templates ask for a thought that they leave out of the answer which is learned.
    prompt = commonprefix([asked, tokenizer.apply_chat_template(turns, tokenize=False)])  # noqa: RUF071
    ids = tokenizer(prompt, add_special_tokens=False, return_tensors="pt")
    length = len(tokenizer(ANSWER, add_special_tokens=False)["input_ids"])
    whole = load(result).generate(**inputs(ids), max_new_tokens=int(1.5 * length) + 8, do_sample=False)
    answer = whole[0, ids["input_ids"].shape[1] :]
    text = tokenizer.decode(answer, skip_special_tokens=True).strip()
    verdict.must(len(answer) <= 1.5 * length + 6, f"no end after {len(answer)} tokens: {text[:60]!r}")
    verdict.must(ANSWER in text, f"answers {text[:60]!r}")
