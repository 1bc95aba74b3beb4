"""``python -m hpc_runner.asking MODEL --tokenizer FOLDER …``: a trained model answers, token by token.

With a question it answers once; without one it reads questions from standard input and keeps the conversation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hpc_disk.files import read_object, section
from hpc_disk.streams import show_progress, without_output
from hpc_runner.errors import Interrupted, RunnerError, report, say, visible
from hpc_runner.garbage import put_off
from hpc_runner.signals import interruptible

Turns = list[dict[str, str]]


def main(argv: Sequence[str]) -> int:
    """Answer. Returns 0, 1 after an explained error, 130 after Ctrl-C."""
    interruptible()
    arguments = _parser().parse_args(argv)
    try:
        from hpc_runner.quiet import quieten

        quieten()
        show_progress(visible(f"loading {arguments.model}"))  # Else the first import of torch is a minute of silence.
        model, tokenizer = _load(arguments)
        show_progress("")
        _converse(model, tokenizer, arguments)
    except RunnerError as error:
        report(error)
        return 1
    except Interrupted as interrupted:
        print()
        return interrupted.exit_code
    except BrokenPipeError:
        return without_output(141)
    except OSError as error:
        print(f"hpc: cannot write the output: {error.strerror or error}", file=sys.stderr)
        return without_output(2)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hpc_runner.asking")
    parser.add_argument("model")
    parser.add_argument("question", nargs="?")
    parser.add_argument("--adapter")
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--max-tokens", type=int, default=512)
    return parser


def _load(arguments: argparse.Namespace) -> tuple[Any, Any]:
    with put_off():
        import torch
        from transformers import AutoTokenizer

        from hpc_runner.model import load_base, number_format

    gpu = torch.cuda.is_available()
    try:
        tokenizer = AutoTokenizer.from_pretrained(arguments.tokenizer, trust_remote_code=False)
        dtype = number_format(arguments.model)
        # Many operations on a CPU do not know 16-bit floats of this kind.
        model = load_base(arguments.model, torch.float32 if dtype == torch.float16 and not gpu else dtype)
        if arguments.adapter:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, arguments.adapter)
    except RunnerError:
        raise
    except Exception as error:  # Whatever a damaged or missing file makes the libraries do.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        help_ = "check that the folder is complete, and that the base model is still where it was"
        raise RunnerError("HPC501", f"{arguments.model} cannot be loaded: {reason}", help_) from error
    return model.eval().to("cuda" if gpu else "cpu"), tokenizer


class Opening(NamedTuple):
    """How a conversation begins, as in the training: in the chat template after these turns, or as a text to go on."""

    chat: bool
    first: Turns


def _opening(plan: Path) -> Opening:
    data = section(read_object(plan), "data")
    system = data.get("system_prompt")
    return Opening(data.get("kind") != "corpus", [{"role": "system", "content": str(system)}] if system else [])


def _converse(model: Any, tokenizer: Any, arguments: argparse.Namespace) -> None:
    opening = _opening(arguments.plan)
    turns: Turns = []
    for question in [arguments.question] if arguments.question else _questions():
        turns = turns if opening.chat else []
        turns.append({"role": "user", "content": question})
        ids = _encode(model, tokenizer, opening, turns, arguments.max_tokens)
        turns.append({"role": "assistant", "content": _answer(model, tokenizer, ids, arguments.max_tokens)})


def _questions() -> Iterator[str]:
    """Lines of standard input, up to an empty one."""
    if sys.stdin.isatty():
        say("Type a question. An empty line or Ctrl-D ends.")
    while True:
        try:
            line = input("> " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return
        if not line:
            return
        yield line


def _encode(model: Any, tokenizer: Any, opening: Opening, turns: Turns, most: int) -> Any:
    """The conversation as tokens. Its oldest turns are dropped where the model cannot hold it all."""
    room = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    while True:
        ids = _tokens(tokenizer, opening, turns)
        length = ids["input_ids"].shape[1]
        if not room or length + most <= room:
            return ids.to(model.device)
        if len(turns) < 2:
            message = f"the question has {length} tokens, and the model supports at most {room} with the answer"
            raise RunnerError("HPC732", message, "ask a shorter question, or lower --max-tokens")
        say("The conversation is too long for the model: its first question and answer are dropped.")
        del turns[:2]


def _tokens(tokenizer: Any, opening: Opening, turns: Turns) -> Any:
    if not opening.chat or tokenizer.chat_template is None:
        return tokenizer(turns[-1]["content"], return_tensors="pt")
    text = tokenizer.apply_chat_template([*opening.first, *turns], tokenize=False, add_generation_prompt=True)
    return tokenizer(text, return_tensors="pt", add_special_tokens=False)


def _answer(model: Any, tokenizer: Any, ids: Any, most: int) -> str:
    """Print the likeliest answer while it is made, and return it."""
    import torch
    from transformers import TextStreamer

    class Shown(TextStreamer):  # type: ignore[misc]
        """An answer must not steer the terminal either; a file gets it as it is."""

        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            super().on_finalized_text(visible(text) if sys.stdout.isatty() else text, stream_end=stream_end)

    streamer = Shown(tokenizer, skip_prompt=True, skip_special_tokens=True)
    with torch.inference_mode():
        made = model.generate(**ids, max_new_tokens=most, do_sample=False, streamer=streamer)
    return str(tokenizer.decode(made[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)).strip()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
