"""The program `hpc`: small, so that Ctrl-C ends it without a traceback from its first moment on."""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` loads enum first: for that long Ctrl-C would show
import gc
import os
import sys

INTERRUPTED = 130
FEW_CYCLES = 100_000
"""Objects made before Python looks for cycles of them: with its own 700, that takes a tenth of a short command."""


def main(argv: list[str] | None = None) -> int:
    """Run hpc; returns the exit code: 0 good, 1 errors in a config, 2 wrong usage or an unreadable file, 130 Ctrl-C.

    Args:
        argv: The arguments; None for those of the program, which also takes over Ctrl-C.
    """
    if argv is not None:
        from hpc.dispatch import main as run

        return run(argv)
    usual = signal.getsignal(signal.SIGINT)
    if usual != signal.default_int_handler:  # Ignored, as in the background of a script.
        from hpc.dispatch import main as run

        return run(sys.argv[1:])
    return _program()


def _program() -> int:
    """Ctrl-C just ends hpc while it imports and when it is done; while a command works, the command may clean up."""
    signal.signal(signal.SIGINT, _end)
    gc.set_threshold(FEW_CYCLES)
    try:
        from hpc.dispatch import main as run

        return run(sys.argv[1:], lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, _end)


def _end(_number: int, _frame: object) -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    raise SystemExit(main())
