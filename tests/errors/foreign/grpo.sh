#!/bin/bash
MODEL=org/model
NPROC_PER_NODE=4 swift rlhf \
    --rlhf_type grpo \
    --model $MODEL \
    --dataset train.jsonl \
    --num_generations 8
