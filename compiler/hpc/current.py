"""Whether a compiled folder is up to date with its config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from hpc.compile import Artifact, Compilation, artifact
from hpc.targets.registry import NAMES, ON_REQUEST


class Outdated(NamedTuple):
    """An artifact that is missing in the folder or differs from it, and the text that says so."""

    artifact: str
    text: str


def differences(
    folder: str, compilation: Compilation, artifacts: Sequence[Artifact], *, only: bool
) -> Iterator[Outdated]:
    """The artifacts that are missing or differ; unless ``only`` these count, also files there made on request."""
    requested = [name for name in sorted(ON_REQUEST) if not only and Path(folder, name).exists()]
    for wanted in (*artifacts, *(artifact(compilation, name) for name in requested)):
        path = Path(folder, wanted.name)
        try:
            old = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            yield Outdated(wanted.name, f"{path}: missing\n")
        except (OSError, UnicodeDecodeError) as error:
            yield Outdated(wanted.name, f"{path}: cannot be read: {error}\n")
        else:
            if old != wanted.text:
                yield Outdated(wanted.name, f"{path}: differs\n{_diff(old, wanted.text)}")


def surplus(folder: str, compilation: Compilation) -> list[str]:
    """Paths of compiled files in the folder that the config no longer produces."""
    gone = set(NAMES) - set(compilation.artifacts) - ON_REQUEST
    return [str(path) for name in sorted(gone) if (path := Path(folder, name)).exists()]


def _diff(old: str, new: str) -> str:
    lines = unified_diff(old.splitlines(), new.splitlines(), "committed", "compiled", n=1, lineterm="")
    return "".join(f"  {line}\n" for line in lines)
