"""A function that returns False where a value is wrong becomes one that returns an expression: whether it is right."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

OPPOSITE: Final = {
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
}
"""No number is NaN: no field takes it."""
WIDTH: Final = 110
Known = frozenset[str]


def as_expressions(functions: Iterable[ast.FunctionDef], whole: Sequence[str], always: Known) -> dict[str, ast.expr]:
    """Function → its expression, in which those of its parts stand in the place of their calls.

    Args:
        functions: Of one argument, ``data``.
        whole: The names of those that are not part of another.
        always: What holds for the argument of a rule.
    """
    made = {function.name: _expression(function.body, {}) for function in functions}

    class Inline(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            return self.visit(_with(made[name], {"data": node.args[0]})) if name in made else node

    return {
        name: simple(Inline().visit(made[name]), always if name.startswith("valid_hpc") else frozenset())
        for name in made
        if name in whole
    }


def _expression(statements: Sequence[ast.stmt], names: Mapping[str, ast.expr]) -> ast.expr:
    """Whether the statements come to their end without returning False; ``names`` have been given values."""
    if not statements:
        return ast.Constant(True)
    first, *rest = statements
    match first:
        case ast.Return(ast.Constant() as value):
            assert not rest
            return value
        case ast.FunctionDef(name):  # What makes items comparable; their texts are.
            return _expression(rest, {**names, name: ast.Name("repr")})
        case ast.Assign([ast.Name(name)], ast.Constant(0)):  # How many of several ways are right.
            return _expression(rest, {**names, name: ast.Constant(False)})
        case ast.If(ast.UnaryOp(ast.Not(), ast.Name(name)), [ast.If(test, [ast.AugAssign()])]):  # One of these ways.
            return _expression(rest, {**names, name: _either(names[name], _with(test, names))})
        case ast.Assign([ast.Name(name)], value):
            return _expression(rest, {**names, name: _with(value, names)})
        case ast.For(ast.Tuple([_, item]), ast.Call(_, [items]), body):
            each = ast.comprehension(item, _with(items, names), [], 0)
            every = ast.Call(ast.Name("all"), [ast.GeneratorExp(_expression(body, names), [each])], [])
            return ast.BoolOp(ast.And(), [every, _expression(rest, names)])
        case ast.If(test, body, otherwise):
            test = _with(test, names)
            ways = [_either(negated(test), _expression(body, names)), _either(test, _expression(otherwise, names))]
            return ast.BoolOp(ast.And(), [*ways, _expression(rest, names)])
    raise AssertionError(f"fastjsonschema writes something else now: {ast.unparse(first)}")


def _either(one: ast.expr, other: ast.expr) -> ast.expr:
    return ast.BoolOp(ast.Or(), [one, other])


def _with(node: ast.expr, names: Mapping[str, ast.expr]) -> ast.expr:
    """The expression with other expressions in the place of names."""

    class Replace(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            return names.get(name.id, name)

    found: ast.expr = Replace().visit(ast.parse(ast.unparse(node), mode="eval").body)
    return found


def negated(node: ast.expr) -> ast.expr:
    """The opposite."""
    match node:
        case ast.UnaryOp(ast.Not(), operand):
            return operand
        case ast.Constant(value):
            return ast.Constant(not value)
        case ast.Compare(left, [operator], right) if type(operator) in OPPOSITE:
            return ast.Compare(left, [OPPOSITE[type(operator)]()], right)
    return ast.UnaryOp(ast.Not(), node)


def simple(node: ast.expr, known: Known = frozenset()) -> ast.expr:
    """The same with everything left out that is known; ``known`` are texts of what holds already."""
    for part, holds in ((node, True), (negated(node), False)):
        if ast.unparse(part) in known:
            return ast.Constant(holds)
    match node:
        case ast.BoolOp(operator, values):
            return _joined(values, known, every=isinstance(operator, ast.And))
        case ast.UnaryOp(ast.Not(), operand):
            return negated(simple(operand, known))
        case ast.Compare(ast.Set(keys), [ast.LtE()], [ast.Call(ast.Attribute(data, "keys"))]):
            return simple(ast.BoolOp(ast.And(), [ast.Compare(key, [ast.In()], [data]) for key in keys]), known)
        case ast.Call(function, [ast.GeneratorExp(each, ways)]):
            return ast.Call(function, [ast.GeneratorExp(simple(each, known), ways)], [])
    return node


def _joined(values: Iterable[ast.expr], known: Known, *, every: bool) -> ast.expr:
    """Parts joined by ``and`` or ``or``: each knows that those before it held, or that they did not."""
    kept: list[ast.expr] = []
    for value in values:
        part = simple(value, known)
        if isinstance(part, ast.Constant):
            if part.value == every:
                continue
            return ast.Constant(not every)
        inner = part.values if isinstance(part, ast.BoolOp) and isinstance(part.op, ast.And) == every else [part]
        kept += inner
        holds = inner if every else [negated(each) for each in inner]
        known |= {fact for each in holds for fact in (ast.unparse(each), *_types(each))}
    kept = _typed_once(kept) if every else _choices(kept)
    if len(kept) < 2:
        return kept[0] if kept else ast.Constant(every)
    return ast.BoolOp(ast.And() if every else ast.Or(), kept)


def _typed_once(parts: list[ast.expr]) -> list[ast.expr]:
    """What equals a text is one, and what is True or False is a bool."""
    implied = {fact for part in parts for fact in _types(part)}
    return [part for part in parts if ast.unparse(part) not in implied]


def _types(holds: ast.expr) -> Iterator[str]:
    """What an expression that holds says about types."""
    match holds:
        case ast.Call(ast.Name("is_number" | "is_integer"), [value]):
            yield f"isinstance({ast.unparse(value)}, (int, float))"
            yield f"not isinstance({ast.unparse(value)}, bool)"
        case ast.Compare(value, [ast.Eq() | ast.Is()], [ast.Constant(constant)]) if type(constant) in (str, bool):
            yield f"isinstance({ast.unparse(value)}, {type(constant).__name__})"


def _choices(parts: list[ast.expr]) -> list[ast.expr]:
    """Comparisons of one thing with several constants are one."""
    found: list[ast.expr] = []
    for part in parts:
        match [*found[-1:], part]:
            case [
                ast.Compare(thing, [ast.Eq() | ast.In()], [ast.Constant() | ast.Tuple() as known]),
                ast.Compare(same, [ast.Eq()], [ast.Constant() as other]),
            ] if ast.unparse(thing) == ast.unparse(same):
                before = known.elts if isinstance(known, ast.Tuple) else [known]
                found[-1] = ast.Compare(thing, [ast.In()], [ast.Tuple([*before, other])])
            case _:
                found.append(part)
    return found


def written(name: str, part: ast.expr) -> str:
    """The function's text."""
    text = ast.unparse(part)
    if len(text) > WIDTH:
        text = "(\n" + "".join(f"{line}\n" for line in _lines(part, 8)) + "    )"
    return f"def {name}(data):\n    return {text}"


