"""A shell script as commands: words as a shell splits them, with the variables that the script itself sets."""

from __future__ import annotations

import ast
import operator
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)(\+?)=(.*)", re.DOTALL)
"""A name, a plus where the value is appended, and the value."""
# What stands in single quotes is no variable; `##*/` takes the part behind the last slash.
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::[-=]([^{}]*)|(##\*/))?\}|\$(\w+)|'[^']*'")
_SET_BY_DEFAULT: Final = re.compile(r"\$\{(\w+):=([^{}]*)\}")
# A comment, or a redirection with its file; a quotation before it is passed over.
_IGNORED: Final = re.compile(
    r"""'[^'\n]*'|"(?:\\.|[^"\\])*"|(?<!\S)(?:#[^\n]*|(?:\d*|&)(?:>>?|<)(?:&\d|[ \t]*[^\s|;&<>]+))"""
)
_ARRAY: Final = re.compile(r"^[ \t]*(\w+)(\+?)=\(([^()]*)\)", re.MULTILINE)
_QUOTED_ARRAY: Final = re.compile(r'"?\$\{(\w+)\[[@*]\]\}"?')
# The output of another command is one value; only a calculation is known.
_ONE_WORD: Final = re.compile(r"\$\(\(?[^()]*\)\)?|`[^`\n]*`")
_CALCULATION: Final = re.compile(r"\$\(\(([^()]*)\)\)|\$\(\s*expr\s([^()]*)\)|`\s*expr\s([^`]*)`")
_LAST_PART: Final = re.compile(r"\$\(\s*basename\s+\"?([^()$\s\"]+)\"?\s*\)")
_BLANK_INSIDE: Final = "\x1f"
# A line as a shell sees it: up to its end, or to a quotation that never ends.
_LINE: Final = re.compile(r"""(?:[^\n'"\\]++|\\.|'[^']*+'|"(?:[^"\\]++|\\.)*+")*+""", re.DOTALL)
_ARGUMENT: Final = re.compile(r"\$[@*\d]|\$\{[@*\d]\}")
_LONGEST_SUM: Final = 60
_SEPARATORS: Final = ("&&", "||", ";", "|", "&", "then", "do", "(", ")", "{", "}")
_SHELLS: Final = ("bash", "sh", "/bin/bash", "/bin/sh")
_SLURM: Final = {
    "SLURM_NNODES": re.compile(r"^#SBATCH\s+(?:--nodes[= ]|-N ?)(\d+)\s*$", re.MULTILINE),
    "SLURM_GPUS_ON_NODE": re.compile(
        r"^#SBATCH\s+(?:--gres[= ]gpu(?::\w*[A-Za-z]\w*)?:|--gpus-per-node[= ](?:\w*[A-Za-z]\w*:)?)(\d+)", re.MULTILINE
    ),
}
DEEPEST: Final = 5
"""Texts with commands inside one another, which can also repeat themselves."""
LONGEST: Final = 1 << 16
"""Characters of a variable, and those that variables add to a line: each line of a script can double them."""
_OPERATORS: Final = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.floordiv,
}


@dataclass
class Command:
    """One command: its words with the offset of each, and the variables set before it.

    ``unclosed`` is the place of a quotation mark in its line that is never closed.
    """

    words: list[tuple[str, int]]
    variables: dict[str, str]
    unclosed: int | None


def slurm_variables(text: str) -> dict[str, str]:
    """What Slurm sets in a job of this script, by the script's own ``#SBATCH`` lines."""
    found = {name: pattern.search(text) for name, pattern in _SLURM.items()}
    known = {name: match[1] for name, match in found.items() if match}
    return known | ({"SLURM_JOB_NUM_NODES": known["SLURM_NNODES"]} if "SLURM_NNODES" in known else {})


def commands_of(text: str, known: Mapping[str, str], depth: int = 0) -> Iterator[Command]:
    """The commands of the script, with the variables filled in that it sets itself."""
    text = text.replace("\r\n", "\n ")  # As long as before, so that nothing moves.
    text = _ONE_WORD.sub(lambda m: re.sub(r"[ \t]", _BLANK_INSIDE, m[0]), _IGNORED.sub(_blank, text))
    text = text.replace("\\\n", "  ")
    text = text[:-1] if text.endswith("\\") else text  # The last line promises another one.
    known = {**dict(_SET_BY_DEFAULT.findall(text)), **known}
    for name, more, body in _ARRAY.findall(text):
        known[name] = _joined(f"{known.get(name, '')} " if more else "", " ".join(body.split()))
    for words, unclosed in _lines(_ARRAY.sub(lambda m: _blank(m, whole=True), text), known, text):
        command = Command([], dict(known), unclosed)
        for word, offset in words:
            assigned = ASSIGNMENT.fullmatch(word)
            if word in _SEPARATORS:
                yield from _with_inner(command, text, depth)
                command = Command([], dict(known), unclosed)
            elif assigned and _ARGUMENT.fullmatch(assigned[3]):
                continue  # A value that the caller may give: without it the variable is not set.
            elif assigned and all(w in ("export", "env", "local") for w, _ in command.words):
                before = known.get(assigned[1], "") if assigned[2] else ""
                command.variables[assigned[1]] = known[assigned[1]] = _joined(before, assigned[3])
            else:
                command.words.append((word, offset))
        yield from _with_inner(command, text, depth)


