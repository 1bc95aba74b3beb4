"""What the page asks of the server, one function a call; each takes and returns plain JSON values."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hpc import __version__, fix, insert
from hpc.compile import compile_document
from hpc.diagnostics import Edit, HpcError
from hpc.here import ready_to_run
from hpc.recipes import RECIPES
from hpc.rules import all_rules
from hpc.source import parse
from hpc.starter import starting_config
from hpc_schema import fields as f
from hpc_schema import properties, schema
from hpc_ui import choose, configs, rows, runs, tracking
from hpc_ui.help_texts import help_of
from hpc_ui.page_text import editable
from hpc_ui.positions import Positions
from hpc_ui.verdict import missing, verdict

Body = dict[str, Any]
OPTIONS: Final = ("overwrite", "skip_bad_rows")
"""The options of a run that the page has."""
BUSY: Final = "a run is already in progress in this folder: stop it, or wait for it to end"


def start(file: str | None, _body: Body) -> Body:
    """Everything that the page is built from: the schema, the recipes, and the file to start with."""
    return {
        "version": __version__,
        "folder": Path.cwd().name,
        "root": str(Path.cwd()),
        "asked": file,
        "groups": schema()["x-groups"],
        "fields": [{"name": name, **properties()[name]} for name in f.BY_NAME],
        "recipes": list(RECIPES),
        "document": configs.open_config(file) if file and configs.stamp(file) else {"path": file, **_new(file)},
    }


def _new(file: str | None) -> Body:
    format_ = configs.format_of(file) if file else "jsonc"
    text = {"json": "{\n}\n", "jsonc": "{\n}\n"}.get(format_, "")
    return {"format": format_, "text": text, "stamp": None}


def check(body: Body) -> Body:
    """The verdict on a text, and the stamp of its file on disk."""
    path = body["path"]
    stamp = configs.stamp(configs.inside(path)) if path else None
    return {**verdict(body["text"], body["format"], _name(body)), "stamp": stamp}


def ready(body: Body) -> Body:
    """What a job without errors still lacks to be trained here."""
    asked: dict[str, Any] = {name: bool(body[name]) for name in OPTIONS}
    return {"missing": missing(body["text"], body["format"], _name(body), **asked)}


def fix_all(body: Body) -> Body:
    """The changes of every safe fix."""
    source = fix.ConfigText(_name(body), body["format"], body["text"])
    done = fix.fix(source, (), portal=False)
    changes = Positions(source.text).changes([Edit(0, len(source.text), done.text)])
    return {"changes": changes if done.applied else [], "count": done.applied}


def edit(body: Body) -> Body:
    """The changes that write a field's value, or that remove the fields."""
    document = editable(body["text"], body["format"], _name(body))
    if "value" not in body:
        edits = [edit for name in body["fields"] for edit in insert.drop(document, name)]
    else:
        edits = list(insert.put(document, body["field"], meant(body["field"], body["value"])))
    return {"changes": Positions(document.text).changes(edits)}


def meant(name: str, value: Any) -> Any:
    """What was typed, as a number or a list where the field takes one; the rest stays a string, for the compiler."""
    if isinstance(value, str) and properties()[name]["type"] == "array":
        return [word for word in re.split(r"[\s,\"\[\]]+", value) if word]
    if not isinstance(value, str) or properties()[name]["type"] not in ("integer", "number"):
        return value
    try:
        number = json.loads(value, parse_constant=str)
    except (ValueError, RecursionError):
        return value
    return number if isinstance(number, int | float) and abs(number) < 1e300 else value


