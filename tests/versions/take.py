"""``python take.py FILE``, run with other releases: give compiled files to the real classes, and print what is wrong.

FILE holds one object a line, file name → content, as hpc compiles it. The answer is JSON: the number of configs, and
the faults: a key that a class does not know, a value that it refuses, one that it holds otherwise.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

ON_ONE_PROCESS = ("average_tokens_across_devices",)
"""What transformers before 4.56 sets to False where there is one process only, which has all tokens."""


@cache
def load(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


@cache
def known(dotted: str) -> frozenset[str]:
    return frozenset(field.name for field in fields(load(dotted)) if field.init)


def faults(job: dict[str, Any]) -> Iterator[str]:
    """What the classes say to one compiled job."""
    late = {"use_cpu": True, "output_dir": "/tmp/hpc-versions"}
    trainer = job["plan.json"]["trainer"]
    given = {trainer["arguments_class"]: job["training_arguments.json"]}
    load(trainer["class"])
    if "peft.json" in job:
        given["peft.LoraConfig"] = job["peft.json"]
    for dotted, values in given.items():
        yield from taken(dotted, values, {} if dotted.startswith("peft") else late)


def taken(dotted: str, values: dict[str, Any], late: dict[str, Any]) -> Iterator[str]:
    """Unknown keys, a refusal, values that are held otherwise."""
    name = dotted.rpartition(".")[2]
    for key in values.keys() - known(dotted):
        yield f"{name} does not know {key}"
    accepted = {key: value for key, value in values.items() if key in known(dotted)}
    if accepted.get("fp16"):  # A GPU's business; hpc refuses it elsewhere.
        accepted["fp16"] = False
    try:
        made = load(dotted)(**accepted | late)
    except Exception as error:
        yield f"{name} refuses: {str(error).splitlines()[0]}"
        return
    for key, value in accepted.items():
        if key not in (*late, *ON_ONE_PROCESS) and plain(getattr(made, key)) != plain(value):
            yield f"{name} holds {key} as {plain(getattr(made, key))!r}, not {value!r}"


def plain(value: Any) -> Any:
    value = getattr(value, "value", value)
    return sorted(value) if isinstance(value, set) else value


def families() -> list[str]:
    """The families of models that this transformers can load."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return list(CONFIG_MAPPING_NAMES)


def main() -> None:
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
    count, found = 0, Counter[str]()
    with Path(sys.argv[1]).open(encoding="utf-8") as lines:
        for line in lines:
            count += 1
            found.update(faults(json.loads(line)))
    print(json.dumps({"configs": count, "faults": dict(found), "families": families()}))


if __name__ == "__main__":
    main()
