"""What TRL's arguments become where more than their value decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hpc.importers import mixtures, shared
from hpc.importers.shared import lose, mapped, resolved
from hpc.importers.table import (
    ForeignJob,
    Outcome,
)
from hpc.importers.tool_values import UnknownValueError, number, number_or_none, words
from hpc_disk.losses import LOSSES

ONLINE: Final = ("reward_funcs", "num_generations", "reward_weights", "reward_model_path", "teacher_model_name_or_path")
MIXTURES: Final = ("dataset_name", "dataset", "dataset_mixer", "dataset_mixture", "datasets", "path", "train_file")
PREFERENCE: Final = (
    "beta",
    "loss_type",
    "max_prompt_length",
    "simpo_gamma",
    "gamma_beta_ratio",
    "rpo_alpha",
    "cpo_alpha",
)
SUPERVISED: Final = ("nll", "chunked_nll")
RATES: Final = {"sft": 2e-5, "dpo": 1e-6}


def kind(job: ForeignJob, command: tuple[str, ...]) -> str:
    """sft, dpo, or the name of another trainer: by the command, or by keys that only that trainer has."""
    said = " ".join(Path(word).stem.lower() for word in command)
    for name in (
        "grpo",
        "rloo",
        "ppo",
        "reward",
        "online_dpo",
        "gkd",
        "distillation",
        "kto",
        "orpo",
        "cpo",
        "simpo",
        "dpo",
        "sft",
    ):
        if name in said:
            return name
    if any(job.says(key) for key in ONLINE):
        return "grpo"
    loss = job["loss_type"]
    if loss in ("orpo", "simpo"):
        return str(loss)
    if job.says("gamma_beta_ratio"):
        return "simpo"
    preference = any(job.says(key) for key in PREFERENCE) and loss not in SUPERVISED
    return "dpo" if preference else "sft"


def adapt(job: ForeignJob, command: tuple[str, ...]) -> ForeignJob:
    """The trainer, and its defaults."""
    name = kind(job, command)
    rate = RATES["sft" if name == "sft" else "dpo"] if job.says("model_name_or_path") or command else 5e-5
    defaults = {**job.defaults, "trainer": name, "learning_rate": rate}
    return ForeignJob(job.given, defaults, job.folder)


def trainer(job: ForeignJob) -> Outcome:
    """What the script trains."""
    name = job["trainer"]
    if name in ("sft", "dpo"):
        return mapped(trainer=name)
    if name in ("orpo", "cpo", "simpo"):
        return mapped(trainer="dpo")
    return lose(f"hpc has no trainer {name}", "use the trainer sft, pt or dpo")


def online(job: ForeignJob) -> Outcome:
    """Reinforcement learning."""
    used = any(job.says(key) for key in ONLINE)
    return lose("hpc does no reinforcement learning or distillation") if used else Outcome("no_effect", why="it is off")


def loss(job: ForeignJob) -> Outcome:
    """A loss that hpc has; several only as the supervised loss beside it."""
    value = job["loss_type"]
    if value in (None, "") or job["trainer"] == "sft":
        name = job["trainer"] if job["trainer"] in ("orpo", "simpo") else None
        if value not in (None, "", *SUPERVISED):
            return lose(f"hpc's supervised loss is the plain one, not {value}")
        return mapped(pref_loss=name) if name else mapped()
    names = words(value)
    if names == ["sigmoid", "sft"] and job.says("loss_weights"):
        return resolved("write the weight of the supervised loss: `pref_ftx`", pref_loss="sigmoid")
    if len(names) == 1 and names[0] in LOSSES:
        return mapped(pref_loss=names[0])
    return lose(f"hpc has no preference loss {', '.join(names)}", "use one of " + ", ".join(LOSSES))


def gamma(job: ForeignJob) -> Outcome:
    """The ratio of gamma to beta, as the SimPO paper writes it."""
    if job.says("gamma_beta_ratio"):
        return mapped(simpo_gamma=number(job["gamma_beta_ratio"]) * number(job["beta"]))
    return mapped(simpo_gamma=number(job["simpo_gamma"])) if job.says("simpo_gamma") else mapped()


def beta(job: ForeignJob) -> Outcome:
    """0.1, where nothing is written."""
    value = job.given.get("beta")
    return mapped() if value is None else mapped(pref_beta=number(value))


def precision(job: ForeignJob) -> Outcome:
    """TRL trains in bf16 unless fp16 is asked for."""
    if job["bf16"] is None and not job.on("fp16"):
        return mapped(mixed_precision="bf16" if job["trainer"] else "none")
    return shared.precision(job)


def quantization(job: ForeignJob) -> Outcome:
    """Bitsandbytes in 4 or 8 bits."""
    return mapped(quantization_bit="int4" if job.on("load_in_4bit") else "int8" if job.on("load_in_8bit") else "none")


def training_type(job: ForeignJob) -> Outcome:
    """LoRA where PEFT is asked for."""
    asked = job.on("use_peft") or job.says("lora_r") or job.says("lora_target_modules") or job.says("lora_alpha")
    return mapped(training_type="lora" if asked else "full")


def dataset(job: ForeignJob) -> Outcome:
    """A path or an id; a mixture is a list of them, with a share of each."""
    key = next((key for key in MIXTURES if job.says(key)), "dataset_name")
    value = job[key]
    if value is None:
        return mapped()
    if isinstance(value, dict) and value and not value.get("datasets"):
        return mixtures.mixer(value, "train_data")
    entries, place = (value.get("datasets"), f"{key}.datasets") if isinstance(value, dict) else (value, key)
    if isinstance(entries, list):
        return mixtures.read_entries(place, "train_data", entries, setting)
    if not isinstance(entries, str) or entries == "text" or entries.startswith(("<", "$")):
        raise UnknownValueError(value)
    return mapped(train_data=entries)


def setting(key: str, value: Any) -> Outcome:
    """What becomes of one setting of a data set."""
    if key in ("path", "id", "data_files"):
        return Outcome("mapped", why="the path of the data")
    if key == "weight":
        return mixtures.weight(value)
    if value in (None, [], {}) or (key == "split" and value == "train"):
        return Outcome("implied", why="hpc reads train of a folder with splits")
    if key == "split":
        return resolved(mixtures.SPLIT)
    if key == "columns":
        from hpc_disk.formats import KNOWN_COLUMNS

        known = isinstance(value, list) and KNOWN_COLUMNS.issuperset(value)
        return Outcome("implied", why="hpc knows these columns") if known else resolved("rename them: see `hpc data`")
    return lose(mixtures.CONFIGURATION)


def split(job: ForeignJob) -> Outcome:
    """The share of rows that is kept for evaluation."""
    when = shared.strategy(job.first(("eval_strategy", "evaluation_strategy")))
    size = number(job["test_split_size"] or 0) or number(job["validation_split_percentage"] or 0) / 100
    return shared.held_out(size, evaluates=when != "no")


def assistant_only(job: ForeignJob) -> Outcome:
    """Hpc learns the assistant's turns."""
    if job.says("assistant_only_loss") and not job.on("assistant_only_loss"):
        return lose("hpc learns the assistant's turns only")
    return Outcome("implied", why="only the assistant's turns are learned")


