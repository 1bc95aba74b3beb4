"""Validates a config; generated from hpc.schema.json by schema/generate.py: do not edit."""
# ruff: noqa
# mypy: ignore-errors
VERSION = "2.22.3"
import re


class JsonSchemaValueException(ValueError):
    """The config is not valid."""


REGEX_PATTERNS = {
    '^~|^[A-Za-z][A-Za-z0-9+.-]*:/': re.compile('^~|^[A-Za-z][A-Za-z0-9+.-]*:/'),
    '^(~|-|[A-Za-z][A-Za-z0-9+.-]*:/)|(^|/)\\.\\.(/|$)': re.compile('^(~|-|[A-Za-z][A-Za-z0-9+.-]*:/)|(^|/)\\.\\.(/|\\Z)'),
    '^(\\./)?\\.?[^./\\\\:~][^/\\\\:]*(/\\.?[^./\\\\:~][^/\\\\:]*)*/?$': re.compile('^(\\./)?\\.?[^./\\\\:~][^/\\\\:]*(/\\.?[^./\\\\:~][^/\\\\:]*)*/?\\Z'),
    '^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*$': re.compile('^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*\\Z'),
    '^(linear|all|all_linear)$|all-linear *,|, *all-linear': re.compile('^(linear|all|all_linear)\\Z|all-linear *,|, *all-linear')
}

NoneType = type(None)

