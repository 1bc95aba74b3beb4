"""Rules of other tools' configs and keys, and of `hpc import`."""

from __future__ import annotations

from typing import Final

from hpc.checks import other_tool
from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC107",
        "field",
        "error",
        "this is another tool's config",
        "The file has the keys of another tool and none that only hpc has. Most of its keys have a field of hpc that "
        "does the same, some need a decision, and a few have none: `hpc import` answers for each.",
        "run `hpc import FILE -o train.yaml`",
        '{"model_name_or_path": "org/model", "stage": "sft", "finetuning_type": "lora"}',
        checks=(other_tool.foreign_config,),
    ),
    Rule(
        "HPC109",
        "field",
        "error",
        "hpc does not do this",
        "The other tool does something here that hpc does not. A config without it would train something else, so it "
        "is only written when you accept the loss.",
        "follow the message, or accept the losses: `hpc import FILE -o train.yaml --accept-losses`",
        "$ hpc import llamafactory.yaml -o train.yaml",
    ),
    Rule(
        "HPC710",
        "request",
        "error",
        "this is not a config of a tool that hpc imports",
        "hpc recognizes a tool by keys that only its configs have.",
        "name the tool with --from, or check the file",
        "$ hpc import settings.yaml",
    ),
    Rule(
        "HPC711",
        "request",
        "error",
        "there are no training options in this script",
        "hpc reads the options of the training command in a shell script, and found none: the script starts no "
        "training, or the command reads a config that is not here.",
        "give the script that starts the training, or the config that it names",
        "$ hpc import setup.sh",
    ),
    Rule(
        "HPC712",
        "request",
        "error",
        "a quotation mark in this script is never closed",
        "A shell reads everything after it as one word, so the script would not start the training either.",
        "close it, or the one before it",
        "$ hpc import train.sh",
    ),
)
