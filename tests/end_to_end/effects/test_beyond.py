"""The effects of the group Beyond: fields that the specification does not have."""

import importlib.util
import math
import random
from pathlib import Path

import pytest

from tests.end_to_end.effects.conftest import conversation, write_rows
from tests.end_to_end.effects.forgetting import taught_another_answer
from tests.end_to_end.effects.harness import Seen, Train

PEAK = 0.01
EVALUATED = {"eval_data": "chat_eval.jsonl", "eval_strategy": "steps", "eval_steps": 1}
BEST = {"save_best_checkpoint": True, "checkpoint_strategy": "steps", "checkpoint_steps": 1}
DEEPSPEED = {"distributed_backend": "deepspeed"}


def test_max_steps(run: Train) -> None:
    """Optimizer steps, whatever the epochs: fewer than one epoch has, or more."""
    assert run().steps == 8
    assert run(max_steps=3).steps == 3
    assert run(max_steps=11).steps == 11


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_lr_min_ratio(run: Train, schedule: str) -> None:
    """Learning rate of the last steps: it ends at that share of the highest one."""
    free, floored = (run(lr_scheduler_type=schedule, lr_min_ratio=floor) for floor in (0, 0.5))
    assert min(free.series("learning_rate")) < 0.2 * PEAK
    assert min(floored.series("learning_rate")) >= 0.5 * PEAK
    assert floored.series("learning_rate")[0] == pytest.approx(PEAK, rel=0.1)


def test_lr_scheduler_type__floored(run: Train) -> None:
    """Learning rate of every step above a floor of half: the line, the half cosine."""
    shapes = {"linear": lambda part: 1 - part, "cosine": lambda part: (1 + math.cos(math.pi * part)) / 2}
    for schedule, shape in shapes.items():
        rates = run(lr_scheduler_type=schedule, lr_min_ratio=0.5).series("learning_rate")
        assert rates == pytest.approx([PEAK * (1 + shape(step / 8)) / 2 for step in range(8)])


def test_learning_rate__floored(run: Train) -> None:
    """Learning rate of the last step: the floor is a share of the highest one."""
    rates = run(lr_scheduler_type="linear", lr_min_ratio=0.5, learning_rate=2 * PEAK).series("learning_rate")
    assert rates == pytest.approx([2 * PEAK * (1 - step / 16) for step in range(8)])


def test_lr_min_ratio__resumed(run: Train) -> None:
    """What is said of a run that goes on with another floor."""
    fields = {"checkpoint_strategy": "steps", "checkpoint_steps": 4, "output_dir": "runs/floored"}
    run(**fields)
    again = run(**fields, lr_min_ratio=0.5, resume_from_checkpoint=True)
    assert "lr_min_ratio" in again.output


@pytest.mark.parametrize(("stage", "offload"), [(1, "optimizer"), (2, "optimizer"), (3, "optimizer"), (3, "all")])
def test_offload(run: Train, stage: int, offload: str) -> None:
    """What DeepSpeed's engine keeps on the host: the optimizer state, and with `all` the parameters."""
    kept = run(**DEEPSPEED, zero_stage=stage)
    moved = run(**DEEPSPEED, zero_stage=stage, offload=offload)
    assert kept.facts["engine"]["offloaded"] == []
    assert moved.facts["engine"]["offloaded"] == ["optimizer", *(["parameters"] if offload == "all" else [])]
    assert moved.losses == pytest.approx(kept.losses, rel=1e-3)


def test_target(run: Train) -> None:
    """Releases of which the run takes the files: with others it does not start."""
    assert run(target="trl==1.16,transformers==5.23").losses == run().losses
    refused = run(target="trl==0.24")
    assert refused.code == 1
    assert "HPC816" in refused.output


def test_save_only_model(run: Train) -> None:
    """Files of a checkpoint: the adapter, without the state of the optimizer."""
    whole, light = (files(run(checkpoint_strategy="epoch", save_only_model=flag)) for flag in (False, True))
    assert "adapter_model.safetensors" in whole & light
    assert "optimizer.pt" in whole
    assert "optimizer.pt" not in light


