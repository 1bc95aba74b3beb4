"""The memory of a job on one device: named terms, each with the fields that cause it."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, Final, Literal, NamedTuple

from hpc.forecast.other_values import changed
from hpc.memory import resident
from hpc.memory.decoder import StepSettings
from hpc.memory.shape import Shape, shape_of
from hpc.memory.step import peaks
from hpc.module_names import whole_modules
from hpc.resolve import Config
from hpc_disk.losses import LOSSES, Loss
from hpc_schema import fields as f
from hpc_schema.field import Field

FLOAT: Final = 4
CONTEXT: Final = (300 * 2**20, 800 * 2**20, 1200 * 2**20)
"""Bytes that CUDA, its libraries and their workspaces take on a GPU beside all tensors: low, usual, high.

Seen on an H200: 742 MiB and two workspaces of cuBLAS of 32 MiB each (``docs/reference/gpu.md``).
"""
BITS: Final = {"none": 0, "int8": 8, "int4": 4}

BATCH: Final = (f.batch_size, f.max_sequence_length)
FIELDS: Final[dict[str, tuple[Field[Any], ...]]] = {
    "weights": (f.model, f.training_type, f.mixed_precision, f.quantization_bit, f.zero_stage),
    "adapters' weights": (f.lora_rank, f.target_modules, f.modules_to_save, f.lora_variant),
    "gradients": (f.training_type, f.lora_rank, f.zero_stage),
    "optimizer": (f.optimizer, f.training_type, f.lora_rank, f.zero_stage, f.offload),
    "update": (f.optimizer,),
    "reference model": (f.trainer, f.pref_loss, f.training_type),
    "communication": (f.distributed_backend, f.zero_stage, f.devices_per_node, f.nodes),
    "device context": (),
    "batch": BATCH,
    "activations": (*BATCH, f.disable_gradient_checkpointing),
    "attention": (*BATCH, f.disable_gradient_checkpointing, f.flash_attention_v2),
    "adapters": (*BATCH, f.lora_dropout, f.target_modules),
    "checkpointed hidden states": (*BATCH, f.disable_gradient_checkpointing, f.unsloth_gradient_checkpointing),
    "gradients and activations": (*BATCH, f.training_type, f.disable_gradient_checkpointing),
    "one recomputed layer": (*BATCH, f.disable_gradient_checkpointing),
    "logits and loss": BATCH,
}
"""The fields that cause each term."""


class Memory(NamedTuple):
    """Bytes on each device. ``by_cause`` splits ``expected``.

    Attributes:
        low: What the job takes at least: rows of a single token where nothing says how long they are.
        expected: With every micro-batch full of the longest rows that are let in.
        high: The same with padding masks and a larger device context.
        by_cause: Term → bytes at the moment of the peak.
        moment: The moment of the peak: ``loss``, ``backward``, ``reference`` or ``update``.
    """

    low: int
    expected: int
    high: int
    by_cause: Mapping[str, int]
    moment: str


class KnownRows(NamedTuple):
    """What is known of the rows of an epoch.

    Attributes:
        longest: Tokens of the longest row, where the rows were tokenized; ``shortest`` likewise.
        number: Rows, or about as many blocks of pre-training: a micro-batch has no more than a process's share of them.
        start: Tokens at the start of a row of which none is learned, in any row.
        every: Whether each of them is surely trained on.
        counted: Whether their number is not an estimate.
    """

    longest: int | None = None
    shortest: int = 2
    number: int | None = None
    start: int = 0
    every: bool = False
    counted: bool = False


UNKNOWN: Final = KnownRows()
ESTIMATED: Final = 4
"""By how much an estimated number of blocks may be too high."""


def memory_of(config: Config, settings: Mapping[str, Any], *, gpu: bool, rows: KnownRows = UNKNOWN) -> Memory | None:
    """The memory of a job; None for a model whose layers are not known here.

    Args:
        config: The job.
        settings: The model's ``config.json``.
        gpu: Whether the device is a GPU.
        rows: What is known of the data.
    """
    shape = shape_of(settings)
    if shape is None or settings.get("quantization_config"):
        return None
    job = _job(_at_hand(config, rows), shape, gpu, _length(config, rows), rows.start)
    context = CONTEXT if gpu else (0, 0, 0)
    usual, moment = _terms(config, job)
    lows = [sum(_low(config, shape, gpu, *size).values()) for size in _smallest(config, rows)]
    high, _ = _terms(config, job._replace(padded=job.padded or job.rows > 1))
    by_cause = {**usual, "device context": context[1]}
    return Memory(
        min(max(lows) + context[0], sum(by_cause.values())),
        sum(by_cause.values()),
        max(sum(high.values()) + context[2], sum(by_cause.values())),
        largest_first(by_cause),
        moment,
    )


def largest_first(causes: Mapping[str, int]) -> dict[str, int]:
    """The causes by their bytes."""
    return {cause: size for cause, size in sorted(causes.items(), key=lambda item: -item[1]) if size}


def _at_hand(config: Config, rows: KnownRows) -> Config:
    """No micro-batch has more rows than there are. Several processes fill theirs with rows of the others."""
    if not rows.counted or not rows.number or config.processes > 1:
        return config
    return changed(config, {"batch_size": min(config[f.batch_size], rows.number)})


def _length(config: Config, rows: KnownRows) -> int:
    """Tokens of the longest row that a micro-batch can be full of."""
    limit = config[f.max_sequence_length]
    return limit if config[f.trainer] == "pt" or config[f.packing] else min(limit, rows.longest or limit)


def _smallest(config: Config, rows: KnownRows) -> Iterator[tuple[int, int]]:
    """Micro-batches that the training surely has, as rows and tokens: a job that runs must never be refused."""
    limit, batch = config[f.max_sequence_length], config[f.batch_size]
    share = ceil(rows.number / config.processes) if rows.number else 1
    if config[f.trainer] == "pt":
        full = (rows.number or 0) // ESTIMATED
        yield (max(1, min(batch, full // config.processes)), limit) if full else (1, 2)
        return
    yield (1 if config[f.packing] else min(batch, share)), min(limit, rows.shortest)
    if rows.every and rows.longest:
        yield 1, min(limit, rows.longest)


def _low(config: Config, shape: Shape, gpu: bool, rows: int, length: int) -> dict[str, int]:
    """The terms of a smaller job."""
    fewer = changed(config, {"batch_size": rows})
    found, _ = _terms(config, _job(fewer, shape, gpu, length)._replace(padded=False))
    if config[f.optimizer].startswith("paged"):  # The states can wait in the host's memory.
        found.pop("optimizer", None)
    return found


def exact_memory(config: Config, parts: Mapping[str, int], known: Memory | None, *, gpu: bool) -> Memory:
    """What the real trainer allocates, as the runner found it, beside what only a device or other processes add.

    The low end stays that of short rows; where the layers are not known, it is the weights and the optimizer.
    """
    context = CONTEXT if gpu else (0, 0, 0)
    trained = parts.get("trained", 0)
    causes = {cause: size for cause, size in parts.items() if cause != "trained"}
    causes["communication"] = trained if config.processes > 1 else 0
    total = sum(causes.values())
    low = causes["weights"] + causes["optimizer"] + context[0]
    return Memory(
        min(known.low, total) if known else low,
        total + context[1],
        total + context[2],
        largest_first({**causes, "device context": context[1]}),
        "step",
    )


def resident_bytes(config: Config, parameters: int) -> int:
    """Weights, gradients and optimizer of a model of which only the number of parameters is known.

    Under LoRA the adapters are left out, and a quantized base counts with all its weights packed.
    """
    bits = BITS[config[f.quantization_bit]]
    if config[f.training_type] == "lora":
        width = bits / 8 if bits else 4 if config[f.mixed_precision] == "none" else 2
        return int(parameters * width) // _shards(config, 3)
    width = 2 if _sharded(config) and config[f.mixed_precision] != "none" else FLOAT
    states = 0 if _sharded(config) and config[f.offload] != "none" else _optimizer(config, parameters)
    return parameters * width // _shards(config, 3) + parameters * width // _shards(config, 2) + states


def expected(config: Config, *, settings: Mapping[str, Any], gpu: bool, rows: KnownRows = UNKNOWN) -> int | None:
    """Only the expected bytes, a third of the work."""
    shape = shape_of(settings)
    if shape is None:
        return None
    terms, _ = _terms(config, _job(_at_hand(config, rows), shape, gpu, _length(config, rows), rows.start))
    return sum(terms.values()) + (CONTEXT[1] if gpu else 0)


def _logits(loss: Loss | None) -> Literal["tiles", "whole logits", "whole logits and cross-entropy"]:
    """How the trainer of a loss keeps the logits."""
    if loss is None or not loss.whole_logits:
        return "tiles"
    return "whole logits and cross-entropy" if loss.supervised == "is included" else "whole logits"


def _job(config: Config, shape: Shape, gpu: bool, length: int, start: int = 0) -> StepSettings:
    """The replayed step's job. All rows are taken for equally long, so that none is padded.

    A batch of packs is one long row, with a mask that keeps its conversations apart; a row longer than the window of
    the model's layers has a mask, too.
    """
    lora, precision = config[f.training_type] == "lora", config[f.mixed_precision]
    sharded = config[f.distributed_backend] == "deepspeed"
    narrow = 4 if precision == "none" else 2
    weight = 4 if not lora and not sharded else narrow
    bits, preference = BITS[config[f.quantization_bit]], config[f.trainer] == "dpo"
    loss = LOSSES[config[f.pref_loss]] if preference else None
    paired = loss is not None and loss.rows_per_pair == 1
    packed = config[f.packing] and config[f.trainer] == "sft"
    learned = length - start if start and config[f.trainer] == "sft" and not packed else 0
    rows = config[f.batch_size] * (2 if paired else 1)
    whole = tuple(whole_modules(config[f.modules_to_save]) or ()) if lora else ()
    return StepSettings(
        shape=shape,
        rows=1 if packed else rows,
        length=rows * length if packed else length,
        weight=weight,
        compute=0 if sharded or precision == "none" else 2,
        hidden=FLOAT if (bits and _prepared_by_peft(loss)) or "embed_tokens" in whole else weight,
        rank=config[f.lora_rank] if lora else 0,
        targets=_targets(config, shape) if lora else (),
        drop=lora and config[f.lora_dropout] > 0,
        bits=bits,
        checkpointing=not config[f.disable_gradient_checkpointing],
        padded=packed or 0 < shape.window <= length,
        gpu=gpu,
        fused=config[f.flash_attention_v2],
        liger=gpu and config[f.liger_kernel],
        loss=_logits(loss) if preference or gpu else "labeled",
        reference=loss is not None and loss.reference,
        scored=rows * max(0, learned),
        dora=lora and config[f.lora_variant] == "dora",
        whole=whole,
    )


def _prepared_by_peft(loss: Loss | None) -> bool:
    """Whether the trainer, ORPO's or SimPO's, makes all of a quantized base float32 that is not packed."""
    return loss is not None and loss.whole_logits


def _targets(config: Config, shape: Shape) -> tuple[str, ...]:
    names = [name.strip().rpartition(".")[2] for name in config[f.target_modules].split(",")]
    return tuple(shape.linear) if names == ["all-linear"] else tuple(name for name in names if name in shape.linear)


def _terms(config: Config, job: StepSettings) -> tuple[dict[str, int], str]:
    """Term → bytes at the peak, and the moment of the peak: in the step's passes, or in the update after them."""
    steady, gradients = _steady(config, job), _gradients(config, job)
    step = peaks(job, accumulating=config[f.gradient_accumulation_steps] > 1)
    moment, (_, causes) = max(step.items(), key=lambda item: item[1][0])
    passes = dict(causes)
    if config[f.unsloth_gradient_checkpointing] and job.gpu:  # They wait in the host's memory.
        passes.pop("checkpointed hidden states", None)
    update = {"gradients": gradients, "update": _update(config, job)}
    if _away(config, job) != "none":  # The host updates them, and under ZeRO 2 and 3 has the gradients, too.
        gradients = 0 if config[f.zero_stage] > 1 else gradients
        update = {"gradients": gradients}
    if _sharded(config):  # DeepSpeed keeps its own share of the gradients throughout
        passes["gradients"] = gradients
    if sum(update.values()) > sum(passes.values()):
        return _added(steady, update), "update"
    if moment.endswith(("layer", "layers", "embedding")):
        moment = "backward"
    return _added(steady, passes), "loss" if moment == "loss's gradient" else moment


