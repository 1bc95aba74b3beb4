"""The format for people: laid out to the screen, aligned, colored only where colors are supported."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len as width

from hpc.check import check
from hpc.diagnostics import Span
from hpc.render.excerpt import Sheet, excerpt
from hpc.render.full import render
from hpc.render.screen import Screen
from hpc.source import parse
from hpc.source.lines import Lines

CONFIG = """\
{
  "training_type": "full",
\t"model": "漢字かな交じり文", "quantization_bit": "int4", "output_dir": "a/very/long/path/that/goes/on/and/on/for/ever"
}
"""


def shown(columns: int) -> str:
    document = parse(CONFIG, "json", "train.json")
    return render(check(document).diagnostics, {"train.json": CONFIG}, Screen(columns))


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_screen(columns: int) -> None:
    assert max(map(width, shown(columns).splitlines())) <= columns


def test_a_wide_screen_shows_the_whole_line_and_a_narrow_one_what_is_meant() -> None:
    assert "for/ever" in shown(200)
    assert "for/ever" not in shown(40)
    assert '"int4"' in shown(40)


def test_underlines_stand_below_tabs_and_wide_characters() -> None:
    lines = shown(200).splitlines()
    source = next(line for line in lines if "漢字" in line)
    underline = lines[lines.index(source) + 1]
    assert width(source[: source.index('"int4"')]) == underline.index("^")
    assert underline.count("^") == len('"int4"')


@settings(deadline=None)
@given(
    st.text("ab 漢é\t\u0301\x07🙂", min_size=1, max_size=60),
    st.integers(0, 59),
    st.integers(0, 59),
    st.integers(12, 70),
)
def test_the_marked_characters_are_always_visible_and_underlined(text: str, a: int, b: int, room: int) -> None:
    start, end = sorted((a % len(text), b % len(text)))
    span = Lines(text).span(start, end + 1)
    (line,) = excerpt(Sheet(text), span, [], room)
    assert width(line.text) <= room
    assert width(line.underline) <= room
    assert set(line.underline) <= {" ", "^"}
    assert "^" in line.underline


def test_an_excerpt_leaves_lines_out_between_distant_places() -> None:
    text = "\n".join(f"line {n}" for n in range(1, 31))
    lines = excerpt(
        Sheet(text), Lines(text).span(text.index("line 20"), text.index("line 20") + 4), [_word(text, "line 3")], 80
    )
    assert [line.number for line in lines] == [3, 19, 20, 21]
    assert [line.underline for line in lines] == ["----", "", "^^^^", ""]


@pytest.mark.parametrize(
    ("environment", "colored"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colors_on_a_terminal(tmp_path: Path, environment: dict[str, str], colored: bool) -> None:
    (tmp_path / "train.json").write_text('{"epochs": 0}')
    controller, terminal = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "hpc.cli", "validate", "train.json"],
        cwd=tmp_path,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        env={**_without_color_settings(), **environment},
        check=False,
    )
    os.close(terminal)
    assert ("\x1b[" in os.read(controller, 10_000).decode()) == colored
    os.close(controller)


def test_no_colors_in_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text('{"epochs": 0}')
    command = [sys.executable, "-m", "hpc.cli", "validate", "train.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "error[HPC105]" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_a_stream_without_our_letters_gets_escapes(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text('{"größe": 0}', encoding="utf-8")
    command = [sys.executable, "-m", "hpc.cli", "validate", "train.json"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert "unknown key `gr\\xf6\\xdfe`" in done.stdout


def _word(text: str, word: str) -> Span:
    return Lines(text).span(text.index(word), text.index(word) + 4)


def _without_color_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "COLUMNS")}