def files(seen: Seen) -> set[str]:
    return {path.name for path in (seen.folder / f"checkpoint-{seen.steps}").iterdir()}


def test_early_stopping_patience(run: Train, root: Path) -> None:
    """Steps until the training ends, which forgets more with each: it ends after that many worse evaluations."""
    job = {**taught_another_answer(run, root), "save_best_checkpoint": True}
    through, stopped = run(**job), run(**job, early_stopping_patience=2, logging_steps=100)
    assert through.steps == 8
    assert stopped.steps == ends_at(through.series("eval_loss"), 2) < 8
    assert len(stopped.losses) == stopped.steps, "any evaluation may be the end, so each has a loss"


def ends_at(losses: list[float], patience: int) -> int:
    """The first evaluation that is the so-manieth in a row without a lowest loss, counted from 1."""
    lowest = [losses.index(min(losses[: step + 1])) for step in range(len(losses))]
    return next(step + 1 for step, best in enumerate(lowest) if step - best >= patience)


def test_lora_variant(run: Train) -> None:
    """Scaling of the adapters by alpha / √rank; with DoRA a trained magnitude for each adapted layer."""
    plain, stable, dora = run(), run(lora_variant="rslora"), run(lora_variant="dora")
    assert plain.facts["scalings"] == [2.0]
    assert stable.facts["scalings"] == [32 / math.sqrt(16)]
    assert not any("magnitude" in name for name in plain.facts["trained_parameters"])
    assert any("magnitude" in name for name in dora.facts["trained_parameters"])


def test_modules_to_save(run: Train) -> None:
    """Modules that are trained as a whole, and that the saved adapter holds."""
    plain, whole = run(), run(modules_to_save="embed_tokens", merge_adapter=True)
    assert not any("embed_tokens" in name for name in plain.facts["trained_parameters"])
    assert any("embed_tokens" in name for name in whole.facts["trained_parameters"])
    assert any("embed_tokens" in name for name in saved(whole.folder / "final"))


def saved(folder: Path) -> list[str]:
    from safetensors import safe_open

    with safe_open(folder / "adapter_model.safetensors", "pt") as tensors:
        return list(tensors.keys())


def test_modules_to_save__unknown(run: Train) -> None:
    """A name that the model does not have is refused, not passed over."""
    refused = run(modules_to_save="embed_tokens,no_such_module")
    assert refused.code == 1
    assert "HPC506" in refused.output


def test_group_by_length(run: Train, root: Path) -> None:
    """Padding in the batches: less, because rows of similar length stand together."""
    rng = random.Random(3)
    write_rows(root / "uneven.jsonl", [conversation(rng, 2 + index % 30) for index in range(64)])
    uneven = {"train_data": "uneven.jsonl", "batch_size": 4}
    mixed, grouped = run(**uneven), run(**uneven, group_by_length=True)
    assert padding(grouped) < padding(mixed)
    assert grouped.facts["micro_batches"] == mixed.facts["micro_batches"]


def padding(seen: Seen) -> int:
    return sum(row.count(0) for batch in seen.facts["batches"] for row in batch["attention_mask"])


def test_optimizer__adafactor(run: Train) -> None:
    """Class of the optimizer; its state is smaller than AdamW's."""
    adamw, adafactor = run(), run(optimizer="adafactor")
    assert adafactor.facts["optimizer"] == "Adafactor"
    assert 0 < adafactor.facts["optimizer_bytes"] < adamw.facts["optimizer_bytes"]


def test_optimizer__eight_bits(run: Train) -> None:
    """Number format of the state, where tensors are large enough; how much that is of the parameters is said."""
    adamw, eight = (run(training_type="full", optimizer=name) for name in ("adamw", "adamw_8bit"))
    assert "torch.uint8" in eight.facts["optimizer_dtypes"]
    assert adamw.facts["optimizer_dtypes"] == ["torch.float32"]
    assert "the 8-bit optimizer reaches" in eight.output


