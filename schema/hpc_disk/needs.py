"""What a job needs of the disk, in the words of the fields: the compiler and the runner each fill it in."""

from typing import Any, NamedTuple


class Needs(NamedTuple):
    """The fields that decide which rows, model, checkpoint and folder are right, and the options of the command.

    Names and values are the config's. A field without effect in the job is None, False, 0 or empty, so that a config
    and the plan compiled from it need the same. Sizes are in tokens (``max_sequence_length``), rows (``batch_size``),
    processes (``devices_per_node``) or optimizer steps (``checkpoint_steps``).

    Attributes:
        train_data: A path, or a list of paths and of objects with ``path`` and ``weight`` (``hpc_disk.data.sources``).
        eval_data: The same without weights; None where nothing is evaluated.
        pref_loss: None unless the trainer is ``dpo``.
        target_modules: Empty where every linear layer is adapted, and in full training.
        optimizer: As transformers names it, and as a checkpoint records it; ``lr_scheduler_type`` likewise.
        max_samples: The most rows of each data set; ``eval_split`` the rows of them that are evaluated (``choice``).
        full_determinism: ``seed`` is then the default, whatever was written.
        chat_template: The path of a file.
        lr_warmup_ratio: 0 where a number of warm-up steps is given.
        skip_bad_rows: Malformed rows are left out instead of refused.
        overwrite: An earlier run in the output folder may be replaced.
        sample: The most rows of a file to judge; None for every row.
        rows_left: The rows of an epoch, where it is known which of them are left out; None before.
    """

    name: str
    model: str | None
    train_data: Any
    eval_data: Any
    evaluates: bool
    trainer: str
    pref_loss: str | None
    data_format: str
    max_sequence_length: int
    training_type: str
    quantization_bit: str
    merge_adapter: bool
    target_modules: tuple[str, ...]
    lora_rank: int
    lora_alpha: int
    lora_dropout: float
    flash_attention_v2: bool
    distributed_backend: str
    zero_stage: int | None
    nodes: int
    devices_per_node: int
    batch_size: int
    gradient_accumulation_steps: int
    epochs: int
    optimizer: str
    learning_rate: float
    weight_decay: float
    max_grad_norm: float
    mixed_precision: str
    seed: int
    lr_scheduler_type: str
    lr_warmup_steps: int
    lr_warmup_ratio: float
    pref_beta: float
    pref_ftx: float
    dpo_label_smoothing: float
    simpo_gamma: float
    checkpoint_steps: int | None
    eval_steps: int | None
    resume_from_checkpoint: bool | str
    output_dir: str
    max_steps: int | None = None
    max_samples: int | None = None
    eval_split: float | None = None
    packing: bool = False
    lr_min_ratio: float = 0
    lora_variant: str = "none"
    modules_to_save: tuple[str, ...] = ()
    group_by_length: bool = False
    system_prompt: str | None = None
    chat_template: str | None = None
    full_determinism: bool = False
    report_to: tuple[str, ...] = ()
    skip_bad_rows: bool = False
    overwrite: bool = False
    sample: int | None = None
    rows_left: int | None = None

    @property
    def processes(self) -> int:
        """Processes of the whole job: nodes × devices per node."""
        return self.nodes * self.devices_per_node

    @property
    def global_batch(self) -> int:
        """Rows that one optimizer step learns from, on all processes together."""
        return self.batch_size * self.gradient_accumulation_steps * self.processes
