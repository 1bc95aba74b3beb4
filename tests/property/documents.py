"""Random configs, made from the schema: sound ones, and ones in which some values are anything at all."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from hpc.rules import all_rules
from hpc.source import Document, Format, parse
from hpc.source.encode import encode, encode_key
from hpc_schema import properties

TEXTS = {
    "$schema": ["hpc.schema.json"],
    "target_modules": ["all-linear", "q_proj,v_proj", "q_proj, q_proj", "lm_head"],
    "modules_to_save": ["embed_tokens", "embed_tokens,lm_head"],
    "resume_from_checkpoint": ["no_such_run/checkpoint-10"],
    "target": ["trl==0.24", "trl==0.19.1, transformers==4.53.3", "transformers==5.3", "peft==0.21.2"],
}
FREE = ["no_such_file.jsonl", "no/such-name"]
EDGES = st.sampled_from([0, 1, 2, 0.0, 1.0, 0.5, -1, 1e-5, 10, 10.5, 4294967296, 1e308, 2**63 - 1])
NUMBERS = EDGES | st.integers(-5, 2000) | st.floats(-2, 12, allow_nan=False)
LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
LEAVES = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.text(LETTERS, max_size=8)
    | st.sampled_from(["no", "None", "1.0", "TRUE", "x"])
)
ANYTHING = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.text(LETTERS, max_size=3), LEAVES, max_size=2)
WORDS = st.sampled_from(["DDP", "Full", "LoRA", "BF16", "Kto pair", " sft ", "deep speed", "linear", "3e-4", "off"])
INVOLVED = [
    "trainer",
    "training_type",
    "pref_loss",
    "pref_beta",
    "pref_ftx",
    "dpo_label_smoothing",
    "quantization_bit",
    "mixed_precision",
    "flash_attention_v2",
    "distributed_backend",
    "zero_stage",
    "save_best_checkpoint",
    "eval_strategy",
    "eval_steps",
    "checkpoint_strategy",
    "checkpoint_steps",
    "logging_steps",
    "data_format",
    "batch_size",
    "number_of_checkpoints",
    "target_modules",
]
UNKNOWN = ["finetuning_type", "deepspeed_zero_stage", "lr", "lerning_rate", "", "a/b~c", "größe"]


def sound(name: str) -> st.SearchStrategy[Any]:
    """A value that the field's own schema allows."""
    subschema = properties()[name]
    types = subschema["type"] if isinstance(subschema["type"], list) else [subschema["type"]]
    if "enum" in subschema:
        return st.sampled_from(subschema["enum"])
    if types == ["array"]:
        return st.lists(st.sampled_from(subschema["items"]["enum"]), unique=True)
    if name == "eval_split":
        return st.sampled_from([0.01, 0.5, 1, 1.0, 100])
    if "boolean" in types:
        return st.booleans() | st.sampled_from(TEXTS.get(name, [True]))
    if "string" in types and "array" in types:
        paths = st.sampled_from(["data", "a.jsonl", "rows/b.json"])
        return paths | st.lists(paths, min_size=1, max_size=3)
    if types == ["string"]:
        return st.sampled_from(TEXTS.get(name, FREE))
    return _integers(subschema) if types == ["integer"] else _numbers(subschema)


def documents(*, wrong: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Configs of up to a dozen keys; with ``wrong``, of unknown keys and impossible values as well."""
    known = {name: sound(name) for name in properties()}
    if not wrong:
        return _some(known)
    broken = {name: st.one_of(values, values, WORDS, ANYTHING) for name, values in known.items()}
    return _some(broken | dict.fromkeys(UNKNOWN, WORDS | ANYTHING))


def near_conflicts() -> st.SearchStrategy[dict[str, Any]]:
    """Configs that break a rule of relations, or nearly so: random chance seldom meets one."""
    examples = [
        json.loads(r.example) for code, r in all_rules().items() if all_rules()[code].kind in ("conflict", "effect")
    ]
    return st.builds(lambda some, example: {**some, **example}, documents(wrong=False), st.sampled_from(examples))


def written(config: dict[str, Any], format_: Format = "json") -> Document:
    """The config as a document of this format, one key a line."""
    equals, comma = (" = ", "") if format_ == "toml" else (": ", "," if format_ != "yaml" else "")
    lines = [f"{encode_key(format_, key)}{equals}{encode(format_, value)}" for key, value in config.items()]
    body = f"{comma}\n".join(lines)
    text = f"{{\n{body}\n}}\n" if comma else f"{body}\n"
    return parse(text, format_, f"config.{format_}")


@st.composite
def _some(draw: st.DrawFn, values: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(INVOLVED) | st.sampled_from(sorted(values)), unique=True, max_size=15))
    return {name: draw(values[name]) for name in names}


def _integers(subschema: dict[str, Any]) -> st.SearchStrategy[int]:
    low = subschema["minimum"]
    return st.integers(low, min(subschema.get("maximum", 5000), 5000)) | st.just(low)


def _numbers(subschema: dict[str, Any]) -> st.SearchStrategy[float]:
    low, high = subschema.get("minimum", 0), subschema.get("maximum", subschema.get("exclusiveMaximum", 12))
    open_low, open_high = "exclusiveMinimum" in subschema, "exclusiveMaximum" in subschema
    reals = st.floats(low, high, exclude_min=open_low, exclude_max=open_high, allow_subnormal=False)
    ends = ([] if open_low else [low]) + ([] if open_high else [high])
    return st.one_of(reals, st.sampled_from(ends)) if ends else reals
