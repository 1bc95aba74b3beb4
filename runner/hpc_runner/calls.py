"""Tools and their calls, in the form that a chat template takes them; a template that does not write them refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from hpc_disk.turns import Malformed, Turns

Render = Callable[[Turns, Any], str]
"""A template's text of some turns and tools; raises ``Malformed`` where it refuses them."""


def usable(render: Render, turns: Turns, tools: Any) -> tuple[Turns, str]:
    """The turns in the form that this template takes, and its text of them.

    Raises:
        Malformed: Where it refuses them, or leaves out tools or calls that they have.
    """
    if not any(turn.get("tool_calls") for turn in turns):
        whole = _said(render, turns, tools)
        _check_offered(render, turns, tools, whole)
        return turns, whole
    refused: Malformed | None = None
    written = False
    for variant in _variants(turns):
        try:
            whole = _said(render, variant, tools)
        except Malformed as reason:
            refused = refused or reason
            continue
        written = True
        _check_offered(render, variant, tools, whole)
        if _writes_calls(render, variant, tools, whole):
            return variant, whole
    if refused and not written:
        raise refused
    raise Malformed("it calls tools, but the model's chat template does not write all the calls")


def _said(render: Render, turns: Turns, tools: Any) -> str:
    try:
        return render(turns, tools)
    except Malformed as reason:
        if any(turn["role"] == "tool" for turn in turns) and "tool" not in str(reason):
            raise Malformed(f"it has turns of tools, and {reason}") from None
        raise


def _check_offered(render: Render, turns: Turns, tools: Any, whole: str) -> None:
    if not tools:
        return
    named = all(str(tool["function"]["name"]) in whole for tool in tools)
    try:
        told = render(turns, None) != whole
    except Malformed:
        told = True
    if not (named and told):
        raise Malformed("it offers tools, but the model's chat template does not write them")


def _writes_calls(render: Render, turns: Turns, tools: Any, whole: str) -> bool:
    """Whether each call is in the text, under a name by which it is found."""
    names: list[str] = []

    def named(call: dict[str, Any]) -> dict[str, Any]:
        names.append(f"{call['function']['name']}_hpc{len(names)}q")
        return {**call, "function": {**call["function"], "name": names[-1]}}

    probe = [
        {**turn, "tool_calls": [named(call) for call in turn["tool_calls"]]} if turn.get("tool_calls") else turn
        for turn in turns
    ]
    try:
        text = render(probe, tools)
    except Malformed:  # It knows only the tools that are offered.
        return all(name.rpartition("_")[0] in whole for name in names)
    return all(name in text for name in names)


def _variants(turns: Turns) -> Iterator[Turns]:
    """Calls of tools in the forms that templates take: arguments as an object or as JSON, no content as "" or None."""
    for as_text in (False, True):
        for empty in ("", None):
            yield [_variant(turn, as_text=as_text, empty=empty) for turn in turns]


def _variant(turn: dict[str, Any], *, as_text: bool, empty: str | None) -> dict[str, Any]:
    if not turn.get("tool_calls"):
        return turn
    calls = [
        {**call, "function": {**call["function"], "arguments": _arguments(call["function"]["arguments"], as_text)}}
        for call in turn["tool_calls"]
    ]
    return {**turn, "tool_calls": calls, "content": turn["content"] or empty}


def _arguments(value: Any, as_text: bool) -> Any:
    return json.dumps(value, ensure_ascii=False) if as_text and not isinstance(value, str) else value
