"""``hpc plan``: whether a job fits, how long it takes and what it costs, before anything is rented."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from hpc.check import check
from hpc.commands.printing import ERRORS, GOOD, report
from hpc.forecast.devices import DEVICES, Device, named
from hpc.forecast.forecast import forecast, to_json
from hpc.forecast.text import lines
from hpc.rules import refused
from hpc.source import read
from hpc.source.option import override


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--gpu", metavar="NAME|GB", help="the device, or its memory in GiB (this machine's)")
    parser.add_argument("--price", type=float, metavar="X", help="money for one device and hour, in any currency")
    parser.add_argument("--model-config", metavar="FILE", help="a config.json to use for the model")
    parser.add_argument("--format", choices=("full", "json"), default="full", help="how to show the forecast (full)")


def run(arguments: argparse.Namespace) -> int:
    """Print the forecast."""
    device = _device(arguments.gpu)
    if arguments.model_config and not Path(arguments.model_config).is_file():
        raise refused("HPC721", f"no such file: {arguments.model_config}", "give a model's config.json")
    job = check(override(read(arguments.file), arguments.set), disk="ignored")
    if job.errors:
        report(job.errors, job.texts)
        return ERRORS
    config = job.config
    planned = forecast(config, device=device, price=arguments.price, model_config_file=arguments.model_config)
    if arguments.format == "json":
        print(json.dumps(to_json(planned), indent=2))
    else:
        print("\n".join(lines(config, planned)))
    return ERRORS if planned.fits is False else GOOD


def _device(text: str | None) -> Device | None:
    if text is None:
        return None
    device = named(text)
    if device is None:
        known = ", ".join(known.name for known in DEVICES)
        help_ = f"known devices: {known}; or give the memory in GiB, for example: --gpu 80"
        raise refused("HPC720", f"unknown device: {text}", help_)
    return device
