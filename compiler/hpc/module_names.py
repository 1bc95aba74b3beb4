"""The modules of a model that a config names, as PEFT takes them."""

from __future__ import annotations


def modules(text: str) -> str | list[str]:
    """One name that PEFT knows (all-linear), or the list of module names."""
    names = [name.strip() for name in text.split(",")]
    return "all-linear" if names == ["all-linear"] else names


def whole_modules(text: str | None) -> list[str] | None:
    """The list of module names, or null."""
    return [name.strip() for name in text.split(",")] if text else None
