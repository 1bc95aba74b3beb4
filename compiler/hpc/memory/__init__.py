"""How much memory a job takes on each device, by cause, from the model's ``config.json`` and without torch.

A training step is replayed on tensors without contents: each operation allocates, saves and frees as torch's own does,
so that the peak, and what it is made of, follow from the operations alone. Nothing is fitted to measurements.
"""
