"""A job with other values than those that are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpc.resolve import Config


def changed(config: Config, values: Mapping[str, Any]) -> Config:
    """The job with other values."""
    return Config(config.name, config.document, {**config.values, **values}, config.derived)
