"""What hpc compiles for earlier releases: by the differences, and by the real classes where they are installed."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from hpc import installed
from hpc.cli import main
from hpc.compile import Compilation, compile_document
from hpc.forecast import from_runner
from hpc.installed import for_installed
from hpc.job import Job
from hpc.origins import Written
from hpc.source import parse
from hpc.targets import plan, releases
from hpc.targets.registry import TARGETS
from hpc.targets.releases import DIFFERENCES, PAIRS, compatible, releases_of
from hpc_schema import fields as f
from tests.versions.arguments import take
from tests.versions.overlays import ROOT, python_of

OLDEST = PAIRS[0].name
SHORT = (PAIRS[0], PAIRS[1])


def compiled(target: str | None = None, **values: Any) -> Compilation:
    given = values | ({"target": target} if target else {})
    return compile_document(parse(json.dumps(given), "json", "job.json"))


def arguments(target: str, **values: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compiled(target, **values).artifacts["training_arguments.json"].text)
    return found


@pytest.mark.train
@pytest.mark.parametrize("pair", SHORT, ids=lambda pair: pair.name)
def test_the_classes_of_a_release_take_every_value_as_it_is(pair: releases.Pair, tmp_path: Path) -> None:
    """The short form of ``make versions``, which installs the releases."""
    python = python_of(pair)
    if python is None:
        pytest.skip(f"{pair.name} is not installed beside: run `make versions` once")
    answer = take(python, pair, tmp_path, seed=1, count=200)
    assert answer["configs"] == 200
    assert answer["faults"] == {}


def test_what_is_renamed_keeps_its_value_and_its_origin() -> None:
    compilation = compiled("transformers==5.12", disable_gradient_checkpointing=True, batch_size=3)
    lowered = compilation.artifacts["training_arguments.json"].lowered
    assert lowered is not None
    assert lowered.values["gradient_checkpointing"] is False
    assert "activation_checkpointing" not in lowered.values
    assert isinstance(lowered.origin("per_device_train_batch_size", compilation.config), Written)
    assert lowered.fields["gradient_checkpointing"] == ("disable_gradient_checkpointing",)


@pytest.mark.parametrize(
    ("steps", "ratio", "expected"), [(0, 0.1, (0, 0.1)), (5, 0.1, (5, 0.0)), (0, 0, (0, 0.0)), (7, 0, (7, 0.0))]
)
def test_a_ratio_of_the_warmup_has_its_own_key_before_transformers_5(
    steps: int, ratio: float, expected: tuple[int, float]
) -> None:
    found = arguments("transformers==4.57", lr_warmup_steps=steps, lr_warmup_ratio=ratio)
    assert (found["warmup_steps"], found["warmup_ratio"]) == expected
    assert isinstance(found["warmup_steps"], int)


def test_label_smoothing_is_the_sigmoid_loss_itself_where_it_reads_it() -> None:
    plain, smoothed = (arguments("trl==0.24", trainer="dpo", dpo_label_smoothing=each) for each in (0, 0.1))
    assert (plain["loss_type"], plain["label_smoothing"]) == ("sigmoid", 0.0)
    assert (smoothed["loss_type"], smoothed["label_smoothing"]) == ("sigmoid", 0.1)


@pytest.mark.parametrize(("target", "module"), [("trl==0.24", "trl"), ("trl==0.29", "trl.experimental.orpo")])
def test_classes_are_named_where_the_release_has_them(target: str, module: str) -> None:
    named = json.loads(compiled(target, trainer="dpo", pref_loss="orpo").artifacts["plan.json"].text)["trainer"]
    assert (named["class"], named["arguments_class"]) == (f"{module}.ORPOTrainer", f"{module}.ORPOConfig")


def test_explain_names_the_release_beside_a_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["explain", "disable_gradient_checkpointing"])
    said = " ".join(capsys.readouterr().out.split())
    assert "activation_checkpointing (gradient_checkpointing before transformers 5.23)" in said
    (tmp_path / "job.json").write_text('{"lr_warmup_ratio": 0.1}')
    main(["explain", str(tmp_path / "job.json"), "training_arguments.json:warmup_ratio", "--for", "transformers==4.57"])
    assert "warmup_ratio = 0.1 (warmup_steps since transformers 5)" in capsys.readouterr().out


def test_every_difference_replaces_a_row_of_a_table_or_adds_one() -> None:
    keys = {(t.artifact, row.key) for t in TARGETS for table in t.tables.values() for row in table}
    added = [d.key for d in DIFFERENCES if (d.artifact, d.key) not in keys]
    assert added == ["average_tokens_across_devices", "max_prompt_length"]


def test_no_two_differences_meet_in_one_release() -> None:
    """The one would silently win."""
    for pair in PAIRS:
        found = {name: releases.parse(release) for name, release in pair._asdict().items()}
        holding = [(d.key, name) for d in DIFFERENCES if d.holds(found[d.library]) for name in d.of or ("all",)]
        assert len(holding) == len(set(holding))


def test_the_pairs_are_in_order_and_the_newest_needs_no_difference() -> None:
    order = [(releases.parse(pair.trl), releases.parse(pair.transformers)) for pair in PAIRS]
    assert order == sorted(order)
    assert compiled(PAIRS[-1].name).artifacts["training_arguments.json"].text == (
        compiled().artifacts["training_arguments.json"].text
    )
    assert compatible(None) == plan.VERSIONS


@pytest.mark.parametrize(
    ("target", "transformers"),
    [("trl==0.24", "4.57.1"), ("trl==0.25", "4.57.1"), ("trl==0.19", "4.53.3"), ("peft==0.21", "5.24.0")],
)
def test_a_release_that_is_not_named_is_that_of_the_nearest_pair(target: str, transformers: str) -> None:
    assert releases_of(target)["transformers"] == transformers


@pytest.mark.parametrize(
    ("here", "written", "expected"),
    [
        (PAIRS[-1], None, None),
        (PAIRS[1], None, "trl==0.24.0"),
        (PAIRS[1], "trl==0.24", "trl==0.24,"),
        (PAIRS[1], "trl==1.16", "trl==0.24.0"),
    ],
)
def test_a_run_is_compiled_for_what_is_installed(
    here: releases.Pair, written: str | None, expected: str | None
) -> None:
    text = json.dumps({"target": f"{written},transformers=={here.transformers}"} if written else {})
    found = {name: release for name, release in here._asdict().items() if name in plan.VERSIONS}
    document, finding = for_installed(parse(text, "json", "job.json"), found)
    target = document.values.get("target")
    assert target is None if expected is None else expected in target
    assert (finding and finding.code) == ("HPC743" if written == "trl==1.16" else None)


@pytest.mark.parametrize("library", ["trl", "transformers", "peft", "accelerate", "datasets"])
def test_the_extras_take_the_releases_that_were_tested(library: str) -> None:
    """From the oldest on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {found.name: found.specifier for found in map(Requirement, project["optional-dependencies"]["train"])}
    assert all(wanted[library].contains(getattr(pair, library)) for pair in PAIRS)
    (lowest,) = (bound.version for bound in wanted[library] if bound.operator == ">=")
    assert releases.parse(lowest) == releases.line(getattr(PAIRS[0], library))


def test_plan_asks_the_runner_of_the_installed_releases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The files of the newest releases would be refused by others."""
    targets = []

    def exact(job: Job, *_: object) -> None:
        targets.append(job.config[f.target])
        raise KeyboardInterrupt  # What the runner would answer does not matter.

    found = {name: release for name, release in PAIRS[1]._asdict().items() if name in plan.VERSIONS}
    monkeypatch.setattr(installed, "installed", lambda: found)
    monkeypatch.setattr(from_runner, "exact_memory", exact)
    (tmp_path / "job.json").write_text("{}")
    main(["plan", str(tmp_path / "job.json"), "--exact"])
    assert releases.releases_of(targets[0]) == found


@pytest.mark.parametrize(
    "written", ["abc", "trl==abc", "trl=>0.24", "trl==", "foo==1", "trl==0.10", "trl==1.3,trl==1.8", 5]
)
def test_a_wrong_target_is_told_and_not_replaced(written: object) -> None:
    found = {name: release for name, release in PAIRS[-1]._asdict().items() if name in plan.VERSIONS}
    document = parse(json.dumps({"target": written}), "json", "job.json")
    assert for_installed(document, found) == (document, None)
