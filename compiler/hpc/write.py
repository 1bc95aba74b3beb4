"""Writing a compiled folder: each file is whole or not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hpc.compile import Artifact
from hpc.diagnostics import Diagnostic, HpcError
from hpc.edit import write_atomic


def write_artifacts(folder: str, artifacts: Sequence[Artifact]) -> list[str]:
    """Write the artifacts into the folder, which is created if needed; returns their paths."""
    written = []
    for artifact in artifacts:
        path = Path(folder) / artifact.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(str(path), artifact.text, follow=False)
            if path.suffix == ".sh":
                path.chmod(0o755)
        except OSError as error:
            message = f"cannot write {path}: {error.strerror}"
            raise HpcError(
                Diagnostic(
                    "HPC706", "error", message, str(path), help="check the folder's permissions and the free disk space"
                )
            ) from None
        written.append(str(path))
    return written
