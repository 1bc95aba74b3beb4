#!/bin/sh
# Trains from the compiled folder that contains this file.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec python3 -m hpc_runner.torchrun --standalone --nnodes=1 --nproc-per-node=1 \
  -m hpc_runner "$here" "$@"
