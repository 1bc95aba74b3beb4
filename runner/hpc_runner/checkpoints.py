"""The checkpoint that a run goes on from, and what is said about the choice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hpc_disk.checkpoints import all_checkpoints, chosen, incomplete
from hpc_disk.files import read_object
from hpc_disk.identity import BATCH, has_identity, not_recorded, saved_identity
from hpc_disk.needs import Needs
from hpc_runner.errors import say


def choose(needs: Needs) -> Path | None:
    """The checkpoint to go on from, which the ground floor has judged, or None to start from the beginning."""
    if needs.resume_from_checkpoint is False:
        return None
    checkpoint = chosen(needs)
    if needs.resume_from_checkpoint is True:
        _say_what_is_passed_over(Path(needs.output_dir), checkpoint)
    if checkpoint is None:
        say(f"note: {needs.output_dir} has no complete checkpoint: training starts from the beginning")
        return None
    for note in _notes(checkpoint, needs):
        say(f"note: {note}")
    say(f"resuming from {checkpoint}")
    return checkpoint


def _say_what_is_passed_over(output: Path, checkpoint: Path | None) -> None:
    for path in all_checkpoints(output):
        if path == checkpoint:
            return
        say(f"note: {path} is incomplete ({incomplete(path)}); it is left alone")


def _notes(checkpoint: Path, needs: Needs) -> Iterator[str]:
    if not has_identity(checkpoint):
        yield f"{checkpoint} does not say which data and settings it was made with, so they are not compared"
        return
    saved = saved_identity(checkpoint)
    if missing := not_recorded(checkpoint):
        yield f"{checkpoint} does not say {', '.join(f'`{name}`' for name in missing)}, so they are not compared"
        return
    length = "epochs" if needs.max_steps is None else "max_steps"
    if saved[length] != getattr(needs, length):
        yield (
            f"`{length}` was {saved[length]} and is {getattr(needs, length)} now: from the next step the learning rate "
            f"follows the schedule of all {getattr(needs, length)}"
        )
    cut = [name for name in BATCH if saved[name] != getattr(needs, name)]
    if cut:
        step = read_object(checkpoint / "trainer_state.json")["global_step"]
        yield (
            f"{' and '.join(f'`{name}`' for name in cut)} changed, the global batch is still {needs.global_batch}: "
            f"training continues after {step} steps of {needs.global_batch} rows"
        )
