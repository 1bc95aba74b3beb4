"""hpc: the hyperparameter compiler."""

__version__ = "0.1.0"
