"""The arguments that LLaMA-Factory, TRL and ms-swift share: those of transformers' TrainingArguments.

The sentences of arguments without effect are those of its own documentation.
"""

from __future__ import annotations

from typing import Final

from hpc.importers import shared
from hpc.importers.table import Table, combine, convert, copy, implied, lost, no_effect

# Rows that tables of single tools have, too.
BEST: Final = combine(
    ("load_best_model_at_end", "metric_for_best_model", "greater_is_better"),
    ("save_best_checkpoint",),
    shared.best,
    "the best checkpoint has the lowest evaluation loss",
)
DEEPSPEED: Final = combine(
    ("deepspeed",),
    ("distributed_backend", "zero_stage", "offload"),
    shared.deepspeed,
    "the ZeRO stage of the named file",
)
FSDP: Final = combine(
    ("fsdp", "fsdp_config", "fsdp_transformer_layer_cls_to_wrap", "fsdp_min_num_params"),
    ("distributed_backend", "zero_stage"),
    shared.fsdp,
    "FSDP shards parameters, gradients and optimizer state among the devices, as ZeRO-3 does",
)
VARIANT: Final = combine(
    ("use_dora", "use_rslora"), ("lora_variant",), shared.variant("use_dora", "use_rslora"), "DoRA or rsLoRA"
)

