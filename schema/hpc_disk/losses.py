"""The preference losses: what each one is, once, for tables, rules, step counts, checkpoints and memory."""

from typing import Final, Literal, NamedTuple


class Loss(NamedTuple):
    """One value of ``pref_loss``.

    Attributes:
        name: As a config names it.
        title: What people call it.
        says: What it is, in a few words.
        trainer: The dotted name of the trainer that computes it.
        arguments: The dotted name of that trainer's argument class.
        table: The table of ``training_arguments.json`` that fills the argument class.
        supervised: Whether a supervised loss can be mixed in (``pref_ftx``), or is part of the loss already.
        smoothable: Whether it has a form for uncertain labels (``dpo_label_smoothing``).
        beta: What ``pref_beta`` does: with 0, a loss that it weighs is constant, and one that it divides is infinite.
        rows_per_pair: How many rows a pair becomes in the trainer.
        reference: Whether a reference model is asked.
        whole_logits: Whether its trainer keeps the logits of all tokens, and so trains an adapter of the output layer.
        within_batch: Whether it averages or compares within a batch, so that the batch size changes the loss.
        smallest_batch: Rows that a batch needs for the loss to mean anything.
    """

    name: str
    title: str
    says: str
    trainer: str
    arguments: str
    table: Literal["dpo", "kto", "orpo", "simpo"]
    supervised: Literal["can be mixed in", "is included", "no"] = "can be mixed in"
    smoothable: bool = False
    beta: Literal["weighs", "divides"] = "weighs"
    rows_per_pair: int = 1
    reference: bool = True
    whole_logits: bool = False
    within_batch: bool = False
    smallest_batch: int = 1


DPO: Final = ("trl.DPOTrainer", "trl.DPOConfig", "dpo")
LOSSES: Final[dict[str, Loss]] = {
    loss.name: loss
    for loss in (
        Loss("sigmoid", "DPO", "DPO: logistic loss of the reward difference", *DPO, smoothable=True),
        Loss("hinge", "Hinge", "SLiC: hinge loss of the reward difference", *DPO),
        Loss("ipo", "IPO", "IPO: squared distance of the length-averaged difference from 1/(2β)", *DPO, beta="divides"),
        Loss(
            "kto_pair",
            "KTO on pairs",
            "KTO on single answers: chosen is desirable, rejected is not",
            "trl.KTOTrainer",
            "trl.KTOConfig",
            "kto",
            supervised="no",
            rows_per_pair=2,
            within_batch=True,
            smallest_batch=2,
        ),
        Loss(
            "orpo",
            "ORPO",
            "ORPO: supervised loss plus odds ratio, no reference model",
            "trl.experimental.orpo.ORPOTrainer",
            "trl.experimental.orpo.ORPOConfig",
            "orpo",
            supervised="is included",
            reference=False,
            whole_logits=True,
            within_batch=True,
        ),
        Loss(
            "simpo",
            "SimPO",
            "SimPO: length-averaged reward with a margin, no reference model",
            "trl.experimental.cpo.CPOTrainer",
            "trl.experimental.cpo.CPOConfig",
            "simpo",
            smoothable=True,
            beta="divides",
            reference=False,
            whole_logits=True,
            within_batch=True,
        ),
    )
}
