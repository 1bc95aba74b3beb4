"""The rules of single fields, of fields without effect, and of relations that JSON Schema cannot say."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule

FIELDS: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC101",
        "this key is not a field",
        "An unknown key would be dropped by a lenient tool, and the value that you meant would silently stay at its "
        "default. hpc knows every key that acts, and refuses the others.",
        "write a field's own name, or remove it; the reference and `hpc schema` list all fields",
        '{"lerning_rate": 1e-5}',
    ),
    Rule(
        "HPC102",
        "this key has a newer name",
        "Older documents of the same platform used other names. They meant the same, so the renaming is safe.",
        "run `hpc validate --fix`, which renames it",
        '{"finetuning_type": "lora"}',
    ),
    Rule(
        "HPC103",
        "the value has the wrong type",
        'Integers are integers and numbers are numbers: `1.0`, `true` and `"1"` are not 1. Tools that convert '
        "quietly disagree about how.",
        "write the value in the field's own type",
        '{"learning_rate": "3e-4", "batch_size": 1.0}',
    ),
    Rule(
        "HPC104",
        "the value is not one of the allowed ones",
        "The field is an enumeration, and its values are lower case.",
        "use one of the allowed values",
        '{"distributed_backend": "DDP"}',
    ),
    Rule(
        "HPC105",
        "the value is out of range",
        "The schema gives each number its range; a value outside it cannot be meant.",
        "write a value inside the range",
        '{"learning_rate": 2}',
    ),
    Rule(
        "HPC106",
        "the text has the wrong form",
        "Some texts have a form: a checkpoint is a relative path without `..`, `~` or a URL, so that it stays inside "
        "the working folder; target modules are `all-linear` or names separated by commas.",
        "write it in the form that the message names",
        '{"resume_from_checkpoint": "../other/checkpoint-10"}',
    ),
)

RELATIONS: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC301",
        "the best checkpoint needs checkpoint_steps to be a multiple of eval_steps",
        "A checkpoint is compared by the evaluation of its own step; transformers refuses other rhythms when the "
        "training starts.",
        "write checkpoint_steps as a multiple of eval_steps",
        '{"save_best_checkpoint": true, "eval_strategy": "steps", "eval_steps": 30, "checkpoint_strategy": "steps", '
        '"checkpoint_steps": 100}',
    ),
    Rule(
        "HPC302",
        "evaluation has no data",
        "The evaluation strategy asks for evaluation, and the training data is named, but no evaluation data is. "
        "Training would stop at its start.",
        'write "eval_data", or "eval_strategy": "no"',
        '{"train_data": "train.jsonl", "eval_strategy": "epoch"}',
    ),
    Rule(
        "HPC303",
        "the model's head takes no adapter",
        "TRL's trainers for sft, pt and most preference losses compute log-probabilities from the weights of "
        "lm_head directly, so that an adapter on it would be passed over; they refuse to start. The trainers of orpo "
        "and simpo read the model's logits, and there it works.",
        'take lm_head out of target_modules, or write "all-linear", which leaves it out',
        '{"target_modules": "q_proj,v_proj,lm_head"}',
    ),
)

EFFECTS: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC401",
        "this value has no effect in this job",
        "The field acts only under a condition that this job does not meet. The value is kept and does nothing. A "
        "value equal to the default is not reported, because the platform's JSON mode writes all forty keys.",
        "remove it, or change the field that makes it act",
        '{"distributed_backend": "ddp", "zero_stage": 3}',
    ),
    Rule(
        "HPC402",
        "with beta 0 no preference is learnt",
        "Sigmoid, hinge and KTO depend on β·Δ only; with β = 0 they are constant and their gradient is zero. ORPO "
        "weighs its odds ratio by β. What is left is the supervised loss, of ORPO or of pref_ftx, which never sees the "
        "rejected answer; without it the model stays as it is.",
        'write a pref_beta above 0, for example 0.1; for the supervised loss alone, write "trainer": "sft"',
        '{"trainer": "dpo", "pref_beta": 0}',
    ),
    Rule(
        "HPC403",
        "with a dropout of 1 the adapter learns nothing",
        "Every input of the adapter is dropped, so its output and its gradients are zero.",
        "write a lora_dropout below 1, for example 0.05",
        '{"lora_dropout": 1}',
    ),
    Rule(
        "HPC404",
        "the best checkpoint is kept beside the newest",
        "With a limit of one checkpoint and save_best_checkpoint, transformers keeps the newest and the best: two when "
        "they differ. Plan the disk for two.",
        'write "number_of_checkpoints": 2 to say what happens',
        '{"save_best_checkpoint": true, "number_of_checkpoints": 1, "eval_strategy": "epoch"}',
    ),
    Rule(
        "HPC405",
        "a module is named twice",
        "The list of target modules is a set: the second name changes nothing, and is usually a slip for another one.",
        "remove the second one, or write the module that was meant",
        '{"target_modules": "q_proj,v_proj,q_proj"}',
    ),
    Rule(
        "HPC406",
        "with a label smoothing of 0.5 no preference is learnt",
        "Label smoothing ε is the assumed share of pairs that are the wrong way round. With ε = 0.5 the conservative "
        "loss is the same for both orders, and smallest where the model prefers neither answer.",
        "write a dpo_label_smoothing below 0.5, for example 0.1",
        '{"trainer": "dpo", "dpo_label_smoothing": 0.5}',
    ),
    Rule(
        "HPC407",
        "sequences of one token teach nothing",
        "A language model learns to predict each token from those before it. A sequence that is cut to one token has "
        "no such pair: its loss and its gradient are zero.",
        "write the length of your inputs, for example 2048",
        '{"max_sequence_length": 1}',
    ),
    Rule(
        "HPC408",
        "this job saves nothing to resume from",
        "resume_from_checkpoint true continues at the newest checkpoint of the output folder. With "
        'checkpoint_strategy "no" this job writes none, so that after a crash it begins again.',
        'write "checkpoint_strategy": "epoch" or "steps", or "resume_from_checkpoint": false',
        '{"resume_from_checkpoint": true, "checkpoint_strategy": "no"}',
    ),
)

PORTAL: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC601",
        "the platform itself refuses this value",
        "hpc makes the value work, but the platform whose form this schema describes allows less today. Reported with "
        "`--portal` only.",
        "use the value that the platform allows when the config must run there",
        '{"flash_attention_v2": true}',
    ),
)

REQUESTS: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC701",
        "there is no artifact of this name",
        "`--emit` takes the name of one of the files that hpc compiles.",
        "use one of the names that the message lists",
        "$ hpc compile train.json --emit deepspeed.jsn",
    ),
    Rule(
        "HPC702",
        "this config does not have that artifact",
        "Some artifacts exist only for some jobs: deepspeed.json with the backend deepspeed, peft.json with LoRA.",
        "change the field that the message names, or ask for another artifact",
        "$ hpc compile ddp.json --emit deepspeed.json",
    ),
    Rule(
        "HPC703",
        "an override is not KEY=VALUE",
        "`--set` takes one field and a value in JSON; a value that is not JSON is a text.",
        "write for example `--set learning_rate=2e-4`",
        "$ hpc compile train.json --set learning_rate",
    ),
    Rule(
        "HPC704",
        "the job cannot run without this",
        "A config compiles without a model and data, but a training needs them.",
        "add the fields that the message names, in the config or with --set",
        '{"trainer": "sft"}',
    ),
    Rule(
        "HPC705",
        "there is already a file or folder there",
        "hpc does not overwrite what somebody may need.",
        "name another place",
        "$ hpc init train_lora_sft -o train.json",
    ),
    Rule(
        "HPC706",
        "the output cannot be written",
        "The operating system refused to write.",
        "check the folder's permissions and the free space of the disk",
        "$ hpc compile train.json -o /",
    ),
    Rule(
        "HPC707",
        "there is nothing of this name to explain",
        "`hpc explain` takes a field, ARTIFACT:KEY with a config, or the code of a rule.",
        "write a field, for example learning_rate, or ARTIFACT:KEY, for example training_arguments.json:learning_rate",
        "$ hpc explain train.json deepspeed.json:train_batch_sise",
    ),
    Rule(
        "HPC708",
        "there is no recipe of this name",
        "`hpc init` knows six recipes: train_{lora,full}_{sft,pt,dpo}.",
        "use one of the six names",
        "$ hpc init lora",
    ),
    Rule(
        "HPC709",
        "the editor's settings cannot take the schema",
        "`hpc schema --install` adds one entry to the settings that are there and keeps everything else. Where the "
        "setting has a shape that the editor does not document, nothing can be added without guessing.",
        "correct the setting, or add the entry by hand as the message says",
        "$ hpc schema --install vscode",
    ),
)
