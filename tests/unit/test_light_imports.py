"""`hpc validate` and `hpc compile` start in milliseconds because they import next to nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from hpc.rules import FILES

HEAVY = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "deepspeed", "mlflow", "numpy", "pandas")
LATE = ("jsonschema", "fastjsonschema", "yaml", "tomllib", "rich", "importlib.metadata", "asyncio")
SLOW = ("argparse", "dataclasses", "inspect", "pathlib", "shutil", "hashlib", "unicodedata")

PROBE = """
import sys
from hpc.cli import main
code = main(sys.argv[1:])
print("\\n".join(sorted(sys.modules)), file=sys.stderr)
raise SystemExit(code)
"""


def modules_after(*arguments: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_ctrl_c_is_taken_over_before_anything_is_loaded() -> None:
    """While Python loads a module, Ctrl-C ends in a traceback."""
    probe = "import sys; before = set(sys.modules); import hpc.cli; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"__future__", "gc", "hpc", "hpc.cli"}


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "good.json"
    path.write_text('{"batch_size": 2, "distributed_backend": "deepspeed"}')
    return str(path)


@pytest.mark.parametrize(
    "command", [["validate"], ["compile", "--emit", "deepspeed.json"], ["compile", "--emit", "plan.json"], ["plan"]]
)
def test_no_heavy_module(command: list[str], config: str) -> None:
    loaded = modules_after(*command, config)
    assert "hpc.check" in loaded
    assert not loaded.intersection(HEAVY)


def test_a_valid_config_needs_no_library_at_all(config: str) -> None:
    loaded = modules_after("validate", config)
    assert "hpc_schema.validator" in loaded
    assert not loaded.intersection(LATE)
    assert not loaded.intersection(SLOW)


def test_a_valid_config_reads_no_text_of_a_rule(config: str) -> None:
    texts = {"hpc.rule", "hpc.rules", *FILES}
    assert modules_after("explain", "HPC101") >= texts, "the list is not what it should be"
    assert modules_after("validate", config).isdisjoint(texts | {"hpc.source.json_scanner"})


def test_a_plan_for_a_named_device_starts_no_program_and_reads_no_data(config: str) -> None:
    loaded = modules_after("plan", config, "--gpu", "H100-80GB")
    assert "hpc.memory.step" in loaded
    assert not loaded.intersection({"subprocess", "hashlib", "dataclasses", "hpc_disk.data", "hpc.targets"})


def printed(program: str) -> set[str]:
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_a_check_of_the_disk_needs_no_target_but_its_own() -> None:
    loaded = printed("from hpc.checks.disk import findings; import sys; print('\\n'.join(sys.modules))")
    assert "hpc.targets.training_arguments" in loaded
    assert not {"hpc.targets.registry", "hpc.targets.deepspeed", "hpc.targets.ray"}.intersection(loaded)
    assert loaded.isdisjoint({*SLOW, "random", "difflib", "threading"} - {"pathlib"})


def test_no_light_type_is_written_as_text() -> None:
    """The first type in quotes costs a millisecond: typing compiles it."""
    light = "import hpc.commands.validate, hpc.commands.compile, hpc.commands.plan, hpc.checks.disk.findings"
    assert printed(f"{light}, gc, typing; print([x for x in gc.get_objects() if type(x) is typing.ForwardRef])") == {
        "[]"
    }


def test_a_command_with_options_imports_no_archives(config: str) -> None:
    assert modules_after("compile", "--emit", "deepspeed.json", config).isdisjoint(
        {"shutil", "bz2", "hpc.origins_file"}
    )


def test_a_misspelled_key_needs_no_table_of_another_tool() -> None:
    asked = "from hpc.check import check; from hpc.source import parse; check(parse('{\"lora_rnk\": 8}', 'json', 'c'))"
    loaded = printed(f"{asked}; import sys; print('\\n'.join(sys.modules))")
    assert "hpc.checks.fields" in loaded
    assert loaded.isdisjoint({"hpc.importers.table", "dataclasses", "pathlib"})