def _lines(part: ast.expr, indent: int, start: str = "", *, joined: bool = False) -> Iterator[str]:
    """An expression, one part of it on each line where it is long.

    ``start`` stands before it; ``joined`` says that it is a part of another one, so that it may need brackets.
    """
    margin, text = " " * indent, ast.unparse(part)
    text = f"({text})" if joined and isinstance(part, ast.BoolOp) else text
    if len(margin + start + text) <= WIDTH:
        yield margin + start + text
        return
    match part:
        case ast.BoolOp() if joined:
            yield from (f"{margin}{start}(", *_lines(part, indent + 4), f"{margin})")
        case ast.BoolOp(operator, values):
            word = "and " if isinstance(operator, ast.And) else "or "
            for number, value in enumerate(values):
                yield from _lines(value, indent, word if number else "", joined=True)
        case ast.UnaryOp(ast.Not(), inside):
            yield from (f"{margin}{start}not (", *_lines(inside, indent + 4), f"{margin})")
        case ast.Call(ast.Name(name), [ast.GeneratorExp(inside, [each])]):
            way = f"for {ast.unparse(each.target)} in {ast.unparse(each.iter)}"
            yield from (f"{margin}{start}{name}(", *_lines(inside, indent + 4), f"{margin}    {way}", f"{margin})")
        case _:
            yield margin + start + text
