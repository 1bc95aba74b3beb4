"""How each tool reads a job: its own parser and argument classes, up to the objects that its trainer gets.

``python -m tests.importers.proof.readers TOOL < jobs.json > facts.json``, with the tool's packages on the path.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import tempfile
import types
from collections.abc import Callable, Mapping
from typing import Any

from tests.importers.proof.facts import WHOLE, facts, of_trl, preference, small_model

Values = Mapping[str, Any]


def hpc(files: Values) -> dict[str, Any]:
    """The compiled files of an import, as the runner hands them to the libraries."""
    from peft import LoraConfig

    module, _, name = files["plan.json"]["trainer"]["arguments_class"].rpartition(".")
    given = files["training_arguments.json"] | {"output_dir": tempfile.mkdtemp(), "use_cpu": True, "report_to": []}
    arguments = getattr(importlib.import_module(module), name)(**given)
    adapter = LoraConfig(**files["peft.json"]) if "peft.json" in files else None
    length = files["plan.json"]["data"]["max_sequence_length"]
    return facts(arguments, adapter, files["loss"], length, whole=files["tool"] == "axolotl")


def llamafactory(values: Values) -> dict[str, Any]:
    """`llamafactory-cli train`."""
    import llamafactory
    from llamafactory.hparams import get_train_args
    from peft import LoraConfig

    package = types.ModuleType("llamafactory.model")  # its own imports need another release of TRL
    package.__path__ = [f"{path}/model" for path in llamafactory.__path__]
    sys.modules[package.__name__] = package
    from llamafactory.model.model_utils.misc import find_all_linear_modules

    _, data, training, tuning, _ = get_train_args(arguments_of(values))
    adapter = None
    if tuning.finetuning_type == "lora":
        targets = tuning.lora_target
        targets = find_all_linear_modules(small_model(), True) if targets == ["all"] else targets
        numbers = {"r": tuning.lora_rank, "lora_alpha": tuning.lora_alpha, "lora_dropout": tuning.lora_dropout}
        variant = {"use_dora": tuning.use_dora, "use_rslora": tuning.use_rslora}
        adapter = LoraConfig(target_modules=targets, **numbers, **variant)
    loss = {"name": tuning.stage}
    if tuning.stage == "dpo":
        training.disable_dropout = True  # its trainer of preferences does so
        smoothing = {"smoothing": tuning.dpo_label_smoothing, "gamma": tuning.simpo_gamma}
        loss = preference(tuning.pref_loss, tuning.pref_beta, supervised=tuning.pref_ftx, **smoothing)
    return facts(training, adapter, loss, data.cutoff_len)


def trl(values: Values) -> dict[str, Any]:
    """`trl sft` and `trl dpo`."""
    from trl import DPOConfig, ModelConfig, ScriptArguments, SFTConfig, TrlParser, get_peft_config

    kind = values["trainer"]
    parser = TrlParser((ScriptArguments, {"sft": SFTConfig, "dpo": DPOConfig}[kind], ModelConfig))
    given = {key: value for key, value in values.items() if key != "trainer"}
    given = arguments_of(given)
    _, training, model = parser.parse_args(given) if isinstance(given, list) else parser.parse_dict(given)
    loss = {"name": "sft"} if kind == "sft" else of_trl(training)
    return facts(training, get_peft_config(model), loss, training.max_length)


def swift(values: Values) -> dict[str, Any]:
    """`swift sft`, `swift pt` and `swift rlhf`."""
    from peft import LoraConfig
    from swift.arguments import PretrainArguments, RLHFArguments, SftArguments
    from swift.utils import find_all_linears, parse_args

    kind = "rlhf" if "rlhf_type" in values else values.get("verb", "sft")
    given = {key: value for key, value in values.items() if key != "verb"}
    classes = {"sft": SftArguments, "pt": PretrainArguments, "rlhf": RLHFArguments}
    arguments, rest = parse_args(classes[kind], words_of(given))
    if rest:
        raise ValueError(f"unknown arguments {rest}")
    adapter = None
    if arguments.tuner_type == "lora":
        targets = list(arguments.target_modules)
        if targets == ["all-linear"]:
            targets = find_all_linears(small_model(), types.SimpleNamespace(lm_head=None))
        numbers = {"lora_alpha": arguments.lora_alpha, "lora_dropout": arguments.lora_dropout}
        variant = {"use_dora": arguments.use_dora, "use_rslora": arguments.use_rslora}
        adapter = LoraConfig(r=arguments.lora_rank, target_modules=targets, **numbers, **variant)
    loss = {"name": kind}
    if kind == "rlhf":
        loss = of_trl(arguments.training_args)
        if loss["name"] == "sigmoid" and arguments.rpo_alpha is not None:
            loss["supervised"] += arguments.rpo_alpha
    return facts(arguments.training_args, adapter, loss, arguments.max_length)


def axolotl(values: Values) -> dict[str, Any]:
    """`axolotl train`, up to what its builders give the trainer."""
    from axolotl.cli.config import load_cfg
    from axolotl.core.builders import HFCausalTrainerBuilder, HFRLTrainerBuilder
    from axolotl.core.training_args import AxolotlTrainingArguments
    from axolotl.loaders.adapter import _build_peft_lora_config
    from axolotl.utils.dict import DictDefault

    config = load_cfg(DictDefault(dict(values)))
    model = small_model()
    adapter = _build_peft_lora_config(model, config) if config.adapter in ("lora", "qlora") else None
    steps = config.max_steps or WHOLE * int(config.num_epochs)
    builder = (HFRLTrainerBuilder if config.rl else HFCausalTrainerBuilder)(config, model, None)
    given, rest = builder._set_base_training_args(steps)
    given["use_cpu"] = True
    builder._set_base_training_args = lambda **_: (given, rest)
    if config.rl:
        training, _ = builder._build_training_arguments(steps)
        return facts(training, adapter, of_trl(training), config.sequence_len, whole=True)
    training = AxolotlTrainingArguments(**given)
    if training.cosine_min_lr_ratio:
        training.make_schedule = floored(training.cosine_min_lr_ratio)
    kind = "pt" if config.pretraining_dataset else "sft"
    return facts(training, adapter, {"name": kind}, config.sequence_len, whole=True)


def floored(ratio: float) -> Callable[..., Any]:
    """Axolotl's cosine that ends at a share of the learning rate."""
    from axolotl.utils.schedulers import get_cosine_schedule_with_min_lr

    def make(_name: str, optimizer: Any, *, scheduler_specific_kwargs: Any, **steps: int) -> Any:
        return get_cosine_schedule_with_min_lr(optimizer, **steps, min_lr_ratio=ratio)

    return make


def arguments_of(values: Values) -> Any:
    """A mapping for a config file; the words of a command line where every value is text."""
    return words_of(values) if all(isinstance(value, str | list) for value in values.values()) else dict(values)


def words_of(values: Values) -> list[str]:
    """``--key value``; a flag has no value."""
    words = []
    for key, value in values.items():
        given = value if isinstance(value, list) else [] if value == "" else [value]
        words += [f"--{key}", *map(str, given)]
    return words


READERS: dict[str, Callable[[Values], dict[str, Any]]] = {
    "hpc": hpc,
    "llamafactory": llamafactory,
    "trl": trl,
    "ms-swift": swift,
    "axolotl": axolotl,
}


def main() -> None:
    """Answer each job with its facts, or with the words in which the tool refuses it."""
    read, jobs = READERS[sys.argv[1]], json.load(sys.stdin)
    found = []
    for job in jobs:
        with contextlib.redirect_stdout(sys.stderr):
            try:
                found.append(read(job))
            except ImportError:
                raise
            except (Exception, SystemExit) as error:  # whatever a tool says
                found.append({"refused": f"{type(error).__name__}: {error}"})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
