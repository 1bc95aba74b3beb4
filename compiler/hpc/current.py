"""Whether a compiled folder is up to date with its config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path

from hpc.compile import Artifact, Compilation
from hpc.targets import NAMES


def differences(folder: str, compilation: Compilation, artifacts: Sequence[Artifact]) -> Iterator[str]:
    """One text for each of the artifacts that is missing or differs, and for each file that is no longer made."""
    for artifact in artifacts:
        path = Path(folder) / artifact.name
        try:
            old = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            yield f"{path}: missing\n"
        except (OSError, UnicodeDecodeError) as error:
            yield f"{path}: cannot be read: {error}\n"
        else:
            if old != artifact.text:
                yield f"{path}: differs\n{_diff(old, artifact.text)}"
    for name in sorted(set(NAMES) - set(compilation.artifacts)):
        if (path := Path(folder) / name).exists():
            yield f"{path}: this config no longer produces it; delete it\n"


def _diff(old: str, new: str) -> str:
    lines = unified_diff(old.splitlines(), new.splitlines(), "committed", "compiled", n=1, lineterm="")
    return "".join(f"  {line}\n" for line in lines)
