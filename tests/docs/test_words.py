"""What people read is plain US English: retired words and British spellings do not come back."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = ("*.md", "Makefile", ".pre-commit-hooks.yaml", "examples/*.py", "compiler", "runner", "schema", "ui/hpc_ui")
NOT_READ = re.compile(r"\.png$|\.lock$|/vendor\.js$|validator\.py$|importers/|LICENSE")
RETIRED = re.compile(
    r"\b(nobody|whoever|anew|without a word|learnt|mend it|must be a text|epoch\(s\)|GPU\(s\)|quantis\w+|optimis\w+|"
    r"behaviour|colour\w*|organis\w+|neighbour\w*|misspelt|normalis\w+|initialis\w+|summaris\w+|cancelled|labelled|modelling)\b|"
    r"pip install ['\"]?hpc-compiler",
    re.IGNORECASE,
)


def test_no_retired_word_and_no_british_spelling() -> None:
    done = subprocess.run(["git", "ls-files", *READ], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("only a clone knows its files")
    names = [name for name in done.stdout.splitlines() if not NOT_READ.search(name)]
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in names if (ROOT / name).exists()}
    found = {name: sorted({match[0] for match in RETIRED.finditer(text)}) for name, text in texts.items()}
    assert {name: words for name, words in found.items() if words} == {}
