"""Rules of what a command is asked for (HPC7xx)."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule
from hpc_disk import start

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC701",
        "request",
        "error",
        "unknown artifact",
        "`--emit` takes the name of a file that hpc compiles.",
        "use one of the names that the message lists",
        "$ hpc compile train.json --emit deepspeed.jsn",
    ),
    Rule(
        "HPC702",
        "request",
        "error",
        "this config does not have that artifact",
        "Some artifacts exist for some jobs only: deepspeed.json with the backend deepspeed, peft.json with LoRA.",
        "change the field that the message names, or ask for another artifact",
        "$ hpc compile ddp.json --emit deepspeed.json",
    ),
    Rule(
        "HPC703",
        "request",
        "error",
        "an override is not KEY=VALUE",
        "`--set` takes one field and a value in JSON; a value that is not JSON is a string.",
        "for example: `--set learning_rate=2e-4`",
        "$ hpc compile train.json --set learning_rate",
    ),
    Rule(
        "HPC704",
        "request",
        "error",
        "the job cannot run without this",
        "A config compiles without a model and data, but training needs them.",
        "add the fields that the message names, in the config or with `--set`",
        '{"trainer": "sft"}',
        checks=(
            start.unset,
            start.rendezvous,
        ),
    ),
    Rule(
        "HPC705",
        "request",
        "error",
        "the file already exists",
        "hpc does not overwrite existing files.",
        "choose another name",
        "$ hpc init train_lora_sft -o train.json",
    ),
    Rule(
        "HPC706",
        "request",
        "error",
        "the output cannot be written",
        "The operating system refused to write.",
        "check the folder's permissions and the free disk space",
        "$ hpc compile train.json -o /",
    ),
    Rule(
        "HPC707",
        "request",
        "error",
        "unknown field, artifact or rule",
        "`hpc explain` takes a config with a field or ARTIFACT:KEY, or the code of a rule.",
        "name a field, for example learning_rate, or ARTIFACT:KEY, for example training_arguments.json:learning_rate",
        "$ hpc explain train.json deepspeed.json:train_batch_sise",
    ),
    Rule(
        "HPC708",
        "request",
        "error",
        "unknown recipe",
        "`hpc init` has six recipes: train_{lora,full}_{sft,pt,dpo}.",
        "use one of the six names",
        "$ hpc init lora",
    ),
    Rule(
        "HPC709",
        "request",
        "error",
        "the schema cannot be added to the editor's settings",
        "`hpc schema --install` adds one entry to the existing settings and keeps everything else. Where the setting "
        "has a shape that the editor does not document, adding anything would be a guess.",
        "correct the setting, or add the entry by hand as the message says",
        "$ hpc schema --install vscode",
    ),
    Rule(
        "HPC730",
        "request",
        "error",
        "this is not a run",
        "A run is known by its output folder, in which `build/plan.json` says what was trained.",
        "name the output folder of a run, or a config",
        "$ hpc diff train.json data/",
    ),
    Rule(
        "HPC731",
        "request",
        "error",
        "the run has no result yet",
        "A run that is still running, or that was stopped, has no `final` or `merged` folder to load a model from.",
        'wait until it has finished, or finish it: run it again with "resume_from_checkpoint": true',
        "$ hpc ask runs/stopped",
    ),
    Rule(
        "HPC732",
        "request",
        "error",
        "the question is too long for the model",
        "A model supports a certain number of tokens, for the question and the answer together.",
        "ask a shorter question, or lower `--max-tokens`",
        '$ hpc ask runs/first "…" --max-tokens 100000',
    ),
    Rule(
        "HPC735",
        "request",
        "error",
        "there is no such row",
        "`hpc data --row N` shows one row, counted from 1 over all files; `--eval` shows rows of `eval_data`.",
        "use a number that the message names, or set `eval_data` and `eval_strategy`",
        "$ hpc data train.json --row 1000000",
    ),
)
