"""Shell scripts as people write them: variables, arrays, comments, quotations, redirections, substitutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hpc.cli import main
from hpc.diagnostics import HpcError
from hpc.importers.command_line import read_source
from hpc.importers.reading import Import, import_source
from hpc.importers.tools import BY_NAME, TOOLS, recognize
from hpc_schema import fields as f

HEAD = "python train.py --stage sft --finetuning_type lora --model_name_or_path org/m"


def imported(script: str) -> Import:
    source = read_source(script, "train.sh")
    tool = recognize(source.values, source.command)
    assert tool is not None
    return import_source(source, tool)


@pytest.mark.parametrize(
    ("script", "name", "value"),
    [
        (f'ARGS="--cutoff_len 99 --lora_rank 4"\n{HEAD} $ARGS --do_train\n', "lora_rank", 4),
        (f'ARGS="\n  --cutoff_len 99\n  --lora_rank 4\n"\n{HEAD} ${{ARGS}}\n', "lora_rank", 4),
        (f'ARGS=(\n  --cutoff_len 99  # tokens\n  --lora_rank 4\n)\n{HEAD} "${{ARGS[@]}}"\n', "lora_rank", 4),
        (f"{HEAD} --lora_rank 4 > log.txt 2>&1 &\n", "lora_rank", 4),
        (f"{HEAD} --lora_rank 4 2>&1 | tee log.txt\n", "lora_rank", 4),
        (f"{HEAD} --output_dir out &> log\n", "output_dir", "out"),
        (f"{HEAD} --lora_rank 4 # --lora_rank 8, don't\n", "lora_rank", 4),
        (f"torchrun --nproc_per_node=$(nvidia-smi -L | wc -l) {HEAD[7:]} --lora_rank 4\n", "lora_rank", 4),
        (f"{HEAD} --dataset 'it is.jsonl'\n", "train_data", "it is.jsonl"),
        ("swift sft --model m --dataset a#500 --lora_rank 4\n", "max_samples", 500),
        ("swift sft --model m --dataset a#500 b#500 \\\n  --lora_rank 4\n", "lora_rank", 4),
        (f"N=4\n{HEAD} --lora_rank $N \\", "lora_rank", 4),
        (f"{HEAD} --lora_rank 4 --save_only_model\n", "save_only_model", True),
        (
            f'while [ "$1" ]; do\n  case "$1" in\n  --r) R="$2";;\n  esac\ndone\n{HEAD} --lora_rank ${{R:-4}}\n',
            "lora_rank",
            4,
        ),
        (f"accelerate launch $(which llamafactory-cli) train {HEAD[16:]} --lora_rank 4\n", "lora_rank", 4),
        ("python -m llamafactory.launcher train --model_name_or_path m --lora_rank 4\n", "lora_rank", 4),
        (f"python prepare.py --source a --rows 3\n{HEAD} --lora_rank 4\npython score.py --rows 3\n", "lora_rank", 4),
        (f"llamafactory-cli export --model_name_or_path m\n{HEAD} --lora_rank 4\n", "lora_rank", 4),
    ],
)
def test_a_script_is_read_as_a_shell_does(script: str, name: str, value: Any) -> None:
    done = imported(script)
    assert done.config[name] == value
    assert done.config["model"] in ("org/m", "m")
    assert not done.losses


@pytest.mark.parametrize("value", ["$(count gpus)", "`count gpus`", '"$(count gpus)"', "$((16 / gpus))", "$((1 / 0))"])
def test_the_output_of_another_command_is_not_known(value: str) -> None:
    done = imported(f"{HEAD} --gradient_accumulation_steps {value} --lora_rank 4\n")
    outcome = done.outcomes["gradient_accumulation_steps"]
    assert outcome.state == "resolved"
    assert value.strip('"') in outcome.why
    assert done.config["lora_rank"] == 4
    assert not done.losses


@pytest.mark.parametrize(
    "value",
    ["$(expr 16 / 4)", "$((16 / gpus))", "`expr 16 / $gpus`", '"$(expr 2 \\* 2)"', "$((20 - 4 * gpus))", "$((GPUS))"],
)
def test_a_calculation_is_made(value: str) -> None:
    done = imported(f"gpus=4\nGPUS=$gpus\n{HEAD} --gradient_accumulation_steps {value} \\\n  --lora_rank 4\n")
    assert done.config["gradient_accumulation_steps"] == 4
    assert done.source.line("lora_rank") == 4


@pytest.mark.parametrize(
    "start",
    ['bash -c "$CMD"', 'eval "$CMD"', "$CMD", 'ssh node1 "$CMD"', 'srun --wait=60 bash -lc "$CMD" 2>&1 | tee log'],
)
def test_the_command_in_a_text_is_read(start: str) -> None:
    head = "#SBATCH --nodes=2\n#SBATCH --gres=gpu:a100:8\nTOTAL=$((SLURM_NNODES * 8))\n"
    launch = 'RUN="accelerate launch --num_machines $SLURM_NNODES --num_processes $TOTAL"\n'
    done = imported(f'{head}{launch}MODEL=org/m\nCMD="$RUN sft.py --model_name_or_path $MODEL --use_peft"\n{start}\n')
    assert done.config["model"] == "org/m"
    assert (done.config["nodes"], done.config["devices_per_node"]) == (2, 8)
    assert done.source.line("use_peft") == 6


def test_slurm_says_how_many_where_the_launcher_does_not() -> None:
    script = "#SBATCH -N 2\n#SBATCH --gpus-per-node=4\nsrun python sft.py --model_name_or_path m --use_peft\n"
    done = imported(script)
    assert (done.config["nodes"], done.config["devices_per_node"]) == (2, 4)


def test_the_last_part_of_a_path_is_taken() -> None:
    done = imported("M=org/m\npython sft.py --model_name_or_path $M --use_peft --output_dir out/${M##*/}-sft\n")
    assert done.config["output_dir"] == "out/m-sft"


def test_a_token_in_quotation_marks_is_no_redirection() -> None:
    source = read_source("trl sft --model_name_or_path m --eos_token '<|im_end|>' --use_peft", "train.sh")
    assert source.values["eos_token"] == "<|im_end|>"


def test_single_quotes_keep_a_dollar() -> None:
    source = read_source("A=1\ntrl sft --model_name_or_path m --run_name '$A' --project \"$A\"", "train.sh")
    assert (source.values["run_name"], source.values["project"]) == ("$A", "1")


def test_a_flag_that_the_tool_does_not_have_is_lost() -> None:
    done = imported(f"{HEAD} --use_online_merging\n")
    assert "no argument" in done.losses["use_online_merging"].why


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("trl sft --config configs/job.yaml\n", "configs/job.yaml"),
        ("cd ../trainer\ntrl sft --config job.yaml\n", "job.yaml"),
        ('cd "$HERE/trainer"\naccelerate launch --num_processes 2 -m trl sft --config job.yaml\n', "job.yaml"),
        ('ROOT="$(cd "$(dirname "$0")/.." && pwd)"\ntrl sft --config "${ROOT}/configs/job.yaml"\n', "configs/job.yaml"),
        ("trl sft --config $ROOT/configs/job.yaml\n", "configs/job.yaml"),
    ],
)
def test_the_config_of_a_command_is_found_from_the_root_of_its_repository(
    tmp_path: Path, script: str, named: str
) -> None:
    for folder in ("scripts/slurm", "configs", "trainer", "scripts/trainer"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "job.yaml").write_text("model_name_or_path: m\nlearning_rate: 1.0e-4\n")
    source = read_source(script, str(tmp_path / "scripts" / "slurm" / "run.sh"))
    assert source.values["learning_rate"] == 1e-4
    assert any(f"{named}" in note and "hpc read" in note for note in source.notes)


def test_a_config_that_is_not_here_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.sh").write_text("python prepare.py\nFORCE_TORCHRUN=1 llamafactory-cli train examples/job.yaml\n")
    assert main(["import", str(tmp_path / "run.sh")]) == 2
    assert "reads examples/job.yaml, which is not here" in " ".join(capsys.readouterr().err.split())


def test_accelerate_counts_the_processes_of_all_machines() -> None:
    launch = "accelerate launch --num_machines 2 --num_processes 16 sft.py --model_name_or_path m --use_peft"
    found = imported(launch).config
    assert (found["nodes"], found["devices_per_node"]) == (2, 8)


@pytest.mark.parametrize("where", ["--config job.yaml --use_peft", "--use_peft --packing --seed 3 --config job.yaml"])
def test_the_config_of_a_command_is_read_wherever_it_is_named(tmp_path: Path, where: str) -> None:
    (tmp_path / "job.yaml").write_text("model_name_or_path: m\nlearning_rate: 1.0e-4\n")
    source = read_source(f"trl sft {where}\n", str(tmp_path / "run.sh"))
    done = import_source(source, BY_NAME["trl"])
    assert done.config["learning_rate"] == 1e-4
    assert not done.losses
    absent = read_source(f"trl sft {where}\n", "run.sh")
    assert any("job.yaml, which is not here" in note for note in absent.notes)


def test_a_quotation_that_never_ends_costs_one_line() -> None:
    assert imported(f"echo don't\n{HEAD} --lora_rank 4\n").config["lora_rank"] == 4


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_no_default_of_a_tool_is_the_word_none(tool: Any) -> None:
    from hpc.importers.source import Source

    done = import_source(Source("job.yaml", "", {"seed": 3}, {}), tool)
    assert [name for name, value in done.config.items() if value == "None"] == []
    assert "system_prompt" not in done.config
    assert set(done.config) <= {field.name for field in f.ALL}


def test_what_the_script_writes_to_a_file_is_no_command() -> None:
    head = "LR=2e-5\ncat <<EOF > job.yaml\n# don't\nmodel_name_or_path: m\nlearning_rate: ${LR}\nEOF\n"
    source = read_source(f"{head}trl sft --config job.yaml --project 'it is'\n", "run.sh")
    done = import_source(source, BY_NAME["trl"])
    assert (done.config["model"], done.config["learning_rate"]) == ("m", 2e-5)
    assert source.values["project"] == "it is"
    quoted = head.replace("<<EOF", '<<-"EOF"')
    kept = read_source(f"{quoted}trl sft --config job.yaml\n", "run.sh")
    assert kept.values["learning_rate"] == "${LR}"


@pytest.mark.parametrize(
    ("script", "line", "column"),
    [
        (f'cd job\n{HEAD} \\\n  --dataset "a.jsonl \\\n  --lora_rank 4\n', 3, 13),
        (f"{HEAD} --run_name 'mine\n", 1, len(HEAD) + 13),
        (f"echo don't\n{HEAD} --run_name 'mine'\n", 2, len(HEAD) + 18),
    ],
)
def test_a_quotation_that_never_ends_is_shown(script: str, line: int, column: int) -> None:
    with pytest.raises(HpcError) as refused:
        read_source(script, "train.sh")
    (found,) = refused.value.diagnostics
    assert found.code == "HPC712"
    assert found.span
    assert (found.span.line, found.span.column) == (line, column)


def test_a_long_script_is_read_in_the_time_of_its_length() -> None:
    """5,000 lines after an open quotation took minutes, because each was read to the end of the script."""
    script = "echo don't\n" + "echo a b c\n" * 5_000 + f"{HEAD} --lora_rank 4\n"
    assert imported(script).config["lora_rank"] == 4


def test_line_ends_of_windows_are_read() -> None:
    done = imported(f"{HEAD} \\\n  --lora_rank 4 \\\n  --dataset a\n".replace("\n", "\r\n"))
    assert (done.config["lora_rank"], done.config["train_data"]) == (4, "a")
    assert done.source.line("dataset") == 3


@pytest.mark.parametrize(
    "script",
    [
        "A=1\n" + 'A="$A$A"\n' * 60 + "echo " + "$A " * 2000 + f"\n{HEAD} --lora_rank 4\n",
        f'CMD=\'eval "$CMD"\'\neval "$CMD"\n{HEAD} --lora_rank 4\n',
        f"A=$(({'1+' * 5000}1))\n{HEAD} --lora_rank 4\n",
        f"A=$(({'9*' * 25}9))\n{HEAD} --lora_rank 4\n",
        f"{'${a:=' * 60_000}\n{HEAD} --lora_rank 4\n",
    ],
)
def test_a_script_that_repeats_itself_is_read_in_bounded_time(script: str) -> None:
    assert imported(script).config["lora_rank"] == 4


def test_a_script_without_an_extension_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train").write_text(f"#!/bin/bash\n{HEAD} --lora_rank 4\n")
    assert main(["import", str(tmp_path / "train")]) == 0
    assert "lora_rank: 4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("script", "name", "value", "line"),
    [
        (f'ARGS="--lora_rank 4"\nARGS+=" --cutoff_len 99"\n{HEAD} $ARGS\n', "max_sequence_length", 99, 2),
        (f'args=(--lora_rank 4)\nargs+=(\n  --cutoff_len 99\n)\n{HEAD} "${{args[@]}}"\n', "max_sequence_length", 99, 3),
        (f'N=4\nargs=(\n  --lora_rank "$N"\n)\n{HEAD} "${{args[@]}}"\n', "lora_rank", 4, 3),
        (f': "${{N:=4}}"\n{HEAD} --lora_rank $N\n', "lora_rank", 4, 2),
        (f"M=org/m\n{HEAD} --output_dir out/$(basename $M)\n", "output_dir", "out/m", 2),
    ],
)
def test_what_a_script_puts_together_is_read(script: str, name: str, value: Any, line: int) -> None:
    done = imported(script)
    assert done.config[name] == value
    assert f"line {line}" in done.origins[name]
    assert not done.notes or "conditions" not in "".join(done.notes)


def test_conditions_of_a_script_are_said() -> None:
    done = imported(f'if [ "$1" = a ]; then\n  A=" --lora_rank 4"\nfi\n{HEAD} $A\n')
    assert done.config["lora_rank"] == 4
    assert any("conditions" in note for note in done.notes)


def test_the_file_of_an_option_is_not_the_config() -> None:
    script = "deepspeed --include localhost:0,1,2,3 sft.py --deepspeed ds_z2.json --model_name_or_path m --use_peft\n"
    done = imported(script)
    assert done.config["devices_per_node"] == 4
    assert not [note for note in done.notes if "which is not here" in note]


ACCELERATE = "distributed_type: DEEPSPEED\nnum_machines: 2\nnum_processes: 16\ndeepspeed_config:\n  zero_stage: 3\n"


@pytest.mark.parametrize(
    ("text", "options", "wanted"),
    [
        (ACCELERATE, "", {"nodes": 2, "devices_per_node": 8, "zero_stage": 3}),
        (ACCELERATE + "  offload_param_device: cpu\n", "", {"offload": "all", "zero_stage": 3}),
        (ACCELERATE, "--num_machines 1 --num_processes 4", {"nodes": 1, "devices_per_node": 4, "zero_stage": 3}),
        ("distributed_type: FSDP\nnum_processes: 4\n", "", {"zero_stage": 3, "devices_per_node": 4}),
        ("distributed_type: MULTI_GPU\nnum_processes: 4\n", "", {"devices_per_node": 4, "zero_stage": None}),
        ("distributed_type: DEEPSPEED\nnum_processes: many\ndeepspeed_config: 3\n", "", {"zero_stage": None}),
        ("not: [yaml\n", "", {"zero_stage": 2}),
        (ACCELERATE.replace("3", "auto"), "", {"zero_stage": None}),
    ],
)
def test_the_config_of_accelerate_is_read(tmp_path: Path, text: str, options: str, wanted: dict[str, Any]) -> None:
    (tmp_path / "zero2.yaml").write_text(text)
    command = f"accelerate launch --config_file zero2.yaml {options} sft.py --model_name_or_path m --use_peft\n"
    source = read_source(command, str(tmp_path / "run.sh"))
    config = import_source(source, BY_NAME["trl"]).config
    assert {name: config.get(name) for name in wanted} == wanted


def test_a_config_of_accelerate_below_a_variable_says_its_name() -> None:
    launch = "accelerate launch --config_file $DIR/zero3.yaml sft.py --model_name_or_path m --use_peft\n"
    assert imported(launch).config["zero_stage"] == 3
    unknown = imported(launch.replace("$DIR/zero3.yaml", "$ZERO"))
    assert "zero_stage" not in unknown.config
