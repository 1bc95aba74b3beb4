"""The runner and earlier releases, where this environment can show it; ``make versions`` trains with each."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("torch")

from hpc_runner import of_trl
from hpc_runner.errors import RunnerError


def mixture(weight: float = 0.02) -> SimpleNamespace:
    text = SimpleNamespace(model_type="mixtral", output_router_logits=False, router_aux_loss_coef=weight)
    return SimpleNamespace(config=SimpleNamespace(get_text_config=lambda: text))


@pytest.mark.parametrize(("release", "expected"), [("1.7.0", 0.02), ("1.13.0", 0.02), ("1.16.0", 0.001)])
def test_experts_are_balanced_as_the_model_says(release: str, expected: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_trl, "version", lambda _: release)
    arguments = SimpleNamespace(router_aux_loss_coef=0.001)
    of_trl.balance_experts(arguments, mixture())
    assert arguments.router_aux_loss_coef == expected


def test_a_mixture_is_refused_where_nothing_balances_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_trl, "version", lambda _: "1.3.0")
    with pytest.raises(RunnerError, match="load-balancing loss") as refused:
        of_trl.balance_experts(SimpleNamespace(), mixture())
    assert refused.value.code == "HPC744"
    of_trl.balance_experts(SimpleNamespace(), mixture(weight=0))


@pytest.mark.parametrize(
    ("batches", "filled"),
    [([2, 2, 1], [2, 2, 1]), ([1], [2]), ([2, 1], [2, 2]), ([2], [2])],
    ids=["a whole epoch", "the short step only", "the short step, too", "no short step"],
)
def test_a_resumed_epoch_ends_with_a_whole_step(batches: list[int], filled: list[int]) -> None:
    """Of an epoch of five batches, two a step, the first ones may have been trained before the checkpoint."""
    from hpc_runner.short_steps import Empty, ShortSteps

    steps = ShortSteps()
    steps.on_epoch_begin(None, None, None)
    given = [steps.fill([{"input_ids": 1}] * count, wanted=2, whole=5) for count in batches]
    assert [len(step) for step in given] == filled
    assert all(not isinstance(step[-1], Empty) for step in given), "the last batch exchanges the gradients"
    state = SimpleNamespace(epoch=1.2 if steps.filled else 1.0)
    steps.on_step_end(None, state, None)  # type: ignore[arg-type]
    assert state.epoch == 1.0


def test_the_first_token_of_a_row_is_no_label() -> None:
    """Nothing predicts it; transformers 5.7 counts it, so that the loss of documents was too small."""
    import torch

    from hpc_runner.of_transformers import count_predicted

    def collate(rows: list[list[int]]) -> dict[str, torch.Tensor]:
        return {"labels": torch.tensor(rows)}

    trainer = SimpleNamespace(data_collator=collate)
    count_predicted(trainer)  # type: ignore[arg-type]
    assert trainer.data_collator([[5, 6, 7], [5, 6, -100]])["labels"].tolist() == [[-100, 6, 7], [-100, 6, -100]]


def test_each_row_has_its_loss_and_tokens_also_from_logits() -> None:
    import torch

    logits = torch.randn(2, 4, 7, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([[-100, 3, 5, -100], [1, 2, -100, 4]])
    rows = of_trl.rows_of(SimpleNamespace(logits=logits), {"labels": labels})
    assert rows is not None
    losses, tokens = rows
    assert tokens.tolist() == [2, 2]
    expected = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), reduction="sum")
    assert losses.sum().item() == pytest.approx(expected.item(), rel=1e-5)
    assert of_trl.rows_of(SimpleNamespace(), {}) is None
