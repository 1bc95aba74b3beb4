"""Rules of single fields (HPC1xx), and of what the platform accepts (HPC6xx)."""

from __future__ import annotations

from typing import Final

from hpc.checks import fields, portal
from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC101",
        "field",
        "error",
        "unknown key",
        "A lenient tool would drop an unknown key, and the value that you meant would silently stay at its default. "
        "hpc knows every key that has an effect, and rejects all others.",
        "use the name of a field, or remove the key; the reference and `hpc schema` list all fields",
        '{"lerning_rate": 1e-5}',
        checks=(fields.read_fields,),
    ),
    Rule(
        "HPC102",
        "field",
        "error",
        "this key has a newer name",
        "Older configs of the same platform used other names for the same fields, so renaming them is safe.",
        "run `hpc validate --fix` to rename it",
        '{"finetuning_type": "lora"}',
        checks=(fields.read_fields,),
    ),
    Rule(
        "HPC103",
        "field",
        "error",
        "the value has the wrong type",
        'An integer must be an integer and a number must be a number: `1.0`, `true` and `"1"` are not 1. Tools that '
        "silently convert types do so differently.",
        "write a value of the field's type",
        '{"learning_rate": "3e-4", "batch_size": 1.0}',
        checks=(fields.read_fields,),
    ),
    Rule(
        "HPC104",
        "field",
        "error",
        "the value is not one of the allowed values",
        "The field accepts a fixed list of values, all in lower case.",
        "use one of the allowed values",
        '{"distributed_backend": "DDP"}',
        checks=(fields.read_fields,),
    ),
    Rule(
        "HPC105",
        "field",
        "error",
        "the value is out of range",
        "The schema gives each number a range; values outside it are rejected.",
        "write a value inside the range",
        '{"learning_rate": 2}',
        checks=(fields.read_fields,),
    ),
    Rule(
        "HPC106",
        "field",
        "error",
        "the string has the wrong form",
        "Some strings must have a certain form: a checkpoint is a relative path without `..`, `~` or a URL, so that it "
        "stays inside the current folder; target modules are `all-linear` or module names separated by commas.",
        "write it in the form that the message describes",
        '{"resume_from_checkpoint": "../other/checkpoint-10"}',
        checks=(fields.read_fields,),
    ),
    Rule(
        "HPC601",
        "field",
        "error",
        "the platform rejects this value",
        "hpc supports the value, but the platform whose form this schema describes accepts fewer values today. "
        "Reported with `--portal` only.",
        "if the config must run on the platform, use a value that it accepts",
        '{"quantization_bit": "int4"}',
        checks=(portal.platform_limits,),
    ),
    Rule(
        "HPC602",
        "field",
        "error",
        "the platform does not have this field",
        "The fields of the group Beyond are hpc's own: the platform would refuse the config. Reported with `--portal` "
        "only.",
        "remove it if the config must run on the platform",
        '{"max_steps": 1000}',
        checks=(portal.platform_limits,),
    ),
)
