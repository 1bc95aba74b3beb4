"""Doctor and run see the same: in every world both accept, or both refuse with the same codes at the same fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds.both import look, make_model, warm_up
from tests.worlds.known import KNOWN, QUICK
from tests.worlds.world import World

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warm_up()
    return make_model(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("world", QUICK, ids=lambda world: world.name)
def test_doctor_and_run_agree(world: World, model: Path) -> None:
    _agree(world, model)


@pytest.mark.slow
@pytest.mark.parametrize("world", [world for world in KNOWN if world not in QUICK], ids=lambda world: world.name)
def test_doctor_and_run_agree_in_the_other_known_worlds(world: World, model: Path) -> None:
    _agree(world, model)


def _agree(world: World, model: Path) -> None:
    both = look(world, model)
    assert both.agree, f"doctor: {set(both.doctor)}\nrun: {set(both.run)}\n{both.broken}"
