"""Rules of single fields, of relations that JSON Schema cannot express, of values without effect, of requests."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule

FIELDS: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC101",
        "unknown key",
        "A lenient tool would drop an unknown key, and the value that you meant would silently stay at its default. "
        "hpc knows every key that has an effect, and rejects all others.",
        "use the name of a field, or remove the key; the reference and `hpc schema` list all fields",
        '{"lerning_rate": 1e-5}',
    ),
    Rule(
        "HPC102",
        "this key has a newer name",
        "Older configs of the same platform used other names for the same fields, so renaming them is safe.",
        "run `hpc validate --fix` to rename it",
        '{"finetuning_type": "lora"}',
    ),
    Rule(
        "HPC103",
        "the value has the wrong type",
        'An integer must be an integer and a number must be a number: `1.0`, `true` and `"1"` are not 1. Tools that '
        "silently convert types do so differently.",
        "write a value of the field's type",
        '{"learning_rate": "3e-4", "batch_size": 1.0}',
    ),
    Rule(
        "HPC104",
        "the value is not one of the allowed values",
        "The field accepts a fixed list of values, all in lower case.",
        "use one of the allowed values",
        '{"distributed_backend": "DDP"}',
    ),
    Rule(
        "HPC105",
        "the value is out of range",
        "The schema gives each number a range; values outside it are rejected.",
        "write a value inside the range",
        '{"learning_rate": 2}',
    ),
    Rule(
        "HPC106",
        "the string has the wrong form",
        "Some strings must have a certain form: a checkpoint is a relative path without `..`, `~` or a URL, so that it "
        "stays inside the current folder; target modules are `all-linear` or module names separated by commas.",
        "write it in the form that the message describes",
        '{"resume_from_checkpoint": "../other/checkpoint-10"}',
    ),
)

RELATIONS: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC301",
        "the best checkpoint needs `checkpoint_steps` to be a multiple of `eval_steps`",
        "Checkpoints are compared by the evaluation at their own step; otherwise transformers refuses to start.",
        "make `checkpoint_steps` a multiple of `eval_steps`",
        '{"save_best_checkpoint": true, "eval_strategy": "steps", "eval_steps": 30, "checkpoint_strategy": "steps", '
        '"checkpoint_steps": 100}',
    ),
    Rule(
        "HPC302",
        "evaluation has no data",
        "The evaluation strategy asks for evaluation and the training data is set, but the evaluation data is not. "
        "Training would stop at its start.",
        'write "eval_data", or "eval_strategy": "no"',
        '{"train_data": "train.jsonl", "eval_strategy": "epoch"}',
    ),
    Rule(
        "HPC303",
        "the model's head cannot have an adapter",
        "TRL's trainers for sft, pt and most preference losses compute log-probabilities directly from the weights of "
        "`lm_head`, which would bypass an adapter on it, so they refuse to start. The trainers for orpo and simpo use "
        "the model's logits, and there it works.",
        'remove lm_head from `target_modules`, or write "all-linear", which leaves it out',
        '{"target_modules": "q_proj,v_proj,lm_head"}',
    ),
)

EFFECTS: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC401",
        "this value has no effect in this job",
        "The field applies only under a condition that this job does not meet, so its value is not used. A value equal "
        "to the default is not reported, because the platform's JSON mode writes all forty keys.",
        "remove it, or change the field that it depends on",
        '{"distributed_backend": "ddp", "zero_stage": 3}',
    ),
    Rule(
        "HPC402",
        "with `pref_beta` 0 no preference is learned",
        "The sigmoid, hinge and KTO losses depend on β·Δ only; with β = 0 they are constant and their gradient is "
        "zero. ORPO weights its odds ratio by β. What remains is the supervised loss, of ORPO or of `pref_ftx`, which "
        "never uses the rejected answer; without it the model does not change.",
        'set `pref_beta` above 0, for example 0.1; for the supervised loss alone, write "trainer": "sft"',
        '{"trainer": "dpo", "pref_beta": 0}',
    ),
    Rule(
        "HPC403",
        "with a dropout of 1 the adapter learns nothing",
        "All inputs of the adapter are dropped, so its output and its gradients are zero.",
        "set `lora_dropout` below 1, for example 0.05",
        '{"lora_dropout": 1}',
    ),
    Rule(
        "HPC404",
        "the best checkpoint is kept in addition to the newest",
        "With a limit of one checkpoint and `save_best_checkpoint`, transformers keeps the newest and the best: two if "
        "they differ. Plan disk space for two.",
        'write "number_of_checkpoints": 2 to make this explicit',
        '{"save_best_checkpoint": true, "number_of_checkpoints": 1, "eval_strategy": "epoch"}',
    ),
    Rule(
        "HPC405",
        "a module is listed twice",
        "The list of target modules is a set: the second entry changes nothing, and is usually a typo for another "
        "module.",
        "remove the second entry, or write the module that was meant",
        '{"target_modules": "q_proj,v_proj,q_proj"}',
    ),
    Rule(
        "HPC406",
        "with a label smoothing of 0.5 no preference is learned",
        "Label smoothing ε is the assumed share of pairs with swapped labels. With ε = 0.5 the conservative loss is "
        "the same for both orders, and smallest when the model prefers neither answer.",
        "set `dpo_label_smoothing` below 0.5, for example 0.1",
        '{"trainer": "dpo", "dpo_label_smoothing": 0.5}',
    ),
    Rule(
        "HPC407",
        "with sequences of one token nothing is learned",
        "A language model learns to predict each token from those before it. A sequence cut to one token has no such "
        "pair: its loss and its gradient are zero.",
        "set it to the length of your inputs, for example 2048",
        '{"max_sequence_length": 1}',
    ),
    Rule(
        "HPC408",
        "after a crash this job has nothing to resume from",
        "With `resume_from_checkpoint` true, a run continues from the newest checkpoint in the output folder. With "
        'checkpoint_strategy "no" this job writes one only when Ctrl-C or SIGTERM stops it, none before a crash.',
        'write "checkpoint_strategy": "epoch" or "steps", or "resume_from_checkpoint": false',
        '{"resume_from_checkpoint": true, "checkpoint_strategy": "no"}',
    ),
)

PORTAL: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC601",
        "the platform rejects this value",
        "hpc supports the value, but the platform whose form this schema describes accepts fewer values today. "
        "Reported with `--portal` only.",
        "if the config must run on the platform, use a value that it accepts",
        '{"quantization_bit": "int4"}',
    ),
)

REQUESTS: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC701",
        "unknown artifact",
        "`--emit` takes the name of a file that hpc compiles.",
        "use one of the names that the message lists",
        "$ hpc compile train.json --emit deepspeed.jsn",
    ),
    Rule(
        "HPC702",
        "this config does not have that artifact",
        "Some artifacts exist for some jobs only: deepspeed.json with the backend deepspeed, peft.json with LoRA.",
        "change the field that the message names, or ask for another artifact",
        "$ hpc compile ddp.json --emit deepspeed.json",
    ),
    Rule(
        "HPC703",
        "an override is not KEY=VALUE",
        "`--set` takes one field and a value in JSON; a value that is not JSON is a string.",
        "for example: `--set learning_rate=2e-4`",
        "$ hpc compile train.json --set learning_rate",
    ),
    Rule(
        "HPC704",
        "the job cannot run without this",
        "A config compiles without a model and data, but training needs them.",
        "add the fields that the message names, in the config or with `--set`",
        '{"trainer": "sft"}',
    ),
    Rule(
        "HPC705",
        "the file already exists",
        "hpc does not overwrite existing files.",
        "choose another name",
        "$ hpc init train_lora_sft -o train.json",
    ),
    Rule(
        "HPC706",
        "the output cannot be written",
        "The operating system refused to write.",
        "check the folder's permissions and the free disk space",
        "$ hpc compile train.json -o /",
    ),
    Rule(
        "HPC707",
        "unknown field, artifact or rule",
        "`hpc explain` takes a config with a field or ARTIFACT:KEY, or the code of a rule.",
        "name a field, for example learning_rate, or ARTIFACT:KEY, for example training_arguments.json:learning_rate",
        "$ hpc explain train.json deepspeed.json:train_batch_sise",
    ),
    Rule(
        "HPC708",
        "unknown recipe",
        "`hpc init` has six recipes: train_{lora,full}_{sft,pt,dpo}.",
        "use one of the six names",
        "$ hpc init lora",
    ),
    Rule(
        "HPC709",
        "the schema cannot be added to the editor's settings",
        "`hpc schema --install` adds one entry to the existing settings and keeps everything else. Where the setting "
        "has a shape that the editor does not document, adding anything would be a guess.",
        "correct the setting, or add the entry by hand as the message says",
        "$ hpc schema --install vscode",
    ),
    Rule(
        "HPC730",
        "this is not a run",
        "A run is known by its output folder, in which `build/plan.json` says what was trained.",
        "name the output folder of a run, or a config",
        "$ hpc diff train.json data/",
    ),
    Rule(
        "HPC731",
        "the run has no result yet",
        "A run that is still running, or that was stopped, has no `final` or `merged` folder to load a model from.",
        'wait until it has finished, or finish it: run it again with "resume_from_checkpoint": true',
        "$ hpc ask runs/stopped",
    ),
    Rule(
        "HPC732",
        "the question is too long for the model",
        "A model supports a certain number of tokens, for the question and the answer together.",
        "ask a shorter question, or lower `--max-tokens`",
        '$ hpc ask runs/first "…" --max-tokens 100000',
    ),
    Rule(
        "HPC735",
        "there is no such row",
        "`hpc data --row N` shows one row, counted from 1 over all files; `--eval` shows rows of `eval_data`.",
        "use a number that the message names, or set `eval_data` and `eval_strategy`",
        "$ hpc data train.json --row 1000000",
    ),
)
