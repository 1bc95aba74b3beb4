"""Generates the data of the examples from hpc's own schema.

``python examples/make_data.py`` writes ``examples/data/``; ``--check`` only lists files that are out of date, and then
exits with 1. Each of the forty hyperparameters becomes questions with one answer (alpaca rows), a conversation of three
turns (sharegpt rows), preference pairs (the correct answer, and one with another field's values) and a text of the
corpus. The wordings of the questions in the ``_eval`` files do not occur in any ``_train`` file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hpc_schema import properties, schema
from hpc_schema.fields import BY_NAME

DATA = Path(__file__).with_name("data")

TRAIN_WORDINGS = ("What does {title} do?", "hpc: explain {title}.", "Which values may I write for `{key}`?")
EVAL_WORDINGS = ("hpc: {title}?",)
SYSTEM = "You answer questions about the hyperparameters of hpc."
TRAIN_TURNS = ("What is {title}?", "What may I write there?", "And when I leave it out?")
EVAL_TURNS = ("Tell me about `{key}`.", "Which values are allowed?", "What is the default?")

Row = dict[str, Any]


def hyperparameters() -> list[str]:
    """The forty names: every field except those of the job."""
    return [field.name for field in BY_NAME.values() if field.group != "job"]


def literal(value: Any) -> str:
    """A value as it is written in a config."""
    return json.dumps(value)


def interval(subschema: Row) -> str:
    """The range of a number: ``(0, 1)``, ``[1, +∞)``."""
    low = f"({subschema['exclusiveMinimum']}" if "exclusiveMinimum" in subschema else f"[{subschema['minimum']}"
    if "exclusiveMaximum" in subschema:
        return f"{low}, {subschema['exclusiveMaximum']})"
    return f"{low}, {subschema['maximum']}]" if "maximum" in subschema else f"{low}, +∞)"


def allowed(name: str) -> str:
    """The values a field takes, as a sentence."""
    subschema = properties()[name]
    if "enum" in subschema:
        return f"Allowed: {', '.join(literal(value) for value in subschema['enum'])}."
    if subschema["type"] in ("integer", "number"):
        return f"Allowed: {subschema['type']} in {interval(subschema)}."
    if subschema["type"] == "boolean":
        return "Allowed: true, false."
    return f"Allowed: {' or '.join(subschema['type']) if isinstance(subschema['type'], list) else 'string'}."


def default(name: str) -> str:
    """The value of a field that is not set, as a sentence."""
    subschema = properties()[name]
    value = literal(subschema["default"]) if "default" in subschema else subschema["x-default"]
    return f"Default: {value}."


def activity(name: str) -> str:
    """When the field applies, as a sentence with a leading space; empty if it always does."""
    conditions = [
        f"{when.field} is {' or '.join(str(value).lower() for value in when.values)}"
        for when in BY_NAME[name].active_when
    ]
    return f" Acts only when {' and '.join(dict.fromkeys(conditions))}." if conditions else ""


def answer(name: str, values_of: str | None = None) -> str:
    """The correct answer about a field, or a wrong one with the values and the default of another field."""
    other = values_of or name
    return f"{properties()[name]['description']}{activity(name)} {allowed(other)} {default(other)}"


def word(wording: str, name: str) -> str:
    """A question about a field."""
    return wording.format(key=name, title=properties()[name]["title"])


def questions(wordings: Iterable[str]) -> list[Row]:
    """Alpaca rows."""
    return [
        {"instruction": word(wording, name), "input": "", "output": answer(name)}
        for name in hyperparameters()
        for wording in wordings
    ]


def conversation(name: str, turns: tuple[str, str, str]) -> Row:
    """A sharegpt row: three questions and three answers."""
    answers = (properties()[name]["description"] + activity(name), allowed(name), default(name))
    messages = [{"from": "system", "value": SYSTEM}]
    for turn, reply in zip(turns, answers, strict=True):
        messages += [{"from": "human", "value": word(turn, name)}, {"from": "gpt", "value": reply}]
    return {"conversations": messages}


def unlike(name: str) -> str:
    """The next field with other values."""
    names = hyperparameters()
    following = names[names.index(name) + 1 :] + names
    return next(other for other in following if allowed(other) != allowed(name) and default(other) != default(name))


def preferences(wordings: Iterable[str]) -> list[Row]:
    """Sharegpt rows with a chosen and a rejected answer."""
    return [
        {
            "conversations": [{"from": "human", "value": word(wording, name)}],
            "chosen": {"from": "gpt", "value": answer(name)},
            "rejected": {"from": "gpt", "value": answer(name, values_of=unlike(name))},
        }
        for name in hyperparameters()
        for wording in wordings
    ]


def article(name: str) -> str:
    """A text about a field."""
    subschema = properties()[name]
    return f"{subschema['title']} (`{name}`)\n\n{subschema['markdownDescription']}\n\n{allowed(name)} {default(name)}"


def rule_article(rule: Row) -> str:
    """A text about a rule."""
    return f"{rule['code']}: {rule['title']}\n\n{rule['why']}\n\nWhat to do: {rule['help']}."


def corpus() -> list[Row]:
    """Corpus rows: a text for every field and every rule of the schema."""
    rules = [block["x-rule"] for block in schema()["allOf"] if "why" in block.get("x-rule", {})]
    texts = [*map(article, hyperparameters()), *map(rule_article, rules)]
    return [{"text": text} for text in texts]


def files() -> dict[str, str]:
    """File name → text."""
    rows = {
        "questions_train": questions(TRAIN_WORDINGS),
        "questions_eval": questions(EVAL_WORDINGS),
        "conversations_train": [conversation(name, TRAIN_TURNS) for name in hyperparameters()],
        "conversations_eval": [conversation(name, EVAL_TURNS) for name in hyperparameters()],
        "preferences_train": preferences(TRAIN_WORDINGS),
        "preferences_eval": preferences(EVAL_WORDINGS),
        "corpus_train": corpus(),
    }
    return {
        f"{name}.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
        for name, made in rows.items()
    }


def main(argv: list[str]) -> int:
    """Write, or check, every file."""
    check = "--check" in argv
    made = files()
    stale = [
        name for name, text in made.items() if not (DATA / name).exists() or (DATA / name).read_text("utf-8") != text
    ]
    for name in stale:
        print(f"{'out of date' if check else 'written'}: examples/data/{name}")
        if not check:
            DATA.mkdir(exist_ok=True)
            (DATA / name).write_text(made[name], encoding="utf-8")
    return 1 if stale and check else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