def _update(config: Config, job: StepSettings) -> int:
    """Temporaries of the update; the runner takes the fused kernel, which needs none, where it can (``late.py``)."""
    fused = not _sharded(config) and config[f.mixed_precision] != "fp16"
    return 0 if fused else resident.update(job, config[f.optimizer]) // _shards(config, 1)


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """Both by cause: the reference model is there at all times, and takes more while it is asked."""
    return {cause: one.get(cause, 0) + other.get(cause, 0) for cause in one | other}


def _steady(config: Config, job: StepSettings) -> dict[str, int]:
    """What is there at all times."""
    trained = resident.trained(job)
    weights = resident.weights(job.shape, job.hidden if job.bits else job.weight, job.bits)
    away = _away(config, job)
    terms = {
        "weights": 0 if away == "all" else weights // _shards(config, 3),
        "adapters' weights": 0 if away == "all" else resident.adapters(job) * FLOAT // _shards(config, 3),
        "optimizer": 0 if away != "none" else _optimizer(config, trained) + _unpacked_states(config, job),
        "communication": _communication(config, job, trained),
    }
    if job.reference and not job.rank:
        terms["reference model"] = weights // _shards(config, 3)
    return terms


def _sharded(config: Config) -> bool:
    return config[f.distributed_backend] == "deepspeed"


