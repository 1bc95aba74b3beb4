"""LLaMA-Factory's arguments without effect on what is trained, with the sentences of its own documentation."""

from __future__ import annotations

from typing import Final

from hpc.importers import shared
from hpc.importers.table import ForeignJob, Outcome, Row, Table, no_effect


def beside_training(key: str, why: str) -> Row:
    """Without effect in a config that trains; one that does not is for inference, export or evaluation."""

    def read(job: ForeignJob) -> Outcome:
        if job.on("do_train") or job.says("dataset") or job.says("tokenized_path") or not job.says(key):
            return Outcome("no_effect", why=why)
        return Outcome("lost", why="this config does not train a model, and hpc only trains")

    return Row((key,), "no_effect", read, why=why)


IDLE: Final[Table] = (
    beside_training("do_predict", "Whether to run predictions on the test set or not."),
    no_effect("adapter_folder", "The folder containing the adapter weights to load."),
    no_effect("cache_dir", "Where to store the pre-trained models downloaded from huggingface.co or modelscope.cn."),
    shared.fast_tokenizer("use_fast_tokenizer"),
    no_effect("low_cpu_mem_usage", "Whether or not to use memory-efficient model loading."),
    no_effect("offload_folder", "Path to offload model weights."),
    beside_training("infer_backend", "Backend engine used at inference."),
    no_effect("use_kv_cache", "Whether or not to use KV cache in generation."),
    no_effect("infer_dtype", "Data type for model weights and activations at inference."),
    no_effect("hf_hub_token", "Auth token to log in with Hugging Face Hub."),
    no_effect("ms_hub_token", "Auth token to log in with ModelScope Hub."),
    no_effect("om_hub_token", "Auth token to log in with Modelers Hub."),
    no_effect("print_param_status", "For debugging purposes, print the status of the parameters in the model."),
    no_effect(
        "trust_remote_code", "Whether to trust the execution of code from datasets/models defined on the Hub or not."
    ),
    no_effect("image_max_pixels", "The maximum number of pixels of image inputs."),
    no_effect("image_min_pixels", "The minimum number of pixels of image inputs."),
    no_effect("image_do_pan_and_scan", "Use pan and scan to process image for gemma3."),
    no_effect("crop_to_patches", "Whether to crop the image to patches for internvl."),
    no_effect("video_max_pixels", "The maximum number of pixels of video inputs."),
    no_effect("video_min_pixels", "The minimum number of pixels of video inputs."),
    no_effect("video_fps", "The frames to sample per second for video inputs."),
    no_effect("video_maxlen", "The maximum number of sampled frames for video inputs."),
    no_effect("use_audio_in_video", "Whether or not to use audio in video inputs."),
    no_effect("audio_sampling_rate", "The sampling rate of audio inputs."),
    beside_training("export_dir", "Path to the directory to save the exported model."),
    no_effect("export_size", "The file shard size (in GB) of the exported model."),
    no_effect("export_device", "The device used in model export, use `auto` to accelerate exporting."),
    no_effect("export_quantization_bit", "The number of bits to quantize the exported model."),
    no_effect(
        "export_quantization_dataset", "Path to the dataset or dataset name to use in quantizing the exported model."
    ),
    no_effect("export_quantization_nsamples", "The number of samples used for quantization."),
    no_effect("export_quantization_maxlen", "The maximum length of the model inputs used for quantization."),
    no_effect("export_legacy_format", "Whether or not to save the `.bin` files instead of `.safetensors`."),
    no_effect("export_hub_model_id", "The name of the repository if push the model to the Hugging Face hub."),
    no_effect("vllm_maxlen", "Maximum sequence (prompt + response) length of the vLLM engine."),
    no_effect("vllm_gpu_util", "The fraction of GPU memory in (0,1) to be used for the vLLM engine."),
    no_effect("vllm_enforce_eager", "Whether or not to disable CUDA graph in the vLLM engine."),
    no_effect("vllm_max_lora_rank", "Maximum rank of all LoRAs in the vLLM engine."),
    no_effect("vllm_config", "Config to initialize the vllm engine."),
    no_effect("sglang_maxlen", "Maximum sequence (prompt + response) length of the SGLang engine."),
    no_effect("sglang_mem_fraction", "The memory fraction (0-1) to be used for the SGLang engine."),
    no_effect("sglang_tp_size", "Tensor parallel size for the SGLang engine."),
    no_effect("sglang_config", "Config to initialize the SGLang engine."),
    no_effect("sglang_lora_backend", "The backend of running GEMM kernels for Lora modules."),
    no_effect("use_v1_kernels", "Whether or not to use high-performance kernels in training."),
    no_effect("media_dir", "Path to the folder containing the images, videos or audios."),
    no_effect("overwrite_cache", "Overwrite the cached training and evaluation sets."),
    no_effect("preprocessing_num_workers", "The number of processes to use for the pre-processing."),
    no_effect("eval_num_beams", "Number of beams to use for evaluation."),
    no_effect("eval_on_each_dataset", "Whether or not to evaluate on each dataset separately."),
    no_effect("data_shared_file_system", "Whether or not to use a shared file system for the datasets."),
    no_effect("use_swanlab", "Whether or not to use the SwanLab (an experiment tracking and visualization tool)."),
    no_effect("swanlab_project", "The project name in SwanLab."),
    no_effect("swanlab_workspace", "The workspace name in SwanLab."),
    no_effect("swanlab_run_name", "The experiment name in SwanLab."),
    no_effect("swanlab_mode", "The mode of SwanLab."),
    no_effect("swanlab_api_key", "The API key for SwanLab."),
    no_effect("swanlab_logdir", "The log directory for SwanLab."),
    no_effect("swanlab_lark_webhook_url", "The Lark(飞书) webhook URL for SwanLab."),
    no_effect("swanlab_lark_secret", "The Lark(飞书) secret for SwanLab."),
    no_effect("freeze_vision_tower", "Whether ot not to freeze the vision tower in MLLM training."),
    no_effect("freeze_multi_modal_projector", "Whether or not to freeze the multi modal projector in MLLM training."),
    no_effect("compute_accuracy", "Whether or not to compute the token-level accuracy at evaluation."),
    no_effect("plot_loss", "Whether or not to save the training loss curves."),
    no_effect("include_effective_tokens_per_second", "Whether or not to compute effective tokens per second."),
    no_effect("ray_num_workers", "The number of workers for Ray training."),
    no_effect("ray_run_name", "The training results will be saved at `<ray_storage_path>/ray_run_name`."),
    no_effect("ray_storage_path", "The storage path to save training results to."),
    no_effect("ray_storage_filesystem", "The storage filesystem to use. If None specified, local filesystem is used."),
    no_effect("resources_per_worker", "The resources per worker for Ray training. Default is to use 1 GPU per worker."),
    no_effect("placement_strategy", "The placement strategy for Ray training. Default is PACK."),
    no_effect("ray_init_kwargs", "The arguments to pass to ray.init for Ray training."),
    no_effect("master_addr", "The master address for init_process_group"),
    no_effect("master_port", "The master port for init_process_group"),
    no_effect("enable_torch_profiler", "Whether to enable torch profiler for collecting performance traces."),
    no_effect("profiler_output_dir", "Directory to write profiler traces."),
    no_effect("profiler_wait_steps", "Number of steps to skip at the start of each profiling cycle."),
    no_effect("profiler_warmup_steps", "Number of profiler warm-up steps per cycle."),
    no_effect("profiler_active_steps", "Number of steps to actively record per cycle."),
    no_effect("profiler_repeat", "Number of profiling cycles."),
    no_effect("profiler_record_shapes", "Whether to record tensor shapes during profiling."),
    no_effect("profiler_profile_memory", "Whether to profile memory usage."),
    no_effect("profiler_with_stack", "Whether to record stack traces during profiling."),
    no_effect("profile_modules", "Comma-separated list of module name patterns to profile with CUDA events."),
    beside_training("task", "Name of the evaluation task."),
    no_effect("task_dir", "Path to the folder containing the evaluation datasets."),
    no_effect("batch_size", "The batch size per GPU for evaluation."),
    no_effect("lang", "Language used at evaluation."),
    no_effect("n_shot", "Number of examplars for few-shot learning."),
    no_effect("save_dir", "Path to save the evaluation results."),
    no_effect("download_mode", "Download mode used for the evaluation datasets."),
    no_effect("do_sample", "Whether or not to use sampling, use greedy decoding otherwise."),
    no_effect("temperature", "The value used to modulate the next token probabilities."),
    no_effect("top_p", "The smallest set of most probable tokens with probabilities that add up to top_p or higher …"),
    no_effect("top_k", "The number of highest probability vocabulary tokens to keep for top-k filtering."),
    no_effect("num_beams", "Number of beams for beam search."),
    no_effect("max_length", "The maximum length the generated tokens can have."),
    no_effect(
        "max_new_tokens", "The maximum numbers of tokens to generate, ignoring the number of tokens in the prompt."
    ),
    no_effect("repetition_penalty", "The parameter for repetition penalty."),
    no_effect("length_penalty", "Exponential penalty to the length that is used with beam-based generation."),
    no_effect("skip_special_tokens", "Whether or not to remove special tokens in the decoding."),
    no_effect("use_reentrant_gc", "Whether or not to use reentrant gradient checkpointing."),
    no_effect(
        "quantization_device_map", "Device map used to infer the 4-bit quantized model, needs bitsandbytes>=0.43.0."
    ),
)
