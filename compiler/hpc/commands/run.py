"""``hpc run``: compile, show the plan, launch, and return the training's own exit code."""

from __future__ import annotations

import argparse

from hpc.commands.output import report
from hpc.compile import compile_document, override, select
from hpc.diagnostics import Diagnostic, HpcError
from hpc.launcher import launch
from hpc.resolve import Config
from hpc.source import read
from hpc_schema import fields as f


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--skip-bad-rows", action="store_true", help="train without the rows that cannot be read")
    parser.add_argument("--overwrite", action="store_true", help="throw an earlier run in the output folder away")


def run(arguments: argparse.Namespace) -> int:
    """Train."""
    document = override(read(arguments.file), arguments.set)
    compilation = compile_document(document)
    report(compilation.warnings, {document.file: document.text})
    if missing := missing_to_run(compilation.config):
        raise HpcError(missing)
    from hpc.write import write_artifacts

    folder = f"{compilation.config[f.output_dir]}/build"
    print(summary(compilation.config))
    flags = [flag for flag in ("skip_bad_rows", "overwrite") if getattr(arguments, flag)]
    write_artifacts(folder, select(compilation, []))
    return launch(compilation.config, folder, [f"--{flag.replace('_', '-')}" for flag in flags])


def missing_to_run(config: Config) -> Diagnostic | None:
    """One diagnostic that names everything a training still needs."""
    needed = [f.model, f.train_data, *([f.eval_data] if config[f.eval_strategy] != "no" else [])]
    names = [field.name for field in needed if not config[field]]
    if not names:
        return None
    listed = ", ".join(f"`{name}`" for name in names)
    hint = "write them in the config, or add " + " ".join(f"--set {name}=…" for name in names)
    return Diagnostic("HPC704", "error", f"this job cannot run yet: it has no {listed}", config.file, help=hint)


def summary(config: Config) -> str:
    """The plan in a few words."""
    backend = config[f.distributed_backend]
    shards = f" ZeRO-{config[f.zero_stage]}" if backend == "deepspeed" else ""
    world = config[f.nodes] * config[f.devices_per_node]
    batch = config[f.batch_size] * config[f.gradient_accumulation_steps] * world
    loss = f" ({config[f.pref_loss]})" if config[f.trainer] == "dpo" else ""
    return (
        f"{config.name}: {config[f.training_type]} {config[f.trainer]}{loss} of {config[f.model]}, {backend}{shards}, "
        f"{world} process{'es' * (world > 1)}, global batch {batch}, {config[f.epochs]} epoch(s), "
        f"into {config[f.output_dir]}"
    )
