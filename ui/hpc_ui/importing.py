"""A text in the page that is another tool's or in another format, opened or pasted: what makes it this job's."""

from __future__ import annotations

from typing import Any

from hpc.diagnostics import Edit, HpcError
from hpc.importers.command_line import read_source
from hpc.importers.reading import Import, import_source
from hpc.importers.render import to_text
from hpc.importers.tools import foreign, recognize
from hpc.source import parse
from hpc.source.convert import convert
from hpc.source.document import Format
from hpc_schema import properties
from hpc_ui.positions import Positions


def imported(text: str, file: str) -> Import | None:
    """What becomes of a text that is another tool's, whatever the format of the document it was pasted into."""
    for name in (file, "pasted"):
        try:
            source = read_source(text, name)
        except HpcError:
            continue
        tool = recognize(source.values, source.command) if source.command else foreign(source.values)
        if tool is not None:
            return import_source(source, tool)
    return None


def import_fix(done: Import, text: str, format_: Format) -> dict[str, Any]:
    """The button that imports it: how much is lost, and the text that takes its place."""
    lost = len(done.losses)
    loss = f", losing {lost} setting{'s' * (lost > 1)}" if lost else ""
    changes = Positions(text).changes([Edit(0, len(text), to_text(done, format_))])
    return {"description": f"import it from {done.tool.title}{loss}", "changes": changes}


def conversion(text: str, format_: Format, file: str) -> dict[str, Any] | None:
    """The button that makes a job of another format one of this format: YAML that was pasted into a JSON job."""
    others: tuple[Format, ...] = ("jsonc", "yaml", "toml")
    for other in others:
        try:
            document = parse(text, other, file)
            made = convert(document, format_)
        except (HpcError, ValueError):
            continue
        if other != format_ and not properties().keys().isdisjoint(document.values):
            lost = f", losing {made.lost} comment{'s' * (made.lost > 1)}" if made.lost else ""
            changes = Positions(text).changes([Edit(0, len(text), made.text)])
            return {"description": f"convert it from {other.upper()} to {format_.upper()}{lost}", "changes": changes}
    return None
