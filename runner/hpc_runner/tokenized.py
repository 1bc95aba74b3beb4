"""Preference trainers of TRL that are given tokens: all of them compare the very rows that were made here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpc_runner.of_trl import columns_of_pairs
from hpc_runner.tokens import IGNORED

if TYPE_CHECKING:
    from datasets import Dataset


def given_tokens(trainer_class: Any) -> Any:
    """The trainer's class that takes ``prompt_ids``, ``chosen_ids`` and ``rejected_ids`` as they are."""
    return type(trainer_class.__name__, (GivenTokens, trainer_class), {})


class GivenTokens:
    """A mixin before a preference trainer: TRL would render, end and cut the answers in other ways each."""

    tokens: Any = 0

    def _prepare_dataset(self, dataset: Any, *arguments: Any, **named: Any) -> Any:
        """DPO and KTO."""
        if "prompt_ids" in dataset.column_names:
            return columns_of_pairs(dataset)
        return super()._prepare_dataset(dataset, *arguments, **named)  # type: ignore[misc]

    def tokenize_row(self, feature: dict[str, Any], model: Any = None) -> dict[str, Any]:
        """ORPO and SimPO."""
        del model
        prompt = feature["prompt_ids"]
        batch = {"prompt_input_ids": prompt, "prompt_attention_mask": [1] * len(prompt)}
        for side in ("chosen", "rejected"):
            answer = feature[f"{side}_ids"]
            batch[f"{side}_input_ids"] = prompt + answer
            batch[f"{side}_attention_mask"] = [1] * len(prompt + answer)
            batch[f"{side}_labels"] = [IGNORED] * len(prompt) + answer
        return batch

    def training_step(self, model: Any, inputs: Any, *arguments: Any, **named: Any) -> Any:
        """Count the tokens, which TRL does not do for ORPO and SimPO."""
        for side in ("chosen", "rejected"):
            if f"{side}_attention_mask" in inputs:
                self.tokens = self.tokens + inputs[f"{side}_attention_mask"].sum()
        return super().training_step(model, inputs, *arguments, **named)  # type: ignore[misc]

    def log(self, logs: dict[str, float], *arguments: Any, **named: Any) -> None:
        """Log them as TRL does elsewhere: those of all processes since the start."""
        if "loss" in logs and not isinstance(self.tokens, int):
            logs["num_tokens"] = self.accelerator.gather(self.tokens).sum().item()  # type: ignore[attr-defined]
        super().log(logs, *arguments, **named)  # type: ignore[misc]


def unpaired(pairs: Dataset, seed: int, batch: int) -> Dataset:
    """One row an answer, shuffled: KTO samples in order, and good answers must not all come before the bad ones.

    Beside each answer is that of its neighbor in the batch, by which KTO estimates how far the model has moved.
    """
    rows = pairs.map(_apart, batched=True, remove_columns=pairs.column_names, keep_in_memory=True).shuffle(seed=seed)
    return rows.map(_neighbors, batched=True, batch_size=batch, keep_in_memory=True)


def _apart(pairs: dict[str, list[Any]]) -> dict[str, list[Any]]:
    count = len(pairs["prompt_ids"])
    return {
        "prompt_ids": pairs["prompt_ids"] * 2,
        "completion_ids": pairs["chosen_ids"] + pairs["rejected_ids"],
        "label": [True] * count + [False] * count,
    }


def _neighbors(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {"KL_completion_ids": [rows["completion_ids"][-1], *rows["completion_ids"][:-1]]}
