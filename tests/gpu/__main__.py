"""``make gpu``: real jobs on this machine's GPU, each judged by how it ends, its memory beside what `hpc plan` says.

``python -m tests.gpu small flash memory published speed syncs --seconds 540 --out FILE`` prints one line of JSON a job
as it ends, and appends it to the file. Exit code 1 where a job is not as it should be; 0,
with a loud word, on a machine without a GPU.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from tests.gpu import jobs, running


def main() -> int:
    """Run the groups that are asked for."""
    import torch

    parser = argparse.ArgumentParser(description="Runs real jobs on this machine's GPU.")
    parser.add_argument("groups", nargs="*", default=["small", "flash", "memory", "syncs"])
    parser.add_argument("--seconds", type=float, default=3000, help="no job begins later than this")
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "hpc-gpu")
    parser.add_argument("--only", nargs="+", default=[""], help="only jobs whose name contains one of these")
    parser.add_argument("--anyway", action="store_true", help="also without a GPU")
    options = parser.parse_args()
    if not torch.cuda.is_available() and not options.anyway:
        print("SKIPPED: this machine has no GPU, so that nothing was run on one")
        return 0
    until, bad = time.monotonic() + options.seconds, 0
    for group in options.groups:
        if group == "speed":
            from tests.gpu.speed import compared

            found = compared(options.work, until, options.only)
        elif group == "syncs":
            from tests.gpu.syncs import counted

            found = counted(options.work)
        else:
            make = {"published": lambda: jobs.published(flash=find_spec("flash_attn") is not None)}
            every = make.get(group, getattr(jobs, group))()
            chosen = [job for job in every if any(part in job.name for part in options.only)]
            found = running.results(chosen, options.work / "models", options.work / group, options.at_once, until)
        for each in found:
            bad += each["good"] is False
            line = json.dumps({"group": group, **each})
            print(line, flush=True)
            if options.out:
                with options.out.open("a") as file:
                    file.write(line + "\n")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
