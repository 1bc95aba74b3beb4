"""What can be wrong with a file before its first character means anything."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.pace import beats

from hpc.diagnostics import Diagnostic, HpcError
from hpc.source import read
from hpc.source.load import MAX_BYTES, load_file


def error(path: Path | str, stdin: Any = None) -> Diagnostic:
    """The one diagnostic with which reading ends; in bounded time."""
    started = time.process_time()
    with pytest.raises(HpcError) as caught:
        read(str(path), stdin)
    assert time.process_time() - started < 5
    assert len(caught.value.diagnostics) == 1
    return caught.value.diagnostics[0]


def test_a_missing_file_names_the_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text("{}")
    found = error(tmp_path / "trian.json")
    assert (found.code, found.help) == ("HPC001", "did you mean `train.json`?")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    found = error(tmp_path / "nowhere" / "train.json")
    assert found.code == "HPC001"
    assert "nowhere` does not exist" in found.message


def test_a_folder_is_not_a_config(tmp_path: Path) -> None:
    assert error(tmp_path).code == "HPC003"


def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "train.json"
    path.write_text("{}")
    path.chmod(0)
    code = f"""
import os, sys
import hpc.source.source_error  # the other user may not be able to read the installation
from hpc.source import read
from hpc.diagnostics import HpcError
if os.geteuid() == 0:
    os.seteuid(65534)  # root may read everything
try:
    read({path.name!r})
except HpcError as error:
    print(error.diagnostics[0].code, error.diagnostics[0].message)
"""
    tmp_path.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "HPC002 cannot be read: permission denied\n", done.stderr


def test_a_pipe_without_a_writer_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert error(tmp_path / "pipe.json").code == "HPC003"


def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    assert error(tmp_path / "zero.json").code == "HPC003"


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    assert error(tmp_path / "loop.json").code == "HPC002"


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    with (tmp_path / "data.json").open("wb") as stream:
        stream.truncate(100 << 20)
    assert error(tmp_path / "data.json").code == "HPC005"


def test_the_limit_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text("{}".ljust(MAX_BYTES))
    assert read(str(path)).values == {}
    path.write_text("{}".ljust(MAX_BYTES + 1))
    assert error(path).code == "HPC005"


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="files of unknown size are in /proc, on Linux")
def test_a_file_of_unknown_size_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "linked.json").symlink_to("/proc/version")
    assert load_file(str(tmp_path / "linked.json"))[2] == Path("/proc/version").read_text()


def test_a_name_that_is_not_text_is_shown_as_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.json")
    assert "caf\N{REPLACEMENT CHARACTER}.json" in error(tmp_path / name).file
    assert error("a\0b.json").code == "HPC002"


def test_a_long_name() -> None:
    assert error("x" * 5000 + ".json").code == "HPC002"


@pytest.mark.parametrize("name", ["train", "train.json5", "train.ini", ".json"])
def test_an_unknown_extension_names_the_known_ones(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    found = error(tmp_path / name)
    assert found.code == "HPC004"
    assert ".json, .jsonc, .yaml, .yml, .toml" in found.message


@pytest.mark.parametrize("name", ["a.json", "a.JSON", "a.jsonc", "a.yaml", "a.yml"])
def test_the_extension_is_the_format(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"seed": 1}')
    assert read(str(tmp_path / name)).values == {"seed": 1}


def test_a_byte_order_mark_and_crlf_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfseed: 1\r\nepochs: 2\r\n")
    document = read(str(path))
    assert document.values == {"seed": 1, "epochs": 2}
    assert (document.places["seed"].key.column, document.places["epochs"].value.line) == (1, 2)


class TestStandardInput:
    def test_is_json_with_comments(self) -> None:
        document = read("-", io.BytesIO(b'{"seed": 1, // one\n}'))
        assert (document.file, document.values) == ("<stdin>", {"seed": 1})

    def test_may_be_a_text_stream(self) -> None:
        assert read("-", io.StringIO('{"seed": 1}')).values == {"seed": 1}
        assert read("-", io.TextIOWrapper(io.BytesIO(b'{"seed": 1}'))).values == {"seed": 1}

    def test_its_errors_have_places(self) -> None:
        assert error("-", io.BytesIO(b"{")).place == "<stdin>:1:1"

    def test_without_an_end_is_refused(self) -> None:
        with Path("/dev/zero").open("rb") as endless:
            assert error("-", endless).code == "HPC005"

    def test_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", None)
        assert error("-").code == "HPC002"
        stream = io.BytesIO(b"{}")
        stream.close()
        assert error("-", stream).code == "HPC002"


def test_only_the_json_reader_is_imported_at_once() -> None:
    code = """
import sys, hpc.source
print(sorted(m for m in sys.modules if m.startswith(("yaml", "tomllib", "difflib", "pathlib", "hpc.source."))))
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    names = ["document", "json_reader", "load", "numbers", "problem"]
    assert done.stdout.strip() == str([f"hpc.source.{name}" for name in names])


def test_a_forty_key_config_is_read_in_well_under_a_beat(tmp_path: Path) -> None:
    path = tmp_path / "forty.json"
    keys = [f'"hyperparameter_{i}": {(1, "1e-5", "true", chr(34) + "adamw" + chr(34))[i % 4]}' for i in range(40)]
    path.write_text("{\n" + ",\n".join(keys) + "\n}")

    assert beats(lambda: read(str(path)), rounds=50) < 0.5
