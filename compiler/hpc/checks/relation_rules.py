"""Rules of relations that JSON Schema cannot express (HPC3xx), and of values without effect (HPC4xx)."""

from __future__ import annotations

from typing import Final

from hpc.checks import relations
from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC301",
        "conflict",
        "error",
        "the best checkpoint needs `checkpoint_steps` to be a multiple of `eval_steps`",
        "Checkpoints are compared by the evaluation at their own step; otherwise transformers refuses to start.",
        "make `checkpoint_steps` a multiple of `eval_steps`",
        '{"save_best_checkpoint": true, "eval_strategy": "steps", "eval_steps": 30, "checkpoint_strategy": "steps", '
        '"checkpoint_steps": 100}',
        checks=(relations.best_checkpoint_rhythm,),
    ),
    Rule(
        "HPC302",
        "conflict",
        "error",
        "evaluation has no data",
        "The evaluation strategy asks for evaluation and the training data is set, but the evaluation data is not. "
        "Training would stop at its start.",
        'set `eval_data`, or write "eval_strategy": "no"',
        '{"train_data": "train.jsonl", "eval_strategy": "epoch"}',
        checks=(relations.evaluation_without_data,),
    ),
    Rule(
        "HPC303",
        "conflict",
        "error",
        "the model's head cannot have an adapter",
        "TRL's trainers for sft, pt and most preference losses compute log-probabilities directly from the weights of "
        "`lm_head`, which would bypass an adapter on it, so they refuse to start. The trainers for orpo and simpo use "
        "the model's logits, and there it works.",
        'remove lm_head from `target_modules`, or write "all-linear", which leaves it out',
        '{"target_modules": "q_proj,v_proj,lm_head"}',
        checks=(relations.adapter_on_the_head,),
    ),
    Rule(
        "HPC401",
        "effect",
        "warning",
        "this value has no effect in this job",
        "The field applies only under a condition that this job does not meet, so its value is not used. A value equal "
        "to the default is not reported, because the platform's JSON mode writes all forty keys of the specification.",
        "remove it, or change the field that it depends on",
        '{"distributed_backend": "ddp", "zero_stage": 3}',
        checks=(relations.without_effect,),
    ),
    Rule(
        "HPC402",
        "effect",
        "warning",
        "with `pref_beta` 0 no preference is learned",
        "The sigmoid, hinge and KTO losses depend on β·Δ only; with β = 0 they are constant and their gradient is "
        "zero. ORPO weights its odds ratio by β. What remains is the supervised loss, of ORPO or of `pref_ftx`, which "
        "never uses the rejected answer; without it the model does not change.",
        'set `pref_beta` above 0, for example 0.1; for the supervised loss alone, write "trainer": "sft"',
        '{"trainer": "dpo", "pref_beta": 0}',
        checks=(relations.beta_zero,),
    ),
    Rule(
        "HPC403",
        "effect",
        "warning",
        "with a dropout of 1 the adapter learns nothing",
        "All inputs of the adapter are dropped, so its output and its gradients are zero.",
        "set `lora_dropout` below 1, for example 0.05",
        '{"lora_dropout": 1}',
        checks=(relations.full_dropout,),
    ),
    Rule(
        "HPC404",
        "effect",
        "warning",
        "the best checkpoint is kept in addition to the newest",
        "With a limit of one checkpoint and `save_best_checkpoint`, transformers keeps the newest and the best: two if "
        "they differ. Plan disk space for two.",
        'write "number_of_checkpoints": 2 to make this explicit',
        '{"save_best_checkpoint": true, "number_of_checkpoints": 1, "eval_strategy": "epoch"}',
        checks=(relations.best_beside_newest,),
    ),
    Rule(
        "HPC405",
        "effect",
        "warning",
        "a module is listed twice",
        "The list of target modules is a set: the second entry changes nothing, and is usually a typo for another "
        "module.",
        "remove the second entry, or write the module that was meant",
        '{"target_modules": "q_proj,v_proj,q_proj"}',
        checks=(relations.repeated_module,),
    ),
    Rule(
        "HPC406",
        "effect",
        "warning",
        "with a label smoothing of 0.5 no preference is learned",
        "Label smoothing ε is the assumed share of pairs with swapped labels. With ε = 0.5 the conservative loss is "
        "the same for both orders, and smallest when the model prefers neither answer.",
        "set `dpo_label_smoothing` below 0.5, for example 0.1",
        '{"trainer": "dpo", "dpo_label_smoothing": 0.5}',
        checks=(relations.indifferent_labels,),
    ),
    Rule(
        "HPC407",
        "effect",
        "warning",
        "with sequences of one token nothing is learned",
        "A language model learns to predict each token from those before it. A sequence cut to one token has no such "
        "pair: its loss and its gradient are zero.",
        "set it to the length of your inputs, for example 2048",
        '{"max_sequence_length": 1}',
        checks=(relations.nothing_to_predict,),
    ),
    Rule(
        "HPC408",
        "effect",
        "warning",
        "after a crash this job has nothing to resume from",
        "With `resume_from_checkpoint` true, a run continues from the newest checkpoint in the output folder. With "
        'checkpoint_strategy "no" this job writes one only when Ctrl-C or SIGTERM stops it, none before a crash.',
        'write "checkpoint_strategy": "epoch" or "steps", or "resume_from_checkpoint": false',
        '{"resume_from_checkpoint": true, "checkpoint_strategy": "no"}',
        checks=(relations.nothing_to_resume,),
    ),
)
