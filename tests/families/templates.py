"""Short chat templates in the forms that published families have, and the tokens that end their texts.

Where the published templates lie beside the project (``../shared/templates``), those are used instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "templates"
TOKENS = re.compile(r"<\|[^|>'\"]+\|>|<｜[^｜>]+｜>|<(?:start|end)_of_turn>|<[be]os>|</?s>|\[/?INST\]|</?think>")
LOOP = "{% for message in messages %}"
PROMPT = "{% endfor %}{% if add_generation_prompt %}"


@dataclass(frozen=True)
class Template:
    """A template; ``bos`` and ``eos`` are the tokenizer's, which need not be the end of a turn."""

    text: str | None
    eos: str
    bos: str | None = None
    file: str = ""

    def published(self) -> str | None:
        """The published text where it is at hand."""
        path = PUBLISHED / self.file
        if not self.file or not path.is_file():
            return self.text
        text = path.read_text(encoding="utf-8")
        # Laid out for reading: the model's own file has no line breaks and no indents.
        return text if "{%-" in text else text.replace("    ", "").replace("\n", "")


def turns(start: str, end: str, prompt: str, before: str = "") -> str:
    """A template of marked turns."""
    return f"{before}{LOOP}{start}{{{{ message['content'] }}}}{end}{PROMPT}{prompt}{{% endif %}}"


ROLE = "{{ message['role'] }}"
MODEL = "{{ 'model' if message['role'] == 'assistant' else message['role'] }}"
BOS = "{{ bos_token }}"
INST = (
    f"{BOS}{LOOP}{{% if message['role'] == 'user' %}}[INST] {{{{ message['content'] }}}} [/INST]"
    "{% else %} {{ message['content'] }}{{ eos_token }}{% endif %}{% endfor %}"
)
PHI = (
    f"{LOOP}<|{ROLE}|>\n{{{{ message['content'] }}}}<|end|>\n"
    f"{PROMPT}<|assistant|>\n{{% else %}}{{{{ eos_token }}}}{{% endif %}}"
)
CHATML = Template(turns(f"<|im_start|>{ROLE}\n", "<|im_end|>\n", "<|im_start|>assistant\n"), "<|im_end|>")
QWEN = Template(CHATML.text, "<|im_end|>", file="qwen2_5.jinja")
QWEN3 = Template(CHATML.text, "<|im_end|>", file="qwen3.jinja")
QWEN3_5 = Template(CHATML.text, "<|im_end|>", file="qwen3_5_think.jinja")
BASE = Template(CHATML.text, "<|endoftext|>")
"""As a published base model has it: the turn ends with another token than the text."""
HEADERS = (f"<|start_header_id|>{ROLE}<|end_header_id|>\n\n", "<|start_header_id|>assistant<|end_header_id|>\n\n")
LLAMA = Template(turns(HEADERS[0], "<|eot_id|>", HEADERS[1], BOS), "<|eot_id|>", "<|begin_of_text|>", "llama3_1.jinja")
MODEL_TURN = turns(f"<start_of_turn>{MODEL}\n", "<end_of_turn>\n", "<start_of_turn>model\n", BOS)
GEMMA = Template(MODEL_TURN, "<eos>", "<bos>", "gemma.jinja")
GEMMA3 = Template(MODEL_TURN, "<eos>", "<bos>", "gemma3.jinja")
MISTRAL = Template(INST, "</s>", "<s>", "mistral-instruct.jinja")
PHI3 = Template(PHI, "<|endoftext|>", file="phi3.jinja")
GRANITE_TURN = (f"<|start_of_role|>{ROLE}<|end_of_role|>", "<|start_of_role|>assistant<|end_of_role|>")
GRANITE = Template(
    turns(GRANITE_TURN[0], "<|end_of_text|>\n", GRANITE_TURN[1]), "<|end_of_text|>", file="granite-3.0-instruct.jinja"
)
HARMONY = turns(f"<|start|>{ROLE}<|message|>", "<|return|>", "<|start|>assistant<|message|>")
GPT_OSS = Template(HARMONY, "<|return|>", file="gptoss.jinja")
DEEPSEEK_TURN = (
    f"{BOS}{LOOP}{{% if message['role'] == 'user' %}}<｜User｜>{{{{ message['content'] }}}}"
    "{% else %}<｜Assistant｜>{{ message['content'] }}<｜end▁of▁sentence｜>{% endif %}"
    f"{PROMPT}<｜Assistant｜>{{% endif %}}"
)
DEEPSEEK = Template(DEEPSEEK_TURN, "<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>", "deepseekv3.jinja")
COHERE_TURN = "<|START_OF_TURN_TOKEN|>{{ '<|CHATBOT|>' if message['role'] == 'assistant' else '<|USER|>' }}"
COHERE = Template(
    turns(COHERE_TURN, "<|END_OF_TURN_TOKEN|>", "<|START_OF_TURN_TOKEN|><|CHATBOT|>", BOS),
    "<|END_OF_TURN_TOKEN|>",
    "<|BOS|>",
)
NONE = Template(None, "<|endoftext|>")
"""A base model without a template."""


def special_tokens(template: Template) -> list[str]:
    """Every special token that the template writes, in a fixed order."""
    found = TOKENS.findall(template.published() or "")
    named = [token for token in (template.bos, template.eos) if token]
    roles = [f"<|{role}|>" for role in ("user", "assistant", "system")]
    return list(dict.fromkeys(["<|endoftext|>", "<|pad|>", "<|im_start|>", "<|im_end|>", *named, *found, *roles]))
