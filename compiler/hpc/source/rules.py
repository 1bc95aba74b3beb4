"""The rules of reading: every way in which a file can fail to be a config (HPC001 to HPC029)."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC001",
        "the file does not exist",
        "Paths are relative to the folder in which hpc runs, as in every command-line tool. When a file"
        " beside it has almost the same name, hpc names it.",
        "check the spelling and the folder in which you run hpc",
        "$ hpc validate trian.json",
    ),
    Rule(
        "HPC002",
        "the file cannot be read",
        "The operating system refused: no permission, a broken disk, a closed standard input.",
        "give yourself permission to read it, for example with `chmod u+r FILE`",
        "$ chmod 0 train.json && hpc validate train.json",
    ),
    Rule(
        "HPC003",
        "this is not a regular file",
        "A config is one regular file. A folder holds many; a pipe or a device may never end or never "
        "begin, and hpc promises to answer in bounded time.",
        "name the config file itself, or send the text to standard input: `hpc validate - < FILE`",
        "$ hpc validate runs/",
    ),
    Rule(
        "HPC004",
        "the file name's extension names no format that hpc reads",
        "The format is chosen by the extension alone, so that editors, hooks and hpc always agree about"
        " it. Known are `.json`, `.jsonc`, `.yaml`, `.yml` and `.toml`.",
        "rename the file to end in .json, .jsonc, .yaml, .yml or .toml",
        "$ hpc validate train.cfg",
    ),
    Rule(
        "HPC005",
        "the file is too large to be a config",
        "A config of all forty hyperparameters has about two thousand characters. A file of more than a"
        " mebibyte is something else, usually the data, and is not read at all.",
        "name the config, not the data: the data's path is the value of `train_data`",
        "$ hpc validate train_data.json",
    ),
    Rule(
        "HPC006",
        "the file is not UTF-8 text",
        "hpc reads UTF-8, with or without a byte order mark. Other encodings (UTF-16, Latin-1) would be"
        " guesses, and a guess can change a path or a name silently.",
        "save the file as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`",
        '{"model": "mod\\xe8le"}   (in Latin-1)',
    ),
    Rule(
        "HPC007",
        "the text holds an invisible character",
        "NUL bytes and other control characters cannot be seen in an editor, formats disagree about "
        "them, and they usually come from a damaged copy. A NUL is refused as an escape as well: it ends "
        "every path and every argument of the operating system.",
        "delete the character; inside a quoted string write it as an escape, for example \\u0007",
        '{"model": "a<NUL>b"}',
    ),
    Rule(
        "HPC008",
        "the file is empty",
        "An empty file is more often a failed copy or a failed write than a wish for all defaults.",
        "write `{}` (JSON, YAML) or at least one key; `hpc init` writes a commented starting config",
        "",
    ),
    Rule(
        "HPC009",
        "a config must be an object: keys with values",
        "The whole config is one flat object, from a key to its value. A list, a text or a number at "
        "the top level has no keys.",
        'put the keys into one object, for example {"learning_rate": 1e-5}',
        '["learning_rate", 1e-5]',
    ),
    Rule(
        "HPC010",
        "the text does not follow the format's grammar",
        "At this place the text stops being JSON, YAML or TOML, so what follows cannot be understood either.",
        "correct the text at this place",
        '{"learning_rate": 1e-5',
    ),
    Rule(
        "HPC011",
        "plain JSON has no comments",
        "Many tools that read `.json` files fail at a comment. The same text in a `.jsonc` file is "
        "fine, and editors know that extension.",
        "rename the file to .jsonc, or delete the comment",
        '{"seed": 1} // why one?',
    ),
    Rule(
        "HPC012",
        "plain JSON has no comma after the last entry",
        "A comma after the last entry is an error in JSON and allowed in JSONC.",
        "delete the comma, or rename the file to .jsonc",
        '{"seed": 1,}',
    ),
    Rule(
        "HPC013",
        "text needs quotes",
        "In JSON and TOML only numbers, `true`, `false` (and JSON's `null`) stand without quotes. JSON "
        "quotes its keys as well, and knows double quotes only. Python's `True`, `False` and `None` are"
        " spelt differently.",
        "put it in double quotes",
        '{"optimizer": adamw}',
    ),
    Rule(
        "HPC014",
        "a comma is missing between two entries",
        "The entries of an object are separated by commas.",
        "put a comma after the value",
        '{"seed": 1 "epochs": 2}',
    ),
    Rule(
        "HPC015",
        "a number is written in a form that the format does not know",
        "JSON numbers have no leading zeros, no `+`, no underscores, and a digit on both sides of the "
        "point. TOML forbids leading zeros and bare points as well.",
        "write the number in its plain decimal form",
        '{"learning_rate": .5}',
    ),
    Rule(
        "HPC016",
        "a number is too large",
        "Integers must fit in 64 bits and other numbers in a double: `1e400` would become infinity, and"
        " no library behind hpc could hold the integer.",
        "write a smaller number",
        '{"weight_decay": 1e400}',
    ),
    Rule(
        "HPC017",
        "a key is written twice",
        "Most readers silently keep the last one. Whoever reads the first would believe in a value that has no effect.",
        "keep one of the two",
        '{"seed": 1, "seed": 2}',
    ),
    Rule(
        "HPC018",
        "NaN and infinity are not numbers that a hyperparameter can have",
        "They pass every comparison with a bound or none, and training with them gives nothing but NaN.",
        "write a finite number; to switch gradient clipping off, write 0",
        '{"learning_rate": NaN}',
    ),
    Rule(
        "HPC019",
        "half of a character",
        "The escapes \\ud800 to \\udfff are halves of a character. One without its other half is no text:"
        " it can be neither written to a file nor shown.",
        "write the character itself, or both halves",
        '{"model": "\\ud83d"}',
    ),
    Rule(
        "HPC020",
        "a string holds a backslash that starts no escape, or a raw tab or line break",
        'In a quoted string a backslash starts an escape such as `\\n` or `\\"`.',
        "write `\\\\` for a backslash, `\\t` for a tab, and `/` in paths",
        '{"model": "models\\qwen"}',
    ),
    Rule(
        "HPC021",
        "values are nested too deeply",
        "A config is flat. More than 64 levels of brackets are a damaged file or an attack on the reader.",
        "write plain values: text, a number, true or false",
        '{"seed": [[[[…]]]]}',
    ),
    Rule(
        "HPC022",
        "YAML anchors and aliases are not read",
        "`&name` and `*name` say the same value in two places; a few lines of them can also expand to "
        "gigabytes. A flat config needs neither.",
        "write the value out at each place; a text that begins with & or * needs quotes",
        "seed: &s 1\nepochs: *s",
    ),
    Rule(
        "HPC023",
        "YAML tags and directives are not read",
        "A tag (`!!str`, `!python/…`) changes what a value means, differently in every reader. Types "
        "follow from how the value is written.",
        "delete the tag; a text that looks like a number needs quotes, and so does one that begins with !",
        "seed: !!int '1'",
    ),
    Rule(
        "HPC024",
        "the file holds more than one YAML document",
        "`---` after the first key begins a second document. Readers disagree about which one counts.",
        "keep one document, and put the other into its own file",
        "seed: 1\n---\nseed: 2",
    ),
    Rule(
        "HPC025",
        "YAML cannot be indented with tabs",
        "YAML allows only spaces for indentation, because a tab has no agreed width.",
        "replace the tab with spaces",
        "lora:\n\trank: 1",
    ),
    Rule(
        "HPC026",
        "a key must be plain text",
        "YAML allows a list or an object as a key, and the `? key` form. A hyperparameter's key is its name.",
        "write `name: value`",
        "? [seed]\n: 1",
    ),
    Rule(
        "HPC027",
        "a config has no tables and no dotted keys",
        "A config is flat: the groups of the documentation are headings, not part of the keys. Each key"
        " belongs to one group only, so nothing is lost.",
        "delete the `[table]` line, or the part before the dot",
        "[general]\nseed = 1",
    ),
    Rule(
        "HPC028",
        "no hyperparameter is a date or a time",
        "TOML reads 2026-01-31 and 12:30 as a date and a time. No key of a config takes one.",
        "put it in quotes if it is meant as text",
        "model = 2026-01-31",
    ),
    Rule(
        "HPC029",
        "the file cannot be written",
        "The operating system refused: no permission, a full disk, a missing folder. The file is as it was before.",
        "give yourself permission to write to the folder and make sure that it exists",
        "$ hpc validate --fix /etc/train.json",
    ),
)

BY_CODE: Final = {rule.code: rule for rule in RULES}