def validate(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (dict)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be object")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['training_type']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "training_type" in data_keys:
                data_keys.remove("training_type")
                data__trainingtype = data["training_type"]
                if not (isinstance(data__trainingtype, str) and data__trainingtype == 'full'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".training_type must be one of ['full']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "quantization_bit" in data_keys:
                data_keys.remove("quantization_bit")
                data__quantizationbit = data["quantization_bit"]
                if not (isinstance(data__quantizationbit, str) and data__quantizationbit == 'none'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".quantization_bit must be one of ['none']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['distributed_backend', 'zero_stage']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "distributed_backend" in data_keys:
                data_keys.remove("distributed_backend")
                data__distributedbackend = data["distributed_backend"]
                if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".distributed_backend must be one of ['deepspeed']")
            if "zero_stage" in data_keys:
                data_keys.remove("zero_stage")
                data__zerostage = data["zero_stage"]
                if not (isinstance(data__zerostage, (int, float)) and not isinstance(data__zerostage, bool) and data__zerostage == 3):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".zero_stage must be one of [3]")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "quantization_bit" in data_keys:
                data_keys.remove("quantization_bit")
                data__quantizationbit = data["quantization_bit"]
                if not (isinstance(data__quantizationbit, str) and data__quantizationbit == 'none' or isinstance(data__quantizationbit, str) and data__quantizationbit == 'int4'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".quantization_bit must be one of ['none', 'int4']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['mixed_precision', 'distributed_backend']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "mixed_precision" in data_keys:
                data_keys.remove("mixed_precision")
                data__mixedprecision = data["mixed_precision"]
                if not (isinstance(data__mixedprecision, str) and data__mixedprecision == 'fp16'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".mixed_precision must be one of ['fp16']")
            if "distributed_backend" in data_keys:
                data_keys.remove("distributed_backend")
                data__distributedbackend = data["distributed_backend"]
                if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".distributed_backend must be one of ['deepspeed']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "quantization_bit" in data_keys:
                data_keys.remove("quantization_bit")
                data__quantizationbit = data["quantization_bit"]
                if not (isinstance(data__quantizationbit, str) and data__quantizationbit == 'none'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".quantization_bit must be one of ['none']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['mixed_precision']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "mixed_precision" in data_keys:
                data_keys.remove("mixed_precision")
                data__mixedprecision = data["mixed_precision"]
                if not (isinstance(data__mixedprecision, str) and data__mixedprecision == 'none'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".mixed_precision must be one of ['none']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "flash_attention_v2" in data_keys:
                data_keys.remove("flash_attention_v2")
                data__flashattentionv2 = data["flash_attention_v2"]
                if not (isinstance(data__flashattentionv2, bool) and data__flashattentionv2 is False):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".flash_attention_v2 must be one of [False]")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['trainer', 'pref_loss']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "trainer" in data_keys:
                data_keys.remove("trainer")
                data__trainer = data["trainer"]
                if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['dpo']")
            if "pref_loss" in data_keys:
                data_keys.remove("pref_loss")
                data__prefloss = data["pref_loss"]
                if not (isinstance(data__prefloss, str) and data__prefloss == 'hinge' or isinstance(data__prefloss, str) and data__prefloss == 'ipo' or isinstance(data__prefloss, str) and data__prefloss == 'kto_pair' or isinstance(data__prefloss, str) and data__prefloss == 'orpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_loss must be one of ['hinge', 'ipo', 'kto_pair', 'orpo']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "dpo_label_smoothing" in data_keys:
                data_keys.remove("dpo_label_smoothing")
                data__dpolabelsmoothing = data["dpo_label_smoothing"]
                if not (isinstance(data__dpolabelsmoothing, (int, float)) and not isinstance(data__dpolabelsmoothing, bool) and data__dpolabelsmoothing == 0):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".dpo_label_smoothing must be one of [0]")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['trainer', 'pref_loss']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "trainer" in data_keys:
                data_keys.remove("trainer")
                data__trainer = data["trainer"]
                if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['dpo']")
            if "pref_loss" in data_keys:
                data_keys.remove("pref_loss")
                data__prefloss = data["pref_loss"]
                if not (isinstance(data__prefloss, str) and data__prefloss == 'kto_pair' or isinstance(data__prefloss, str) and data__prefloss == 'orpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_loss must be one of ['kto_pair', 'orpo']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "pref_ftx" in data_keys:
                data_keys.remove("pref_ftx")
                data__prefftx = data["pref_ftx"]
                if not (isinstance(data__prefftx, (int, float)) and not isinstance(data__prefftx, bool) and data__prefftx == 0):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_ftx must be one of [0]")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['trainer', 'pref_beta']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "trainer" in data_keys:
                data_keys.remove("trainer")
                data__trainer = data["trainer"]
                if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['dpo']")
            if "pref_beta" in data_keys:
                data_keys.remove("pref_beta")
                data__prefbeta = data["pref_beta"]
                if not (isinstance(data__prefbeta, (int, float)) and not isinstance(data__prefbeta, bool) and data__prefbeta == 0):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_beta must be one of [0]")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "pref_loss" in data_keys:
                data_keys.remove("pref_loss")
                data__prefloss = data["pref_loss"]
                if not (isinstance(data__prefloss, str) and data__prefloss == 'sigmoid' or isinstance(data__prefloss, str) and data__prefloss == 'hinge' or isinstance(data__prefloss, str) and data__prefloss == 'kto_pair' or isinstance(data__prefloss, str) and data__prefloss == 'orpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_loss must be one of ['sigmoid', 'hinge', 'kto_pair', 'orpo']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "eval_strategy" in data_keys:
                data_keys.remove("eval_strategy")
                data__evalstrategy = data["eval_strategy"]
                if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'no'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be one of ['no']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "save_best_checkpoint" in data_keys:
                data_keys.remove("save_best_checkpoint")
                data__savebestcheckpoint = data["save_best_checkpoint"]
                if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is False):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".save_best_checkpoint must be one of [False]")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['eval_strategy', 'checkpoint_strategy']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "eval_strategy" in data_keys:
                data_keys.remove("eval_strategy")
                data__evalstrategy = data["eval_strategy"]
                if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be one of ['epoch']")
            if "checkpoint_strategy" in data_keys:
                data_keys.remove("checkpoint_strategy")
                data__checkpointstrategy = data["checkpoint_strategy"]
                if not (isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'no' or isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'steps'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".checkpoint_strategy must be one of ['no', 'steps']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "save_best_checkpoint" in data_keys:
                data_keys.remove("save_best_checkpoint")
                data__savebestcheckpoint = data["save_best_checkpoint"]
                if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is False):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".save_best_checkpoint must be one of [False]")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['eval_strategy']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "eval_strategy" in data_keys:
                data_keys.remove("eval_strategy")
                data__evalstrategy = data["eval_strategy"]
                if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be one of ['steps']")
            if "checkpoint_strategy" in data_keys:
                data_keys.remove("checkpoint_strategy")
                data__checkpointstrategy = data["checkpoint_strategy"]
                if not (isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'no' or isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'epoch'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".checkpoint_strategy must be one of ['no', 'epoch']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "save_best_checkpoint" in data_keys:
                data_keys.remove("save_best_checkpoint")
                data__savebestcheckpoint = data["save_best_checkpoint"]
                if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is False):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".save_best_checkpoint must be one of [False]")
    try:
        try:
            data_is_dict = isinstance(data, dict)
            if data_is_dict:
                data__missing_keys = set(['eval_steps']) - data.keys()
                if data__missing_keys:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
        except JsonSchemaValueException: pass
        else:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must NOT match a disallowed definition")
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['logging_steps']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "logging_steps" in data_keys:
                data_keys.remove("logging_steps")
                data__loggingsteps = data["logging_steps"]
                if not (isinstance(data__loggingsteps, (int, float)) and not isinstance(data__loggingsteps, bool) and data__loggingsteps == 0):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".logging_steps must be one of [0]")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "eval_strategy" in data_keys:
                data_keys.remove("eval_strategy")
                data__evalstrategy = data["eval_strategy"]
                if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'no' or isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be one of ['no', 'epoch']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "trainer" in data_keys:
                data_keys.remove("trainer")
                data__trainer = data["trainer"]
                if not (isinstance(data__trainer, str) and data__trainer == 'sft'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['sft']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "data_format" in data_keys:
                data_keys.remove("data_format")
                data__dataformat = data["data_format"]
                if not (isinstance(data__dataformat, str) and data__dataformat == 'auto' or isinstance(data__dataformat, str) and data__dataformat == 'alpaca' or isinstance(data__dataformat, str) and data__dataformat == 'sharegpt'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".data_format must be one of ['auto', 'alpaca', 'sharegpt']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['trainer']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "trainer" in data_keys:
                data_keys.remove("trainer")
                data__trainer = data["trainer"]
                if not (isinstance(data__trainer, str) and data__trainer == 'pt'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['pt']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "data_format" in data_keys:
                data_keys.remove("data_format")
                data__dataformat = data["data_format"]
                if not (isinstance(data__dataformat, str) and data__dataformat == 'auto' or isinstance(data__dataformat, str) and data__dataformat == 'corpus'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".data_format must be one of ['auto', 'corpus']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['trainer']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "trainer" in data_keys:
                data_keys.remove("trainer")
                data__trainer = data["trainer"]
                if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['dpo']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "data_format" in data_keys:
                data_keys.remove("data_format")
                data__dataformat = data["data_format"]
                if not (isinstance(data__dataformat, str) and data__dataformat == 'auto' or isinstance(data__dataformat, str) and data__dataformat == 'sharegpt'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".data_format must be one of ['auto', 'sharegpt']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['trainer']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "trainer" in data_keys:
                data_keys.remove("trainer")
                data__trainer = data["trainer"]
                if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['dpo']")
            if "batch_size" in data_keys:
                data_keys.remove("batch_size")
                data__batchsize = data["batch_size"]
                if not (isinstance(data__batchsize, (int, float)) and not isinstance(data__batchsize, bool) and data__batchsize == 1):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".batch_size must be one of [1]")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "pref_loss" in data_keys:
                data_keys.remove("pref_loss")
                data__prefloss = data["pref_loss"]
                if not (isinstance(data__prefloss, str) and data__prefloss == 'sigmoid' or isinstance(data__prefloss, str) and data__prefloss == 'hinge' or isinstance(data__prefloss, str) and data__prefloss == 'ipo' or isinstance(data__prefloss, str) and data__prefloss == 'orpo' or isinstance(data__prefloss, str) and data__prefloss == 'simpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_loss must be one of ['sigmoid', 'hinge', 'ipo', 'orpo', 'simpo']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['distributed_backend']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "distributed_backend" in data_keys:
                data_keys.remove("distributed_backend")
                data__distributedbackend = data["distributed_backend"]
                if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".distributed_backend must be one of ['deepspeed']")
            if "zero_stage" in data_keys:
                data_keys.remove("zero_stage")
                data__zerostage = data["zero_stage"]
                if not (isinstance(data__zerostage, (int, float)) and not isinstance(data__zerostage, bool) and data__zerostage == 1 or isinstance(data__zerostage, (int, float)) and not isinstance(data__zerostage, bool) and data__zerostage == 2):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".zero_stage must be one of [1, 2]")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "offload" in data_keys:
                data_keys.remove("offload")
                data__offload = data["offload"]
                if not (isinstance(data__offload, str) and data__offload == 'none' or isinstance(data__offload, str) and data__offload == 'optimizer'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".offload must be one of ['none', 'optimizer']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['eval_strategy']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "save_best_checkpoint" in data_keys:
                data_keys.remove("save_best_checkpoint")
                data__savebestcheckpoint = data["save_best_checkpoint"]
                if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is False):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".save_best_checkpoint must be one of [False]")
            if "eval_strategy" in data_keys:
                data_keys.remove("eval_strategy")
                data__evalstrategy = data["eval_strategy"]
                if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch' or isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be one of ['epoch', 'steps']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "early_stopping_patience" in data_keys:
                data_keys.remove("early_stopping_patience")
                data__earlystoppingpatience = data["early_stopping_patience"]
                if not isinstance(data__earlystoppingpatience, (NoneType)):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".early_stopping_patience must be null")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['distributed_backend', 'save_best_checkpoint', 'eval_strategy']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "distributed_backend" in data_keys:
                data_keys.remove("distributed_backend")
                data__distributedbackend = data["distributed_backend"]
                if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".distributed_backend must be one of ['deepspeed']")
            if "save_best_checkpoint" in data_keys:
                data_keys.remove("save_best_checkpoint")
                data__savebestcheckpoint = data["save_best_checkpoint"]
                if not (isinstance(data__savebestcheckpoint, bool) and data__savebestcheckpoint is True):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".save_best_checkpoint must be one of [True]")
            if "eval_strategy" in data_keys:
                data_keys.remove("eval_strategy")
                data__evalstrategy = data["eval_strategy"]
                if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch' or isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be one of ['epoch', 'steps']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "save_only_model" in data_keys:
                data_keys.remove("save_only_model")
                data__saveonlymodel = data["save_only_model"]
                if not (isinstance(data__saveonlymodel, bool) and data__saveonlymodel is False):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".save_only_model must be one of [False]")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['distributed_backend', 'offload']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "distributed_backend" in data_keys:
                data_keys.remove("distributed_backend")
                data__distributedbackend = data["distributed_backend"]
                if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".distributed_backend must be one of ['deepspeed']")
            if "offload" in data_keys:
                data_keys.remove("offload")
                data__offload = data["offload"]
                if not (isinstance(data__offload, str) and data__offload == 'optimizer' or isinstance(data__offload, str) and data__offload == 'all'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".offload must be one of ['optimizer', 'all']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "optimizer" in data_keys:
                data_keys.remove("optimizer")
                data__optimizer = data["optimizer"]
                if not (isinstance(data__optimizer, str) and data__optimizer == 'adamw' or isinstance(data__optimizer, str) and data__optimizer == 'sgd' or isinstance(data__optimizer, str) and data__optimizer == 'adafactor'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".optimizer must be one of ['adamw', 'sgd', 'adafactor']")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['eval_data', 'eval_strategy']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "eval_data" in data_keys:
                data_keys.remove("eval_data")
                data__evaldata = data["eval_data"]
                if not isinstance(data__evaldata, (str)):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_data must be string")
            if "eval_strategy" in data_keys:
                data_keys.remove("eval_strategy")
                data__evalstrategy = data["eval_strategy"]
                if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch' or isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be one of ['epoch', 'steps']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "eval_split" in data_keys:
                data_keys.remove("eval_split")
                data__evalsplit = data["eval_split"]
                if not isinstance(data__evalsplit, (NoneType)):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_split must be null")
    try:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data__missing_keys = set(['trainer', 'pref_beta']) - data.keys()
            if data__missing_keys:
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain ")
            data_keys = set(data.keys())
            if "trainer" in data_keys:
                data_keys.remove("trainer")
                data__trainer = data["trainer"]
                if not (isinstance(data__trainer, str) and data__trainer == 'dpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['dpo']")
            if "pref_beta" in data_keys:
                data_keys.remove("pref_beta")
                data__prefbeta = data["pref_beta"]
                if isinstance(data__prefbeta, (int, float)) and not isinstance(data__prefbeta, bool):
                    if data__prefbeta <= 1:
                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_beta must be bigger than 1")
            if "pref_loss" in data_keys:
                data_keys.remove("pref_loss")
                data__prefloss = data["pref_loss"]
                if not (isinstance(data__prefloss, str) and data__prefloss == 'sigmoid' or isinstance(data__prefloss, str) and data__prefloss == 'hinge' or isinstance(data__prefloss, str) and data__prefloss == 'ipo' or isinstance(data__prefloss, str) and data__prefloss == 'kto_pair' or isinstance(data__prefloss, str) and data__prefloss == 'orpo'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_loss must be one of ['sigmoid', 'hinge', 'ipo', 'kto_pair', 'orpo']")
    except JsonSchemaValueException:
        pass
    else:
        data_is_dict = isinstance(data, dict)
        if data_is_dict:
            data_keys = set(data.keys())
            if "pref_beta" in data_keys:
                data_keys.remove("pref_beta")
                data__prefbeta = data["pref_beta"]
                if not isinstance(data__prefbeta, (NoneType)):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".pref_beta must be null")
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        data_keys = set(data.keys())
        if "$schema" in data_keys:
            data_keys.remove("$schema")
            data__schema = data["$schema"]
            if not isinstance(data__schema, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".$schema must be string")
        if "trainer" in data_keys:
            data_keys.remove("trainer")
            data__trainer = data["trainer"]
            if not isinstance(data__trainer, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be string")
            if not (isinstance(data__trainer, str) and data__trainer == 'sft' or isinstance(data__trainer, str) and data__trainer == 'pt' or isinstance(data__trainer, str) and data__trainer == 'dpo'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".trainer must be one of ['sft', 'pt', 'dpo']")
        if "model" in data_keys:
            data_keys.remove("model")
            data__model = data["model"]
            if not isinstance(data__model, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".model must be string")
            try:
                if isinstance(data__model, str):
                    if not REGEX_PATTERNS['^~|^[A-Za-z][A-Za-z0-9+.-]*:/'].search(data__model):
                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".model must match pattern ^~|^[A-Za-z][A-Za-z0-9+.-]*:/")
            except JsonSchemaValueException: pass
            else:
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".model must NOT match a disallowed definition")
            if isinstance(data__model, str):
                data__model_len = len(data__model)
                if data__model_len < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".model must be longer than or equal to 1 characters")
        if "train_data" in data_keys:
            data_keys.remove("train_data")
            data__traindata = data["train_data"]
            if not isinstance(data__traindata, (str, list, tuple)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data must be string or array")
            try:
                if not isinstance(data__traindata, (str)):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data must be string")
                if isinstance(data__traindata, str):
                    if not REGEX_PATTERNS['^~|^[A-Za-z][A-Za-z0-9+.-]*:/'].search(data__traindata):
                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data must match pattern ^~|^[A-Za-z][A-Za-z0-9+.-]*:/")
            except JsonSchemaValueException: pass
            else:
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data must NOT match a disallowed definition")
            if isinstance(data__traindata, str):
                data__traindata_len = len(data__traindata)
                if data__traindata_len < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data must be longer than or equal to 1 characters")
            data__traindata_is_list = isinstance(data__traindata, (list, tuple))
            if data__traindata_is_list:
                data__traindata_len = len(data__traindata)
                if data__traindata_len < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data must contain at least 1 items")
                for data__traindata_x, data__traindata_item in enumerate(data__traindata):
                    data__traindata_item_any_of_count1 = 0
                    if not data__traindata_item_any_of_count1:
                        try:
                            if not isinstance(data__traindata_item, (str)):
                                raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}]".format(**locals()) + " must be string")
                            try:
                                if isinstance(data__traindata_item, str):
                                    if not REGEX_PATTERNS['^~|^[A-Za-z][A-Za-z0-9+.-]*:/'].search(data__traindata_item):
                                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}]".format(**locals()) + " must match pattern ^~|^[A-Za-z][A-Za-z0-9+.-]*:/")
                            except JsonSchemaValueException: pass
                            else:
                                raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}]".format(**locals()) + " must NOT match a disallowed definition")
                            if isinstance(data__traindata_item, str):
                                data__traindata_item_len = len(data__traindata_item)
                                if data__traindata_item_len < 1:
                                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}]".format(**locals()) + " must be longer than or equal to 1 characters")
                            data__traindata_item_any_of_count1 += 1
                        except JsonSchemaValueException: pass
                    if not data__traindata_item_any_of_count1:
                        try:
                            if not isinstance(data__traindata_item, (dict)):
                                raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}]".format(**locals()) + " must be object")
                            data__traindata_item_is_dict = isinstance(data__traindata_item, dict)
                            if data__traindata_item_is_dict:
                                data__traindata_item__missing_keys = set(['path']) - data__traindata_item.keys()
                                if data__traindata_item__missing_keys:
                                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}]".format(**locals()) + " must contain ")
                                data__traindata_item_keys = set(data__traindata_item.keys())
                                if "path" in data__traindata_item_keys:
                                    data__traindata_item_keys.remove("path")
                                    data__traindata_item__path = data__traindata_item["path"]
                                    if not isinstance(data__traindata_item__path, (str)):
                                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}].path".format(**locals()) + " must be string")
                                    try:
                                        if isinstance(data__traindata_item__path, str):
                                            if not REGEX_PATTERNS['^~|^[A-Za-z][A-Za-z0-9+.-]*:/'].search(data__traindata_item__path):
                                                raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}].path".format(**locals()) + " must match pattern ^~|^[A-Za-z][A-Za-z0-9+.-]*:/")
                                    except JsonSchemaValueException: pass
                                    else:
                                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}].path".format(**locals()) + " must NOT match a disallowed definition")
                                    if isinstance(data__traindata_item__path, str):
                                        data__traindata_item__path_len = len(data__traindata_item__path)
                                        if data__traindata_item__path_len < 1:
                                            raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}].path".format(**locals()) + " must be longer than or equal to 1 characters")
                                if "weight" in data__traindata_item_keys:
                                    data__traindata_item_keys.remove("weight")
                                    data__traindata_item__weight = data__traindata_item["weight"]
                                    if not isinstance(data__traindata_item__weight, (int, float)) or isinstance(data__traindata_item__weight, bool):
                                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}].weight".format(**locals()) + " must be number")
                                    if isinstance(data__traindata_item__weight, (int, float)) and not isinstance(data__traindata_item__weight, bool):
                                        if data__traindata_item__weight <= 0:
                                            raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}].weight".format(**locals()) + " must be bigger than 0")
                                if data__traindata_item_keys:
                                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}]".format(**locals()) + " must not contain "+str(data__traindata_item_keys)+" properties")
                            data__traindata_item_any_of_count1 += 1
                        except JsonSchemaValueException: pass
                    if not data__traindata_item_any_of_count1:
                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".train_data[{data__traindata_x}]".format(**locals()) + " cannot be validated by any definition")
        if "eval_data" in data_keys:
            data_keys.remove("eval_data")
            data__evaldata = data["eval_data"]
            validate___definitions_eval_data(data__evaldata, custom_formats, (name_prefix or "data") + ".eval_data")
        if "data_format" in data_keys:
            data_keys.remove("data_format")
            data__dataformat = data["data_format"]
            if not isinstance(data__dataformat, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".data_format must be string")
            if not (isinstance(data__dataformat, str) and data__dataformat == 'auto' or isinstance(data__dataformat, str) and data__dataformat == 'alpaca' or isinstance(data__dataformat, str) and data__dataformat == 'sharegpt' or isinstance(data__dataformat, str) and data__dataformat == 'messages' or isinstance(data__dataformat, str) and data__dataformat == 'completion' or isinstance(data__dataformat, str) and data__dataformat == 'preference' or isinstance(data__dataformat, str) and data__dataformat == 'dolly' or isinstance(data__dataformat, str) and data__dataformat == 'qa' or isinstance(data__dataformat, str) and data__dataformat == 'corpus'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".data_format must be one of ['auto', 'alpaca', 'sharegpt', 'messages', 'completion', 'preference', 'dolly', 'qa', 'corpus']")
        if "output_dir" in data_keys:
            data_keys.remove("output_dir")
            data__outputdir = data["output_dir"]
            if not isinstance(data__outputdir, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".output_dir must be string")
            try:
                if isinstance(data__outputdir, str):
                    if not REGEX_PATTERNS['^(~|-|[A-Za-z][A-Za-z0-9+.-]*:/)|(^|/)\\.\\.(/|$)'].search(data__outputdir):
                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".output_dir must match pattern ^(~|-|[A-Za-z][A-Za-z0-9+.-]*:/)|(^|/)\\.\\.(/|$)")
            except JsonSchemaValueException: pass
            else:
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".output_dir must NOT match a disallowed definition")
            if isinstance(data__outputdir, str):
                data__outputdir_len = len(data__outputdir)
                if data__outputdir_len < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".output_dir must be longer than or equal to 1 characters")
        if "nodes" in data_keys:
            data_keys.remove("nodes")
            data__nodes = data["nodes"]
            if not isinstance(data__nodes, (int)) and not (isinstance(data__nodes, float) and data__nodes.is_integer()) or isinstance(data__nodes, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".nodes must be integer")
            if isinstance(data__nodes, (int, float)) and not isinstance(data__nodes, bool):
                if data__nodes < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".nodes must be bigger than or equal to 1")
        if "devices_per_node" in data_keys:
            data_keys.remove("devices_per_node")
            data__devicespernode = data["devices_per_node"]
            if not isinstance(data__devicespernode, (int)) and not (isinstance(data__devicespernode, float) and data__devicespernode.is_integer()) or isinstance(data__devicespernode, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".devices_per_node must be integer")
            if isinstance(data__devicespernode, (int, float)) and not isinstance(data__devicespernode, bool):
                if data__devicespernode < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".devices_per_node must be bigger than or equal to 1")
        if "batch_size" in data_keys:
            data_keys.remove("batch_size")
            data__batchsize = data["batch_size"]
            if not isinstance(data__batchsize, (int)) and not (isinstance(data__batchsize, float) and data__batchsize.is_integer()) or isinstance(data__batchsize, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".batch_size must be integer")
            if isinstance(data__batchsize, (int, float)) and not isinstance(data__batchsize, bool):
                if data__batchsize < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".batch_size must be bigger than or equal to 1")
        if "epochs" in data_keys:
            data_keys.remove("epochs")
            data__epochs = data["epochs"]
            if not isinstance(data__epochs, (int)) and not (isinstance(data__epochs, float) and data__epochs.is_integer()) or isinstance(data__epochs, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".epochs must be integer")
            if isinstance(data__epochs, (int, float)) and not isinstance(data__epochs, bool):
                if data__epochs < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".epochs must be bigger than or equal to 1")
        if "learning_rate" in data_keys:
            data_keys.remove("learning_rate")
            data__learningrate = data["learning_rate"]
            if not isinstance(data__learningrate, (int, float)) or isinstance(data__learningrate, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".learning_rate must be number")
            if isinstance(data__learningrate, (int, float)) and not isinstance(data__learningrate, bool):
                if data__learningrate <= 0:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".learning_rate must be bigger than 0")
                if data__learningrate >= 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".learning_rate must be smaller than 1")
        if "max_sequence_length" in data_keys:
            data_keys.remove("max_sequence_length")
            data__maxsequencelength = data["max_sequence_length"]
            if not isinstance(data__maxsequencelength, (int)) and not (isinstance(data__maxsequencelength, float) and data__maxsequencelength.is_integer()) or isinstance(data__maxsequencelength, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".max_sequence_length must be integer")
            if isinstance(data__maxsequencelength, (int, float)) and not isinstance(data__maxsequencelength, bool):
                if data__maxsequencelength < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".max_sequence_length must be bigger than or equal to 1")
        if "distributed_backend" in data_keys:
            data_keys.remove("distributed_backend")
            data__distributedbackend = data["distributed_backend"]
            if not isinstance(data__distributedbackend, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".distributed_backend must be string")
            if not (isinstance(data__distributedbackend, str) and data__distributedbackend == 'ddp' or isinstance(data__distributedbackend, str) and data__distributedbackend == 'deepspeed'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".distributed_backend must be one of ['ddp', 'deepspeed']")
        if "zero_stage" in data_keys:
            data_keys.remove("zero_stage")
            data__zerostage = data["zero_stage"]
            validate___definitions_zero_stage(data__zerostage, custom_formats, (name_prefix or "data") + ".zero_stage")
        if "training_type" in data_keys:
            data_keys.remove("training_type")
            data__trainingtype = data["training_type"]
            if not isinstance(data__trainingtype, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".training_type must be string")
            if not (isinstance(data__trainingtype, str) and data__trainingtype == 'full' or isinstance(data__trainingtype, str) and data__trainingtype == 'lora'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".training_type must be one of ['full', 'lora']")
        if "resume_from_checkpoint" in data_keys:
            data_keys.remove("resume_from_checkpoint")
            data__resumefromcheckpoint = data["resume_from_checkpoint"]
            if not isinstance(data__resumefromcheckpoint, (bool, str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".resume_from_checkpoint must be boolean or string")
            try:
                if not (isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'true' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'True' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'false' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'False' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'yes' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'Yes' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'no' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'No' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'none' or isinstance(data__resumefromcheckpoint, str) and data__resumefromcheckpoint == 'None'):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".resume_from_checkpoint must be one of ['true', 'True', 'false', 'False', 'yes', 'Yes', 'no', 'No', 'none', 'None']")
            except JsonSchemaValueException: pass
            else:
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".resume_from_checkpoint must NOT match a disallowed definition")
            if isinstance(data__resumefromcheckpoint, str):
                if not REGEX_PATTERNS['^(\\./)?\\.?[^./\\\\:~][^/\\\\:]*(/\\.?[^./\\\\:~][^/\\\\:]*)*/?$'].search(data__resumefromcheckpoint):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".resume_from_checkpoint must match pattern ^(\\./)?\\.?[^./\\\\:~][^/\\\\:]*(/\\.?[^./\\\\:~][^/\\\\:]*)*/?$")
        if "gradient_accumulation_steps" in data_keys:
            data_keys.remove("gradient_accumulation_steps")
            data__gradientaccumulationsteps = data["gradient_accumulation_steps"]
            if not isinstance(data__gradientaccumulationsteps, (int)) and not (isinstance(data__gradientaccumulationsteps, float) and data__gradientaccumulationsteps.is_integer()) or isinstance(data__gradientaccumulationsteps, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".gradient_accumulation_steps must be integer")
            if isinstance(data__gradientaccumulationsteps, (int, float)) and not isinstance(data__gradientaccumulationsteps, bool):
                if data__gradientaccumulationsteps < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".gradient_accumulation_steps must be bigger than or equal to 1")
        if "mixed_precision" in data_keys:
            data_keys.remove("mixed_precision")
            data__mixedprecision = data["mixed_precision"]
            if not isinstance(data__mixedprecision, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".mixed_precision must be string")
            if not (isinstance(data__mixedprecision, str) and data__mixedprecision == 'bf16' or isinstance(data__mixedprecision, str) and data__mixedprecision == 'fp16' or isinstance(data__mixedprecision, str) and data__mixedprecision == 'none'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".mixed_precision must be one of ['bf16', 'fp16', 'none']")
        if "quantization_bit" in data_keys:
            data_keys.remove("quantization_bit")
            data__quantizationbit = data["quantization_bit"]
            if not isinstance(data__quantizationbit, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".quantization_bit must be string")
            if not (isinstance(data__quantizationbit, str) and data__quantizationbit == 'none' or isinstance(data__quantizationbit, str) and data__quantizationbit == 'int8' or isinstance(data__quantizationbit, str) and data__quantizationbit == 'int4'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".quantization_bit must be one of ['none', 'int8', 'int4']")
        if "optimizer" in data_keys:
            data_keys.remove("optimizer")
            data__optimizer = data["optimizer"]
            if not isinstance(data__optimizer, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".optimizer must be string")
            if not (isinstance(data__optimizer, str) and data__optimizer == 'adamw' or isinstance(data__optimizer, str) and data__optimizer == 'sgd' or isinstance(data__optimizer, str) and data__optimizer == 'adamw_8bit' or isinstance(data__optimizer, str) and data__optimizer == 'paged_adamw_8bit' or isinstance(data__optimizer, str) and data__optimizer == 'adafactor'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".optimizer must be one of ['adamw', 'sgd', 'adamw_8bit', 'paged_adamw_8bit', 'adafactor']")
        if "weight_decay" in data_keys:
            data_keys.remove("weight_decay")
            data__weightdecay = data["weight_decay"]
            if not isinstance(data__weightdecay, (int, float)) or isinstance(data__weightdecay, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".weight_decay must be number")
            if isinstance(data__weightdecay, (int, float)) and not isinstance(data__weightdecay, bool):
                if data__weightdecay < 0:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".weight_decay must be bigger than or equal to 0")
        if "max_grad_norm" in data_keys:
            data_keys.remove("max_grad_norm")
            data__maxgradnorm = data["max_grad_norm"]
            if not isinstance(data__maxgradnorm, (int, float)) or isinstance(data__maxgradnorm, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".max_grad_norm must be number")
            if isinstance(data__maxgradnorm, (int, float)) and not isinstance(data__maxgradnorm, bool):
                if data__maxgradnorm < 0:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".max_grad_norm must be bigger than or equal to 0")
        if "disable_gradient_checkpointing" in data_keys:
            data_keys.remove("disable_gradient_checkpointing")
            data__disablegradientcheckpointing = data["disable_gradient_checkpointing"]
            if not isinstance(data__disablegradientcheckpointing, (bool)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".disable_gradient_checkpointing must be boolean")
        if "flash_attention_v2" in data_keys:
            data_keys.remove("flash_attention_v2")
            data__flashattentionv2 = data["flash_attention_v2"]
            if not isinstance(data__flashattentionv2, (bool)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".flash_attention_v2 must be boolean")
        if "lr_warmup_steps" in data_keys:
            data_keys.remove("lr_warmup_steps")
            data__lrwarmupsteps = data["lr_warmup_steps"]
            if not isinstance(data__lrwarmupsteps, (int)) and not (isinstance(data__lrwarmupsteps, float) and data__lrwarmupsteps.is_integer()) or isinstance(data__lrwarmupsteps, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".lr_warmup_steps must be integer")
            if isinstance(data__lrwarmupsteps, (int, float)) and not isinstance(data__lrwarmupsteps, bool):
                if data__lrwarmupsteps < 0:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".lr_warmup_steps must be bigger than or equal to 0")
        if "lr_warmup_ratio" in data_keys:
            data_keys.remove("lr_warmup_ratio")
            data__lrwarmupratio = data["lr_warmup_ratio"]
            validate___definitions_lr_warmup_ratio(data__lrwarmupratio, custom_formats, (name_prefix or "data") + ".lr_warmup_ratio")
        if "lr_scheduler_type" in data_keys:
            data_keys.remove("lr_scheduler_type")
            data__lrschedulertype = data["lr_scheduler_type"]
            if not isinstance(data__lrschedulertype, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".lr_scheduler_type must be string")
            if not (isinstance(data__lrschedulertype, str) and data__lrschedulertype == 'linear' or isinstance(data__lrschedulertype, str) and data__lrschedulertype == 'cosine' or isinstance(data__lrschedulertype, str) and data__lrschedulertype == 'constant'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".lr_scheduler_type must be one of ['linear', 'cosine', 'constant']")
        if "full_determinism" in data_keys:
            data_keys.remove("full_determinism")
            data__fulldeterminism = data["full_determinism"]
            if not isinstance(data__fulldeterminism, (bool)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".full_determinism must be boolean")
        if "seed" in data_keys:
            data_keys.remove("seed")
            data__seed = data["seed"]
            validate___definitions_seed(data__seed, custom_formats, (name_prefix or "data") + ".seed")
        if "liger_kernel" in data_keys:
            data_keys.remove("liger_kernel")
            data__ligerkernel = data["liger_kernel"]
            if not isinstance(data__ligerkernel, (bool)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".liger_kernel must be boolean")
        if "unsloth_gradient_checkpointing" in data_keys:
            data_keys.remove("unsloth_gradient_checkpointing")
            data__unslothgradientcheckpointing = data["unsloth_gradient_checkpointing"]
            validate___definitions_unsloth_gradient_checkpointing(data__unslothgradientcheckpointing, custom_formats, (name_prefix or "data") + ".unsloth_gradient_checkpointing")
        if "dpo_label_smoothing" in data_keys:
            data_keys.remove("dpo_label_smoothing")
            data__dpolabelsmoothing = data["dpo_label_smoothing"]
            validate___definitions_dpo_label_smoothing(data__dpolabelsmoothing, custom_formats, (name_prefix or "data") + ".dpo_label_smoothing")
        if "pref_beta" in data_keys:
            data_keys.remove("pref_beta")
            data__prefbeta = data["pref_beta"]
            validate___definitions_pref_beta(data__prefbeta, custom_formats, (name_prefix or "data") + ".pref_beta")
        if "pref_ftx" in data_keys:
            data_keys.remove("pref_ftx")
            data__prefftx = data["pref_ftx"]
            validate___definitions_pref_ftx(data__prefftx, custom_formats, (name_prefix or "data") + ".pref_ftx")
        if "pref_loss" in data_keys:
            data_keys.remove("pref_loss")
            data__prefloss = data["pref_loss"]
            validate___definitions_pref_loss(data__prefloss, custom_formats, (name_prefix or "data") + ".pref_loss")
        if "simpo_gamma" in data_keys:
            data_keys.remove("simpo_gamma")
            data__simpogamma = data["simpo_gamma"]
            validate___definitions_simpo_gamma(data__simpogamma, custom_formats, (name_prefix or "data") + ".simpo_gamma")
        if "merge_adapter" in data_keys:
            data_keys.remove("merge_adapter")
            data__mergeadapter = data["merge_adapter"]
            validate___definitions_merge_adapter(data__mergeadapter, custom_formats, (name_prefix or "data") + ".merge_adapter")
        if "lora_alpha" in data_keys:
            data_keys.remove("lora_alpha")
            data__loraalpha = data["lora_alpha"]
            validate___definitions_lora_alpha(data__loraalpha, custom_formats, (name_prefix or "data") + ".lora_alpha")
        if "lora_dropout" in data_keys:
            data_keys.remove("lora_dropout")
            data__loradropout = data["lora_dropout"]
            validate___definitions_lora_dropout(data__loradropout, custom_formats, (name_prefix or "data") + ".lora_dropout")
        if "lora_rank" in data_keys:
            data_keys.remove("lora_rank")
            data__lorarank = data["lora_rank"]
            validate___definitions_lora_rank(data__lorarank, custom_formats, (name_prefix or "data") + ".lora_rank")
        if "target_modules" in data_keys:
            data_keys.remove("target_modules")
            data__targetmodules = data["target_modules"]
            validate___definitions_target_modules(data__targetmodules, custom_formats, (name_prefix or "data") + ".target_modules")
        if "checkpoint_strategy" in data_keys:
            data_keys.remove("checkpoint_strategy")
            data__checkpointstrategy = data["checkpoint_strategy"]
            if not isinstance(data__checkpointstrategy, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".checkpoint_strategy must be string")
            if not (isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'no' or isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'epoch' or isinstance(data__checkpointstrategy, str) and data__checkpointstrategy == 'steps'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".checkpoint_strategy must be one of ['no', 'epoch', 'steps']")
        if "checkpoint_steps" in data_keys:
            data_keys.remove("checkpoint_steps")
            data__checkpointsteps = data["checkpoint_steps"]
            validate___definitions_checkpoint_steps(data__checkpointsteps, custom_formats, (name_prefix or "data") + ".checkpoint_steps")
        if "eval_strategy" in data_keys:
            data_keys.remove("eval_strategy")
            data__evalstrategy = data["eval_strategy"]
            if not isinstance(data__evalstrategy, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be string")
            if not (isinstance(data__evalstrategy, str) and data__evalstrategy == 'no' or isinstance(data__evalstrategy, str) and data__evalstrategy == 'epoch' or isinstance(data__evalstrategy, str) and data__evalstrategy == 'steps'):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".eval_strategy must be one of ['no', 'epoch', 'steps']")
        if "eval_steps" in data_keys:
            data_keys.remove("eval_steps")
            data__evalsteps = data["eval_steps"]
            validate___definitions_eval_steps(data__evalsteps, custom_formats, (name_prefix or "data") + ".eval_steps")
        if "number_of_checkpoints" in data_keys:
            data_keys.remove("number_of_checkpoints")
            data__numberofcheckpoints = data["number_of_checkpoints"]
            validate___definitions_number_of_checkpoints(data__numberofcheckpoints, custom_formats, (name_prefix or "data") + ".number_of_checkpoints")
        if "save_best_checkpoint" in data_keys:
            data_keys.remove("save_best_checkpoint")
            data__savebestcheckpoint = data["save_best_checkpoint"]
            if not isinstance(data__savebestcheckpoint, (bool)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".save_best_checkpoint must be boolean")
        if "logging_steps" in data_keys:
            data_keys.remove("logging_steps")
            data__loggingsteps = data["logging_steps"]
            if not isinstance(data__loggingsteps, (int)) and not (isinstance(data__loggingsteps, float) and data__loggingsteps.is_integer()) or isinstance(data__loggingsteps, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".logging_steps must be integer")
            if isinstance(data__loggingsteps, (int, float)) and not isinstance(data__loggingsteps, bool):
                if data__loggingsteps < -1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".logging_steps must be bigger than or equal to -1")
        if "max_steps" in data_keys:
            data_keys.remove("max_steps")
            data__maxsteps = data["max_steps"]
            if not isinstance(data__maxsteps, (int)) and not (isinstance(data__maxsteps, float) and data__maxsteps.is_integer()) or isinstance(data__maxsteps, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".max_steps must be integer")
            if isinstance(data__maxsteps, (int, float)) and not isinstance(data__maxsteps, bool):
                if data__maxsteps < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".max_steps must be bigger than or equal to 1")
        if "lr_min_ratio" in data_keys:
            data_keys.remove("lr_min_ratio")
            data__lrminratio = data["lr_min_ratio"]
            validate___definitions_lr_min_ratio(data__lrminratio, custom_formats, (name_prefix or "data") + ".lr_min_ratio")
        if "offload" in data_keys:
            data_keys.remove("offload")
            data__offload = data["offload"]
            validate___definitions_offload(data__offload, custom_formats, (name_prefix or "data") + ".offload")
        if "save_only_model" in data_keys:
            data_keys.remove("save_only_model")
            data__saveonlymodel = data["save_only_model"]
            validate___definitions_save_only_model(data__saveonlymodel, custom_formats, (name_prefix or "data") + ".save_only_model")
        if "early_stopping_patience" in data_keys:
            data_keys.remove("early_stopping_patience")
            data__earlystoppingpatience = data["early_stopping_patience"]
            validate___definitions_early_stopping_patience(data__earlystoppingpatience, custom_formats, (name_prefix or "data") + ".early_stopping_patience")
        if "lora_variant" in data_keys:
            data_keys.remove("lora_variant")
            data__loravariant = data["lora_variant"]
            validate___definitions_lora_variant(data__loravariant, custom_formats, (name_prefix or "data") + ".lora_variant")
        if "modules_to_save" in data_keys:
            data_keys.remove("modules_to_save")
            data__modulestosave = data["modules_to_save"]
            validate___definitions_modules_to_save(data__modulestosave, custom_formats, (name_prefix or "data") + ".modules_to_save")
        if "group_by_length" in data_keys:
            data_keys.remove("group_by_length")
            data__groupbylength = data["group_by_length"]
            validate___definitions_group_by_length(data__groupbylength, custom_formats, (name_prefix or "data") + ".group_by_length")
        if "max_samples" in data_keys:
            data_keys.remove("max_samples")
            data__maxsamples = data["max_samples"]
            if not isinstance(data__maxsamples, (int)) and not (isinstance(data__maxsamples, float) and data__maxsamples.is_integer()) or isinstance(data__maxsamples, bool):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".max_samples must be integer")
            if isinstance(data__maxsamples, (int, float)) and not isinstance(data__maxsamples, bool):
                if data__maxsamples < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".max_samples must be bigger than or equal to 1")
        if "eval_split" in data_keys:
            data_keys.remove("eval_split")
            data__evalsplit = data["eval_split"]
            validate___definitions_eval_split(data__evalsplit, custom_formats, (name_prefix or "data") + ".eval_split")
        if "report_to" in data_keys:
            data_keys.remove("report_to")
            data__reportto = data["report_to"]
            if not isinstance(data__reportto, (list, tuple)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + ".report_to must be array")
            data__reportto_is_list = isinstance(data__reportto, (list, tuple))
            if data__reportto_is_list:
                def fn(var): return frozenset(dict((k, fn(v)) for k, v in var.items()).items()) if hasattr(var, "items") else tuple(fn(v) for v in var) if isinstance(var, (dict, list)) else (bool, var) if isinstance(var, bool) else var
                data__reportto_len = len(data__reportto)
                if data__reportto_len > len(set(fn(data__reportto_x) for data__reportto_x in data__reportto)):
                    raise JsonSchemaValueException("" + (name_prefix or "data") + ".report_to must contain unique items")
                for data__reportto_x, data__reportto_item in enumerate(data__reportto):
                    if not isinstance(data__reportto_item, (str)):
                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".report_to[{data__reportto_x}]".format(**locals()) + " must be string")
                    if not (isinstance(data__reportto_item, str) and data__reportto_item == 'mlflow' or isinstance(data__reportto_item, str) and data__reportto_item == 'wandb' or isinstance(data__reportto_item, str) and data__reportto_item == 'tensorboard'):
                        raise JsonSchemaValueException("" + (name_prefix or "data") + ".report_to[{data__reportto_x}]".format(**locals()) + " must be one of ['mlflow', 'wandb', 'tensorboard']")
        if "packing" in data_keys:
            data_keys.remove("packing")
            data__packing = data["packing"]
            validate___definitions_packing(data__packing, custom_formats, (name_prefix or "data") + ".packing")
        if "system_prompt" in data_keys:
            data_keys.remove("system_prompt")
            data__systemprompt = data["system_prompt"]
            validate___definitions_system_prompt(data__systemprompt, custom_formats, (name_prefix or "data") + ".system_prompt")
        if "chat_template" in data_keys:
            data_keys.remove("chat_template")
            data__chattemplate = data["chat_template"]
            validate___definitions_chat_template(data__chattemplate, custom_formats, (name_prefix or "data") + ".chat_template")
        if data_keys:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must not contain "+str(data_keys)+" properties")
    return data

