"""What the schema says about a field, as the lines of a list: allowed values, default, condition, older names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hpc_schema.field import When


def facts(subschema: Mapping[str, Any], when: Sequence[When]) -> list[str]:
    """The facts of one field, each a line of Markdown; ``when`` are the conditions under which it applies."""
    lines = [f"- allowed: {allowed(subschema)}", f"- default: {default_text(subschema)}"]
    if when:
        lines.append(f"- applies only when {when_text(when)}")
    if "enumDescriptions" in subschema:
        pairs = zip(subschema["enum"], subschema["enumDescriptions"], strict=True)
        lines += [f"- `{value}`: {text}" for value, text in pairs]
    if "x-portal" in subschema:
        lines.append(f"- the platform accepts {platform_limit(subschema['x-portal'])}")
    if "x-key-aliases" in subschema:
        names = ", ".join(f"`{alias}`" for alias in subschema["x-key-aliases"])
        lines.append(f"- older name, renamed by `hpc validate --fix`: {names}")
    return lines


def platform_limit(limit: Mapping[str, Any]) -> str:
    """What the platform accepts, and until when."""
    values = allowed({"enum": limit.get("enum", [limit.get("const")])}).lower()
    words = f"at most {limit['maximum']}" if "maximum" in limit else f"only: {values}"
    return words + (
        f" (no longer on {limit['until']}; `--portal=DATE` reports it for an earlier day)" if "until" in limit else ""
    )


def allowed(subschema: Mapping[str, Any]) -> str:
    """The allowed values in words: ``1, 2, 3`` or ``number in (0, 1)``."""
    if "enum" in subschema:
        return ", ".join(f"`{v}`" for v in subschema["enum"])
    types = subschema["type"]
    if types == "array":
        return f"a list of {', '.join(f'`{v}`' for v in subschema['items']['enum'])}"
    kind = " or ".join(types) if isinstance(types, list) else types
    low = (
        f"({subschema['exclusiveMinimum']}" if "exclusiveMinimum" in subschema else f"[{subschema.get('minimum', '-∞')}"
    )
    high = (
        f"{subschema['exclusiveMaximum']})" if "exclusiveMaximum" in subschema else f"{subschema.get('maximum', '∞')}]"
    )
    return f"{kind} in {low}, {high}".replace("∞]", "∞)") if kind in ("integer", "number") else str(kind)


def default_text(subschema: Mapping[str, Any]) -> str:
    """The default as the page shows it."""
    if "default" in subschema:
        return f"`{subschema['default']!r}`".replace("'", '"').replace("True", "true").replace("False", "false")
    return str(subschema.get("x-default", "none"))


def when_text(when: Sequence[When]) -> str:
    """The conditions in words: `trainer` is `dpo` and so on."""
    parts = dict.fromkeys(f"`{w.field}` is {' or '.join(f'`{str(v).lower()}`' for v in w.values)}" for w in when)
    return " and ".join(parts)
