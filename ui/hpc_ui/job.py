"""``python -m hpc_ui.job EXIT_FILE FILE FLAG…``: ``hpc run``, which also writes its exit code to a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hpc.cli import main as hpc
from hpc.edit import write_atomic


def main(argv: Sequence[str]) -> int:
    """Run the job, note its exit code, and return it."""
    exit_file, *words = argv
    code = hpc(["run", *words])
    write_atomic(exit_file, str(code))
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