def _joined(before: str, value: str) -> str:
    return (before + value)[:LONGEST]


def _with_inner(command: Command, text: str, depth: int) -> Iterator[Command]:
    """The command, or those in its text: ``bash -c "…"`` and ``eval "…"``."""
    words = [word for word, _ in command.words]
    inner = next((place for place, word in enumerate(words) if _runs_a_text(words, place, word)), None)
    if inner is None or depth == DEEPEST:
        yield from [command] if words else []
        return
    for each in commands_of(words[inner], command.variables, depth + 1):
        each.words = [(word, _place(word, 0, -1, text)) for word, _ in each.words]
        yield each


def _runs_a_text(words: list[str], place: int, word: str) -> bool:
    if " " not in word or place == 0:
        return False
    return (
        words[place - 1] == "eval"
        or words[0] == "ssh"
        or (words[place - 1] in ("-c", "-lc") and words[max(place - 2, 0)] in _SHELLS)
    )


def _blank(match: re.Match[str], *, whole: bool = False) -> str:
    """Blanks in the place of what a command does not get, so that nothing moves; a quotation stays as it is."""
    quoted = match[0][0] in "'\"" and not whole
    return match[0] if quoted else re.sub(r"[^\n]", " ", match[0])


def _lines(text: str, known: Mapping[str, str], whole: str) -> Iterator[tuple[list[tuple[str, int]], int | None]]:
    """Lines as words, each with its offset in the ``whole``; a quotation goes on in the next lines.

    Beside them the place of a quotation mark that is never closed: the rest of its line is read without it.
    """
    start = 0
    while start < len(text):
        end = _LINE.match(text, start).end()  # type: ignore[union-attr]  # it matches nothing too
        unclosed = end if text[end : end + 1] in ("'", '"') else None
        end = text.find("\n", end) + 1 or len(text)
        words = _words(text[start:end], known)
        if words is None:
            words = _words(re.sub(r"['\"\\]", " ", text[start:end]), {}) or []
        if words:
            yield [(word, _place(word, start, offset, whole)) for word, offset in words], unclosed
        start = end


def _words(line: str, known: Mapping[str, str]) -> list[tuple[str, int]] | None:
    """The words of a line as a shell splits them; None where a quotation is open."""
    text, arrays = _QUOTED_ARRAY.subn(r"${\1}", line)
    text = filled(text, known)
    try:
        found = shlex.split(filled(text, known) if arrays else text)  # Arrays hold variables as they are written.
    except ValueError:
        return None
    words, position = [], 0
    for word in found:
        place = position
        if word.startswith("-") or "=" in word:  # Only of these the place is asked for.
            place = line.find(word.split("=")[0], position)
            position = max(place, position)
        words.append((word.replace(_BLANK_INSIDE, " "), place))
    return words


def _place(word: str, start: int, offset: int, text: str) -> int:
    """Where a word stands: in its line, or where the variable is set that holds it."""
    return start + offset if offset >= 0 else max(text.find(word.split("=")[0]), 0)


def filled(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known: variables, and calculations with whole numbers."""
    room = LONGEST

    def value(match: re.Match[str]) -> str:
        nonlocal room
        found = _value(match, known)
        room -= len(found)
        return found if room >= 0 else match[0]

    text = _LAST_PART.sub(lambda m: m[1].rsplit("/", 1)[-1], _VARIABLE.sub(value, text))
    return _CALCULATION.sub(lambda m: _result(m[1] or m[2] or m[3], known) or m[0], text)


def _value(match: re.Match[str], known: Mapping[str, str]) -> str:
    """What the script itself says a variable is; in single quotes, or unknown, it stays as it is."""
    name, default, last = match[1] or match[4], match[2], match[3]
    value = known.get(name, match[0] if default is None else default) if name else match[0]
    return value.rsplit("/", 1)[-1] if last and name in known else value


def _result(text: str, known: Mapping[str, str]) -> str:
    """The result of a calculation in words, or nothing."""
    if len(text) > _LONGEST_SUM:
        return ""
    plain = re.sub(r"[A-Za-z_]\w*", lambda m: known.get(m[0], m[0]), text.replace("\\", "").replace(_BLANK_INSIDE, " "))
    if len(plain) > _LONGEST_SUM or not re.fullmatch(r"[\d\s+*/-]+", plain):
        return ""
    try:
        return str(_calculate(ast.parse(plain.strip(), mode="eval").body))
    except (SyntaxError, ValueError, KeyError, ZeroDivisionError):
        return ""


def _calculate(node: ast.AST) -> int:
    if isinstance(node, ast.BinOp):
        return int(_OPERATORS[type(node.op)](_calculate(node.left), _calculate(node.right)))
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    raise ValueError(node)
