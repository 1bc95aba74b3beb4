"""torchrun as it is, but for its beginning and its ending: ``python -m hpc_runner.torchrun [torchrun's arguments]``.

At the beginning of a job of several nodes, torchrun takes a node for the host of the rendezvous only if the machine's
own name resolves to the address given, which on many machines (127.0.1.1) it does not, and then no node hosts it. Here
the node is the host if the address is one of this machine's.

When a process of the job ends with an error, torchrun prints a traceback of itself below the explained error, and its
own exit code is always 1. Here the exit code is that of the first process that failed, 128 + the signal after a signal,
and the explanation is the process's own.

A job of one process on one node is not started by torchrun, whose import alone takes more than a second: this process
becomes the job, with the environment that torchrun would give it.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from argparse import Namespace
from typing import Any

from hpc_disk.streams import steady
from hpc_runner.errors import RunnerError
from hpc_runner.faults import lost
from hpc_runner.signals import end_at_once, end_with_parent, unblock

FAREWELL = 3600
"""Seconds that processes get to end after a signal: the rest of a step, and the checkpoint of a large model, which
torchrun's own 30 would cut off."""

PATIENCE = 300
"""Seconds that a node waits for the node of the rendezvous to be started."""

PARENT = "HPC_PARENT"
"""The process that started this one, with which it ends (hpc.launcher)."""
KEPT = "HPC_LOCK"
"""The number of a descriptor that is locked as long as this process lives; it is told who that is (hpc_ui.runs)."""

ONE_PROCESS = ["--standalone", "--nnodes=1", "--nproc-per-node=1", "-m", "hpc_runner"]
"""How the arguments of a job of one process begin (hpc.torchrun)."""
FIRST = ("RANK", "LOCAL_RANK", "GROUP_RANK", "ROLE_RANK")
SIZES = ("WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE", "ROLE_WORLD_SIZE")

MEETING = (
    "HPC_RENDEZVOUS must be host:port of one of the nodes, the same on every node; start the job there too, and let "
    "the nodes reach that port"
)


def main() -> int:
    """Run torchrun to its end and return the job's exit code."""
    steady()
    signal.signal(signal.SIGINT, lambda number, _frame: end_at_once(number))  # Until torchrun takes over.
    unblock()
    if PARENT in os.environ:
        end_with_parent(int(os.environ.pop(PARENT)))
    if KEPT in os.environ:
        _sign(int(os.environ.pop(KEPT)))
    os.environ.setdefault("TORCH_ELASTIC_SHUTDOWN_TIMEOUT", str(FAREWELL))
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # Else stack traces of C++ around every lost connection.
    if sys.argv[1 : 1 + len(ONE_PROCESS)] == ONE_PROCESS:
        return alone(sys.argv[1 + len(ONE_PROCESS) :])
    from torch.distributed import DistError
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.elastic.rendezvous import RendezvousError
    from torch.distributed.run import determine_local_world_size, get_args_parser

    _start_with_ctrl_c_blocked()
    logging.disable(logging.ERROR)  # In this process, which only starts the others: they explain themselves.
    arguments = get_args_parser().parse_args()
    share_cores(determine_local_world_size(arguments.nproc_per_node))
    try:
        start(arguments)
    except ChildFailedError as failed:
        code = failed.get_first_failure()[1].exitcode
        return code if code >= 0 else 128 - code
    except SignalException as received:
        return 128 + int(received.sigval)
    except RunnerError as error:
        print(error, file=sys.stderr)
        return 1
    except (RendezvousError, DistError):
        print(lost(), file=sys.stderr)
        return 1
    return 0


def alone(argv: list[str]) -> int:
    """Be the job's only process."""
    from hpc_runner.__main__ import main as train

    share_cores(1)
    os.environ |= {**dict.fromkeys(FIRST, "0"), **dict.fromkeys(SIZES, "1")}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}  # The system chooses a port when it is needed.
    return train(argv, whole=True)


def _start_with_ctrl_c_blocked() -> None:
    """Python prints a traceback at a Ctrl-C while it starts; each process unblocks it (hpc_runner.signals)."""
    from torch.distributed.elastic.multiprocessing.subprocess_handler import SubprocessHandler

    popen = SubprocessHandler._popen

    def blocked(handler: SubprocessHandler, *given: Any) -> Any:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            return popen(handler, *given)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    SubprocessHandler._popen = blocked  # type: ignore[assignment]


def _sign(descriptor: int) -> None:
    """Write this process's id into the lock file, so that the page can stop it."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def share_cores(processes: int) -> None:
    """Give each process its part of this machine's cores, unless the user has said how many threads they may have."""
    cores = len(os.sched_getaffinity(0))
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores // processes)))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # Tokenizers warn where a process forks after using them.


def start(arguments: Namespace) -> None:
    """Run torchrun; of several nodes, the one whose address is the rendezvous hosts it, and the others wait for it."""
    from torch.distributed.elastic.rendezvous import RendezvousConnectionError
    from torch.distributed.run import run

    if arguments.rdzv_backend != "c10d" or not arguments.rdzv_endpoint:
        run(arguments)  # type: ignore[no-untyped-call]
        return
    host, port = address(arguments.rdzv_endpoint)
    if is_here(host):
        try:
            run(Namespace(**{**vars(arguments), "rdzv_conf": "is_host=true"}))  # type: ignore[no-untyped-call]
            return
        except RendezvousConnectionError:
            pass  # Another node on this machine hosts it already.
    wait_for(host, port)
    run(Namespace(**{**vars(arguments), "rdzv_conf": "is_host=false"}))  # type: ignore[no-untyped-call]


def address(endpoint: str) -> tuple[str, int]:
    """The host and the port of the rendezvous.

    Raises:
        RunnerError: HPC863 where it is not host:port.
    """
    host, _, port = endpoint.rpartition(":")
    if not host or not port.isdecimal():
        raise RunnerError("HPC863", f"the rendezvous {endpoint} is not host:port", MEETING)
    return host.strip("[]"), int(port)


def is_here(host: str) -> bool:
    """Whether a host is this machine: a socket can be bound to its address."""
    try:
        family, kind, *_, place = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.bind(place)
    except OSError:
        return False
    return True


def wait_for(host: str, port: int) -> None:
    """Wait until the rendezvous is there.

    Raises:
        RunnerError: HPC863 if no node answers in time.
    """
    end, told = time.monotonic() + PATIENCE, False
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), timeout=5).close()
            return
        except OSError as error:
            if not told:
                print(f"waiting for the rendezvous {host}:{port} ({error.strerror or error})", file=sys.stderr)
            told = True
            time.sleep(1)
    raise RunnerError("HPC863", f"no node answered at the rendezvous {host}:{port} for {PATIENCE} seconds", MEETING)


if __name__ == "__main__":
    sys.exit(main())
