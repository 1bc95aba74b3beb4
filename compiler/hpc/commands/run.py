"""``hpc run``: compile, show the plan, launch, and return the exit code of the training."""

from __future__ import annotations

import argparse

from hpc.commands.output import report
from hpc.compile import lower_all, override
from hpc.diagnostics import HpcError
from hpc.here import absent_packages, examine
from hpc.launcher import launch
from hpc.resolve import Config, resolve
from hpc.source import read
from hpc.write import write_artifacts
from hpc_schema import fields as f


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--skip-bad-rows", action="store_true", help="skip malformed rows")
    parser.add_argument("--overwrite", action="store_true", help="discard an earlier run in the output folder")


def run(arguments: argparse.Namespace) -> int:
    """Train."""
    document = override(read(arguments.file), arguments.set)
    found = [*examine(document, overwrite=arguments.overwrite), *absent_packages(document)]
    texts = {document.file: document.text}
    if any(d.severity == "error" for d in found):
        raise HpcError(*found, texts=texts)
    report(found, texts)
    config = resolve(document)
    folder = f"{config[f.output_dir]}/build"
    print(summary(config))
    flags = [flag for flag in ("skip_bad_rows", "overwrite") if getattr(arguments, flag)]
    artifacts = lower_all(config)
    write_artifacts(folder, list(artifacts.values()))
    return launch(config, folder, artifacts["plan.json"].text, [f"--{flag.replace('_', '-')}" for flag in flags])


def summary(config: Config) -> str:
    """The plan in a few words."""
    backend = config[f.distributed_backend]
    shards = f" ZeRO-{config[f.zero_stage]}" if backend == "deepspeed" else ""
    loss = f" ({config[f.pref_loss]})" if config[f.trainer] == "dpo" else ""
    return (
        f"{config.name}: {config[f.training_type]} {config[f.trainer]}{loss} of {config[f.model]}, {backend}{shards}, "
        f"{config.processes} process{'es' * (config.processes > 1)}, global batch {config.global_batch}, "
        f"{config[f.epochs]} epoch{'s' * (config[f.epochs] > 1)}, "
        f"into {config[f.output_dir]}"
    )
