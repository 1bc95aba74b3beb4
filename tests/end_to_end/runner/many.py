"""Run several compiled folders one after another in the same processes: imports cost more than these runs.

The runner leaves its process group when a run is over; here the group stays for the next one.
"""

from __future__ import annotations

import sys

from hpc_runner import finish
from hpc_runner.__main__ import main

if __name__ == "__main__":
    finish.leave_group = lambda: None
    for build in sys.argv[1:]:
        if main([build]):
            sys.exit(f"{build} failed")
