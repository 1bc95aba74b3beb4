"""What the scripts of the other tools write down while they train."""

import json
import time
from pathlib import Path

from transformers import TrainerCallback


class Times(TrainerCallback):
    """The loss and the time of each log line."""

    def on_log(self, _args, state, _control, logs=None, **_):  # type: ignore[no-untyped-def]
        with Path("metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": state.global_step, "time": time.time(), **logs}) + "\n")
