"""Validates a config; generated from hpc.schema.json by schema/generate.py: do not edit."""
# ruff: noqa
# mypy: ignore-errors
import re
from math import isfinite


def is_number(value):
    """Whether every library behind hpc can hold the number; true and false are none."""
    if isinstance(value, int):
        return not isinstance(value, bool) and -(2**63) <= value < 2**63
    return isinstance(value, float) and isfinite(value)


def is_integer(value):
    """Whether the value is written as an integer: 1.0 is not."""
    return isinstance(value, int) and is_number(value)


NoneType = type(None)


def valid_schema(data):
    if not isinstance(data, str):
        return False
    return True


def valid_trainer(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'sft' or (isinstance(data, str) and data == 'pt') or (isinstance(data, str) and data == 'dpo')):
        return False
    return True


def valid_model(data):
    if not isinstance(data, str):
        return False
    if valid_model_not(data):
        return False
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            return False
    return True


def valid_model_not(data):
    if isinstance(data, str):
        if not re.search('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data):
            return False
    return True


def valid_train_data(data):
    if not isinstance(data, (str, list, tuple)):
        return False
    if valid_train_data_not(data):
        return False
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            return False
    data_is_list = isinstance(data, (list, tuple))
    if data_is_list:
        data_len = len(data)
        if data_len < 1:
            return False
        for data_x, data_item in enumerate(data):
            data_item_any_of_count1 = 0
            if not data_item_any_of_count1:
                if valid_train_data_items_anyof_1(data_item):
                    data_item_any_of_count1 += 1
            if not data_item_any_of_count1:
                if valid_train_data_items_anyof_2(data_item):
                    data_item_any_of_count1 += 1
            if not data_item_any_of_count1:
                return False
    return True


def valid_train_data_items_anyof_2(data):
    if not isinstance(data, dict):
        return False
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'path'} <= data.keys():
            return False
        data_keys = set(data.keys())
        if 'path' in data_keys:
            data_keys.remove('path')
            data__path = data['path']
            if not isinstance(data__path, str):
                return False
            if valid_train_data_items_anyof_2_path_not(data__path):
                return False
            if isinstance(data__path, str):
                data__path_len = len(data__path)
                if data__path_len < 1:
                    return False
        if 'weight' in data_keys:
            data_keys.remove('weight')
            data__weight = data['weight']
            if not is_number(data__weight):
                return False
            if isinstance(data__weight, (int, float)) and (not isinstance(data__weight, bool)):
                if data__weight <= 0:
                    return False
        if data_keys:
            return False
    return True


