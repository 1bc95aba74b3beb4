"""Rules of what the rows become as tokens (HPC568 to HPC578): the runner finds them."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC568",
        "disk",
        "warning",
        "rows are cut",
        "Rows longer than `max_sequence_length` lose their end, and with it the end of the answer: a model that never "
        "sees an end never learns to stop.",
        "raise `max_sequence_length` to the length that the message names, or shorten the rows",
        '{"train_data": "data/long.jsonl", "max_sequence_length": 64}',
    ),
    Rule(
        "HPC569",
        "disk",
        "error",
        "rows have no answer within the length",
        "Where the question alone fills `max_sequence_length`, nothing is left to learn from. Such rows are left out.",
        "raise `max_sequence_length` to the length that the message names, or shorten the rows",
        '{"train_data": "data/long.jsonl", "max_sequence_length": 16}',
    ),
    Rule(
        "HPC571",
        "disk",
        "warning",
        "the chat template leaves out text",
        "Templates differ in the roles that they know. Where one leaves out the system text, a question or the "
        "reasoning, the model never sees it.",
        "use a model whose template writes it, or put the text into the question",
        '{"model": "models/without-system", "train_data": "data/with-system.jsonl"}',
    ),
    Rule(
        "HPC572",
        "disk",
        "warning",
        "texts have special tokens",
        "A special token such as <|im_end|> in a text is read as the token itself: it ends a turn, or begins one.",
        "remove the tokens from the texts, unless they are meant",
        '{"train_data": "data/scraped-chats.jsonl"}',
    ),
    Rule(
        "HPC573",
        "disk",
        "error",
        "a token has no embedding",
        "The tokenizer has more tokens than the model has embeddings. A row with such a token cannot be trained on.",
        "remove the token from the rows, or enlarge the embeddings (resize_token_embeddings)",
        '{"model": "models/added-tokens", "train_data": "data/with-them.jsonl"}',
    ),
    Rule(
        "HPC574",
        "disk",
        "note",
        "the chat template writes the date into the rows",
        "A template that calls strftime_now writes today's date into each row. Rows tokenized on different days "
        "differ, so cached rows of another day are not reused. A run keeps one date from start to end, also when it is "
        "resumed.",
        "to make the same rows on another day, set the variable SOURCE_DATE_EPOCH (seconds since 1970)",
        '{"model": "openai/gpt-oss-20b", "train_data": "train.jsonl"}',
    ),
    Rule(
        "HPC575",
        "disk",
        "note",
        "the chat template does not end answers",
        "Without an end the model never learns to stop, so the end of sequence is appended to each answer.",
        "nothing needs to be done: hpc appends it",
        '{"model": "models/without-end", "train_data": "train.jsonl"}',
    ),
    Rule(
        "HPC579",
        "disk",
        "warning",
        "nothing ends the rows",
        "The chat template writes no end of a turn, and the tokenizer has no end of sequence that hpc could append. A "
        "model trained on such rows never stops.",
        "write eos_token into the model's tokenizer_config.json",
        '{"model": "models/without-eos", "train_data": "train.jsonl"}',
    ),
    Rule(
        "HPC576",
        "disk",
        "note",
        "conversations become several rows",
        "Some templates show earlier answers differently from how they are generated, for example without their "
        "reasoning. Then each answer becomes a row of its own, in which it comes last.",
        "nothing needs to be done; the message says how many rows there are",
        '{"model": "models/reasoning", "train_data": "data/several-turns.jsonl"}',
    ),
    Rule(
        "HPC577",
        "disk",
        "warning",
        "rows are in the data more than once",
        "A row that is there twice weighs twice. `hpc data` counts rows whose tokens are equal.",
        "remove the copies, unless rows are repeated on purpose",
        '{"train_data": "data/with-copies.jsonl"}',
    ),
    Rule(
        "HPC578",
        "disk",
        "warning",
        "answers are equal within the length",
        "Where two answers differ only after `max_sequence_length`, there is no preference to learn.",
        "raise `max_sequence_length` to the length that the message names",
        '{"trainer": "dpo", "train_data": "data/long-pairs.jsonl", "max_sequence_length": 64}',
    ),
)
