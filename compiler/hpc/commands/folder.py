"""The folder that ``-o`` names: written as it is meant, as ``output_dir`` must be."""

import os
import re

from hpc.diagnostics import Diagnostic, HpcError


def refuse_odd(folder: str, file: str) -> None:
    """Raise HPC706 where a folder climbs, looks like an option or a storage, or is a link out of this one."""
    fault = ""
    if not folder:
        fault = "the name of the output folder is empty"
    elif ".." in folder.split(os.sep):  # noqa: PTH206 (pathlib is slow to import)
        fault = f"{folder} contains `..`"
    elif folder[0] in "-~":
        fault = f"{folder} begins with `{folder[0]}`"
    elif re.match("[A-Za-z][A-Za-z0-9+.-]*:/", folder):
        fault = f"{folder} is a storage URL, which is not supported"
    if fault:
        raise HpcError(
            Diagnostic("HPC706", "error", fault, file, help="write the path of a local folder, without `..`")
        )
    target, here = os.path.realpath(folder), os.getcwd()  # noqa: PTH109
    if not os.path.isabs(folder) and os.path.commonpath([target, here]) != here:  # noqa: PTH117
        message = f"{folder} leads to {target}, outside the current folder"
        raise HpcError(Diagnostic("HPC706", "error", message, file, help=f"write {target}"))