def valid_train_data_items_anyof_2_path_not(data):
    if isinstance(data, str):
        if not re.search('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data):
            return False
    return True


def valid_train_data_items_anyof_1(data):
    if not isinstance(data, str):
        return False
    if valid_train_data_items_anyof_1_not(data):
        return False
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            return False
    return True


def valid_train_data_items_anyof_1_not(data):
    if isinstance(data, str):
        if not re.search('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data):
            return False
    return True


def valid_train_data_not(data):
    if not isinstance(data, str):
        return False
    if isinstance(data, str):
        if not re.search('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data):
            return False
    return True


def valid_eval_data(data):
    if not isinstance(data, (str, list, tuple)):
        return False
    if valid_eval_data_not(data):
        return False
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            return False
    data_is_list = isinstance(data, (list, tuple))
    if data_is_list:
        data_len = len(data)
        if data_len < 1:
            return False
        for data_x, data_item in enumerate(data):
            data_item_any_of_count2 = 0
            if not data_item_any_of_count2:
                if valid_eval_data_items_anyof_1(data_item):
                    data_item_any_of_count2 += 1
            if not data_item_any_of_count2:
                if valid_eval_data_items_anyof_2(data_item):
                    data_item_any_of_count2 += 1
            if not data_item_any_of_count2:
                return False
    return True


def valid_eval_data_items_anyof_2(data):
    if not isinstance(data, dict):
        return False
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'path'} <= data.keys():
            return False
        data_keys = set(data.keys())
        if 'path' in data_keys:
            data_keys.remove('path')
            data__path = data['path']
            if not isinstance(data__path, str):
                return False
            if valid_eval_data_items_anyof_2_path_not(data__path):
                return False
            if isinstance(data__path, str):
                data__path_len = len(data__path)
                if data__path_len < 1:
                    return False
        if data_keys:
            return False
    return True


def valid_eval_data_items_anyof_2_path_not(data):
    if isinstance(data, str):
        if not re.search('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data):
            return False
    return True


def valid_eval_data_items_anyof_1(data):
    if not isinstance(data, str):
        return False
    if valid_eval_data_items_anyof_1_not(data):
        return False
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            return False
    return True


def valid_eval_data_items_anyof_1_not(data):
    if isinstance(data, str):
        if not re.search('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data):
            return False
    return True


def valid_eval_data_not(data):
    if not isinstance(data, str):
        return False
    if isinstance(data, str):
        if not re.search('^~|^[A-Za-z][A-Za-z0-9+.-]*:/', data):
            return False
    return True


def valid_data_format(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'auto' or (isinstance(data, str) and data == 'alpaca') or (isinstance(data, str) and data == 'sharegpt') or (isinstance(data, str) and data == 'messages') or (isinstance(data, str) and data == 'completion') or (isinstance(data, str) and data == 'preference') or (isinstance(data, str) and data == 'dolly') or (isinstance(data, str) and data == 'qa') or (isinstance(data, str) and data == 'corpus')):
        return False
    return True


def valid_output_dir(data):
    if not isinstance(data, str):
        return False
    if valid_output_dir_not(data):
        return False
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            return False
    return True


def valid_output_dir_not(data):
    if isinstance(data, str):
        if not re.search('^(~|-|[A-Za-z][A-Za-z0-9+.-]*:/)|(^|/)\\.\\.(/|\\Z)', data):
            return False
    return True


def valid_nodes(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_devices_per_node(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_batch_size(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_epochs(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_learning_rate(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data <= 0:
            return False
        if data >= 1:
            return False
    return True


def valid_max_sequence_length(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_distributed_backend(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'ddp' or (isinstance(data, str) and data == 'deepspeed')):
        return False
    return True


def valid_zero_stage(data):
    if not is_integer(data):
        return False
    if not (isinstance(data, (int, float)) and (not isinstance(data, bool)) and (data == 1) or (isinstance(data, (int, float)) and (not isinstance(data, bool)) and (data == 2)) or (isinstance(data, (int, float)) and (not isinstance(data, bool)) and (data == 3))):
        return False
    return True


def valid_training_type(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'full' or (isinstance(data, str) and data == 'lora')):
        return False
    return True


def valid_resume_from_checkpoint(data):
    if not isinstance(data, (bool, str)):
        return False
    if valid_resume_from_checkpoint_not(data):
        return False
    if isinstance(data, str):
        if not re.search('^(\\./)?\\.?[^./\\\\:~][^/\\\\:]*(/\\.?[^./\\\\:~][^/\\\\:]*)*/?\\Z', data):
            return False
    return True


def valid_resume_from_checkpoint_not(data):
    if not (isinstance(data, str) and data == 'true' or (isinstance(data, str) and data == 'True') or (isinstance(data, str) and data == 'false') or (isinstance(data, str) and data == 'False') or (isinstance(data, str) and data == 'yes') or (isinstance(data, str) and data == 'Yes') or (isinstance(data, str) and data == 'no') or (isinstance(data, str) and data == 'No') or (isinstance(data, str) and data == 'none') or (isinstance(data, str) and data == 'None')):
        return False
    return True


def valid_gradient_accumulation_steps(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_mixed_precision(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'bf16' or (isinstance(data, str) and data == 'fp16') or (isinstance(data, str) and data == 'none')):
        return False
    return True


def valid_quantization_bit(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'none' or (isinstance(data, str) and data == 'int8') or (isinstance(data, str) and data == 'int4')):
        return False
    return True


def valid_optimizer(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'adamw' or (isinstance(data, str) and data == 'sgd') or (isinstance(data, str) and data == 'adamw_8bit') or (isinstance(data, str) and data == 'paged_adamw_8bit') or (isinstance(data, str) and data == 'adafactor')):
        return False
    return True


def valid_weight_decay(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
    return True


def valid_max_grad_norm(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
    return True


def valid_disable_gradient_checkpointing(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_flash_attention_v2(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_lr_warmup_steps(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
    return True


def valid_lr_warmup_ratio(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
        if data >= 1:
            return False
    return True


def valid_lr_scheduler_type(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'linear' or (isinstance(data, str) and data == 'cosine') or (isinstance(data, str) and data == 'constant')):
        return False
    return True


def valid_full_determinism(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_seed(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
        if data > 4294967295:
            return False
    return True


def valid_liger_kernel(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_unsloth_gradient_checkpointing(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_dpo_label_smoothing(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
        if data > 0.5:
            return False
    return True


def valid_pref_beta(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
    return True


def valid_pref_ftx(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
        if data > 10:
            return False
    return True


def valid_pref_loss(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'sigmoid' or (isinstance(data, str) and data == 'hinge') or (isinstance(data, str) and data == 'ipo') or (isinstance(data, str) and data == 'kto_pair') or (isinstance(data, str) and data == 'orpo') or (isinstance(data, str) and data == 'simpo')):
        return False
    return True


def valid_simpo_gamma(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data <= 0:
            return False
    return True


def valid_merge_adapter(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_lora_alpha(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_lora_dropout(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
        if data > 1:
            return False
    return True


def valid_lora_rank(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_target_modules(data):
    if not isinstance(data, str):
        return False
    if valid_target_modules_not(data):
        return False
    if isinstance(data, str):
        if not re.search('^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*\\Z', data):
            return False
    return True


def valid_target_modules_not(data):
    if isinstance(data, str):
        if not re.search('^(linear|all|all_linear)\\Z|all-linear *,|, *all-linear', data):
            return False
    return True


def valid_checkpoint_strategy(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'no' or (isinstance(data, str) and data == 'epoch') or (isinstance(data, str) and data == 'steps')):
        return False
    return True


def valid_checkpoint_steps(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_eval_strategy(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'no' or (isinstance(data, str) and data == 'epoch') or (isinstance(data, str) and data == 'steps')):
        return False
    return True


def valid_eval_steps(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_number_of_checkpoints(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_save_best_checkpoint(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_logging_steps(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < -1:
            return False
    return True


def valid_max_steps(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_lr_min_ratio(data):
    if not is_number(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 0:
            return False
        if data >= 1:
            return False
    return True


def valid_offload(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'none' or (isinstance(data, str) and data == 'optimizer') or (isinstance(data, str) and data == 'all')):
        return False
    return True


def valid_save_only_model(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_early_stopping_patience(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_lora_variant(data):
    if not isinstance(data, str):
        return False
    if not (isinstance(data, str) and data == 'none' or (isinstance(data, str) and data == 'rslora') or (isinstance(data, str) and data == 'dora')):
        return False
    return True


def valid_modules_to_save(data):
    if not isinstance(data, str):
        return False
    if isinstance(data, str):
        if not re.search('^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*\\Z', data):
            return False
    return True


def valid_group_by_length(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_max_samples(data):
    if not is_integer(data):
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data < 1:
            return False
    return True


def valid_eval_split(data):
    if not is_number(data):
        return False
    data_any_of_count3 = 0
    if not data_any_of_count3:
        if valid_eval_split_anyof_1(data):
            data_any_of_count3 += 1
    if not data_any_of_count3:
        if valid_eval_split_anyof_2(data):
            data_any_of_count3 += 1
    if not data_any_of_count3:
        return False
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data <= 0:
            return False
    return True


def valid_eval_split_anyof_2(data):
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if isinstance(data, int) and isinstance(1, int):
            if data % 1 != 0:
                return False
        else:
            quotient = data / 1
            if int(quotient) != quotient:
                return False
            if data / 1 == float('inf'):
                return False
    return True


def valid_eval_split_anyof_1(data):
    if isinstance(data, (int, float)) and (not isinstance(data, bool)):
        if data >= 1:
            return False
    return True


def valid_report_to(data):
    if not isinstance(data, (list, tuple)):
        return False
    data_is_list = isinstance(data, (list, tuple))
    if data_is_list:

        def fn(var):
            return frozenset(dict(((k, fn(v)) for k, v in var.items())).items()) if hasattr(var, 'items') else tuple((fn(v) for v in var)) if isinstance(var, (dict, list)) else (bool, var) if isinstance(var, bool) else var
        data_len = len(data)
        if data_len > len(set((fn(data_x) for data_x in data))):
            return False
        for data_x, data_item in enumerate(data):
            if not isinstance(data_item, str):
                return False
            if not (isinstance(data_item, str) and data_item == 'mlflow' or (isinstance(data_item, str) and data_item == 'wandb') or (isinstance(data_item, str) and data_item == 'tensorboard')):
                return False
    return True


def valid_packing(data):
    if not isinstance(data, bool):
        return False
    return True


def valid_system_prompt(data):
    if not isinstance(data, str):
        return False
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            return False
    return True


def valid_chat_template(data):
    if not isinstance(data, str):
        return False
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            return False
    return True


def valid_hpc201_1(data):
    if valid_hpc201_1_if(data):
        if not valid_hpc201_1_then(data):
            return False
    return True


def valid_hpc201_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'quantization_bit' in data:
            data__quantizationbit = data['quantization_bit']
            if not (isinstance(data__quantizationbit, str) and data__quantizationbit == 'none'):
                return False
    return True


def valid_hpc201_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'training_type'} <= data.keys():
            return False
        if 'training_type' in data:
            data__trainingtype = data['training_type']
            if not (isinstance(data__trainingtype, str) and data__trainingtype == 'full'):
                return False
    return True


def valid_hpc202_1(data):
    if valid_hpc202_1_if(data):
        if not valid_hpc202_1_then(data):
            return False
    return True


def valid_hpc202_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'quantization_bit' in data:
            data__quantizationbit = data['quantization_bit']
            if not (isinstance(data__quantizationbit, str) and data__quantizationbit == 'none' or (isinstance(data__quantizationbit, str) and data__quantizationbit == 'int4')):
                return False
    return True


def valid_hpc202_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'distributed_backend', 'zero_stage'} <= data.keys():
            return False
        if 'distributed_backend' in data:
            data__distributedbackend = data['distributed_backend']
            if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                return False
        if 'zero_stage' in data:
            data__zerostage = data['zero_stage']
            if not (isinstance(data__zerostage, (int, float)) and (not isinstance(data__zerostage, bool)) and (data__zerostage == 3)):
                return False
    return True


def valid_hpc203_1(data):
    if valid_hpc203_1_if(data):
        if not valid_hpc203_1_then(data):
            return False
    return True


def valid_hpc203_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'quantization_bit' in data:
            data__quantizationbit = data['quantization_bit']
            if not (isinstance(data__quantizationbit, str) and data__quantizationbit == 'none'):
                return False
    return True


def valid_hpc203_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'mixed_precision', 'distributed_backend'} <= data.keys():
            return False
        if 'mixed_precision' in data:
            data__mixedprecision = data['mixed_precision']
            if not (isinstance(data__mixedprecision, str) and data__mixedprecision == 'fp16'):
                return False
        if 'distributed_backend' in data:
            data__distributedbackend = data['distributed_backend']
            if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                return False
    return True


def valid_hpc204_1(data):
    if valid_hpc204_1_if(data):
        if not valid_hpc204_1_then(data):
            return False
    return True


def valid_hpc204_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'flash_attention_v2' in data:
            data__flashattentionv2 = data['flash_attention_v2']
            if not (isinstance(data__flashattentionv2, bool) and data__flashattentionv2 is False):
                return False
    return True


def valid_hpc204_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'mixed_precision'} <= data.keys():
            return False
        if 'mixed_precision' in data:
            data__mixedprecision = data['mixed_precision']
            if not (isinstance(data__mixedprecision, str) and data__mixedprecision == 'none'):
                return False
    return True


def valid_hpc205_1(data):
    if valid_hpc205_1_if(data):
        if not valid_hpc205_1_then(data):
            return False
    return True


def valid_hpc205_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'dpo_label_smoothing' in data:
            data__dpolabelsmoothing = data['dpo_label_smoothing']
            if not (isinstance(data__dpolabelsmoothing, (int, float)) and (not isinstance(data__dpolabelsmoothing, bool)) and (data__dpolabelsmoothing == 0)):
                return False
    return True


def valid_hpc205_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'trainer', 'pref_loss'} <= data.keys():
            return False
        if 'trainer' in data:
            data__trainer = data['trainer']
            if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                return False
        if 'pref_loss' in data:
            data__prefloss = data['pref_loss']
            if not (isinstance(data__prefloss, str) and data__prefloss == 'hinge' or (isinstance(data__prefloss, str) and data__prefloss == 'ipo') or (isinstance(data__prefloss, str) and data__prefloss == 'kto_pair') or (isinstance(data__prefloss, str) and data__prefloss == 'orpo')):
                return False
    return True


def valid_hpc206_1(data):
    if valid_hpc206_1_if(data):
        if not valid_hpc206_1_then(data):
            return False
    return True


def valid_hpc206_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'pref_ftx' in data:
            data__prefftx = data['pref_ftx']
            if not (isinstance(data__prefftx, (int, float)) and (not isinstance(data__prefftx, bool)) and (data__prefftx == 0)):
                return False
    return True


def valid_hpc206_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'trainer', 'pref_loss'} <= data.keys():
            return False
        if 'trainer' in data:
            data__trainer = data['trainer']
            if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                return False
        if 'pref_loss' in data:
            data__prefloss = data['pref_loss']
            if not (isinstance(data__prefloss, str) and data__prefloss == 'kto_pair' or (isinstance(data__prefloss, str) and data__prefloss == 'orpo')):
                return False
    return True


def valid_hpc207_1(data):
    if valid_hpc207_1_if(data):
        if not valid_hpc207_1_then(data):
            return False
    return True


def valid_hpc207_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'pref_loss' in data:
            data__prefloss = data['pref_loss']
            if not (isinstance(data__prefloss, str) and data__prefloss == 'sigmoid' or (isinstance(data__prefloss, str) and data__prefloss == 'hinge') or (isinstance(data__prefloss, str) and data__prefloss == 'kto_pair') or (isinstance(data__prefloss, str) and data__prefloss == 'orpo')):
                return False
    return True


def valid_hpc207_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'trainer', 'pref_beta'} <= data.keys():
            return False
        if 'trainer' in data:
            data__trainer = data['trainer']
            if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                return False
        if 'pref_beta' in data:
            data__prefbeta = data['pref_beta']
            if not (isinstance(data__prefbeta, (int, float)) and (not isinstance(data__prefbeta, bool)) and (data__prefbeta == 0)):
                return False
    return True


def valid_hpc208_1(data):
    if valid_hpc208_1_if(data):
        if not valid_hpc208_1_then(data):
            return False
    return True


def valid_hpc208_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'save_best_checkpoint' in data:
            data__savebestcheckpoint = data['save_best_checkpoint']
            if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is False):
                return False
    return True


def valid_hpc208_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'eval_strategy' in data:
            data__evalstrategy = data['eval_strategy']
            if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'no'):
                return False
    return True


def valid_hpc209_1(data):
    if valid_hpc209_1_if(data):
        if not valid_hpc209_1_then(data):
            return False
    return True


def valid_hpc209_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'save_best_checkpoint' in data:
            data__savebestcheckpoint = data['save_best_checkpoint']
            if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is False):
                return False
    return True


def valid_hpc209_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'eval_strategy', 'checkpoint_strategy'} <= data.keys():
            return False
        if 'eval_strategy' in data:
            data__evalstrategy = data['eval_strategy']
            if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch'):
                return False
        if 'checkpoint_strategy' in data:
            data__checkpointstrategy = data['checkpoint_strategy']
            if not (isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'no' or (isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'steps')):
                return False
    return True


def valid_hpc209_2(data):
    if valid_hpc209_2_if(data):
        if not valid_hpc209_2_then(data):
            return False
    return True


def valid_hpc209_2_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'save_best_checkpoint' in data:
            data__savebestcheckpoint = data['save_best_checkpoint']
            if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is False):
                return False
    return True


def valid_hpc209_2_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'eval_strategy'} <= data.keys():
            return False
        if 'eval_strategy' in data:
            data__evalstrategy = data['eval_strategy']
            if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps'):
                return False
        if 'checkpoint_strategy' in data:
            data__checkpointstrategy = data['checkpoint_strategy']
            if not (isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'no' or (isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'epoch')):
                return False
    return True


def valid_hpc210_1(data):
    if valid_hpc210_1_if(data):
        if not valid_hpc210_1_then(data):
            return False
    return True


def valid_hpc210_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'eval_strategy' in data:
            data__evalstrategy = data['eval_strategy']
            if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'no' or (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch')):
                return False
    return True


def valid_hpc210_1_if(data):
    if valid_hpc210_1_if_not(data):
        return False
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'logging_steps'} <= data.keys():
            return False
        if 'logging_steps' in data:
            data__loggingsteps = data['logging_steps']
            if not (isinstance(data__loggingsteps, (int, float)) and (not isinstance(data__loggingsteps, bool)) and (data__loggingsteps == 0)):
                return False
    return True


def valid_hpc210_1_if_not(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'eval_steps'} <= data.keys():
            return False
    return True


def valid_hpc211_1(data):
    if valid_hpc211_1_if(data):
        if not valid_hpc211_1_then(data):
            return False
    return True


def valid_hpc211_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'data_format' in data:
            data__dataformat = data['data_format']
            if not (isinstance(data__dataformat, str) and data__dataformat == 'auto' or (isinstance(data__dataformat, str) and data__dataformat == 'alpaca') or (isinstance(data__dataformat, str) and data__dataformat == 'sharegpt') or (isinstance(data__dataformat, str) and data__dataformat == 'messages') or (isinstance(data__dataformat, str) and data__dataformat == 'completion') or (isinstance(data__dataformat, str) and data__dataformat == 'dolly') or (isinstance(data__dataformat, str) and data__dataformat == 'qa')):
                return False
    return True


def valid_hpc211_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'trainer' in data:
            data__trainer = data['trainer']
            if not (isinstance(data__trainer, str) and data__trainer == 'sft'):
                return False
    return True


def valid_hpc211_2(data):
    if valid_hpc211_2_if(data):
        if not valid_hpc211_2_then(data):
            return False
    return True


def valid_hpc211_2_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'data_format' in data:
            data__dataformat = data['data_format']
            if not (isinstance(data__dataformat, str) and data__dataformat == 'auto' or (isinstance(data__dataformat, str) and data__dataformat == 'corpus')):
                return False
    return True


def valid_hpc211_2_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'trainer'} <= data.keys():
            return False
        if 'trainer' in data:
            data__trainer = data['trainer']
            if not (isinstance(data__trainer, str) and data__trainer == 'pt'):
                return False
    return True


def valid_hpc211_3(data):
    if valid_hpc211_3_if(data):
        if not valid_hpc211_3_then(data):
            return False
    return True


def valid_hpc211_3_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'data_format' in data:
            data__dataformat = data['data_format']
            if not (isinstance(data__dataformat, str) and data__dataformat == 'auto' or (isinstance(data__dataformat, str) and data__dataformat == 'alpaca') or (isinstance(data__dataformat, str) and data__dataformat == 'sharegpt') or (isinstance(data__dataformat, str) and data__dataformat == 'messages') or (isinstance(data__dataformat, str) and data__dataformat == 'preference') or (isinstance(data__dataformat, str) and data__dataformat == 'qa')):
                return False
    return True


def valid_hpc211_3_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'trainer'} <= data.keys():
            return False
        if 'trainer' in data:
            data__trainer = data['trainer']
            if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                return False
    return True


def valid_hpc212_1(data):
    if valid_hpc212_1_if(data):
        if not valid_hpc212_1_then(data):
            return False
    return True


def valid_hpc212_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'pref_loss' in data:
            data__prefloss = data['pref_loss']
            if not (isinstance(data__prefloss, str) and data__prefloss == 'sigmoid' or (isinstance(data__prefloss, str) and data__prefloss == 'hinge') or (isinstance(data__prefloss, str) and data__prefloss == 'ipo') or (isinstance(data__prefloss, str) and data__prefloss == 'orpo') or (isinstance(data__prefloss, str) and data__prefloss == 'simpo')):
                return False
    return True


def valid_hpc212_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'trainer'} <= data.keys():
            return False
        if 'trainer' in data:
            data__trainer = data['trainer']
            if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                return False
        if 'batch_size' in data:
            data__batchsize = data['batch_size']
            if not (isinstance(data__batchsize, (int, float)) and (not isinstance(data__batchsize, bool)) and (data__batchsize == 1)):
                return False
    return True


def valid_hpc213_1(data):
    if valid_hpc213_1_if(data):
        if not valid_hpc213_1_then(data):
            return False
    return True


def valid_hpc213_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'offload' in data:
            data__offload = data['offload']
            if not (isinstance(data__offload, str) and data__offload == 'none' or (isinstance(data__offload, str) and data__offload == 'optimizer')):
                return False
    return True


def valid_hpc213_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'distributed_backend'} <= data.keys():
            return False
        if 'distributed_backend' in data:
            data__distributedbackend = data['distributed_backend']
            if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                return False
        if 'zero_stage' in data:
            data__zerostage = data['zero_stage']
            if not (isinstance(data__zerostage, (int, float)) and (not isinstance(data__zerostage, bool)) and (data__zerostage == 1) or (isinstance(data__zerostage, (int, float)) and (not isinstance(data__zerostage, bool)) and (data__zerostage == 2))):
                return False
    return True


def valid_hpc214_1(data):
    if valid_hpc214_1_if(data):
        if not valid_hpc214_1_then(data):
            return False
    return True


def valid_hpc214_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'early_stopping_patience' in data:
            data__earlystoppingpatience = data['early_stopping_patience']
            if not isinstance(data__earlystoppingpatience, NoneType):
                return False
    return True


def valid_hpc214_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'eval_strategy'} <= data.keys():
            return False
        if 'save_best_checkpoint' in data:
            data__savebestcheckpoint = data['save_best_checkpoint']
            if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is False):
                return False
        if 'eval_strategy' in data:
            data__evalstrategy = data['eval_strategy']
            if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch' or (isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps')):
                return False
    return True


def valid_hpc215_1(data):
    if valid_hpc215_1_if(data):
        if not valid_hpc215_1_then(data):
            return False
    return True


def valid_hpc215_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'save_only_model' in data:
            data__saveonlymodel = data['save_only_model']
            if not (isinstance(data__saveonlymodel, bool) and data__saveonlymodel is False):
                return False
    return True


def valid_hpc215_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'distributed_backend', 'save_best_checkpoint', 'eval_strategy'} <= data.keys():
            return False
        if 'distributed_backend' in data:
            data__distributedbackend = data['distributed_backend']
            if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                return False
        if 'save_best_checkpoint' in data:
            data__savebestcheckpoint = data['save_best_checkpoint']
            if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is True):
                return False
        if 'eval_strategy' in data:
            data__evalstrategy = data['eval_strategy']
            if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch' or (isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps')):
                return False
    return True


def valid_hpc216_1(data):
    if valid_hpc216_1_if(data):
        if not valid_hpc216_1_then(data):
            return False
    return True


def valid_hpc216_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'optimizer' in data:
            data__optimizer = data['optimizer']
            if not (isinstance(data__optimizer, str) and data__optimizer == 'adamw' or (isinstance(data__optimizer, str) and data__optimizer == 'sgd') or (isinstance(data__optimizer, str) and data__optimizer == 'adafactor')):
                return False
    return True


def valid_hpc216_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'distributed_backend', 'offload'} <= data.keys():
            return False
        if 'distributed_backend' in data:
            data__distributedbackend = data['distributed_backend']
            if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                return False
        if 'offload' in data:
            data__offload = data['offload']
            if not (isinstance(data__offload, str) and data__offload == 'optimizer' or (isinstance(data__offload, str) and data__offload == 'all')):
                return False
    return True


def valid_hpc217_1(data):
    if valid_hpc217_1_if(data):
        if not valid_hpc217_1_then(data):
            return False
    return True


def valid_hpc217_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'eval_split' in data:
            data__evalsplit = data['eval_split']
            if not isinstance(data__evalsplit, NoneType):
                return False
    return True


def valid_hpc217_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'eval_data', 'eval_strategy'} <= data.keys():
            return False
        if 'eval_data' in data:
            data__evaldata = data['eval_data']
            if not isinstance(data__evaldata, (str, list, tuple)):
                return False
        if 'eval_strategy' in data:
            data__evalstrategy = data['eval_strategy']
            if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch' or (isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps')):
                return False
    return True


def valid_hpc218_1(data):
    if valid_hpc218_1_if(data):
        if not valid_hpc218_1_then(data):
            return False
    return True


def valid_hpc218_1_then(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if 'pref_beta' in data:
            data__prefbeta = data['pref_beta']
            if not isinstance(data__prefbeta, NoneType):
                return False
    return True


def valid_hpc218_1_if(data):
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        if not {'trainer', 'pref_beta'} <= data.keys():
            return False
        if 'trainer' in data:
            data__trainer = data['trainer']
            if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                return False
        if 'pref_beta' in data:
            data__prefbeta = data['pref_beta']
            if isinstance(data__prefbeta, (int, float)) and (not isinstance(data__prefbeta, bool)):
                if data__prefbeta <= 1:
                    return False
        if 'pref_loss' in data:
            data__prefloss = data['pref_loss']
            if not (isinstance(data__prefloss, str) and data__prefloss == 'sigmoid' or (isinstance(data__prefloss, str) and data__prefloss == 'hinge') or (isinstance(data__prefloss, str) and data__prefloss == 'ipo') or (isinstance(data__prefloss, str) and data__prefloss == 'kto_pair') or (isinstance(data__prefloss, str) and data__prefloss == 'orpo')):
                return False
    return True

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
