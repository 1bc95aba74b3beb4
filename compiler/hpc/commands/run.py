"""``hpc run``: compile, show the plan, launch, and return the exit code of the training."""

from __future__ import annotations

import argparse
from pathlib import Path
from shutil import rmtree

from hpc.checks.diagnose import diagnose
from hpc.commands.printing import report, say
from hpc.compile import Compilation, compile_job
from hpc.diagnostics import HpcError
from hpc.forecast.text import brief
from hpc.here import flags, ready_to_run
from hpc.job import Job
from hpc.launcher import launch
from hpc.resolve import Config
from hpc.source import read
from hpc.source.option import override
from hpc.targets.releases import words
from hpc.write import write_artifacts
from hpc_disk.run_folder import BUILD, LOCK, is_locked
from hpc_disk.streams import steady
from hpc_schema import fields as f


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input, in JSON")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--skip-bad-rows", action="store_true", help="skip malformed rows")
    parser.add_argument("--overwrite", action="store_true", help="discard an earlier run in the output folder")
    parser.add_argument("--force", action="store_true", help="run a job even if it cannot fit into memory")


def run(arguments: argparse.Namespace) -> int:
    """Train."""
    steady()
    asked = {name: getattr(arguments, name) for name in ("skip_bad_rows", "overwrite")}
    job = ready_to_run(override(read(arguments.file), arguments.set), force=arguments.force, **asked)
    if job.errors:
        raise HpcError(*job.diagnostics, texts=job.texts)
    report(job.diagnostics, job.texts)
    compilation, folder = compile_job(job), f"{job.config[f.output_dir]}/build"
    assert job.forecast is not None  # It compiles.
    say(summary(job.config), *brief(job.config, job.forecast))
    new = not Path(folder).exists()
    _write(job, folder, compilation)
    code = launch(job.config, folder, compilation.artifacts["plan.json"].text, flags(asked))
    if code and new:
        _leave_nothing(Path(job.config[f.output_dir]))
    return code


def _write(job: Job, folder: str, compilation: Compilation) -> None:
    """Write the compiled folder; what the disk refuses is shown at the field that names the output folder."""
    try:
        write_artifacts(folder, list(compilation.artifacts.values()))
    except HpcError as error:
        found = [diagnose(job.document, d.code, d.message, f.output_dir.name) for d in error.diagnostics]
        raise HpcError(*found, texts=job.texts) from None


def _leave_nothing(output: Path) -> None:
    """Remove what a refused run has made: the build folder, the lock, and the output folder if that is all."""
    if {path.name for path in output.iterdir()} <= {BUILD, LOCK} and not is_locked(output / LOCK):
        rmtree(output, ignore_errors=True)


def summary(config: Config) -> str:
    """The plan in a few words."""
    backend = config[f.distributed_backend]
    shards = f" ZeRO-{config[f.zero_stage]}" if backend == "deepspeed" else ""
    loss = f" ({config[f.pref_loss]})" if config[f.trainer] == "dpo" else ""
    target = config[f.target]
    return (
        f"{config.name}: {config[f.training_type]} {config[f.trainer]}{loss} of {config[f.model]}, {backend}{shards}, "
        f"{config.processes} process{'es' * (config.processes > 1)}, global batch {config.global_batch}, "
        f"{config[f.epochs]} epoch{'s' * (config[f.epochs] > 1)}, "
        f"into {config[f.output_dir]}" + (f", compiled for {words(target)}" if target else "")
    )
