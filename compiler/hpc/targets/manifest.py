"""What the targets for schedulers share: names that a cluster accepts, and readable YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

LONGEST_NAME: Final = 63
"""Characters of a DNS label (RFC 1035)."""

FILES: Final = "the compiled folder is the job's only argument"


def job_name(name: str) -> str:
    """The config's name as a DNS label (RFC 1035): lower-case letters, digits and dashes, a letter first."""
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not label[:1].isalpha():
        label = f"hpc-{label}"
    return label[:LONGEST_NAME].strip("-")


def extras(backend: str, quantization: str) -> str:
    """The extras of hpc-compiler that this job needs."""
    names = ["train", *(["deepspeed"] if backend == "deepspeed" else [])]
    return ",".join([*names, *(["quantization"] if quantization != "none" else [])])


def to_yaml(head: str, document: Mapping[str, Any]) -> str:
    """A YAML document below its comment; strings of several lines are written as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]
        """A dumper with its own way of writing texts."""

    Dumper.add_representer(str, _text)
    body = yaml.dump(dict(document), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return head + str(body)


def _text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
