"""Whether the releases of ``target`` can load and train the model, where it lies on this disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hpc.checks.relations import Finding, RelationCheck
from hpc.checks.target_releases import unsupported
from hpc.resolve import Config
from hpc.targets.newer_models import BALANCED, BALANCED_SINCE, SINCE
from hpc.targets.releases import PAIRS, line, parse, releases_of, text
from hpc_disk.models.families import FUSED
from hpc_disk.models.folder import language_settings, model_config
from hpc_schema import fields as f

BALANCES: Final = "1.7"
"""The first release of TRL that adds the loss with the weight in the model's config.json."""

ADAPTS_EXPERTS: Final = "0.21"
"""The first release of PEFT that was tested with such adapters."""


def family_in_release(config: Config) -> Iterator[Finding]:
    """HPC742."""
    settings, release = model_config(config[f.model]), _releases(config).get("transformers")
    type_ = settings.get("model_type")
    since = _since(SINCE, type_)
    if release is None or since is None or isinstance(settings.get("auto_map"), dict) or parse(release) >= parse(since):
        return
    known, before = line(release) <= _before(since), text(_before(since))
    can = "cannot" if known else "may not be able to"
    message = f"transformers {release} {can} load models of the family {type_}"
    help_ = f"use transformers {since} or newer; {before} does not have the family"
    yield Finding("HPC742", message, (f.model, f.target), help_, severity=None if known else "warning")


def balanced_in_release(config: Config) -> Iterator[Finding]:
    """HPC742."""
    settings, releases = model_config(config[f.model]), _releases(config)
    type_ = settings.get("model_type")
    if not releases or type_ not in BALANCED or language_settings(settings).get("router_aux_loss_coef") == 0:
        return
    for library, since in (("trl", BALANCES), ("transformers", _since(BALANCED_SINCE, type_))):
        if since and parse(releases[library]) < parse(since):
            message = f"{library} {releases[library]} does not add the loss that balances the experts of {type_}"
            yield Finding("HPC742", message, (f.model, f.target), f"use {library} {since} or newer")


def experts_in_release(config: Config) -> Iterator[Finding]:
    """HPC742."""
    releases, type_ = _releases(config), model_config(config[f.model]).get("model_type")
    everywhere = config[f.training_type] == "lora" and config[f.target_modules] == "all-linear"
    if not (releases and everywhere and type_ in FUSED and parse(releases["transformers"]) >= (5,)):
        return
    if parse(release := releases["peft"]) < parse(ADAPTS_EXPERTS):
        message = f"peft {release} cannot adapt all linear layers of {type_}, whose experts are one parameter a layer"
        yield Finding(
            "HPC742", message, (f.model, f.target), f"use peft {ADAPTS_EXPERTS} or newer", (f.target_modules,)
        )


def _releases(config: Config) -> dict[str, str]:
    """The release of each library; none where the target itself is wrong."""
    target = config[f.target]
    return {} if target is None or any(unsupported(target)) else releases_of(target)


def _since(table: Mapping[str, frozenset[str]], type_: Any) -> str | None:
    """The release that was the first to be seen with this family; None where every release has it."""
    return next((release for release, names in table.items() if type_ in names), None)


def _before(since: str) -> tuple[int, ...]:
    """The release of transformers in the newest pair before that."""
    return max(found for pair in PAIRS if (found := line(pair.transformers)) < parse(since))


CHECKS: Final[tuple[RelationCheck, ...]] = (family_in_release, balanced_in_release, experts_in_release)
