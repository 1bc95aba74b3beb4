"""Writes the validator: fastjsonschema generates it, and what is tried and rejected becomes a question instead.

fastjsonschema raises wherever a value is invalid, so each `if` of the schema that does not hold is an exception, raised
and caught. Here every subschema that may fail is a function of its own, and every function returns whether its value
is valid. So the module also says which field or which rule is not satisfied.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Final

import fastjsonschema

from hpc_schema import schema
from one_expression import as_expressions, written

SPOKEN: Final = {"title", "description", "markdownDescription", "enumDescriptions", "examples", "default", "$id"}
SPOKEN_TO_EDITORS: Final = {"doNotSuggest", "errorMessage", "defaultSnippets"}
DOLLAR: Final = re.compile(r"(?<!\\)\$")
THEIR_NAME: Final = "validate___definitions_"
PLAIN: Final = ("properties",)
TRIED: Final = ("if", "then", "not", "anyOf")

HEAD: Final = '''\
# ruff: noqa
# mypy: ignore-errors
import re
from math import isfinite
from types import NoneType


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
    r"not isinstance\((\w+), \(int\)\) and not \(isinstance\(\1, float\) and \1\.is_integer\(\)\)"
    r" or isinstance\(\1, bool\)": r"not is_integer(\1)",
    r"not isinstance\((\w+), \(int, float\)\) or isinstance\(\1, bool\)": r"not is_number(\1)",
}
"""How fastjsonschema asks for the types of numbers, and how hpc does, whose numbers are exact."""
OF_A_RULE: Final = frozenset({"isinstance(data, dict)"})
"""What holds for the argument of a rule."""


def validator_module(header: str) -> str:
    """The text of the module; ``header`` says where it comes from."""
    definitions = {name: as_functions(only_deciding(part), name) for name, part in _parts().items()}
    fields = [name for name in definitions if name in schema()["properties"]]
    rules = [name for name in definitions if name not in fields]
    whole = {
        "allOf": [_reference(name) for name in reversed(definitions)],
        "definitions": {name: part for made in definitions.values() for name, part in made.items()},
    }
    code = fastjsonschema.compile_to_code(whole, detailed_exceptions=False)
    code = code[code.index("def ") :].replace("(int, float, Decimal)", "(int, float)")
    code = re.sub(r"REGEX_PATTERNS\[(.+?)\]\.search\(", r"matches(\1, ", code)
    for theirs, ours in TYPES.items():
        code = re.sub(theirs, ours, code)
    functions = _Questions().visit(ast.parse(code)).body
    plain = ast.parse("\n".join(_without_bookkeeping(ast.unparse(function)) for function in functions))
    whole_names = [_function(name) for name in definitions]
    parts = as_expressions([each for each in plain.body if isinstance(each, ast.FunctionDef)], whole_names, OF_A_RULE)
    code = "\n\n\n".join(written(name, part) for name, part in parts.items())
    assert "raise" not in code, "fastjsonschema writes something else now"
    return f'"""Validates a config; {header}."""\n{HEAD}{code}\n\n{_tables(fields, rules)}{TAIL}'


def only_deciding(node: Any) -> Any:
    """The schema with only what decides between valid and invalid.

    ``const`` becomes an ``enum`` of one value, because fastjsonschema 2.22 cannot write the short form of its message.
    In a pattern ``$`` is the end of the text, as in JavaScript; Python's own would let a line break pass at the end.
    """
    if isinstance(node, list):
        return [only_deciding(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "const" in node:
        node = {"enum": [node["const"]], **{key: value for key, value in node.items() if key != "const"}}
    if isinstance(node.get("pattern"), str):
        node = {**node, "pattern": DOLLAR.sub(r"\\Z", node["pattern"])}
    return {
        key: {name: only_deciding(sub) for name, sub in value.items()} if key == "properties" else only_deciding(value)
        for key, value in node.items()
        if key not in SPOKEN | SPOKEN_TO_EDITORS and not key.startswith("x-")
    }


def as_functions(node: Any, name: str) -> dict[str, Any]:
    """The subschema under its name, and beside it those of its parts that are only tried."""
    made: dict[str, Any] = {}

    def apart(part: Any, of: str) -> Any:
        if isinstance(part, list):
            return [apart(item, of) for item in part]
        if not isinstance(part, dict):
            return part
        return {
            key: tried(key, value, of) if key in TRIED else apart(value, of if key in PLAIN else f"{of}_{key}")
            for key, value in part.items()
        }

    def tried(key: str, value: Any, of: str) -> Any:
        if isinstance(value, list):
            return [tried(f"{key}_{number}", item, of) for number, item in enumerate(value, 1)]
        made[f"{of}_{key}"] = apart(value, f"{of}_{key}")
        return _reference(f"{of}_{key}")

    made[name] = apart(node, name)
    return made


def _parts() -> dict[str, Any]:
    """Field or rule → its subschema. A rule may be stated by several blocks, which are numbered."""
    found = {name: schema()["definitions"].get(name, part) for name, part in schema()["properties"].items()}
    for block in schema()["allOf"]:
        if "x-rule" in block:
            code = block["x-rule"]["code"].lower()
            found[f"{code}_{1 + sum(name.startswith(code) for name in found)}"] = block
    return found


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


class _Questions(ast.NodeTransformer):
    """Functions that raise become functions that return whether the value is valid."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if node.name == "validate":  # It only calls the others, as is_valid does.
            return None
        if not node.name.startswith(THEIR_NAME):
            return node
        self.generic_visit(node)
        node.name = _function(node.name.removeprefix(THEIR_NAME))
        node.args.args, node.args.defaults = node.args.args[:1], []
        return node

    def visit_Return(self, _node: ast.Return) -> ast.AST:
        return ast.parse("return True").body[0]

    def visit_Raise(self, _node: ast.Raise) -> ast.AST:
        return ast.parse("return False").body[0]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call of another function of the module takes the value only."""
        self.generic_visit(node)
        if not _is_theirs(node):
            return node
        return ast.Call(ast.Name(_function(node.func.id.removeprefix(THEIR_NAME))), node.args[:1], [])

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """A part that must be valid."""
        if not _is_theirs(node.value):
            return node
        rejected = ast.UnaryOp(ast.Not(), self.visit(node.value))
        return ast.If(rejected, [ast.Return(ast.Constant(False))], [])

    def visit_Try(self, node: ast.Try) -> ast.AST:
        """A part that is tried: what follows, inside or in the else, follows only where it is valid."""
        first, *rest = node.body
        assert isinstance(first, ast.Expr)
        then = [self.visit(statement) for statement in (*rest, *node.orelse)]
        return ast.If(self.visit(first.value), then, [])


def _without_bookkeeping(function: str) -> str:
    """No sets of keys are built only to ask what is in them: that takes most of the time."""
    missing = r"(\w+)__missing_keys = set\(\[(.*)\]\) - \1\.keys\(\)\n +if \1__missing_keys:"
    function = re.sub(missing, r"if not {\2} <= \1.keys():", function)
    known = ", ".join(re.findall(r"\w+_keys\.remove\((.*)\)", function))
    function = re.sub(r"if (\w+)_keys:", rf"if not \1.keys() <= {{{known}}}:", function)  # Others are not known.
    function = re.sub(r"\n +\w+_keys(\.remove\(.*\)| = set\(.*\))", "", function)
    return re.sub(r" in (\w+)_keys:", r" in \1:", function)


def _is_theirs(node: ast.AST) -> bool:
    """Whether this is a call of a generated function."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith(THEIR_NAME)


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
