"""A document becomes artifacts: checked, resolved, lowered, rendered. The same document gives the same bytes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hpc import origins
from hpc.check import check
from hpc.diagnostics import HpcError
from hpc.job import Job
from hpc.lowering import Lowered, lower, unflatten
from hpc.resolve import Config
from hpc.source.document import Document
from hpc.targets import NAMES, ORIGINS, TARGETS, Target


class Artifact(NamedTuple):
    """One compiled file. ``lowered`` is None for what no table makes (origins.json)."""

    name: str
    text: str
    lowered: Lowered | None = None


class Compilation(NamedTuple):
    """A job with all its artifacts by name."""

    job: Job
    artifacts: Mapping[str, Artifact]

    @property
    def config(self) -> Config:
        """The values that the artifacts are made from."""
        return self.job.config


def compile_job(job: Job) -> Compilation:
    """Compile, or raise ``HpcError`` with everything that is to be said where an error of the config forbids it."""
    if not job.compiles:
        raise HpcError(*job.diagnostics, texts=job.texts)
    return Compilation(job, lower_all(job.config))


def compile_document(document: Document) -> Compilation:
    """Compile a document by itself: the same on every machine, because no check looks at its disk."""
    return compile_job(check(document, disk="ignored"))


def lower_all(config: Config) -> dict[str, Artifact]:
    """The compiled folder: every artifact that this job has, origins.json last."""
    artifacts: dict[str, Artifact] = {}
    for target in TARGETS:
        if target.exists(config) and not target.on_request:
            artifacts[target.artifact] = _artifact(target, config, artifacts)
    artifacts[ORIGINS] = Artifact(ORIGINS, to_text(_origins(config, artifacts)))
    return artifacts


def select(compilation: Compilation, names: Sequence[str]) -> list[Artifact]:
    """The artifacts of these names; all of them for no names. Unknown and absent ones are explained errors."""
    for name in names:
        if name not in NAMES:
            from hpc.rules import refused
            from hpc.source.nearest import nearest_file

            near = nearest_file(name, NAMES)
            hint = f"did you mean {near}?" if near else ""
            raise refused("HPC701", f"unknown artifact {name}; the artifacts are {', '.join(NAMES)}", hint)
    return [artifact(compilation, name) for name in names or compilation.artifacts]


def artifact(compilation: Compilation, name: str) -> Artifact:
    """One artifact by its name, compiled now if it is made on request only."""
    if name in compilation.artifacts:
        return compilation.artifacts[name]
    target = next(target for target in TARGETS if target.artifact == name)
    if not target.on_request:
        from hpc.rules import refused

        message = f"this config has no {name}: {target.otherwise}"
        raise refused("HPC702", message, file=compilation.config.file)
    return _artifact(target, compilation.config, {})


def to_text(value: Any) -> str:
    """JSON as hpc writes it."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _artifact(target: Target, config: Config, before: Mapping[str, Artifact]) -> Artifact:
    lowered = lower(target.table(config), config)
    if target.with_digests:
        lowered = _with_names(lowered, config, before)
    text = target.render(config.name, lowered.values) if target.render else to_text(unflatten(lowered.values))
    return Artifact(target.artifact, text, lowered)


def _with_names(plan: Lowered, config: Config, before: Mapping[str, Artifact]) -> Lowered:
    """The plan also names the job, its source, and the other files with their digests."""
    digests = {name: f"sha256:{hashlib.sha256(a.text.encode()).hexdigest()}" for name, a in before.items()}
    added = {"name": config.name, "source": config.file, "tracking.run": config.name, "artifacts": digests}
    because = {key: origins.Derived("the name of the config's file") for key in added}
    because["artifacts"] = origins.Derived("the digests of the files beside it")
    return Lowered({**plan.values, **added}, {**plan.origins, **because}, {**plan.fields, **dict.fromkeys(added, ())})


def _origins(config: Config, artifacts: Mapping[str, Artifact]) -> dict[str, Any]:
    reached = {name for a in artifacts.values() if a.lowered for names in a.lowered.fields.values() for name in names}
    fields = {name: origins.to_json(origin) for name, origin in config.origins.items() if name in reached}
    found: dict[str, Any] = {"fields": fields}
    for name, artifact in artifacts.items():
        assert artifact.lowered is not None
        found[name] = {
            "/" + key.replace(".", "/"): {"fields": list(artifact.lowered.fields[key]), **origins.to_json(origin)}
            for key, origin in artifact.lowered.origins.items()
        }
    return found