def test_optimizer__paged(run: Train) -> None:
    """The paged optimizer is refused without a GPU, where it would silently be another one."""
    refused = run(optimizer="paged_adamw_8bit")
    assert refused.code == 1
    assert "HPC828" in refused.output
    assert not refused.facts["trained"]


def test_max_samples(run: Train) -> None:
    """Rows that are trained: at most so many, others with another seed."""
    assert run(max_samples=5).facts["rows"] == 5
    assert run(max_samples=100).facts["rows"] == 16
    assert seen_rows(run(max_samples=5)) == seen_rows(run(max_samples=5, fresh="again"))
    assert seen_rows(run(max_samples=5)) != seen_rows(run(max_samples=5, seed=7))


def seen_rows(seen: Seen) -> set[tuple[int, ...]]:
    """The rows of all batches, as tokens without padding."""
    return {
        tuple(token for token, there in zip(tokens, mask, strict=True) if there)
        for batch in seen.facts["batches"]
        for tokens, mask in zip(batch["input_ids"], batch["attention_mask"], strict=True)
    }


@pytest.mark.parametrize(("size", "kept"), [(0.25, 4), (3, 3)])
def test_eval_split(run: Train, size: float, kept: int) -> None:
    """Rows that are left for training, and an evaluation loss without evaluation data."""
    seen = run(eval_split=size, eval_strategy="epoch")
    assert seen.facts["rows"] == 16 - kept
    assert len(seen.series("eval_loss")) == 1
    assert f"{kept} of 16 rows are kept for evaluation" in seen.output


def test_report_to(run: Train) -> None:
    """The run in MLflow's store; none for an empty list, and a missing package is refused before training."""
    assert (run().folder / "mlflow_run.json").is_file()
    assert not (run(report_to=[]).folder / "mlflow_run.json").is_file()
    refused = run(report_to=["mlflow", "wandb"])
    if importlib.util.find_spec("wandb") is None:
        assert (refused.code, refused.facts["trained"]) == (1, False)
        assert "HPC829" in refused.output


def test_packing(run: Train) -> None:
    """Rows of a batch: one pack of all conversations, with the loss of the same conversations in rows of their own."""
    apart = run(batch_size=16)
    packed = run(packing=True, batch_size=1, max_sequence_length=1024)
    assert (apart.steps, packed.steps) == (1, 1)
    assert packed.facts["rows"] == 1
    assert packed.losses == pytest.approx(apart.losses, rel=1e-4)
    assert packed.facts["moved"] == pytest.approx(apart.facts["moved"], rel=1e-2)


def test_system_prompt(run: Train) -> None:
    """Tokens of the rows: longer by the system turn, which is not learned; the count is said."""
    plain, told = run(), run(system_prompt="Answer briefly .")
    assert total(told, "attention_mask") > total(plain, "attention_mask")
    assert learned(told) == learned(plain)
    assert "16 of 16 conversations have no system turn" in told.output


def total(seen: Seen, name: str) -> int:
    return sum(sum(row) for batch in seen.facts["batches"] for row in batch[name])


def learned(seen: Seen) -> int:
    return sum(label != -100 for batch in seen.facts["batches"] for row in batch["labels"] for label in row)


def test_chat_template(run: Train, root: Path) -> None:
    """Tokens of the rows, and the template that is saved with the model."""
    template = "{% for m in messages %}[{{ m.role }}] {{ m.content }}{{ eos_token }}{% endfor %}"
    template += "{% if add_generation_prompt %}[assistant] {% endif %}"
    (root / "own.jinja").write_text(template)
    plain, own = run(), run(chat_template="own.jinja")
    assert seen_rows(own) != seen_rows(plain)
    assert (own.folder / "final" / "chat_template.jinja").read_text() == template
    refused = run(chat_template="absent.jinja")
    assert (refused.code, refused.facts["trained"]) == (1, False)
    assert "HPC835" in refused.output
