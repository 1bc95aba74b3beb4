"""Validates a config; generated from hpc.schema.json by schema/generate.py: do not edit."""
# ruff: noqa
# mypy: ignore-errors
import re
from math import isfinite
from types import NoneType


def is_number(value):
    """Whether every library behind hpc can hold the number; true and false are none."""
    if isinstance(value, int):
        return not isinstance(value, bool) and -(2**63) <= value < 2**63
    return isinstance(value, float) and isfinite(value)


def is_integer(value):
    """Whether the value is written as an integer: 1.0 is not."""
    return isinstance(value, int) and is_number(value)


def matches(pattern, text):
    """Whether the pattern is found in the text; it is compiled when it is needed."""
    return re.search(pattern, text) is not None


def valid_schema(data):
    return isinstance(data, str)


def valid_trainer(data):
    return isinstance(data, str) and data in ('sft', 'pt', 'dpo')


def valid_model(data):
    return isinstance(data, str) and (not matches('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data)) and (len(data) >= 1)


def valid_train_data(data):
    return (
        isinstance(data, (str, list, tuple))
        and not (isinstance(data, str) and matches('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data))
        and (not isinstance(data, str) or len(data) >= 1)
        and (
            not isinstance(data, (list, tuple))
            or (
                len(data) >= 1
                and len(data) <= 1000
                and all(
                    (
                        isinstance(data_item, str)
                        and not matches('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data_item)
                        and len(data_item) >= 1
                    )
                    or (
                        isinstance(data_item, dict)
                        and 'path' in data_item
                        and isinstance(data_item['path'], str)
                        and not matches('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data_item['path'])
                        and len(data_item['path']) >= 1
                        and (
                            'weight' not in data_item
                            or (is_number(data_item['weight']) and data_item['weight'] > 0)
                        )
                        and data_item.keys() <= {'path', 'weight'}
                    )
                    for data_item in data
                )
            )
        )
    )


def valid_eval_data(data):
    return (
        isinstance(data, (str, list, tuple))
        and not (isinstance(data, str) and matches('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data))
        and (not isinstance(data, str) or len(data) >= 1)
        and (
            not isinstance(data, (list, tuple))
            or (
                len(data) >= 1
                and len(data) <= 1000
                and all(
                    (
                        isinstance(data_item, str)
                        and not matches('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data_item)
                        and len(data_item) >= 1
                    )
                    or (
                        isinstance(data_item, dict)
                        and 'path' in data_item
                        and isinstance(data_item['path'], str)
                        and not matches('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data_item['path'])
                        and len(data_item['path']) >= 1
                        and data_item.keys() <= {'path'}
                    )
                    for data_item in data
                )
            )
        )
    )


def valid_data_format(data):
    return (
        isinstance(data, str)
        and data in ('auto', 'alpaca', 'sharegpt', 'messages', 'completion', 'preference', 'dolly', 'qa', 'corpus')
    )


def valid_output_dir(data):
    return (
        isinstance(data, str)
        and not matches('^(~|-|[A-Za-z][A-Za-z0-9+.-]*:/)|(^|/)\\.\\.(/|\\Z)', data)
        and len(data) >= 1
    )


def valid_nodes(data):
    return is_integer(data) and data >= 1


def valid_devices_per_node(data):
    return is_integer(data) and data >= 1


def valid_batch_size(data):
    return is_integer(data) and data >= 1


def valid_epochs(data):
    return is_integer(data) and data >= 1


def valid_learning_rate(data):
    return is_number(data) and data > 0 and (data < 1)


def valid_max_sequence_length(data):
    return is_integer(data) and data >= 1


def valid_distributed_backend(data):
    return isinstance(data, str) and data in ('ddp', 'deepspeed')


def valid_zero_stage(data):
    return is_integer(data) and data in (1, 2, 3)


def valid_training_type(data):
    return isinstance(data, str) and data in ('full', 'lora')


def valid_resume_from_checkpoint(data):
    return (
        isinstance(data, (bool, str))
        and data not in ('true', 'True', 'false', 'False', 'yes', 'Yes', 'no', 'No', 'none', 'None')
        and (
            not isinstance(data, str)
            or matches('^(\\./)?\\.?[^./\\\\:~][^/\\\\:]*(/\\.?[^./\\\\:~][^/\\\\:]*)*/?\\Z', data)
        )
    )


def valid_gradient_accumulation_steps(data):
    return is_integer(data) and data >= 1


def valid_mixed_precision(data):
    return isinstance(data, str) and data in ('bf16', 'fp16', 'none')


def valid_quantization_bit(data):
    return isinstance(data, str) and data in ('none', 'int8', 'int4')


def valid_optimizer(data):
    return isinstance(data, str) and data in ('adamw', 'sgd', 'adamw_8bit', 'paged_adamw_8bit', 'adafactor')


def valid_weight_decay(data):
    return is_number(data) and data >= 0


def valid_max_grad_norm(data):
    return is_number(data) and data >= 0


def valid_disable_gradient_checkpointing(data):
    return isinstance(data, bool)


def valid_flash_attention_v2(data):
    return isinstance(data, bool)


def valid_lr_warmup_steps(data):
    return is_integer(data) and data >= 0


def valid_lr_warmup_ratio(data):
    return is_number(data) and data >= 0 and (data < 1)


def valid_lr_scheduler_type(data):
    return isinstance(data, str) and data in ('linear', 'cosine', 'constant')


def valid_full_determinism(data):
    return isinstance(data, bool)


def valid_seed(data):
    return is_integer(data) and data >= 0 and (data <= 4294967295)


def valid_liger_kernel(data):
    return isinstance(data, bool)


def valid_unsloth_gradient_checkpointing(data):
    return isinstance(data, bool)


def valid_dpo_label_smoothing(data):
    return is_number(data) and data >= 0 and (data <= 0.5)


def valid_pref_beta(data):
    return is_number(data) and data >= 0


def valid_pref_ftx(data):
    return is_number(data) and data >= 0 and (data <= 10)


def valid_pref_loss(data):
    return isinstance(data, str) and data in ('sigmoid', 'hinge', 'ipo', 'kto_pair', 'orpo', 'simpo')


def valid_simpo_gamma(data):
    return is_number(data) and data > 0


def valid_merge_adapter(data):
    return isinstance(data, bool)


def valid_lora_alpha(data):
    return is_integer(data) and data >= 1


def valid_lora_dropout(data):
    return is_number(data) and data >= 0 and (data <= 1)


def valid_lora_rank(data):
    return is_integer(data) and data >= 1


def valid_target_modules(data):
    return (
        isinstance(data, str)
        and not matches('^(linear|all|all_linear)\\Z|all-linear *,|, *all-linear', data)
        and matches('^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*\\Z', data)
    )


def valid_checkpoint_strategy(data):
    return isinstance(data, str) and data in ('no', 'epoch', 'steps')


def valid_checkpoint_steps(data):
    return is_integer(data) and data >= 1


def valid_eval_strategy(data):
    return isinstance(data, str) and data in ('no', 'epoch', 'steps')


def valid_eval_steps(data):
    return is_integer(data) and data >= 1


def valid_number_of_checkpoints(data):
    return is_integer(data) and data >= 1


def valid_save_best_checkpoint(data):
    return isinstance(data, bool)


def valid_logging_steps(data):
    return is_integer(data) and data >= -1


def valid_max_steps(data):
    return is_integer(data) and data >= 1


def valid_lr_min_ratio(data):
    return is_number(data) and data >= 0 and (data < 1)


def valid_offload(data):
    return isinstance(data, str) and data in ('none', 'optimizer', 'all')


def valid_save_only_model(data):
    return isinstance(data, bool)


def valid_early_stopping_patience(data):
    return is_integer(data) and data >= 1


def valid_lora_variant(data):
    return isinstance(data, str) and data in ('none', 'rslora', 'dora')


def valid_modules_to_save(data):
    return isinstance(data, str) and matches('^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*\\Z', data)


def valid_group_by_length(data):
    return isinstance(data, bool)


def valid_max_samples(data):
    return is_integer(data) and data >= 1


def valid_eval_split(data):
    return (
        is_number(data)
        and (
            data < 1
            or (
                (not (isinstance(data, int) and isinstance(1, int)) or data % 1 == 0)
                and (
                    (isinstance(data, int) and isinstance(1, int))
                    or (int(data / 1) == data / 1 and data / 1 != float('inf'))
                )
            )
        )
        and data > 0
    )


def valid_report_to(data):
    return (
        isinstance(data, (list, tuple))
        and len(data) <= len(set((repr(data_x) for data_x in data)))
        and all(
            isinstance(data_item, str) and data_item in ('mlflow', 'wandb', 'tensorboard')
            for data_item in data
        )
    )


def valid_packing(data):
    return isinstance(data, bool)


def valid_system_prompt(data):
    return isinstance(data, str) and len(data) >= 1


def valid_chat_template(data):
    return isinstance(data, str) and len(data) >= 1


def valid_target(data):
    return (
        isinstance(data, str)
        and matches('^(trl|transformers|peft|accelerate)==[0-9]+(\\.[0-9]+)*( *, *(trl|transformers|peft|accelerate)==[0-9]+(\\.[0-9]+)*)*\\Z', data)
    )


def valid_hpc201_1(data):
    return (
        not ('training_type' in data and data['training_type'] == 'full')
        or 'quantization_bit' not in data
        or data['quantization_bit'] == 'none'
    )


def valid_hpc202_1(data):
    return (
        not (
            'distributed_backend' in data
            and 'zero_stage' in data
            and data['distributed_backend'] == 'deepspeed'
            and isinstance(data['zero_stage'], (int, float))
            and not isinstance(data['zero_stage'], bool)
            and data['zero_stage'] == 3
        )
        or 'quantization_bit' not in data
        or data['quantization_bit'] in ('none', 'int4')
    )


def valid_hpc203_1(data):
    return (
        not (
            'mixed_precision' in data
            and 'distributed_backend' in data
            and data['mixed_precision'] == 'fp16'
            and data['distributed_backend'] == 'deepspeed'
        )
        or 'quantization_bit' not in data
        or data['quantization_bit'] == 'none'
    )


def valid_hpc204_1(data):
    return (
        not ('mixed_precision' in data and data['mixed_precision'] == 'none')
        or 'flash_attention_v2' not in data
        or data['flash_attention_v2'] is False
    )


def valid_hpc205_1(data):
    return (
        not (
            'trainer' in data
            and 'pref_loss' in data
            and data['trainer'] == 'dpo'
            and data['pref_loss'] in ('hinge', 'ipo', 'kto_pair', 'orpo')
        )
        or 'dpo_label_smoothing' not in data
        or (
            isinstance(data['dpo_label_smoothing'], (int, float))
            and not isinstance(data['dpo_label_smoothing'], bool)
            and data['dpo_label_smoothing'] == 0
        )
    )


def valid_hpc206_1(data):
    return (
        not (
            'trainer' in data
            and 'pref_loss' in data
            and data['trainer'] == 'dpo'
            and data['pref_loss'] in ('kto_pair', 'orpo')
        )
        or 'pref_ftx' not in data
        or (
            isinstance(data['pref_ftx'], (int, float))
            and not isinstance(data['pref_ftx'], bool)
            and data['pref_ftx'] == 0
        )
    )


def valid_hpc207_1(data):
    return (
        not (
            'trainer' in data
            and 'pref_beta' in data
            and data['trainer'] == 'dpo'
            and isinstance(data['pref_beta'], (int, float))
            and not isinstance(data['pref_beta'], bool)
            and data['pref_beta'] == 0
        )
        or 'pref_loss' not in data
        or data['pref_loss'] in ('sigmoid', 'hinge', 'kto_pair', 'orpo')
    )


def valid_hpc208_1(data):
    return (
        not ('eval_strategy' not in data or data['eval_strategy'] == 'no')
        or 'save_best_checkpoint' not in data
        or data['save_best_checkpoint'] is False
    )


def valid_hpc209_1(data):
    return (
        not (
            'eval_strategy' in data
            and 'checkpoint_strategy' in data
            and data['eval_strategy'] == 'epoch'
            and data['checkpoint_strategy'] in ('no', 'steps')
        )
        or 'save_best_checkpoint' not in data
        or data['save_best_checkpoint'] is False
    )


def valid_hpc209_2(data):
    return (
        not (
            'eval_strategy' in data
            and data['eval_strategy'] == 'steps'
            and ('checkpoint_strategy' not in data or data['checkpoint_strategy'] in ('no', 'epoch'))
        )
        or 'save_best_checkpoint' not in data
        or data['save_best_checkpoint'] is False
    )


def valid_hpc210_1(data):
    return (
        not (
            'eval_steps' not in data
            and 'logging_steps' in data
            and isinstance(data['logging_steps'], (int, float))
            and not isinstance(data['logging_steps'], bool)
            and data['logging_steps'] == 0
        )
        or 'eval_strategy' not in data
        or data['eval_strategy'] in ('no', 'epoch')
    )


def valid_hpc211_1(data):
    return (
        not ('trainer' not in data or data['trainer'] == 'sft')
        or 'data_format' not in data
        or data['data_format'] in ('auto', 'alpaca', 'sharegpt', 'messages', 'completion', 'dolly', 'qa')
    )


def valid_hpc211_2(data):
    return (
        not ('trainer' in data and data['trainer'] == 'pt')
        or 'data_format' not in data
        or data['data_format'] in ('auto', 'corpus')
    )


def valid_hpc211_3(data):
    return (
        not ('trainer' in data and data['trainer'] == 'dpo')
        or 'data_format' not in data
        or data['data_format'] in ('auto', 'alpaca', 'sharegpt', 'messages', 'preference', 'qa')
    )


def valid_hpc212_1(data):
    return (
        not (
            'trainer' in data
            and data['trainer'] == 'dpo'
            and (
                'batch_size' not in data
                or (
                    isinstance(data['batch_size'], (int, float))
                    and not isinstance(data['batch_size'], bool)
                    and data['batch_size'] == 1
                )
            )
        )
        or 'pref_loss' not in data
        or data['pref_loss'] in ('sigmoid', 'hinge', 'ipo', 'orpo', 'simpo')
    )


def valid_hpc213_1(data):
    return (
        not (
            'distributed_backend' in data
            and data['distributed_backend'] == 'deepspeed'
            and (
                'zero_stage' not in data
                or (
                    isinstance(data['zero_stage'], (int, float))
                    and not isinstance(data['zero_stage'], bool)
                    and data['zero_stage'] == 1
                )
                or (
                    isinstance(data['zero_stage'], (int, float))
                    and not isinstance(data['zero_stage'], bool)
                    and data['zero_stage'] == 2
                )
            )
        )
        or 'offload' not in data
        or data['offload'] in ('none', 'optimizer')
    )


def valid_hpc214_1(data):
    return (
        not (
            'eval_strategy' in data
            and ('save_best_checkpoint' not in data or data['save_best_checkpoint'] is False)
            and data['eval_strategy'] in ('epoch', 'steps')
        )
        or 'early_stopping_patience' not in data
        or isinstance(data['early_stopping_patience'], NoneType)
    )


def valid_hpc215_1(data):
    return (
        not (
            'distributed_backend' in data
            and 'save_best_checkpoint' in data
            and 'eval_strategy' in data
            and data['distributed_backend'] == 'deepspeed'
            and data['save_best_checkpoint'] is True
            and data['eval_strategy'] in ('epoch', 'steps')
        )
        or 'save_only_model' not in data
        or data['save_only_model'] is False
    )


def valid_hpc216_1(data):
    return (
        not (
            'distributed_backend' in data
            and 'offload' in data
            and data['distributed_backend'] == 'deepspeed'
            and data['offload'] in ('optimizer', 'all')
        )
        or 'optimizer' not in data
        or data['optimizer'] in ('adamw', 'sgd', 'adafactor')
    )


def valid_hpc217_1(data):
    return (
        not (
            'eval_data' in data
            and 'eval_strategy' in data
            and isinstance(data['eval_data'], (str, list, tuple))
            and data['eval_strategy'] in ('epoch', 'steps')
        )
        or 'eval_split' not in data
        or isinstance(data['eval_split'], NoneType)
    )


def valid_hpc218_1(data):
    return (
        not (
            'trainer' in data
            and 'pref_beta' in data
            and data['trainer'] == 'dpo'
            and (
                not (
                    isinstance(data['pref_beta'], (int, float)) and (not isinstance(data['pref_beta'], bool))
                )
                or data['pref_beta'] > 1
            )
            and (
                'pref_loss' not in data
                or data['pref_loss'] in ('sigmoid', 'hinge', 'ipo', 'kto_pair', 'orpo')
            )
        )
        or 'pref_beta' not in data
        or isinstance(data['pref_beta'], NoneType)
    )

FIELDS = {
    '$schema': valid_schema,
    'trainer': valid_trainer,
    'model': valid_model,
    'train_data': valid_train_data,
    'eval_data': valid_eval_data,
    'data_format': valid_data_format,
    'output_dir': valid_output_dir,
    'nodes': valid_nodes,
    'devices_per_node': valid_devices_per_node,
    'batch_size': valid_batch_size,
    'epochs': valid_epochs,
    'learning_rate': valid_learning_rate,
    'max_sequence_length': valid_max_sequence_length,
    'distributed_backend': valid_distributed_backend,
    'zero_stage': valid_zero_stage,
    'training_type': valid_training_type,
    'resume_from_checkpoint': valid_resume_from_checkpoint,
    'gradient_accumulation_steps': valid_gradient_accumulation_steps,
    'mixed_precision': valid_mixed_precision,
    'quantization_bit': valid_quantization_bit,
    'optimizer': valid_optimizer,
    'weight_decay': valid_weight_decay,
    'max_grad_norm': valid_max_grad_norm,
    'disable_gradient_checkpointing': valid_disable_gradient_checkpointing,
    'flash_attention_v2': valid_flash_attention_v2,
    'lr_warmup_steps': valid_lr_warmup_steps,
    'lr_warmup_ratio': valid_lr_warmup_ratio,
    'lr_scheduler_type': valid_lr_scheduler_type,
    'full_determinism': valid_full_determinism,
    'seed': valid_seed,
    'liger_kernel': valid_liger_kernel,
    'unsloth_gradient_checkpointing': valid_unsloth_gradient_checkpointing,
    'dpo_label_smoothing': valid_dpo_label_smoothing,
    'pref_beta': valid_pref_beta,
    'pref_ftx': valid_pref_ftx,
    'pref_loss': valid_pref_loss,
    'simpo_gamma': valid_simpo_gamma,
    'merge_adapter': valid_merge_adapter,
    'lora_alpha': valid_lora_alpha,
    'lora_dropout': valid_lora_dropout,
    'lora_rank': valid_lora_rank,
    'target_modules': valid_target_modules,
    'checkpoint_strategy': valid_checkpoint_strategy,
    'checkpoint_steps': valid_checkpoint_steps,
    'eval_strategy': valid_eval_strategy,
    'eval_steps': valid_eval_steps,
    'number_of_checkpoints': valid_number_of_checkpoints,
    'save_best_checkpoint': valid_save_best_checkpoint,
    'logging_steps': valid_logging_steps,
    'max_steps': valid_max_steps,
    'lr_min_ratio': valid_lr_min_ratio,
    'offload': valid_offload,
    'save_only_model': valid_save_only_model,
    'early_stopping_patience': valid_early_stopping_patience,
    'lora_variant': valid_lora_variant,
    'modules_to_save': valid_modules_to_save,
    'group_by_length': valid_group_by_length,
    'max_samples': valid_max_samples,
    'eval_split': valid_eval_split,
    'report_to': valid_report_to,
    'packing': valid_packing,
    'system_prompt': valid_system_prompt,
    'chat_template': valid_chat_template,
    'target': valid_target,
}
"""Field → whether a value is one of its own, whatever the other fields are."""

RULES = {
    'HPC201': (valid_hpc201_1,),
    'HPC202': (valid_hpc202_1,),
    'HPC203': (valid_hpc203_1,),
    'HPC204': (valid_hpc204_1,),
    'HPC205': (valid_hpc205_1,),
    'HPC206': (valid_hpc206_1,),
    'HPC207': (valid_hpc207_1,),
    'HPC208': (valid_hpc208_1,),
    'HPC209': (valid_hpc209_1, valid_hpc209_2,),
    'HPC210': (valid_hpc210_1,),
    'HPC211': (valid_hpc211_1, valid_hpc211_2, valid_hpc211_3,),
    'HPC212': (valid_hpc212_1,),
    'HPC213': (valid_hpc213_1,),
    'HPC214': (valid_hpc214_1,),
    'HPC215': (valid_hpc215_1,),
    'HPC216': (valid_hpc216_1,),
    'HPC217': (valid_hpc217_1,),
    'HPC218': (valid_hpc218_1,),
}
"""Code → whether the values of a config satisfy each part of the rule."""


def is_valid(values):
    """Whether the values are those of a config without errors, as far as the schema can say it."""
    return (
        isinstance(values, dict)
        and all(name in FIELDS and FIELDS[name](value) for name, value in values.items())
        and all(part(values) for parts in RULES.values() for part in parts)
    )
