"""torchrun as it is, but for its ending: ``python -m hpc_runner.torchrun [torchrun's own arguments]``.

When a process of the job ends with an error, torchrun prints a traceback of itself below the explained error, and its
own exit code is always 1. Here the exit code is that of the first process that failed, 128 + the signal after a signal,
and the explanation is the process's own.
"""

from __future__ import annotations

import logging
import sys


def main() -> int:
    """Run torchrun to its end and return the job's exit code."""
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import get_args_parser, run

    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    try:
        run(get_args_parser().parse_args())  # type: ignore[no-untyped-call]
    except ChildFailedError as failed:
        code = failed.get_first_failure()[1].exitcode
        return code if code >= 0 else 128 - code
    except SignalException as received:
        return 128 + int(received.sigval)
    return 0


if __name__ == "__main__":
    sys.exit(main())
