"""Axolotl's arguments without effect on what is trained, with the sentences of its own documentation."""

from __future__ import annotations

from typing import Final

from hpc.importers import shared
from hpc.importers.table import Table, no_effect

IDLE: Final[Table] = (
    no_effect(
        "eval_table_size",
        "It prints rows of an evaluation.",
        "eval_table_max_new_tokens",
        "eval_max_new_tokens",
        "dpo_generate_during_eval",
        "do_bench_eval",
        "bench_dataset",
        "bench_split",
        "lm_eval_tasks",
        "lm_eval_batch_size",
        "lm_eval_post_train",
        "lm_eval_model",
    ),
    no_effect(
        "is_preprocess",
        "Axolotl writes it itself.",
        "preprocess_iterable",
        "total_supervised_tokens",
        "axolotl_config_path",
        "device",
        "world_size",
        "ddp",
        "debug",
    ),
    no_effect(
        "gradio_title",
        "It serves the trained model.",
        "gradio_share",
        "gradio_server_name",
        "gradio_server_port",
        "gradio_max_new_tokens",
        "gradio_temperature",
    ),
    no_effect(
        "cut_cross_entropy",
        "A kernel that computes the same loss with less memory.",
        "flash_attn_rms_norm",
        "use_scattermoe",
        "use_sonicmoe",
        "expert_backend",
        "moe_grouped_backend",
        "moe_dequant_chunk_size",
        "moe_bnb_fast",
        "flex_attn_compile_kwargs",
        "autotune_cache_path",
        "autotune_profiles",
        "autotune_neighborhood",
        "dpo_use_logits_to_keep",
        "dpo_padding_free",
        "use_dsv4_kernels",
        "use_glm_dsa_kernels",
        "liger_cross_entropy",
        "liger_fused_linear_cross_entropy",
        "liger_rms_norm_gated",
    ),
    no_effect("model_type", "The class that loads the model: hpc asks the model's config.json.", "is_multimodal"),
    no_effect("lora_fan_in_fan_out", "PEFT sets it by the layer that it finds."),
    no_effect("wandb_watch", "It is Weights & Biases' own setting.", "use_trackio"),
    no_effect("use_ray", "It starts the processes.", "coreweave", "hatchery", "cloud"),
    no_effect("merge_lora", "It merges after training: `merge_adapter`.", "save_compressed"),
    no_effect("pretrain_multipack_buffer_size", "How many rows are packed at a time."),
    no_effect("torchdistx_path", "The path of a package."),
    no_effect("strict", "Allow overwrite yml config using from cli"),
    no_effect(
        "dataset_prepared_path", "Axolotl attempts to save the dataset as an arrow after packing the data together so …"
    ),
    no_effect("num_dataset_shards_to_save", "Number of shards to save the prepared dataset"),
    no_effect("dataset_processes", "The maximum number of processes to use while preprocessing your input dataset."),
    no_effect("dataset_num_proc", "The maximum number of processes to use while preprocessing your input dataset."),
    no_effect("dataset_keep_in_memory", "Keep dataset in memory while preprocessing."),
    no_effect("push_dataset_to_hub", "Push prepared dataset to hub - repo_org/repo_name"),
    no_effect("hf_use_auth_token", "Whether to use hf `use_auth_token` for loading datasets."),
    no_effect("device_map", "Passed through to transformers when loading the model when launched without accelerate."),
    no_effect("local_rank", "Don't mess with this, it's here for accelerate and torchrun"),
    no_effect("gc_steps", "Deprecated. Run garbage collection every `gc_steps` steps."),
    no_effect("gc_collect_steps", "Steps between Python `gc.collect()` calls."),
    no_effect(
        "do_causal_lm_eval", "Whether to run causal language model evaluation for metrics in `eval_causal_lm_metrics`"
    ),
    no_effect("eval_causal_lm_metrics", "HF evaluate metrics used during evaluation."),
    no_effect("eval_sample_packing", "Set to 'false' if getting errors during eval with sample_packing on"),
    no_effect("eval_sequence_len", "The maximum length of an input for evaluation."),
    no_effect("eval_batch_size", "per gpu micro batch size for evals, defaults to value of micro_batch_size"),
    no_effect("pad_to_sequence_len", "Pad inputs so each step uses constant sized buffers."),
    no_effect("pad_to_multiple_of", "Pad each batch to a multiple of this value."),
    no_effect(
        "fa_varlen_kwargs_in_collator",
        "With sample_packing and flash attention, precompute the varlen metadata (cu_seq_lens …",
    ),
    no_effect("sample_packing_mp_start_method", "The multiprocessing start method to use for packing."),
    no_effect(
        "flash_attn_cross_entropy", "Whether to use flash-attention cross entropy implementation - advanced use only"
    ),
    no_effect("flash_attn_fuse_mlp", "Whether to fuse part of the MLP into a single operation"),
    no_effect(
        "fused_attn_kernel", "Replace ``q_norm + apply_rotary_pos_emb`` (and the matching k path) with a single fused …"
    ),
    no_effect(
        "lora_mlp_kernel", "Apply custom LoRA autograd functions and activation function Triton kernels for speed and …"
    ),
    no_effect(
        "lora_qkv_kernel", "Apply custom LoRA autograd functions and activation function Triton kernels for speed and …"
    ),
    no_effect(
        "lora_o_kernel", "Apply custom LoRA autograd functions and activation function Triton kernels for speed and …"
    ),
    no_effect("lora_embedding_kernel", "Apply custom LoRA autograd function for embedding layers."),
    no_effect("chunked_cross_entropy", "Whether to use chunked cross entropy loss for memory efficiency"),
    no_effect("chunked_cross_entropy_num_chunks", "Number of chunks to use for chunked cross entropy loss"),
    no_effect("tiled_mlp", "Whether to use ALST tiled mlp for memory efficient long context"),
    no_effect("tiled_mlp_num_shards", "Number of shards to use for ALST tiled mlp."),
    no_effect("tiled_mlp_use_original_mlp", "Whether to use original mlp for ALST tiled mlp."),
    no_effect("deepcompile", "Whether to use deepcompile for faster training with deepspeed"),
    no_effect("torch_compile", "Whether to use torch.compile and which backend to use."),
    no_effect("torch_compile_backend", "Backend to use for torch.compile"),
    no_effect("torch_compile_mode", "Compilation mode for `torch.compile()`."),
    no_effect(
        "torch_compile_regional",
        "With torch_compile, compile each repeated decoder block separately (accelerate's regional …",
    ),
    no_effect(
        "torch_compile_options", "Mapping of allowlisted torch._inductor.config flags to set before torch.compile runs."
    ),
    no_effect("max_memory", "Defines the max memory usage per gpu on the system."),
    no_effect(
        "gpu_memory_limit", "Limit the memory for all available GPUs to this amount (if an integer, expressed in …"
    ),
    no_effect("low_cpu_mem_usage", "Whether to use low_cpu_mem_usage"),
    no_effect(
        "lora_on_cpu", "Do the LoRA/PEFT loading on CPU -- this is required if the base model is so large it takes …"
    ),
    no_effect("qlora_sharded_model_loading", "Load QLoRA weights in sharded format for FSDP."),
    no_effect("experimental_skip_move_to_device", "Don't move the model to the device before sharding."),
    no_effect("is_falcon_derived_model", "Internal use only - Used to identify which the model is based on"),
    no_effect("is_llama_derived_model", "Internal use only - Used to identify which the model is based on"),
    no_effect("is_mistral_derived_model", "Internal use only - Used to identify which the model is based on."),
    no_effect("is_qwen_derived_model", "Internal use only - Used to identify which the model is based on"),
    no_effect(
        "sync_profiler_steps", "Debugging aid, separate from profiler_steps (the torch profiler timeline): count …"
    ),
    no_effect("sync_profiler_start_step", "Optimizer step at which the sync profiler starts (after warm-up)."),
    no_effect(
        "profiler_steps", "Enable the pytorch profiler to capture the first N steps of training to the output_dir."
    ),
    no_effect("profiler_steps_start", "Which step to start the profiler at."),
    no_effect("include_tokens_per_second", "bool of whether to report tokens per second at the end of training."),
    no_effect("include_tkps", "bool of whether to report tokens per second per-gpu during training by measuring …"),
    no_effect("generate_samples", "Enable sample generation during training for monitoring"),
    no_effect("num_generation_samples", "Number of samples to generate at each interval"),
    no_effect("generation_max_new_tokens", "Maximum new tokens to generate per sample"),
    no_effect("generation_temperature", "Temperature for sample generation (0.0 = greedy)"),
    no_effect("generation_top_p", "Nucleus sampling parameter for generation"),
    no_effect("generation_top_k", "Top-k sampling parameter for generation"),
    no_effect("generation_prompt_ratio", "Ratio of input to use as prompt (0.0-1.0)"),
    no_effect("generation_do_sample", "Whether to use sampling (vs greedy decoding)"),
    no_effect("use_comet", "Enable or disable Comet integration."),
    no_effect("comet_api_key", "API key for Comet."),
    no_effect("comet_workspace", "Workspace name in Comet."),
    no_effect("comet_project_name", "Project name in Comet."),
    no_effect("comet_experiment_key", "Identifier for the experiment."),
    no_effect("comet_mode", 'Create a new experiment ("create") or log to an existing one ("get").'),
    no_effect("comet_online", "Set to True to log data to Comet server, or False for offline storage."),
    no_effect(
        "comet_experiment_config", "Dictionary for additional configuration settings, see the doc for more details."
    ),
    no_effect(
        "cut_cross_entropy_accum_c_fp32",
        "Accumulate the classifier (lm_head) gradient in fp32 for better numerical stability at the …",
    ),
    no_effect(
        "cut_cross_entropy_c_grad_chunk_size",
        "Bound the fp32 classifier-gradient accumulator to this many vocabulary rows (a positive …",
    ),
    no_effect("use_kernels", "Use custom kernels, e.g."),
    no_effect("liger_kernel_impl", "Selects an alternative liger kernel backend via the LIGER_KERNEL_IMPL env var …"),
    no_effect("mlflow_experiment_name", "Your experiment name"),
    no_effect("mlflow_run_name", "Your run name"),
    no_effect(
        "hf_mlflow_log_artifacts", "set to true to copy each saved checkpoint on each save to mlflow artifact registry"
    ),
    no_effect("trackio_project_name", "Your trackio project name"),
    no_effect("trackio_run_name", "Set the name of your trackio run"),
    no_effect("wandb_name", "Set the name of your wandb run"),
    no_effect("wandb_run_id", "Set the ID of your wandb run"),
    no_effect(
        "wandb_mode", '"offline" to save run metadata locally and not sync to the server, "disabled" to turn off …'
    ),
    no_effect("wandb_entity", "A wandb Team name if using a Team"),
    no_effect(
        "wandb_log_model", '"checkpoint" to log model to wandb Artifacts every `save_steps` or "end" to log only at …'
    ),
    no_effect("use_otel_metrics", "Enable OpenTelemetry metrics collection and Prometheus export"),
    no_effect("otel_metrics_host", "Host to bind the OpenTelemetry metrics server to"),
    no_effect("otel_metrics_port", "Port for the Prometheus metrics HTTP server"),
    no_effect("ray_run_name", "The training results will be saved at `saves/ray_run_name`."),
    no_effect("ray_num_workers", "The number of workers for Ray training."),
    no_effect("resources_per_worker", "The resources per worker for Ray training."),
    shared.fast_tokenizer("tokenizer_use_fast"),
    no_effect("tokenizer_save_jinja_files", "Whether to save jinja files for tokenizer, transformers default is True"),
    no_effect("processor_type", "transformers processor class"),
    no_effect(
        "processor_kwargs", "kwargs forwarded to the processor's from_pretrained(), overriding processor config (e.g."
    ),
    no_effect("image_size", "The size of the image to resize to."),
    no_effect("image_resize_algorithm", "The resampling algorithm to use for image resizing."),
    no_effect("trust_remote_code", "Trust remote code for untrusted source"),
    no_effect("tokenizer_type", "Corresponding tokenizer for the model AutoTokenizer is a good choice"),
    no_effect("save_first_step", "Whether to checkpoint a model after the first step of training."),
    no_effect("dynamic_checkpoint", "Configuration for dynamic checkpointing (trigger by file or signal)."),
    no_effect("export", "Configuration for `axolotl export` (GGUF conversion)"),
    no_effect("merge_method", "Optional LoRA merge method."),
    no_effect("tf32", "bool to use CUDA tf32 or 'auto' for automatic detection - require >=ampere"),
    no_effect("ddp_timeout", "Advanced DDP Arguments - timeout"),
    no_effect("ddp_bucket_cap_mb", "Advanced DDP Arguments - bucket cap in MB"),
    no_effect("ddp_broadcast_buffers", "Advanced DDP Arguments - broadcast buffers"),
    no_effect(
        "ddp_find_unused_parameters",
        "When using distributed training, the value of the flag `find_unused_parameters` passed to …",
    ),
    no_effect("dataloader_num_workers", "Number of subprocesses to use for data loading (PyTorch only)."),
    no_effect("dataloader_prefetch_factor", "Number of batches loaded in advance by each worker."),
    no_effect("dataloader_pin_memory", "Whether you want to pin memory in data loaders or not."),
    no_effect("experts_implementation", "Which experts implementation to use for MoE models,"),
    no_effect(
        "gemma4_hybrid_attn_impl",
        "Use hybrid attention for Gemma 4: flash_attention_2 for sliding window layers and sdpa for …",
    ),
    no_effect(
        "large_head_attention",
        "Generic capability for attention layers with head_dim > 256 (which flash/cuDNN SDPA can't …",
    ),
    no_effect("flash_attn_d512", "Deprecated: use `large_head_attention: auto`."),
    no_effect("sdpa_varlen", "With sample packing + attn_implementation=sdpa, route packed rows through …"),
    no_effect("dpo_use_liger_kernel", "Whether to use Liger kernel for DPO loss."),
    no_effect("precompute_ref_log_probs", "Precompute reference model log probabilities for DPO"),
    no_effect(
        "eval_accumulation_steps",
        "Number of predictions steps to accumulate the output tensors for, before moving the …",
    ),
    no_effect("eval_on_start", "Run an evaluation before the first training step."),
)
