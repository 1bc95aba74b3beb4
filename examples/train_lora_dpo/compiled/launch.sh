#!/bin/sh
# Trains from the compiled folder in which this file stands.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" TOKENIZERS_PARALLELISM=false
exec python3 -m hpc_runner.torchrun --standalone --nnodes=1 --nproc-per-node=1 \
  -m hpc_runner "$here" "$@"
