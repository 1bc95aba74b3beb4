"""A document becomes artifacts: checked, resolved, lowered, rendered. The same document gives the same bytes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hpc.check import check
from hpc.diagnostics import HpcError
from hpc.job import Job
from hpc.json_text import to_text
from hpc.lowering import Lowered, lower, unflatten
from hpc.resolve import Config
from hpc.source.document import Document
from hpc.targets.registry import NAMES, ORIGINS, TARGETS, Target


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


def lower_all(config: Config) -> Mapping[str, Artifact]:
    """The compiled folder by file name, origins.json last; each file is compiled when it is asked for."""
    return _Folder(config)


class _Folder(Mapping[str, Artifact]):
    def __init__(self, config: Config) -> None:
        self._config = config
        self._targets = {t.artifact: t for t in TARGETS if t.exists(config) and not t.on_request}
        self._made: dict[str, Artifact] = {}

    def __getitem__(self, name: str) -> Artifact:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._targets, ORIGINS))

    def __len__(self) -> int:
        return len(self._targets) + 1

    def __contains__(self, name: object) -> bool:
        return name in self._targets or name == ORIGINS

    def _make(self, name: str) -> Artifact:
        if name == ORIGINS:
            from hpc.origins_file import origins_text

            lowered = {name: found.lowered for name, found in self._before(ORIGINS).items() if found.lowered}
            return Artifact(ORIGINS, origins_text(self._config, lowered))
        target = self._targets[name]
        return _artifact(target, self._config, self._before(name) if target.with_digests else {})

    def _before(self, name: str) -> dict[str, Artifact]:
        names = list(self)
        return {other: self[other] for other in names[: names.index(name)]}


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


def _artifact(target: Target, config: Config, before: Mapping[str, Artifact]) -> Artifact:
    lowered = lower(target.rows(config), config)
    if target.with_digests:
        lowered = _with_names(lowered, config, before)
    text = target.render(config.name, lowered.values) if target.render else to_text(unflatten(lowered.values))
    return Artifact(target.artifact, text, lowered)


def _with_names(plan: Lowered, config: Config, before: Mapping[str, Artifact]) -> Lowered:
    """The plan also names the job, its source, and the other files with their digests."""
    import hashlib

    digests = {name: f"sha256:{hashlib.sha256(a.text.encode()).hexdigest()}" for name, a in before.items()}
    added = {"name": config.name, "source": config.file, "tracking.run": config.name, "artifacts": digests}
    rules = dict.fromkeys(added, "the name of the config's file")
    rules["artifacts"] = "the digests of the files beside it"
    return Lowered({**plan.values, **added}, {**plan.fields, **dict.fromkeys(added, ())}, {**plan.rules, **rules})