def validate___definitions_chat_template(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (str)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string")
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be longer than or equal to 1 characters")
    return data

def validate___definitions_system_prompt(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (str)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string")
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be longer than or equal to 1 characters")
    return data

def validate___definitions_packing(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (bool)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be boolean")
    return data

def validate___definitions_eval_split(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int, float)) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be number")
    data_any_of_count2 = 0
    if not data_any_of_count2:
        try:
            if isinstance(data, (int, float)) and not isinstance(data, bool):
                if data >= 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + " must be smaller than 1")
            data_any_of_count2 += 1
        except JsonSchemaValueException: pass
    if not data_any_of_count2:
        try:
            if isinstance(data, (int, float)) and not isinstance(data, bool):
                if isinstance(data, int) and isinstance(1, int):
                    if data % 1 != 0:
                        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be multiple of 1")
                else:
                    quotient = data / 1
                    if int(quotient) != quotient:
                        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be multiple of 1")
                    if data / 1 == float("inf"):
                        raise JsonSchemaValueException("inifinity reached")
            data_any_of_count2 += 1
        except JsonSchemaValueException: pass
    if not data_any_of_count2:
        raise JsonSchemaValueException("" + (name_prefix or "data") + " cannot be validated by any definition")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data <= 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than 0")
    return data

def validate___definitions_group_by_length(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (bool)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be boolean")
    return data

def validate___definitions_modules_to_save(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (str)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string")
    if isinstance(data, str):
        if not REGEX_PATTERNS['^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*$'].search(data):
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must match pattern ^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*$")
    return data

def validate___definitions_lora_variant(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (str)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string")
    if not (isinstance(data, str) and data == 'none' or isinstance(data, str) and data == 'rslora' or isinstance(data, str) and data == 'dora'):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be one of ['none', 'rslora', 'dora']")
    return data

def validate___definitions_early_stopping_patience(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int)) and not (isinstance(data, float) and data.is_integer()) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be integer")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 1")
    return data

def validate___definitions_save_only_model(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (bool)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be boolean")
    return data

def validate___definitions_offload(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (str)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string")
    if not (isinstance(data, str) and data == 'none' or isinstance(data, str) and data == 'optimizer' or isinstance(data, str) and data == 'all'):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be one of ['none', 'optimizer', 'all']")
    return data

def validate___definitions_lr_min_ratio(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int, float)) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be number")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 0")
        if data >= 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be smaller than 1")
    return data

def validate___definitions_number_of_checkpoints(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int)) and not (isinstance(data, float) and data.is_integer()) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be integer")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 1")
    return data

