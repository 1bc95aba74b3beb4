"""``python -m hpc_runner.merging ADAPTER BASE TARGET``: merge an adapter into a base, outside a run."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from hpc_runner.errors import Interrupted, RunnerError, report, say
from hpc_runner.signals import interruptible


def main(adapter: Path, base: str, target: Path) -> int:
    """Write the merged model, whole or not at all. Returns 0, 1 after an explained error, 130 after Ctrl-C."""
    interruptible()
    say(f"merging {adapter} into {base}")  # Before the imports, which take half a minute when they are new.
    try:
        _write(adapter, base, target)
    except RunnerError as error:
        report(error)
        return 1
    except Interrupted as interrupted:
        return interrupted.exit_code
    say(f"merged model: {target}")
    return 0


def _write(adapter: Path, base: str, target: Path) -> None:
    from hpc_runner.quiet import quieten

    quieten()
    from hpc_runner.atomic import commit_folder, partial_folder
    from hpc_runner.card import write_card_of_merged

    partial = partial_folder(target)
    try:
        _merge(adapter, base, partial)
        write_card_of_merged(adapter, partial, target)
        commit_folder(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # It has gone where the merge succeeded.


def _merge(adapter: Path, base: str, partial: Path) -> None:
    from transformers import AutoTokenizer

    from hpc_runner.finish import merge_into

    beside = adapter if (adapter / "tokenizer_config.json").exists() else base
    try:
        tokenizer = AutoTokenizer.from_pretrained(beside, trust_remote_code=False)
        merge_into(base, adapter, tokenizer, partial)
    except RunnerError:
        raise
    except Exception as error:  # Whatever a base that does not fit makes the libraries do.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        help_ = "name the base that the adapter was trained on: hpc merge RUN --set model=BASE"
        raise RunnerError("HPC588", f"{adapter} cannot be merged into {base}: {reason}", help_) from error


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
