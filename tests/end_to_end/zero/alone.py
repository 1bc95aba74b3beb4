"""DeepSpeed on its own, without transformers: each compiled ``deepspeed.json`` drives one step of a small model.

``python -m torch.distributed.run … alone.py FILE…``; rank 0 prints one JSON object: file → what the engine understood.
"""

from __future__ import annotations

import json
import os
import sys

import deepspeed
import torch
from deepspeed.accelerator import get_accelerator


def step(path: str) -> dict[str, object]:
    """One optimizer step under the file; what the engine makes of it."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, config=path)
    dtype = next(engine.module.parameters()).dtype
    inputs = torch.ones(engine.train_micro_batch_size_per_gpu(), 8, dtype=dtype)
    values = []
    for _ in range(2 * engine.gradient_accumulation_steps()):
        loss = engine(inputs).pow(2).float().mean()
        engine.backward(loss)
        engine.step()
        values.append(loss.item())
    return {
        "stage": engine.zero_optimization_stage(),
        "batch": engine.train_batch_size(),
        "clipping": engine.gradient_clipping(),
        "dtype": str(dtype),
        "first": values[0],
        "last": values[-1],
    }


if __name__ == "__main__":
    assert "transformers" not in sys.modules
    assert get_accelerator().device_name() == "cpu"
    deepspeed.ops.__compatible_ops__ = {}  # Nothing is compiled: see hpc_runner.trainers.
    deepspeed.init_distributed(dist_backend="gloo")
    found = {path: step(path) for path in sys.argv[1:]}
    if os.environ["RANK"] == "0":
        print("\n" + json.dumps(found))
    torch.distributed.destroy_process_group()
    # A thread of gloo may still run; Python's own ending would now and then abort over it.
    sys.stdout.flush()
    os._exit(0)
