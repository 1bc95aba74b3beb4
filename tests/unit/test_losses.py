"""A preference loss is one value: the schema, its rules and the tables say what the value says, and leave none out."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from hpc.check import check
from hpc.importers import shared
from hpc.source.document import Document
from hpc.targets.training_arguments import PREFERENCE, TABLES
from hpc_disk.losses import LOSSES, Loss
from hpc_schema import properties

ALL = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def codes(loss: Loss, **values: Any) -> set[str]:
    """The codes that a job with the loss gets."""
    job = {"trainer": "dpo", "pref_loss": loss.name, "batch_size": loss.smallest_batch, **values}
    document = Document("job.json", "json", "{}", job, dict)
    return {found.code for found in check(document, disk="ignored").diagnostics}


def test_the_schema_has_these_losses() -> None:
    assert properties()["pref_loss"]["enum"] == list(LOSSES)


def test_every_table_is_of_a_loss_and_every_loss_has_one() -> None:
    assert {loss.table for loss in LOSSES.values()} == PREFERENCE.keys()
    assert {f"dpo, {name}" for name in LOSSES} == TABLES.keys() - {"sft", "pt"}


@ALL
def test_a_sound_job_has_no_diagnostic(loss: Loss) -> None:
    default = {"HPC411"} if loss.name == "simpo" else set()  # the default beta is far below SimPO's
    assert codes(loss) == default


@ALL
def test_label_smoothing(loss: Loss) -> None:
    assert ("HPC205" in codes(loss, dpo_label_smoothing=0.1)) == (not loss.smoothable)


@ALL
def test_a_supervised_loss_beside_it(loss: Loss) -> None:
    assert ("HPC206" in codes(loss, pref_ftx=0.5)) == (loss.supervised != "can be mixed in")


@ALL
def test_beta_zero(loss: Loss) -> None:
    wanted = {"divides": "HPC207", "weighs": "HPC402"}[loss.beta]
    assert codes(loss, pref_beta=0) & {"HPC207", "HPC402"} == {wanted}


@ALL
def test_the_smallest_batch(loss: Loss) -> None:
    assert ("HPC212" in codes(loss, batch_size=1)) == (loss.smallest_batch > 1)


@ALL
def test_an_adapter_on_the_head(loss: Loss) -> None:
    assert ("HPC303" in codes(loss, target_modules="lm_head")) == (not loss.whole_logits)


@ALL
@pytest.mark.train
def test_the_trainer_exists_and_asks_a_reference_or_not(loss: Loss) -> None:
    from hpc_runner.trainers import resolve

    trainer, arguments = resolve(loss.trainer), resolve(loss.arguments)
    assert callable(arguments)
    assert ("ref_model" in trainer.__init__.__code__.co_varnames) == loss.reference


def test_no_importer_has_a_list_of_its_own() -> None:
    """Such a list would not know a loss that is added."""
    sources = Path(shared.__file__).parent.glob("*.py")
    assert [path.name for path in sources if '"hinge"' in path.read_text(encoding="utf-8")] == []


@pytest.mark.train
def test_where_trl_keeps_a_loss_is_not_shown_to_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    import trl.experimental  # noqa: F401 - import it once, so that only its own first line runs again

    from hpc_runner.trainers import resolve

    for name in ("trl.experimental", "trl.experimental.cpo", "trl.experimental.cpo.cpo_config"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert resolve("trl.experimental.cpo.CPOConfig").__name__ == "CPOConfig"