def validate___definitions_eval_steps(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int)) and not (isinstance(data, float) and data.is_integer()) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be integer")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 1")
    return data

def validate___definitions_checkpoint_steps(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int)) and not (isinstance(data, float) and data.is_integer()) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be integer")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 1")
    return data

def validate___definitions_target_modules(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (str)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string")
    try:
        if isinstance(data, str):
            if not REGEX_PATTERNS['^(linear|all|all_linear)$|all-linear *,|, *all-linear'].search(data):
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must match pattern ^(linear|all|all_linear)$|all-linear *,|, *all-linear")
    except JsonSchemaValueException: pass
    else:
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must NOT match a disallowed definition")
    if isinstance(data, str):
        if not REGEX_PATTERNS['^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*$'].search(data):
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must match pattern ^[A-Za-z0-9_.-]+( *, *[A-Za-z0-9_.-]+)*$")
    return data

def validate___definitions_lora_rank(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int)) and not (isinstance(data, float) and data.is_integer()) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be integer")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 1")
    return data

def validate___definitions_lora_dropout(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int, float)) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be number")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 0")
        if data > 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be smaller than or equal to 1")
    return data

def validate___definitions_lora_alpha(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int)) and not (isinstance(data, float) and data.is_integer()) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be integer")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 1")
    return data

def validate___definitions_merge_adapter(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (bool)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be boolean")
    return data

def validate___definitions_simpo_gamma(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int, float)) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be number")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data <= 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than 0")
    return data