def completion_only(job: ForeignJob) -> Outcome:
    """Hpc learns completions."""
    if job.says("completion_only_loss") and not job.on("completion_only_loss"):
        return lose("hpc learns completions only")
    return Outcome("implied", why="only completions are learned")


def prompt_length(_job: ForeignJob) -> Outcome:
    """Older releases of TRL cut prompts apart from answers."""
    return resolved("hpc cuts the whole row at `max_sequence_length`: `hpc data` says whether a prompt is longer")


def fewer_evaluated(_job: ForeignJob) -> Outcome:
    """A part of the evaluation rows."""
    return resolved("hpc evaluates every row of `eval_data`: keep only that many rows in the file")


def template(job: ForeignJob) -> Outcome:
    """A file; a name is TRL's own."""
    value = job.first(("chat_template_path", "chat_template"))
    if value is None:
        return mapped()
    if str(value).endswith((".jinja", ".jinja2")):
        return mapped(chat_template=str(value))
    return resolved("write the template into a file and name it: `chat_template`")


def packing_strategy(job: ForeignJob) -> Outcome:
    """Hpc fits whole conversations into packs."""
    if job["packing_strategy"] in (None, "bfd", "bfd-requeue", "ffd", "bfd_split") or not job.on("packing"):
        return Outcome("implied", why="packs hold whole conversations")
    return lose("hpc's packs hold whole conversations, not pieces of them")


def dtype(job: ForeignJob) -> Outcome:
    """The dtype in which the weights are loaded: hpc loads LoRA bases in the training's own."""
    if job["training_type"] == "full" and shared.dtype(job.first(("dtype", "torch_dtype"))):
        return resolved("hpc keeps float32 weights in full training with ddp")
    return Outcome("implied", why="hpc loads the weights as the training needs them")


def switches_dropout_off(job: ForeignJob) -> bool:
    """The trainers of preferences do, unless they are told otherwise."""
    return job["trainer"] != "sft" and (job["disable_dropout"] is None or job.on("disable_dropout"))


def nested(job: ForeignJob) -> Outcome:
    """Whether int4 quantizes its constants, too: TRL does on request, hpc always."""
    if job.on("use_bnb_nested_quant") or not job.on("load_in_4bit"):
        return Outcome("implied", why="int4 quantizes its constants, too")
    return resolved("hpc quantizes the constants of int4, too: the base weights differ a little")


def supervised(job: ForeignJob) -> Outcome:
    """The weight of the supervised loss; with SimPO TRL adds it unless `cpo_alpha` says otherwise."""
    value = number_or_none(job.first(("rpo_alpha", "cpo_alpha")))
    if value is None and job["loss_type"] in ("simpo", ["simpo"]):
        value = 1.0
    return mapped() if value is None else mapped(pref_ftx=value)


def train_split(job: ForeignJob) -> Outcome:
    """The split that is learned."""
    value = job.first(("dataset_train_split", "split", "dataset_splits"))
    if value in (None, "train", ["train"]):
        return Outcome("implied", why="of a folder with splits hpc reads train")
    return resolved(f"write the file of this split as `train_data`, not of train: {value}")


def test_split(job: ForeignJob) -> Outcome:
    """The split that is evaluated."""
    return resolved("name the rows to evaluate on: `eval_data`") if job.says("dataset_test_split") else mapped()


def modules(value: Any) -> str:
    """Where none are named, PEFT adapts the query and value projections of most models."""
    return "q_proj,v_proj" if value is None else shared.modules(value)
