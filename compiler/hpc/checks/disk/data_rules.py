"""Rules of data files and their rows, and of the steps that they make (HPC520 to HPC529, HPC560 to HPC567, HPC570)."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule
from hpc_disk import data, hub, steps

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC520",
        "disk",
        "error",
        "the data does not exist",
        "There is no file or folder at the path. Reported by `hpc run` and `hpc doctor`, which are about this machine.",
        "check the path, which is relative to the current folder; or write the id of a data set on the hub",
        '{"train_data": "data/trian.jsonl"}',
        checks=(data.missing,),
    ),
    Rule(
        "HPC521",
        "disk",
        "error",
        "the data cannot be read",
        "The end of a file's name says what is in it: json, jsonl, csv, parquet, arrow, txt, or a zip of these; text "
        "is in UTF-8. In a folder with files named for splits (train, validation, eval, dev, test) the one that is "
        "needed must be there.",
        "repair the file at the place that the message names, or rename it to what it is",
        '{"train_data": "data/cut-off.json"}',
        checks=(
            data.readable,
            data.right_rows,
        ),
    ),
    Rule(
        "HPC522",
        "disk",
        "error",
        "the data is empty",
        "The file is there, but has no rows.",
        "provide a file with at least one row",
        '{"train_data": "data/empty.jsonl"}',
        checks=(data.readable,),
    ),
    Rule(
        "HPC523",
        "disk",
        "error",
        "the data has other columns than this trainer needs",
        "Each trainer learns from the formats of its kind: sft from conversations, dpo from pairs of answers, pt from "
        "text. None of the first rows has the columns of such a format.",
        "use data in that format, or change `data_format` or `trainer`",
        '{"trainer": "dpo", "train_data": "data/alpaca.json"}',
        checks=(data.right_rows,),
    ),
    Rule(
        "HPC524",
        "disk",
        "error",
        "rows are malformed",
        "A row without the columns of its format, or with empty ones, teaches nothing. `hpc validate` checks the "
        "first rows; `hpc data`, `hpc doctor` and `hpc run` check every row. Without --skip-bad-rows, a run with "
        "malformed rows does not start.",
        "repair the rows, or run with --skip-bad-rows",
        '{"train_data": "data/with-gaps.jsonl"}',
        checks=(data.right_rows,),
    ),
    Rule(
        "HPC525",
        "disk",
        "warning",
        "the warm-up is longer than the training",
        "The learning rate rises during the warm-up. If the training ends first, it never reaches `learning_rate`. "
        "`lr_warmup_ratio` is a share of all steps, rounded up: of few steps it can be all of them.",
        "write fewer `lr_warmup_steps` or a smaller `lr_warmup_ratio`, or more `epochs`",
        '{"train_data": "data/small.json", "lr_warmup_steps": 500}',
        checks=(steps.long_warmup,),
    ),
    Rule(
        "HPC526",
        "disk",
        "warning",
        "checkpoints or evaluations are further apart than the training is long",
        "transformers saves and evaluates once more at the end, and never before that.",
        "write fewer steps, or the strategy epoch",
        '{"train_data": "data/small.json", "checkpoint_strategy": "steps", "checkpoint_steps": 1000}',
        checks=(steps.rhythm_beyond_end,),
    ),
    Rule(
        "HPC527",
        "disk",
        "warning",
        "there are fewer rows than one step takes",
        "One step takes batch_size × gradient_accumulation_steps × devices rows. With fewer in all, an epoch is one "
        "step of fewer rows; with fewer than processes, some rows are seen twice.",
        "lower `batch_size`, `gradient_accumulation_steps` or the number of devices, or add data",
        '{"train_data": "data/ten-rows.json", "batch_size": 64}',
        checks=(steps.too_few_rows,),
    ),
    Rule(
        "HPC570",
        "disk",
        "error",
        "no rows are left for training",
        "`eval_split` keeps rows of the training data for evaluation. If it keeps all of them, none are left to "
        "train on. `max_samples` is applied first.",
        "lower `eval_split`, or add data",
        '{"train_data": "data/ten-rows.jsonl", "eval_split": 10, "eval_strategy": "epoch"}',
        checks=(steps.whole_split,),
    ),
    Rule(
        "HPC528",
        "disk",
        "note",
        "this was not checked, because it is only on the hub",
        "The name is not a path on this disk, and this machine's cache of the Hugging Face hub does not have it. hpc "
        "checks what is here and downloads nothing to check it.",
        "download it first, for example: hf download org/model, or go on without the checks",
        '{"model": "org/model", "train_data": "train.jsonl"}',
        checks=(hub.unchecked,),
    ),
    Rule(
        "HPC529",
        "disk",
        "error",
        "this is not in the cache, and the hub cannot be asked",
        "The name is not a path on this disk, this machine's cache of the Hugging Face hub does not have it, and the "
        "hub is switched off by HF_HUB_OFFLINE or does not answer within 5 seconds. Reported by `hpc run` and "
        "`hpc doctor`.",
        "correct the path, download it where the hub can be reached, or connect this machine",
        '{"model": "org/model", "train_data": "train.jsonl"}',
        checks=(hub.unreachable,),
    ),
    Rule(
        "HPC560",
        "disk",
        "error",
        "the columns fit two formats",
        "The rows have the columns of two formats of this trainer, which would learn different things from them.",
        "choose one with `data_format`, or remove the columns of the other",
        '{"train_data": "data/instruction-output-response.jsonl"}',
        checks=(data.right_rows,),
    ),
    Rule(
        "HPC561",
        "disk",
        "note",
        "a split has files of several names",
        "A data set may have several training splits, such as train_sft and train_gen. hpc takes every file named "
        "for the split.",
        "name one of the files to use it alone",
        '{"train_data": "data"}',
        checks=(data.parts_of_a_split,),
    ),
    Rule(
        "HPC562",
        "disk",
        "note",
        "files of a folder are not used",
        "A folder is read file by file. Licenses, descriptions such as dataset_info.json, and files that are named for "
        "another split (train, validation, eval, dev, test) are left out.",
        "name the file itself to use it anyway",
        '{"train_data": "data"}',
        checks=(data.files_left_out,),
    ),
    Rule(
        "HPC563",
        "disk",
        "warning",
        "the evaluation data is training data",
        "A model has seen the rows that it was trained on: their loss says nothing about other rows.",
        "evaluate on other rows",
        '{"train_data": "train.jsonl", "eval_data": "train.jsonl", "eval_strategy": "epoch"}',
        checks=(data.shared_files,),
    ),
    Rule(
        "HPC564",
        "disk",
        "note",
        "columns are not used",
        "The rows have columns that their format does not use, such as an id or a source.",
        "remove the columns, or rename them to those of the format",
        '{"train_data": "data/with-ids.jsonl"}',
        checks=(data.unused_columns,),
    ),
    Rule(
        "HPC565",
        "disk",
        "note",
        "how many documents a text file makes",
        "Each line that is not blank is a document of its own: the model learns to end after it.",
        'for longer documents write JSON Lines with a column "text"',
        '{"trainer": "pt", "train_data": "book.txt"}',
        checks=(data.documents,),
    ),
    Rule(
        "HPC566",
        "disk",
        "warning",
        "the lines of a text file were wrapped by hand",
        "Each line becomes a document of its own, so that sentences which go on in the next line are cut. Lines of "
        "nearly equal length that end in the middle of a sentence were probably wrapped at a width.",
        'join the lines of a paragraph, or write JSON Lines with a column "text"',
        '{"trainer": "pt", "train_data": "wrapped.txt"}',
        checks=(data.wrapped_by_hand,),
    ),
    Rule(
        "HPC567",
        "disk",
        "error",
        "several data sets in one string",
        "A path may contain commas, so a string is always one path.",
        "write a list of paths",
        '{"train_data": "a.jsonl,b.jsonl"}',
        checks=(data.several_in_one_text,),
    ),
)
