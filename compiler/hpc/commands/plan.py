"""``hpc plan``: whether a job fits, how long it takes and what it costs, before anything is rented."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from hpc.check import check
from hpc.commands.printing import ERRORS, GOOD, say
from hpc.diagnostics import HpcError
from hpc.forecast.devices import DEVICES, Device, is_number, named
from hpc.forecast.forecast import Asked, forecast, schedule, to_json
from hpc.forecast.text import lines
from hpc.job import Job
from hpc.rules import refused
from hpc.source import read
from hpc.source.option import override
from hpc_disk.files import read_object
from hpc_schema import fields as f


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input, in JSON")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--gpu", metavar="NAME|GB", help="the device, or its memory in GiB (this machine's)")
    parser.add_argument("--price", type=_price, metavar="X", help="price of one device per hour, in any currency")
    parser.add_argument("--model-config", metavar="FILE", help="a config.json to use for the model")
    parser.add_argument("--data", action="store_true", help="tokenize the rows and count them, instead of estimating")
    parser.add_argument("--exact", action="store_true", help="run the real trainer's steps on tensors without data")
    parser.add_argument("--probe", action="store_true", help="measure the speed on this machine with 20 real steps")
    parser.add_argument("--format", choices=("full", "json"), default="full", help="output format (full)")


def _price(text: str) -> float:
    """The price of a device per hour."""
    try:
        price = float(text)
    except ValueError:
        price = -1.0
    if not 0 <= price < float("inf"):
        raise argparse.ArgumentTypeError("must be a number of 0 or more")
    return price


def run(arguments: argparse.Namespace) -> int:
    """Print the forecast."""
    device = _device(arguments.gpu)
    job = check(override(read(arguments.file), arguments.set), disk="ignored")
    if job.errors:
        raise HpcError(*job.errors, texts=job.texts)
    asked = Asked(device, arguments.price, existing(arguments.model_config))
    if arguments.data or arguments.exact or arguments.probe:
        asked = _ask_runner(job, arguments, asked)
    planned = forecast(job.config, asked)
    if arguments.format == "json":
        print(json.dumps(to_json(planned), indent=2))
    else:
        say(*lines(job.config, planned))
    return ERRORS if planned.fits is False else GOOD


def _ask_runner(job: Job, arguments: argparse.Namespace, asked: Asked) -> Asked:
    """What takes seconds or minutes: tokens, a step without weights, real steps, with the releases that are installed.

    Raises:
        HpcError: What these releases cannot train.
    """
    from hpc.forecast import from_runner
    from hpc.installed import for_installed, installed

    job = check(for_installed(job.document, installed())[0], disk="ignored")
    if job.errors:
        raise HpcError(*job.errors, texts=job.texts)
    if arguments.data:
        from_runner.tokenize(job)
    if arguments.probe:
        asked = asked._replace(speed=from_runner.speed(job))
    if arguments.exact:
        limit = job.config[f.max_sequence_length]
        planned = schedule(job.config)
        length = planned.longest(limit) or limit
        asked = asked._replace(exact=from_runner.exact_memory(job, length, planned.start, arguments.model_config))
    return asked


def existing(path: str | None) -> str | None:
    """The model config that was named, or that of the folder that was named.

    Raises:
        HpcError: HPC721 where there is no such file, or where it is not a model's config.
    """
    if path is None:
        return None
    file = Path(path, "config.json") if Path(path).is_dir() else Path(path)
    if not file.is_file():
        raise refused("HPC721", f"no such file: {file}", "give a model's config.json")
    if not isinstance(read_object(file).get("model_type"), str):
        raise refused("HPC721", f"{file} is not a model's config.json: it names no `model_type`", "give another file")
    return str(file)


def _device(text: str | None) -> Device | None:
    if text is None:
        return None
    device = named(text)
    if device is None:
        known = ", ".join(known.name for known in DEVICES)
        help_ = f"known devices: {known}; or give the memory in GiB, for example: --gpu 80"
        said = f"no device has {text} GiB of memory" if is_number(text) else f"unknown device: {text or '(empty)'}"
        raise refused("HPC720", said, help_)
    return device
