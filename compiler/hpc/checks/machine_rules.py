"""Rules of the machine and of the run itself (HPC550, HPC551, HPC8xx): the runner finds most of them."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule
from hpc_disk import mlflow_server

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC835",
        "machine",
        "error",
        "the chat template cannot be read",
        "`chat_template` names a file with a Jinja template, relative to the current folder.",
        "write the path of the file",
        "$ hpc run no_template.json",
    ),
    Rule(
        "HPC836",
        "machine",
        "error",
        "this model cannot train packed conversations",
        "In a pack each conversation must see itself only. Layers that mix neighboring tokens by convolution or by a "
        "state, and attention without masks of its own for each conversation, look across. The runner computes two "
        "short texts together and apart before the training, and refuses where they differ.",
        'write "packing": false',
        "$ hpc run packed_mamba.json",
    ),
    Rule(
        "HPC829",
        "machine",
        "error",
        "a tracker's package is missing",
        "Each tracker of report_to reports through its own package.",
        "install the package, or remove the name from report_to",
        "$ hpc run wandb.json   (without the package wandb)",
    ),
    Rule(
        "HPC837",
        "machine",
        "error",
        "Weights & Biases has no key",
        "A key never belongs in a config. Weights & Biases finds it in WANDB_API_KEY, or where `wandb login` stored "
        "it.",
        "run `wandb login`, set WANDB_API_KEY, or set WANDB_MODE=offline",
        "$ hpc run wandb.json   (without a key)",
    ),
    Rule(
        "HPC838",
        "machine",
        "error",
        "a tracker did not start",
        "A run that cannot be tracked as asked ends before its first step. If a tracker fails later, hpc only warns.",
        "check the tracker's settings, or remove it from report_to; WANDB_MODE=offline keeps a run on this machine",
        "$ hpc run wandb.json   (while its server cannot be reached)",
    ),
    Rule(
        "HPC828",
        "machine",
        "error",
        "the paged optimizer needs a GPU",
        "bitsandbytes moves the optimizer state between GPU and host as memory runs out. Without a GPU nothing is "
        "paged, and the optimizer would silently be another one.",
        'write "optimizer": "adamw_8bit" or "adamw"',
        "$ hpc run paged.json   (on a machine without a GPU)",
    ),
    Rule(
        "HPC550",
        "machine",
        "error",
        "the training packages are not installed",
        "The base installation checks and compiles; training needs torch, transformers, TRL and PEFT, which take "
        "gigabytes and are an extra.",
        'in a clone of hpc, run: pip install ".[train]"',
        "$ hpc doctor train.json",
    ),
    Rule(
        "HPC551",
        "machine",
        "error",
        "this machine could not be examined",
        "`hpc doctor` asks the runner, in a process of its own, what hardware and packages there are. It gave no "
        "answer; its last output is in the message.",
        'a package is probably broken; in a clone of hpc, run: pip install --force-reinstall ".[train]"',
        "$ hpc doctor train.json",
    ),
    Rule(
        "HPC801",
        "machine",
        "error",
        "the compiled folder cannot be used",
        "The runner reads a folder that `hpc compile -o` or `hpc run` wrote, in the format that it knows, and"
        " starts only the trainers that it knows.",
        "compile the config again with the hpc that is installed next to the runner",
        "$ python -m hpc_runner somewhere/else",
    ),
    Rule(
        "HPC802",
        "machine",
        "error",
        "a compiled file was changed after it was compiled",
        "plan.json holds the digest of every other file. A file edited by hand would no longer be what the "
        "config says, and origins.json would be wrong about it.",
        "change the config and compile it again",
        "$ sed -i s/true/false/ build/peft.json && sh build/launch.sh",
    ),
    Rule(
        "HPC803",
        "machine",
        "error",
        "the number of processes differs from the plan's",
        "Batch sizes and DeepSpeed's settings were compiled for nodes × devices per node. With another number"
        " they would silently mean something else.",
        "start it with `hpc run` or launch.sh, or change nodes and devices_per_node",
        "$ torchrun --nproc-per-node=3 -m hpc_runner build",
    ),
    Rule(
        "HPC810",
        "machine",
        "error",
        "fp16 needs a GPU",
        "On a CPU, torch silently trains in 32 bits if fp16 is requested.",
        'write "mixed_precision": "bf16" or "none"',
        "$ hpc run fp16.json   (on a machine without a GPU)",
    ),
    Rule(
        "HPC811",
        "machine",
        "error",
        "this GPU does not support bf16",
        "bfloat16 came with NVIDIA's Ampere; on older GPUs it is emulated or fails.",
        'write "mixed_precision": "fp16"',
        "$ hpc run bf16.json   (on an older GPU)",
    ),
    Rule(
        "HPC812",
        "machine",
        "error",
        "flash attention is not available here",
        "FlashAttention 2 needs an NVIDIA GPU (Ampere or newer) and the package flash-attn.",
        'install flash-attn, or write "flash_attention_v2": false',
        "$ hpc doctor flash.json",
    ),
    Rule(
        "HPC813",
        "machine",
        "error",
        "the liger kernel is not available here",
        "The fused kernels are written in Triton; they need a GPU and the package liger-kernel.",
        'install liger-kernel, or write "liger_kernel": false',
        "$ hpc doctor liger.json",
    ),
    Rule(
        "HPC814",
        "machine",
        "error",
        "quantization needs a package that is not installed",
        "Base models of 4 or 8 bits are loaded by the package bitsandbytes. A model that was published quantized needs "
        "the package of its own method (quant_method in its config.json).",
        "install the package that the message names, for example: pip install bitsandbytes",
        "$ hpc doctor int4.json",
    ),
    Rule(
        "HPC815",
        "machine",
        "error",
        "the backend deepspeed needs the package deepspeed",
        "The job was compiled for DeepSpeed, which is an extra of its own.",
        "run: pip install deepspeed",
        "$ hpc doctor zero.json",
    ),
    Rule(
        "HPC816",
        "machine",
        "error",
        "the plan was compiled for other releases",
        "The compiled files use the argument names of the releases that plan.json lists; another release would refuse "
        "or ignore them. `hpc run` compiles for the releases that are installed.",
        "compile the config again with the command that the message names",
        "$ hpc compile train.json --for trl==0.24 -o build && python -m hpc_runner build",
    ),
    Rule(
        "HPC819",
        "machine",
        "error",
        "this machine has fewer GPUs than the job needs",
        "`devices_per_node` processes are started on each machine, one per GPU.",
        "lower devices_per_node",
        "$ hpc run train.json --set devices_per_node=16",
    ),
    Rule(
        "HPC846",
        "machine",
        "error",
        "the loss or the gradient is not finite",
        "A loss, gradient norm or evaluation loss became nan or infinite, or the merged weights did. The next update "
        "would make every weight nan. The run ends without a result; earlier checkpoints are intact. With fp16, steps "
        "that the loss scaler skips are normal, but not more than 50 in a row. DeepSpeed updates the weights inside "
        "its backward pass: there the bad update has been applied when the run ends, and nothing of it is saved.",
        "lower learning_rate, check the rows of the step in the message, or use bf16; then resume from a checkpoint",
        "$ hpc run train.json --set learning_rate=1e20",
    ),
    Rule(
        "HPC860",
        "machine",
        "error",
        "the device ran out of memory",
        "Weights, gradients, optimizer state and activations together did not fit.",
        "lower batch_size or max_sequence_length, keep gradient checkpointing on, use LoRA, quantization, or "
        "a higher ZeRO stage",
        "$ hpc run train.json --set batch_size=4096",
    ),
    Rule(
        "HPC861",
        "machine",
        "error",
        "the disk is full",
        "A checkpoint or the final model did not fit. What was complete before is intact.",
        'free some space and run again with "resume_from_checkpoint": true; a lower number_of_checkpoints needs less',
        "$ hpc run train.json   (on a full disk)",
    ),
    Rule(
        "HPC862",
        "machine",
        "error",
        "another process of the job was lost",
        "One process or machine ended, so the others cannot continue.",
        'see the output of that process, then start the same command on every node with "resume_from_checkpoint": true',
        "$ kill -9 PID   (of one of two processes)",
    ),
    Rule(
        "HPC863",
        "machine",
        "error",
        "the nodes do not meet",
        "Every node needs the same address of one of them, as host:port, and that node must have been started.",
        "set HPC_RENDEZVOUS to host:port of one node, the same on all",
        "$ HPC_RENDEZVOUS=nowhere sh build/launch.sh",
    ),
    Rule(
        "HPC870",
        "machine",
        "error",
        "MLflow's store cannot be used",
        "MLFLOW_TRACKING_URI names a server that does not answer within 5 seconds, or a store that cannot be opened. "
        "hpc run and hpc doctor ask before anything is loaded. A server that goes away later ends no run: hpc warns "
        "once, and metrics.jsonl holds everything.",
        "start the server, correct MLFLOW_TRACKING_URI, or unset it: then mlflow.db beside the output folder is used",
        "$ MLFLOW_TRACKING_URI=http://localhost:1 hpc run train.json",
        checks=(mlflow_server.silent,),
    ),
)
