"""Writes the validator: each keyword of JSON Schema that hpc's schema has is an expression, and so is the whole.

Every field and every rule is a function that returns whether its value is valid. So the module also says which field or
which rule is not satisfied.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, Final

from expressions import all_of, any_of, negated, simple, written
from hpc_schema import schema

DOLLAR: Final = re.compile(r"(?<!\\)\$")
HEAD: Final = '''\
# ruff: noqa
# mypy: ignore-errors
import re
from math import isfinite


def is_number(value):
    """Whether every library behind hpc can hold the number; true and false are none."""
    if isinstance(value, int):
        return not isinstance(value, bool) and -(2**63) <= value < 2**63
    return isinstance(value, float) and isfinite(value)


def is_integer(value):
    """Whether the value is written as an integer: 1.0 is not."""
    return isinstance(value, int) and is_number(value)


def matches(pattern, text):
    """Whether the pattern is found in the text; it is compiled when it is needed."""
    return re.search(pattern, text) is not None


'''
TAIL: Final = '''

def is_valid(values):
    """Whether the values are those of a config without errors, as far as the schema can say it."""
    return (
        isinstance(values, dict)
        and all(name in FIELDS and FIELDS[name](value) for name, value in values.items())
        and all(part(values) for parts in RULES.values() for part in parts)
    )
'''
TYPES: Final = {
    "string": "isinstance({}, str)",
    "boolean": "isinstance({}, bool)",
    "integer": "is_integer({})",
    "number": "is_number({})",
    "array": "isinstance({}, (list, tuple))",
    "object": "isinstance({}, dict)",
    "null": "{} is None",
}
A_NUMBER: Final = "isinstance({0}, (int, float)) and not isinstance({0}, bool)"
"""What bounds apply to; a number that is too large to be one is none of its type."""
OF_A_RULE: Final = frozenset({"isinstance(data, dict)"})
"""What holds for the argument of a rule."""


def validator_module(header: str) -> str:
    """The text of the module; ``header`` says where it comes from."""
    fields = {name: schema()["definitions"].get(name, part) for name, part in schema()["properties"].items()}
    rules = _blocks()
    parts = [written(_function(name), simple(whole(part, "data"))) for name, part in fields.items()]
    parts += [written(_function(name), simple(whole(part, "data"), OF_A_RULE)) for name, part in rules.items()]
    code = "\n\n\n".join(parts)
    return f'"""Validates a config; {header}."""\n{HEAD}{code}\n\n\n{_tables(list(fields), list(rules))}{TAIL}'


def whole(node: dict[str, Any], value: str) -> ast.expr:
    """Whether a value satisfies a subschema. The order is the table's: types come first."""
    unknown = [key for key in node if key not in KEYWORDS and key not in SPOKEN and not key.startswith("x-")]
    assert not unknown, f"no expression is known for {unknown}"
    return all_of(*(KEYWORDS[keyword](node, value) for keyword in KEYWORDS if keyword in node))


def ask(text: str, *values: Any) -> ast.expr:
    """An expression, from its text."""
    return ast.parse(text.format(*values), mode="eval").body


def _if_it_is(type_: str, value: str, *then: ast.expr) -> ast.expr:
    return any_of(negated(ask(type_, value)), all_of(*then))


def _types(node: dict[str, Any], value: str) -> ast.expr:
    names = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return any_of(*(ask(TYPES[name], value) for name in names))


def _one_of(constants: list[Any], value: str) -> ast.expr:
    return any_of(*(_is(constant, value) for constant in constants))


def _is(constant: Any, value: str) -> ast.expr:
    """JSON's true is no 1."""
    if constant is None or isinstance(constant, bool):
        return ask("{} is {}", value, constant)
    equal = ask("{} == {!r}", value, constant)
    return equal if isinstance(constant, str) else all_of(ask(A_NUMBER, value), equal)


def _properties(node: dict[str, Any], value: str) -> ast.expr:
    parts = [
        any_of(ask("{!r} not in {}", name, value), whole(part, f"{value}[{name!r}]"))
        for name, part in node["properties"].items()
    ]
    if node.get("additionalProperties") is False:
        parts.append(ask("{}.keys() <= {{{}}}", value, ", ".join(map(repr, node["properties"]))))
    return _if_it_is(TYPES["object"], value, *parts)