def validate___definitions_pref_loss(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (str)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string")
    if not (isinstance(data, str) and data == 'sigmoid' or isinstance(data, str) and data == 'hinge' or isinstance(data, str) and data == 'ipo' or isinstance(data, str) and data == 'kto_pair' or isinstance(data, str) and data == 'orpo' or isinstance(data, str) and data == 'simpo'):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be one of ['sigmoid', 'hinge', 'ipo', 'kto_pair', 'orpo', 'simpo']")
    return data

def validate___definitions_pref_ftx(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int, float)) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be number")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 0")
        if data > 10:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be smaller than or equal to 10")
    return data

def validate___definitions_pref_beta(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int, float)) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be number")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 0")
    return data

def validate___definitions_dpo_label_smoothing(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int, float)) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be number")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 0")
        if data > 0.5:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be smaller than or equal to 0.5")
    return data

def validate___definitions_unsloth_gradient_checkpointing(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (bool)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be boolean")
    return data

def validate___definitions_seed(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int)) and not (isinstance(data, float) and data.is_integer()) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be integer")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 0")
        if data > 4294967295:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be smaller than or equal to 4294967295")
    return data

def validate___definitions_lr_warmup_ratio(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int, float)) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be number")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if data < 0:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be bigger than or equal to 0")
        if data >= 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be smaller than 1")
    return data