TABLE: Final[Table] = (
    copy("output_dir", "output_dir"),
    copy("per_device_train_batch_size", "batch_size", "per_gpu_train_batch_size"),
    copy("gradient_accumulation_steps", "gradient_accumulation_steps"),
    copy("learning_rate", "learning_rate"),
    copy("weight_decay", "weight_decay"),
    copy("max_grad_norm", "max_grad_norm"),
    combine(("num_train_epochs",), ("epochs",), shared.epochs, "whole epochs"),
    combine(("max_steps",), ("max_steps",), shared.max_steps, "-1 is none: the epochs decide"),
    combine(
        ("warmup_steps", "warmup_ratio"),
        ("lr_warmup_steps", "lr_warmup_ratio"),
        shared.warmup,
        "steps win over the ratio; a number below 1 is a ratio of all steps",
    ),
    combine(
        ("lr_scheduler_type", "lr_scheduler_kwargs"),
        ("lr_scheduler_type", "lr_min_ratio"),
        shared.scheduler,
        "hpc's constant warms up, too",
    ),
    combine(("optim",), ("optimizer",), shared.optimizer, "fused and paged AdamW make the same update"),
    combine(("bf16", "fp16"), ("mixed_precision",), shared.precision, "bf16, fp16 or none"),
    convert("full_determinism", "full_determinism", shared.switched, ""),
    copy("seed", "seed"),
    convert("use_liger_kernel", "liger_kernel", shared.switched, "the same kernels", "use_liger"),
    combine(
        ("activation_checkpointing", "gradient_checkpointing"),
        ("disable_gradient_checkpointing",),
        shared.checkpointing,
        "the opposite of hpc's switch",
        single=True,
    ),
    combine(
        ("eval_strategy", "evaluation_strategy", "eval_steps"),
        ("eval_strategy", "eval_steps"),
        shared.evaluation,
        "when the model is evaluated",
    ),
    combine(
        ("save_strategy", "save_steps"),
        ("checkpoint_strategy", "checkpoint_steps"),
        shared.saving,
        "when a checkpoint is saved",
    ),
    combine(("save_total_limit",), ("number_of_checkpoints",), shared.limit, "how many are kept"),
    convert("save_only_model", "save_only_model", shared.switched, ""),
    BEST,
    combine(("logging_steps", "logging_strategy"), ("logging_steps",), shared.logging, "0 turns step logs off"),
    combine(("report_to",), ("report_to",), shared.trackers, "where the run is tracked"),
    DEEPSPEED,
    FSDP,
    combine(
        ("resume_from_checkpoint",),
        ("resume_from_checkpoint",),
        shared.resume,
        "a path is resolved against the current folder",
    ),
    combine(
        ("train_sampling_strategy", "group_by_length"),
        ("group_by_length",),
        shared.sampling,
        "rows of similar length together",
    ),
    implied("remove_unused_columns", "the trainer sees only the columns that it learns from"),
    implied("use_cpu", "hpc trains on the GPU where there is one, else on the CPU", "no_cuda"),
    implied(
        "average_tokens_across_devices",
        "the loss is the mean over the tokens of all devices",
        unless="hpc averages the loss over the tokens of all devices",
    ),
    implied(
        "overwrite_output_dir",
        "hpc never overwrites an earlier run unless told to: `hpc run --overwrite`",
    ),
    implied("save_safetensors", "weights are saved as safetensors"),
    implied(
        "gradient_checkpointing_kwargs",
        "hpc chooses the kind of checkpointing that is right for the job",
        "activation_checkpointing_kwargs",
    ),
    implied("liger_kernel_config", "hpc chooses the kernels"),
    implied("dataloader_in_order", "batches come in their order", unless="hpc's batches come in their order"),
    implied("ignore_data_skip", "a resumed run goes on with the next rows", unless="hpc skips the rows seen", on=False),
    combine(("eval_delay",), (), shared.first_evaluation, "evaluation changes nothing that is trained", "no_effect"),
    no_effect("logging_dir", "TensorBoard log directory."),
    no_effect("tf32", "Enable TensorFloat-32 (TF32) mode on Ampere and newer GPUs."),
    no_effect("torch_compile", "Compile the model using PyTorch 2.0's `torch.compile()` for faster training."),
    no_effect(
        "per_device_eval_batch_size",
        "The batch size per device accelerator core/CPU for evaluation.",
        "per_gpu_eval_batch_size",
    ),
    no_effect("bf16_full_eval", "Use full BF16 precision for evaluation (not just mixed precision)."),
    no_effect("fp16_full_eval", "Use full FP16 precision for evaluation (not just mixed precision)."),
    no_effect(
        "eval_do_concat_batches", "Whether to recursively concat inputs/losses/labels/predictions across batches."
    ),
    no_effect(
        "eval_use_gather_object",
        "Whether to run recursively gather object in a nested list/tuple/dictionary of objects from …",
    ),
    no_effect(
        "eval_accumulation_steps",
        "Number of predictions steps to accumulate the output tensors for, before moving the …",
    ),
    no_effect(
        "include_for_metrics",
        "Include additional data in the `compute_metrics` function if needed for metrics computation.",
        "include_inputs_for_metrics",
    ),
    no_effect(
        "batch_eval_metrics", "If set to `True`, evaluation will call compute_metrics at the end of each batch to …"
    ),
    no_effect("prediction_loss_only", "When performing evaluation and generating predictions, only returns the loss."),
    no_effect(
        "eval_on_start", "Whether to perform a evaluation step (sanity check) before the training to ensure the …"
    ),
    no_effect(
        "log_on_each_node",
        "In multinode distributed training, whether to log using `log_level` once per node, or only …",
    ),
    no_effect("log_level", "Logging level for the main process."),
    no_effect("log_level_replica", "Logging level for replica processes in distributed training."),
    no_effect("disable_tqdm", "Disable tqdm progress bars."),
    no_effect("logging_first_step", "Whether to log the first `global_step` or not."),
    no_effect("logging_nan_inf_filter", "Filter out NaN and Inf losses when logging."),
    no_effect("include_num_input_tokens_seen", "Whether to track the number of input tokens seen."),
    no_effect("run_name", "A descriptor for the run."),
    no_effect("project", "The name of the project to use for logging."),
    no_effect(
        "trackio_space_id", "The Hugging Face Space ID to use for live Trackio logging with a Gradio-based Space."
    ),
    no_effect("trackio_bucket_id", "Optional Hugging Face Bucket id for Trackio."),
    no_effect(
        "trackio_static_space_id",
        "The Hugging Face Space ID to use for static Space created after training is complete.",
    ),
    no_effect("torch_empty_cache_steps", "Number of steps to wait before calling `torch.<device>.empty_cache()`."),
    no_effect("use_cache", "Whether or not to enable cache for the model."),
    no_effect(
        "save_on_each_node",
        "When doing multi-node distributed training, whether to save models and checkpoints on each …",
    ),
    no_effect(
        "enable_jit_checkpoint", "Enable Just-In-Time checkpointing on SIGTERM signal for graceful termination on …"
    ),
    no_effect("hub_token", "The token to use to push the model to the Hub.", "push_to_hub_token"),
    no_effect("hub_private_repo", "Whether to make the repo private."),
    no_effect(
        "hub_model_id",
        "The name of the repository to keep in sync with the local output_dir.",
        "push_to_hub_model_id",
        "push_to_hub_organization",
    ),
    no_effect("hub_strategy", "Defines what and when to push to Hub."),
    no_effect(
        "hub_always_push",
        "Unless this is `True`, the `Trainer` will skip pushing a checkpoint when the previous push …",
    ),
    no_effect("hub_revision", "The revision to use when pushing to the Hub."),
    no_effect("dataloader_num_workers", "Number of subprocesses to use for data loading (PyTorch only)."),
    no_effect("dataloader_pin_memory", "Whether you want to pin memory in data loaders or not."),
    no_effect(
        "dataloader_persistent_workers",
        "If True, the data loader will not shut down the worker processes after a dataset has been …",
    ),
    no_effect("dataloader_prefetch_factor", "Number of batches loaded in advance by each worker."),
    no_effect(
        "dataloader_multiprocessing_context",
        'The multiprocessing start method to use for data loading workers (`"fork"`, `"spawn"`, or …',
    ),
    no_effect("label_names", "The list of keys in your dictionary of inputs that correspond to the labels."),
    no_effect("length_column_name", "Column name for precomputed lengths."),
    no_effect(
        "ddp_find_unused_parameters",
        "When using distributed training, the value of the flag `find_unused_parameters` passed to …",
    ),
    no_effect(
        "ddp_bucket_cap_mb", "When using distributed training, the value of the flag `bucket_cap_mb` passed to …"
    ),
    no_effect(
        "ddp_broadcast_buffers",
        "When using distributed training, the value of the flag `broadcast_buffers` passed to …",
    ),
    no_effect("ddp_static_graph", "When using distributed training, the value of the flag `static_graph` passed to …"),
    no_effect("ddp_backend", "The backend to use for distributed training."),
    no_effect(
        "ddp_timeout", "The timeout for `torch.distributed.init_process_group` calls, used to avoid GPU socket …"
    ),
    no_effect("debug", "Enable one or more debug features."),
    no_effect("skip_memory_metrics", "Whether to skip adding of memory profiler reports to metrics."),
    no_effect("do_eval", "Whether to run evaluation on the validation set or not."),
    no_effect(
        "local_rank", "When using torch.distributed.launch (Deprecated), it will pass `local_rank` in the script …"
    ),
    no_effect("do_train", "Whether to run training or not."),
    no_effect("push_to_hub", "Whether or not to push the model to the Hub every time the model is saved."),
    no_effect("do_predict", "Whether to run predictions on the test set or not."),
    no_effect("sortish_sampler", "Whether to use SortishSampler or not."),
    no_effect("predict_with_generate", "Whether to use generate to calculate generative metrics (ROUGE, BLEU)."),
    no_effect(
        "generation_max_length", "The `max_length` to use on each evaluation loop when `predict_with_generate=True`."
    ),
    no_effect(
        "generation_num_beams", "The `num_beams` to use on each evaluation loop when `predict_with_generate=True`."
    ),
    no_effect(
        "generation_config", "Model id, file path or url pointing to a GenerationConfig json file, to use during …"
    ),
    no_effect("torch_compile_backend", "Backend for `torch.compile()`."),
    no_effect("torch_compile_mode", "Compilation mode for `torch.compile()`."),
    no_effect("restore_callback_states_from_checkpoint", "Restore callback states from checkpoint when resuming."),
    lost(
        "adam_beta1",
        "adam_beta2",
        "adam_epsilon",
        why="hpc's AdamW has the usual values: beta1 0.9, beta2 0.999 and epsilon 1e-8",
    ),
    lost("optim_args", "optim_target_modules", why="hpc's optimizers take no further arguments"),
    lost("label_smoothing_factor", why="hpc does not smooth the labels of tokens"),
    lost("auto_find_batch_size", why="the batch size is fixed", instead="ask `hpc plan` what fits"),
    combine(("data_seed",), (), shared.data_seed, "the order of the rows follows the seed", "implied"),
    lost("accelerator_config", "parallelism_config", why="hpc configures accelerate itself"),
    lost("dataloader_drop_last", why="hpc learns from every row", instead="train without it: the last batch is used"),
    lost("neftune_noise_alpha", why="hpc adds no noise to the embeddings"),
)
"""The rows of transformers; a tool's own rows come before them."""
