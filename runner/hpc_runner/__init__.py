"""The runner of hpc: trains what a compiled folder says, and decides nothing else."""

from __future__ import annotations