def validate___definitions_zero_stage(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (int)) and not (isinstance(data, float) and data.is_integer()) or isinstance(data, bool):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be integer")
    if not (isinstance(data, (int, float)) and not isinstance(data, bool) and data == 1 or isinstance(data, (int, float)) and not isinstance(data, bool) and data == 2 or isinstance(data, (int, float)) and not isinstance(data, bool) and data == 3):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be one of [1, 2, 3]")
    return data

def validate___definitions_eval_data(data, custom_formats={}, name_prefix=None):
    if not isinstance(data, (str, list, tuple)):
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string or array")
    try:
        if not isinstance(data, (str)):
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be string")
        if isinstance(data, str):
            if not REGEX_PATTERNS['^~|^[A-Za-z][A-Za-z0-9+.-]*:/'].search(data):
                raise JsonSchemaValueException("" + (name_prefix or "data") + " must match pattern ^~|^[A-Za-z][A-Za-z0-9+.-]*:/")
    except JsonSchemaValueException: pass
    else:
        raise JsonSchemaValueException("" + (name_prefix or "data") + " must NOT match a disallowed definition")
    if isinstance(data, str):
        data_len = len(data)
        if data_len < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must be longer than or equal to 1 characters")
    data_is_list = isinstance(data, (list, tuple))
    if data_is_list:
        data_len = len(data)
        if data_len < 1:
            raise JsonSchemaValueException("" + (name_prefix or "data") + " must contain at least 1 items")
        for data_x, data_item in enumerate(data):
            if not isinstance(data_item, (str)):
                raise JsonSchemaValueException("" + (name_prefix or "data") + "[{data_x}]".format(**locals()) + " must be string")
            try:
                if isinstance(data_item, str):
                    if not REGEX_PATTERNS['^~|^[A-Za-z][A-Za-z0-9+.-]*:/'].search(data_item):
                        raise JsonSchemaValueException("" + (name_prefix or "data") + "[{data_x}]".format(**locals()) + " must match pattern ^~|^[A-Za-z][A-Za-z0-9+.-]*:/")
            except JsonSchemaValueException: pass
            else:
                raise JsonSchemaValueException("" + (name_prefix or "data") + "[{data_x}]".format(**locals()) + " must NOT match a disallowed definition")
            if isinstance(data_item, str):
                data_item_len = len(data_item)
                if data_item_len < 1:
                    raise JsonSchemaValueException("" + (name_prefix or "data") + "[{data_x}]".format(**locals()) + " must be longer than or equal to 1 characters")
    return data