def data(body: Body) -> Body:
    """The rows of a text's data, as `hpc data --format json` shows them.

    ``body`` has ``text``, ``format``, ``field`` (``train_data`` or ``eval_data``) and ``row``: the number of a row,
    counted from 1, or null. The answer has

    - ``format`` (or null), ``rows`` (how many were read: at most ``sample``), ``refused`` (whether a run would refuse),
    - ``first``: the first five rows, each with ``file``, ``row`` and ``value``, long texts shortened,
    - ``malformed``: each with ``file``, ``row``, ``reason``; ``problems``: each with ``code``, ``severity``,
      ``message``, ``help``, ``file``, ``row``, ``count``,
    - with a model, else null: ``lengths`` (``min``, ``median``, ``p95``, ``p99``, ``max``, in tokens) and ``cut``
      (``rows``, ``tokens``); then also ``limit`` (``max_sequence_length``), ``histogram`` (pairs: the longest row of a
      bar in tokens, how many rows it has), and ``learned`` and ``padding`` (shares between 0 and 1, or null),
    - with ``row`` and a model: ``shown``, one entry for each row that the conversation becomes, with ``text``,
      ``learned`` (the learned spans as text) and ``pieces`` (all of the text as pairs: whether it is learned, text).

    A call takes seconds. It is refused with the reason where the rows cannot be shown.
    """
    return rows.rows(body["text"], body["format"], body["field"], body["row"])


def recipe(body: Body) -> Body:
    """A recipe as a new document."""
    name = body["name"]
    text = starting_config(name, "jsonc")
    return {"path": None, "suggested": f"{name}.jsonc", "format": "jsonc", "text": text, "stamp": None}


def rule(body: Body) -> Body:
    """The page of a rule."""
    found = all_rules()[body["code"]]
    return {
        "code": found.code,
        "title": found.heading,
        "why": found.why,
        "help": help_of(found),
        "example": found.example,
    }


def listing(_body: Body) -> Body:
    """The configs in the current folder."""
    return {"files": configs.listed()}


def open_file(body: Body) -> Body:
    """A file in the current folder."""
    return configs.open_config(body["path"])


def save(body: Body) -> Body:
    """Write the text to its file."""
    return configs.save_config(body["path"], body["text"], body["stamp"], body["format"])


def archive(body: Body) -> tuple[str, bytes]:
    """The compiled folder as name and bytes of a zip archive."""
    compilation = compile_document(parse(body["text"], body["format"], _name(body)))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for artifact in compilation.artifacts.values():
            entry = zipfile.ZipInfo(f"{compilation.config.name}/{artifact.name}")
            entry.external_attr = (0o755 if artifact.name.endswith(".sh") else 0o644) << 16
            target.writestr(entry, artifact.text, zipfile.ZIP_DEFLATED)
    return compilation.config.name, stream.getvalue()


def run(body: Body) -> Body:
    """Start a training from a saved file."""
    if runs.is_running():
        raise configs.Refused(BUSY)
    opened = configs.open_config(body["path"])
    document = parse(opened["text"], opened["format"], opened["path"])
    asked: dict[str, Any] = {name: bool(body[name]) for name in OPTIONS}
    job = ready_to_run(document, **asked)
    if job.errors:
        raise HpcError(*job.errors)
    if not runs.start(document.file, job.config[f.output_dir], job.config[f.epochs], asked):
        raise configs.Refused(BUSY)
    return {}


def watch(body: Body) -> Body:
    """The state of the last run, or what is known of an earlier one."""
    if body.get("folder"):
        return {"run": runs.earlier(body["folder"])}
    return {"run": runs.watch(body["log_from"], body.get("metrics_from", 0))}


def earlier_runs(_body: Body) -> Body:
    """The runs in the current folder."""
    return {"runs": runs.listed()}


def browse(body: Body) -> Body:
    """What a folder below the current one holds, to choose data or a model from."""
    return choose.folder(body["folder"])


def models(_body: Body) -> Body:
    """The models on this disk and in the hub's cache."""
    return {"models": choose.models()}


def stop(_body: Body) -> Body:
    """End the run with a clean checkpoint."""
    runs.stop()
    return {}


def mlflow(body: Body) -> Body:
    """Where MLflow shows a run."""
    return {"address": tracking.address(configs.inside(body["folder"]))}


def _name(body: Body) -> str:
    return body["path"] or f"untitled.{body['format']}"


CALLS: Final[dict[str, Callable[[Body], Body]]] = {
    "check": check,
    "ready": ready,
    "fix": fix_all,
    "edit": edit,
    "data": data,
    "recipe": recipe,
    "rule": rule,
    "files": listing,
    "open": open_file,
    "save": save,
    "run": run,
    "watch": watch,
    "runs": earlier_runs,
    "browse": browse,
    "models": models,
    "stop": stop,
    "mlflow": mlflow,
}
