"""Where earlier releases of TRL differ from the newest in how they are called; each function says why."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from hpc_runner.errors import RunnerError

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import TrainingArguments


def _before(release: str) -> bool:
    from packaging.version import Version

    return Version(version("trl")) < Version(release)


def columns_of_pairs(dataset: Dataset) -> Dataset:
    """Pairs of tokens in the columns that the trainer reads: before 0.29 they have other names."""
    if not _before("0.29") or "chosen_ids" not in dataset.column_names:
        return dataset
    return dataset.rename_columns({f"{part}_ids": f"{part}_input_ids" for part in ("prompt", "chosen", "rejected")})


def balance_experts(arguments: TrainingArguments, model: Any) -> None:
    """The loss that balances the experts of a mixture has the weight that the model's own config says.

    From 1.7 to 1.13 TRL's default is a weight of its own. Before 1.7 TRL has no such loss unless the model is told to,
    and then another one: it adds up over the batches of a step.

    Raises:
        RunnerError: HPC744 for a mixture before 1.7.
    """
    config = model.config.get_text_config()
    if not hasattr(config, "output_router_logits"):
        return
    weight = getattr(config, "router_aux_loss_coef", 0.0)
    if _before("1.7") and weight:
        raise RunnerError(
            "HPC744",
            f"TRL {version('trl')} leaves out the load-balancing loss of {config.model_type}",
            "install TRL 1.7 or newer",
            subject="model",
        )
    if _before("1.14") and hasattr(arguments, "router_aux_loss_coef"):
        arguments.router_aux_loss_coef = weight


def seed(arguments: TrainingArguments) -> None:
    """Let the seed decide with which random numbers an adapter begins: before 1.15 TRL makes it before it sets it."""
    if _before("1.15"):
        from transformers import set_seed

        set_seed(arguments.seed)


def keep_lengths(trainer: Any) -> None:
    """Let packs keep the lengths of their conversations: before 0.20 the trainer removes that column."""
    trainer._set_signature_columns_if_needed()
    if "seq_lengths" not in trainer._signature_columns:
        trainer._signature_columns.append("seq_lengths")


def rows_of(outputs: Any, inputs: Any) -> Any:
    """Each row's summed loss and its learned tokens, of a forward pass; None where it gives neither.

    The newest TRL's output layer gives them; before 1.15 they are computed from the logits.
    """
    import torch

    if hasattr(outputs, "log_probs"):
        return -outputs.log_probs.sum(-1).float(), outputs.label_mask.sum(-1)
    if "labels" not in inputs or getattr(outputs, "logits", None) is None:
        return None
    labels = inputs["labels"][:, 1:]
    mask = labels != -100
    log = outputs.logits[:, :-1].float().log_softmax(-1)
    chosen = log.gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return -torch.where(mask, chosen, 0).sum(-1), mask.sum(-1)
