"""Worlds in which doctor and run once disagreed, or in which something is wrong that each of them must see."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any, Final

from tests.worlds.world import (
    ALPACA,
    MANY,
    PAIR,
    TALK,
    TEXT,
    TRAINED,
    World,
    cut,
    dangling,
    file,
    folder,
    gone,
    keys,
    longer,
    looped,
    of_processes,
    pipe,
)


def zipped(**files: str) -> bytes:
    """A zip of text files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/", 1) if name.startswith("a__") else name, text)
    return stream.getvalue()


def lines(*rows: Any) -> str:
    """JSON Lines."""
    return "".join(f"{json.dumps(row)}\n" for row in rows)


GOOD_LINES: Final = lines(*[ALPACA] * 4)
MIXED: Final = {"instruction": "a", "input": "", "output": "b", "text": "Once upon a time there was a compiler. " * 9}

SOUND: Final = (
    World("nothing is wrong"),
    World("pt", {"trainer": "pt"}),
    World("dpo", {"trainer": "dpo"}),
    World("orpo", {"trainer": "dpo", "pref_loss": "orpo"}),
    World("kto", {"trainer": "dpo", "pref_loss": "kto_pair"}),
    World("full", {"training_type": "full"}),
    World("conversations", rows=[TALK] * 4),
    World("pt on rows that also have other columns", {"trainer": "pt"}, rows=[MIXED] * 4),
    World("a zip", {"train_data": "d.zip"}, changes=(file("d.zip", zipped(**{"rows.jsonl": GOOD_LINES})),)),
    World("a zip with a folder", {"train_data": "d.zip"}, changes=(file("d.zip", zipped(a__b=GOOD_LINES)),)),
    World("csv", {"train_data": "d.csv"}, changes=(file("d.csv", "instruction,input,output\na,,b\nc,,d\n"),)),
    World("evaluation", {"eval_strategy": "epoch", "eval_data": "train.jsonl"}),
    World("a blank line between rows", rows=[ALPACA, "", ALPACA]),
    World("a malformed row, to be skipped", rows=[ALPACA, {"instruction": 3}], options={"skip_bad_rows": True}),
)
DATA: Final = (
    World("no data", {"train_data": "gone.jsonl"}),
    World("no data is named", {"train_data": None}),
    World("no model and no data are named", {"train_data": None, "model": None}),
    World("evaluation without its data", {"eval_strategy": "epoch", "eval_data": "gone.jsonl"}),
    World("an empty file", rows=[]),
    World("an empty list", {"train_data": "d.json"}, changes=(file("d.json", "[]"),)),
    World("half a JSON file", {"train_data": "d.json"}, changes=(file("d.json", '[{"instruction": "a"'),)),
    World("not UTF-8", changes=(file("train.jsonl", b"\xff\xfe{}\n"),)),
    World("an unknown ending", {"train_data": "d.md"}, changes=(file("d.md", "x"),)),
    World("half a parquet file", {"train_data": "d.parquet"}, changes=(file("d.parquet", b"PAR1"),)),
    World("half a zip", {"train_data": "d.zip"}, changes=(file("d.zip", b"PK\3\4"),)),
    World("an empty folder", {"train_data": "d"}, changes=(file("d/notes.md", "x"),)),
    World("every row is malformed: roles", rows=[{"conversations": [{"from": "user", "value": "a"}]}] * 4),
    World("every row is malformed: empty answers", rows=[{**ALPACA, "output": ""}] * 4),
    World("one malformed row", rows=[ALPACA, {**ALPACA, "output": 7}]),
    World("a line that is not JSON", rows=[ALPACA, "{"]),
    World("rows of pairs for sft", rows=[PAIR] * 4),
    World("alpaca rows for pt", {"trainer": "pt"}, rows=[ALPACA] * 4),
    World("text rows for sft", rows=[TEXT] * 4),
    World("conversations for dpo", {"trainer": "dpo"}, rows=[TALK] * 4),
    World("unknown columns", rows=[{"question": "a", "answer": "b"}] * 4),
    World("nothing is left to train on", {"eval_strategy": "epoch", "eval_split": MANY}),
    World(
        "nothing is left to train on without the malformed rows",
        {"eval_strategy": "epoch", "eval_split": 2},
        rows=[ALPACA, {**ALPACA, "output": 7}, ALPACA],
        options={"skip_bad_rows": True},
    ),
    World("__data__ in a zip", {"train_data": "d.zip"}, changes=(file("d.zip", zipped(__data__=GOOD_LINES)),)),
)
FILES: Final = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
GPTQ: Final = {"quant_method": "gptq", "bits": 4}
MODEL: Final = (
    World("no model", {"model": "no/such/model"}),
    World("a file as the model", {"model": "train.jsonl"}),
    World("no weights", changes=(gone("model/model.safetensors"),)),
    World("no config.json", changes=(gone("model/config.json"),)),
    World("no tokenizer", changes=(gone("model/tokenizer.json"), gone("model/tokenizer_config.json"))),
    World("half of config.json", changes=(cut("model/config.json", 40),)),
    World("weights cut off", changes=(cut("model/model.safetensors", -10),)),
    World("two bytes after the weights", changes=(longer("model/model.safetensors", b"\0\0"),)),
    World("a size that is no number", changes=(keys("model/config.json", hidden_size="32"),)),
    World("fewer layers than none", changes=(keys("model/config.json", num_hidden_layers=-1),)),
    World("no model_type", changes=(keys("model/config.json", model_type=None),)),
    World("no hidden_size", changes=(keys("model/config.json", hidden_size=None),)),
    World("another intermediate_size", changes=(keys("model/config.json", intermediate_size=96),)),
    World("more layers than are stored", changes=(keys("model/config.json", num_hidden_layers=5),)),
    World(
        "an empty tokenizer.json, and a malformed row",
        rows=[ALPACA, {**ALPACA, "output": 7}],
        changes=(cut("model/tokenizer.json", 0),),
    ),
    World("a shape that its config.json does not have", changes=(keys("model/config.json", attention_bias=True),)),
    World("a family that is not known", changes=(keys("model/config.json", model_type="brand_new"),)),
    World("a padding token of no number", changes=(keys("model/tokenizer_config.json", pad_token="<nowhere>"),)),
    World("a side that is none", changes=(keys("model/tokenizer_config.json", padding_side="up"),)),
    World("generation settings of no sense", changes=(keys("model/generation_config.json", cache_implementation="x"),)),
    World(
        "quantized by a package that is not here",
        {"merge_adapter": False},
        changes=(keys("model/config.json", quantization_config=GPTQ),),
    ),
    World("an adapter beside the model", changes=(file("model/adapter_config.json", "{}"),)),
    World("an encoder-decoder", changes=(keys("model/config.json", is_encoder_decoder=True),)),
    World("a module that is not there", {"target_modules": "q_proj,typo_proj"}),
    World("a LoRA of the head", {"target_modules": "lm_head"}),
    World("a whole module that is not there", {"modules_to_save": "embed_tokens,typo"}),
    World("flash attention on a CPU", {"flash_attention_v2": True}),
    World("fp16 on a CPU", {"mixed_precision": "fp16"}),
)
TOKENS: Final = (
    World("every answer is cut off", {"max_sequence_length": 8}, rows=[{**ALPACA, "instruction": "long " * 50}] * 4),
    World("one answer is cut off", {"max_sequence_length": 24}, rows=[ALPACA, {**ALPACA, "instruction": "x " * 90}]),
    World("a template that refuses", changes=(file("model/chat_template.jinja", "{{ raise_exception('no') }}"),)),
    World("a template that is broken", changes=(file("model/chat_template.jinja", "{% for %}"),)),
    World("one token per sequence", {"max_sequence_length": 1}),
    World("texts shorter than a block", {"trainer": "pt", "max_sequence_length": 2048}, rows=[{"text": "a"}]),
)
FOLDERS: Final = (
    World("an earlier run", changes=(file("out/final/x", ""),)),
    World("an earlier run, to be replaced", changes=(file("out/final/x", ""),), options={"overwrite": True}),
    World("a file as the output folder", changes=(file("out", ""),)),
    World("the checkpoint is not there", {"resume_from_checkpoint": "out/checkpoint-7"}),
    World(
        "an empty checkpoint", {"resume_from_checkpoint": "out/checkpoint-7"}, changes=(file("out/checkpoint-7/x", ""),)
    ),
    World("nothing to resume from", {"resume_from_checkpoint": True, "checkpoint_strategy": "epoch"}),
    World("two nodes and no rendezvous", {"nodes": 2}),
)
ON: Final = {**TRAINED, "resume_from_checkpoint": True, "epochs": 2}
NAMED: Final = {**ON, "resume_from_checkpoint": "out/checkpoint-3"}
RESUMED: Final = (
    World("going on", ON, trained=True),
    World("going on from a named checkpoint", NAMED, trained=True),
    World("modules in another order", {**ON, "target_modules": "v_proj,q_proj"}, trained=True),
    World("other modules", {**ON, "target_modules": "v_proj"}, trained=True),
    World("another learning rate", {**ON, "learning_rate": 0.01}, trained=True),
    World("other rows", ON, rows=[TALK] * 6, trained=True),
    World("no optimizer in a named checkpoint", NAMED, changes=(gone("out/checkpoint-3/optimizer.pt"),), trained=True),
    World("no optimizer in the newest", ON, changes=(gone("out/checkpoint-3/optimizer.pt"),), trained=True),
    World("half of the weights", NAMED, changes=(cut("out/checkpoint-3/adapter_model.safetensors", 90),), trained=True),
    World("checkpoints of an earlier run", TRAINED, trained=True),
)
ODD: Final = (
    *(World(f"a pipe as {name}", changes=(pipe(f"model/{name}"),)) for name in FILES),
    *(World(f"a folder as {name}", changes=(folder(f"model/{name}"),)) for name in FILES),
    World("a pipe as an adapter", NAMED, changes=(pipe("out/checkpoint-3/adapter_model.safetensors"),), trained=True),
    World("a pipe as the lock", changes=(pipe("out/.lock"),)),
    World("a pipe as the template", {"chat_template": "t"}, changes=(pipe("t"),)),
    World("an empty template", {"chat_template": "t"}, changes=(file("t", " \n"),)),
    World("a link to nowhere as the output folder", changes=(dangling("out"),)),
    World("a link to itself as the output folder", changes=(looped("out"),)),
    World("a name too long for a folder", {"output_dir": "x" * 300}),
    World("a path too long for a folder", {"output_dir": "a/" * 2100 + "b"}),
    World("a file that is a byte order mark", changes=(file("train.jsonl", b"\xef\xbb\xbf"),)),
    World("other processes in the newest", ON, changes=(of_processes("out/checkpoint-3", 2),), trained=True),
    World("other processes in a named one", NAMED, changes=(of_processes("out/checkpoint-3", 2),), trained=True),
)
"""What is no regular file, or has a name that no file system takes."""
QUICK: Final = (SOUND[0], *DATA[::5], *MODEL[8:13], *TOKENS[::3], *FOLDERS[::3], *RESUMED[2:7:4])
"""A few of every kind, for each run of the tests."""
KNOWN: Final = (*SOUND, *DATA, *MODEL, *TOKENS, *FOLDERS, *RESUMED, *ODD)
