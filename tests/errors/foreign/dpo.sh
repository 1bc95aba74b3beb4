#!/bin/bash
accelerate launch --num_processes 2 --config_file zero3.yaml dpo.py \
    --model_name_or_path org/model \
    --dataset_name prefs.jsonl \
    --beta 0.1 --loss_type sigmoid \
    --use_peft --lora_r 8