def _shards(config: Config, stage: int) -> int:
    """Into how many parts ZeRO splits what it splits from ``stage`` on."""
    return config.processes if _sharded(config) and config[f.zero_stage] >= stage else 1


def _optimizer(config: Config, trained: int) -> int:
    """The moments, and under DeepSpeed a float32 copy of the trained weights. ZeRO splits both from stage 1 on.

    Source: Rajbhandari et al., ZeRO (2020), section 3.1: K = 12 bytes for Adam with 16-bit weights.
    """
    states = resident.optimizer_states(config[f.optimizer], trained)
    copy = trained * FLOAT if _sharded(config) else 0
    return (states + copy) // _shards(config, 1)


def _unpacked_states(config: Config, job: StepSettings) -> int:
    """What 8-bit optimizers take more for embeddings, whose states transformers keeps in float32."""
    if not config[f.optimizer].endswith("_8bit") or (job.rank and "embed_tokens" not in job.whole):
        return 0
    count = job.shape.vocabulary * job.shape.hidden
    return resident.optimizer_states("adamw", count) - resident.optimizer_states(config[f.optimizer], count)


def _away(config: Config, job: StepSettings) -> str:
    """What DeepSpeed keeps in the host's memory."""
    return config[f.offload] if _sharded(config) and job.gpu else "none"


def _gradients(config: Config, job: StepSettings) -> int:
    width = FLOAT if job.rank else job.weight
    return resident.trained(job) * width // _shards(config, 2)


def _communication(config: Config, job: StepSettings, trained: int) -> int:
    """DDP: buckets as large as all gradients. ZeRO 1 and 2: two buckets; 3: the layers gathered at a time."""
    if config.processes == 1 and not _sharded(config):
        return 0
    width = FLOAT if job.rank else job.weight
    if not _sharded(config):
        return trained * width
    if config[f.zero_stage] < 3:
        return 2 * min(int(5e8), trained) * width
    layer = job.shape.matrices + job.shape.vectors
    return min(int(1e9), job.shape.parameters, 2 * layer + job.shape.vocabulary * job.shape.hidden) * job.weight