def _items(node: dict[str, Any], value: str) -> ast.expr:
    every = ast.GeneratorExp(whole(node["items"], "item"), [ast.comprehension(ast.Name("item"), ask(value), [], 0)])
    return _if_it_is(TYPES["array"], value, ast.Call(ast.Name("all"), [every], []))


def _bound(type_: str, text: str, keyword: str) -> Callable[[dict[str, Any], str], ast.expr]:
    return lambda node, value: _if_it_is(type_, value, ask(text, value, node[keyword]))


KEYWORDS: Final[dict[str, Callable[[dict[str, Any], str], ast.expr]]] = {
    "$ref": lambda node, value: whole(schema()["definitions"][node["$ref"].rpartition("/")[2]], value),
    "type": _types,
    "const": lambda node, value: _is(node["const"], value),
    "enum": lambda node, value: _one_of(node["enum"], value),
    "required": lambda node, value: _if_it_is(
        TYPES["object"], value, *(ask("{!r} in {}", name, value) for name in node["required"])
    ),
    "properties": _properties,
    # ``$`` is the end of the text, as in JavaScript; Python's own would let a line break pass at the end.
    "pattern": lambda node, value: _if_it_is(
        TYPES["string"], value, ask("matches({!r}, {})", DOLLAR.sub(r"\\Z", node["pattern"]), value)
    ),
    "minLength": _bound(TYPES["string"], "len({}) >= {}", "minLength"),
    "minItems": _bound(TYPES["array"], "len({}) >= {}", "minItems"),
    "maxItems": _bound(TYPES["array"], "len({}) <= {}", "maxItems"),
    "uniqueItems": lambda _node, value: _if_it_is(
        TYPES["array"], value, ask("len(set(map(repr, {0}))) == len({0})", value)
    ),
    "items": _items,
    "minimum": _bound(A_NUMBER, "{} >= {}", "minimum"),
    "maximum": _bound(A_NUMBER, "{} <= {}", "maximum"),
    "exclusiveMinimum": _bound(A_NUMBER, "{} > {}", "exclusiveMinimum"),
    "exclusiveMaximum": _bound(A_NUMBER, "{} < {}", "exclusiveMaximum"),
    "multipleOf": _bound(A_NUMBER, "{} % {} == 0", "multipleOf"),
    "not": lambda node, value: negated(whole(node["not"], value)),
    "allOf": lambda node, value: all_of(*(whole(part, value) for part in node["allOf"])),
    "anyOf": lambda node, value: any_of(*(whole(part, value) for part in node["anyOf"])),
    "if": lambda node, value: any_of(negated(whole(node["if"], value)), whole(node["then"], value)),
}
"""Keyword → the expression of a subschema that has it, for a value."""
SPOKEN: Final = {
    *("title", "description", "markdownDescription", "enumDescriptions", "examples", "default"),
    *("doNotSuggest", "errorMessage", "defaultSnippets", "then", "additionalProperties"),
}
"""Keywords that decide nothing, or that another one reads."""


def _blocks() -> dict[str, Any]:
    """Rule → its block. A rule may be stated by several blocks, which are numbered."""
    found: dict[str, Any] = {}
    for block in schema()["allOf"]:
        if "x-rule" in block:
            code = block["x-rule"]["code"].lower()
            found[f"{code}_{1 + sum(name.startswith(code) for name in found)}"] = block
    return found


def _function(name: str) -> str:
    """The function of a part; a field may be called like what Python has already."""
    return f"valid_{re.sub(r'[^a-zA-Z0-9]+', '_', name).strip('_').lower()}"


def _tables(fields: list[str], rules: list[str]) -> str:
    codes = dict.fromkeys(name.split("_")[0].upper() for name in rules)
    by_code = {code: [name for name in rules if name.startswith(code.lower())] for code in codes}
    lines = ["FIELDS = {", *(f"    {name!r}: {_function(name)}," for name in fields), "}"]
    lines += ['"""Field → whether a value is one of its own, whatever the other fields are."""', "", "RULES = {"]
    lines += [f"    {code!r}: ({', '.join(map(_function, parts))},)," for code, parts in by_code.items()]
    lines += ["}", '"""Code → whether the values of a config satisfy each part of the rule."""', ""]
    return "\n".join(lines)
