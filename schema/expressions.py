"""Expressions of Python that are joined, made simple, and written over several lines."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
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


def all_of(*parts: ast.expr) -> ast.expr:
    """Whether every part holds."""
    return ast.BoolOp(ast.And(), list(parts))


def any_of(*parts: ast.expr) -> ast.expr:
    """Whether one of the parts holds."""
    return ast.BoolOp(ast.Or(), list(parts))


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
