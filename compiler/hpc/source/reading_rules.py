"""Rules of reading a file (HPC0xx)."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC001",
        "reading",
        "error",
        "the file does not exist",
        "Paths are relative to the current folder, as in every command-line tool. If a file in the same folder has "
        "almost the same name, hpc suggests it.",
        "check the spelling and the current folder",
        "$ hpc validate trian.json",
    ),
    Rule(
        "HPC002",
        "reading",
        "error",
        "the file cannot be read",
        "The operating system refused: no permission, a broken disk, a closed standard input.",
        "give yourself permission to read it, for example with `chmod u+r FILE`",
        "$ chmod 0 train.json && hpc validate train.json",
    ),
    Rule(
        "HPC003",
        "reading",
        "error",
        "this is not a regular file",
        "A config is one regular file. A folder has many; a pipe or a device may never start or never end, and hpc "
        "always answers in bounded time.",
        "name the config file itself, or send JSON to standard input: `hpc validate - < FILE`",
        "$ hpc validate runs/",
    ),
    Rule(
        "HPC004",
        "reading",
        "error",
        "hpc does not read files with this extension",
        "The extension alone decides the format, so that editors, hooks and hpc always agree on it. hpc reads "
        "`.json`, `.jsonc`, `.yaml`, `.yml` and `.toml`.",
        "rename the file to end in .json, .jsonc, .yaml, .yml or .toml",
        "$ hpc validate train.cfg",
    ),
    Rule(
        "HPC005",
        "reading",
        "error",
        "the file is too large to be a config",
        "A config with all forty hyperparameters of the specification has about two thousand characters. A file of "
        "more than 1 MiB is something else, usually the data, and is not read at all.",
        "name the config, not the data: the path of the data is the value of `train_data`",
        "$ hpc validate train_data.json",
    ),
    Rule(
        "HPC006",
        "reading",
        "error",
        "the file is not UTF-8 text",
        "hpc reads UTF-8, with or without a byte order mark. Reading another encoding (UTF-16, Latin-1) would be a "
        "guess, and a wrong guess can silently change a path or a name.",
        "save the file as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`",
        '{"model": "mod\\xe8le"}   (in Latin-1)',
    ),
    Rule(
        "HPC007",
        "reading",
        "error",
        "the text contains an invisible character",
        "NUL bytes and other control characters cannot be seen in an editor, formats treat them differently, and they "
        "usually come from a damaged copy. A NUL is rejected as an escape as well: it ends every path and every "
        "argument of the operating system.",
        "delete the character; inside a quoted string write it as an escape, for example \\u0007",
        '{"model": "a<NUL>b"}',
    ),
    Rule(
        "HPC008",
        "reading",
        "error",
        "the file is empty",
        "An empty file is more often a failed copy or a failed write than a config with all defaults.",
        "write `{}` (JSON, YAML) or at least one key; `hpc init` writes a config with comments to start from",
        "",
    ),
    Rule(
        "HPC009",
        "reading",
        "error",
        "a config must be an object of keys and values",
        "The whole config is one flat object that maps keys to values. A list, a string or a number at the top level "
        "has no keys.",
        'put the keys into one object, for example {"learning_rate": 1e-5}',
        '["learning_rate", 1e-5]',
    ),
    Rule(
        "HPC010",
        "reading",
        "error",
        "the text is not valid JSON, YAML or TOML",
        "From here on the text does not follow the format, so the rest cannot be understood either.",
        "correct the text here",
        '{"learning_rate": 1e-5',
    ),
    Rule(
        "HPC011",
        "reading",
        "error",
        "plain JSON cannot have comments",
        "Many tools that read `.json` files fail on a comment. The same text in a `.jsonc` file is fine, and editors "
        "know that extension.",
        "rename the file to .jsonc, or delete the comment",
        '{"seed": 1} // why one?',
    ),
    Rule(
        "HPC012",
        "reading",
        "error",
        "plain JSON cannot have a trailing comma",
        "A comma after the last entry is an error in JSON; JSONC allows it.",
        "delete the comma, or rename the file to .jsonc",
        '{"seed": 1,}',
    ),
    Rule(
        "HPC013",
        "reading",
        "error",
        "a string needs quotes",
        "In JSON and TOML only numbers, `true`, `false` (and `null` in JSON) are written without quotes. JSON keys "
        "need quotes as well, and JSON allows double quotes only. Python's `True`, `False` and `None` are spelled "
        "differently.",
        "put it in double quotes",
        '{"optimizer": adamw}',
    ),
    Rule(
        "HPC014",
        "reading",
        "error",
        "a comma is missing between two entries",
        "The entries of an object are separated by commas.",
        "put a comma after the value",
        '{"seed": 1 "epochs": 2}',
    ),
    Rule(
        "HPC015",
        "reading",
        "error",
        "a number is written in a form that the format does not allow",
        "JSON numbers have no leading zeros, no `+`, no underscores, and a digit on both sides of the "
        "point. TOML forbids leading zeros and bare points as well.",
        "write the number in its plain decimal form",
        '{"learning_rate": .5}',
    ),
    Rule(
        "HPC016",
        "reading",
        "error",
        "a number is too large",
        "Integers must fit in 64 bits and other numbers in a double: `1e400` would become infinity, and no training "
        "library can hold a larger integer.",
        "write a smaller number",
        '{"weight_decay": 1e400}',
    ),
    Rule(
        "HPC017",
        "reading",
        "error",
        "a key is written twice",
        "Most readers silently keep the last value. A reader who sees the first would assume it applies.",
        "keep one of the two",
        '{"seed": 1, "seed": 2}',
    ),
    Rule(
        "HPC018",
        "reading",
        "error",
        "a hyperparameter cannot be NaN or infinity",
        "Range checks cannot be trusted with NaN and infinity, and training with them produces only NaN.",
        "write a finite number; to turn gradient clipping off, write 0",
        '{"learning_rate": NaN}',
    ),
    Rule(
        "HPC019",
        "reading",
        "error",
        "a string contains half of a character",
        "The escapes \\ud800 to \\udfff are halves of a character. One without its other half is not valid text: it "
        "can be neither written to a file nor displayed.",
        "write the character itself, or both halves",
        '{"model": "\\ud83d"}',
    ),
    Rule(
        "HPC020",
        "reading",
        "error",
        "a string contains an invalid escape, a raw tab or a line break",
        'In a quoted string a backslash starts an escape such as `\\n` or `\\"`.',
        "write `\\\\` for a backslash, `\\t` for a tab, and `/` in paths",
        '{"model": "models\\qwen"}',
    ),
    Rule(
        "HPC021",
        "reading",
        "error",
        "values are nested too deeply",
        "A config is flat. More than 64 levels of brackets mean a damaged file or an attack on the reader.",
        "write plain values: a string, a number, true or false",
        '{"seed": [[[[…]]]]}',
    ),
    Rule(
        "HPC022",
        "reading",
        "error",
        "YAML anchors and aliases are not supported",
        "`&name` and `*name` use one value in several places; a few lines of them can expand to gigabytes. A flat "
        "config needs neither. `hpc import` reads them in other tools' files, up to 10,000 values.",
        "write the value out in each place; a string that begins with & or * needs quotes",
        "seed: &s 1\nepochs: *s",
    ),
    Rule(
        "HPC023",
        "reading",
        "error",
        "YAML tags and directives are not supported",
        "A tag (`!!str`, `!python/…`) changes what a value means, differently in every reader. The type follows from "
        "how the value is written.",
        "delete the tag; a string that looks like a number needs quotes, and so does one that begins with !",
        "seed: !!int '1'",
    ),
    Rule(
        "HPC024",
        "reading",
        "error",
        "the file contains more than one YAML document",
        "`---` after the first key begins a second document. Readers disagree about which one counts.",
        "keep one document, and move the other to its own file",
        "seed: 1\n---\nseed: 2",
    ),
    Rule(
        "HPC025",
        "reading",
        "error",
        "YAML cannot be indented with tabs",
        "YAML allows only spaces for indentation, because a tab has no agreed width.",
        "replace the tab with spaces",
        "lora:\n\trank: 1",
    ),
    Rule(
        "HPC026",
        "reading",
        "error",
        "a key must be plain text",
        "YAML allows a list or an object as a key, and the `? key` form. A hyperparameter's key is its name.",
        "write `name: value`",
        "? [seed]\n: 1",
    ),
    Rule(
        "HPC027",
        "reading",
        "error",
        "a config has no tables and no dotted keys",
        "A config is flat: the groups in the documentation are headings, not part of the keys. Each key belongs to one "
        "group only, so nothing is lost.",
        "delete the `[table]` line, or the part before the dot",
        "[general]\nseed = 1",
    ),
    Rule(
        "HPC028",
        "reading",
        "error",
        "a hyperparameter cannot be a date or a time",
        "TOML reads 2026-01-31 and 12:30 as a date and a time. No field takes one.",
        "put it in quotes if it is meant as a string",
        "model = 2026-01-31",
    ),
    Rule(
        "HPC029",
        "reading",
        "error",
        "the file cannot be written",
        "The operating system refused: no permission, a full disk, a missing folder. The file is unchanged.",
        "make sure that the folder exists and that you can write to it",
        "$ hpc validate --fix /etc/train.json",
    ),
)

BY_CODE: Final = {rule.code: rule for rule in RULES}
