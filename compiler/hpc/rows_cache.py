"""The cache of tokenized rows on this machine: listed, and removed."""

from __future__ import annotations

import shutil

from hpc_disk.cache_place import cache_folder
from hpc_disk.lengths import PLACE


def manage(action: str) -> int:
    """List the caches with their sizes, or remove them all."""
    folder = cache_folder() / "rows"
    entries = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    total = 0
    for path in entries:
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        total += size
        print(f"{path}  {size / 2**20:.1f} MiB")
        if action == "clear":
            shutil.rmtree(path, ignore_errors=True)
    if action == "clear":
        shutil.rmtree(cache_folder() / PLACE, ignore_errors=True)
    done = "removed" if action == "clear" else "in all"
    print(f"{len(entries)} tokenized data set{'s' * (len(entries) != 1)}, {total / 2**20:.1f} MiB {done}")
    return 0
