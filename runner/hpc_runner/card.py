"""The model card: a ``README.md`` beside the trained weights, which says what they are and how to load them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpc_disk.data import named
from hpc_runner.plan import Plan

if TYPE_CHECKING:
    from transformers import Trainer

CARD = """---
{front}
---
# {name}

{what}

| | |
|---|---|
{table}

Load it:

```python
{code}
```

Train it again:

```sh
hpc run {source}
```
"""
FULL = """from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained({folder}, dtype="auto")
tokenizer = AutoTokenizer.from_pretrained({folder})"""
ADAPTER = """from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer

model = AutoPeftModelForCausalLM.from_pretrained({folder}, dtype="auto")
tokenizer = AutoTokenizer.from_pretrained({folder})"""
KINDS = ("library_name: transformers", "A fine-tuned version of"), ("library_name: peft", "A LoRA adapter for")
"""How a card calls a whole model, and how it calls an adapter."""
LEARNED = {"sft": "supervised fine-tuning", "pt": "continued pre-training", "dpo": "preference optimization"}


def write_card(plan: Plan, trainer: Trainer, folder: Path, target: Path) -> None:
    """Write the card into a folder of results, which will be the target."""
    _, what = KINDS[bool(plan.adapter)]
    text = CARD.format(
        front="\n".join(_front(plan)),
        name=plan.name,
        what=f"{what} `{plan.model.path}`, made with hpc by {LEARNED[plan.trainer.name]}.",
        table="\n".join(f"| {label} | {value} |" for label, value in _facts(plan, trainer)),
        code=(ADAPTER if plan.adapter else FULL).format(folder=json.dumps(str(target))),
        source=plan.source,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def write_card_of_merged(adapter: Path, folder: Path, target: Path) -> None:
    """Write the adapter's card, if it has one, as that of the whole model."""
    if not (adapter / "README.md").exists():
        return
    text = (adapter / "README.md").read_text(encoding="utf-8")
    for whole, part in zip(*KINDS, strict=True):
        text = text.replace(part, whole, 1)
    code = FULL.format(folder=json.dumps(str(target)))
    text = re.sub(r"(?s)(?<=```python\n).*?(?=\n```)", lambda _: code, text, count=1)
    (folder / "README.md").write_text(text, encoding="utf-8")


def _front(plan: Plan) -> list[str]:
    """What the hub reads; a path on this machine is not a model there."""
    base = plan.model.path or ""
    on_hub = [] if Path(base).exists() else [f"base_model: {base}"]
    library, _ = KINDS[bool(plan.adapter)]
    return [*on_hub, library, "tags:", "- hpc"]


def _facts(plan: Plan, trainer: Trainer) -> list[tuple[str, Any]]:
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    evaluated = [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]
    facts: list[tuple[str, Any]] = [
        ("base model", f"`{plan.model.path}`"),
        ("data", f"`{named(plan.data.train)}`"),
        ("config", f"`{plan.source}`"),
        ("steps", trainer.state.global_step),
    ]
    if losses:
        facts.append(("training loss", f"{losses[0]:.4f} → {losses[-1]:.4f}"))
    if evaluated:
        facts.append(("evaluation loss", f"{evaluated[-1]:.4f}"))
    return facts
