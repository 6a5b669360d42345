"""Choose units by words: ids ("3, 7"), or an expression of their figures ("rate > 2 and contamination < 10%").

An expression is parsed and worked out here, never run as a program.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

COMPARE: dict[type, Callable] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
ARITHMETIC: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
IDS = re.compile(r"[\d\s,]+")


PERCENT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%")
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*$")
OPERATORS = {"&&": " and ", "||": " or ", "&": " and ", "|": " or ", "≤": "<=", "≥": ">=", "≠": "!=", "−": "-"}
MOST_NESTED = 50  # brackets and operators inside each other
EXAMPLE = "rate > 2 and contamination < 10%"


@dataclass(frozen=True, eq=False)
class Known:
    """What a filter can speak of.

    Attributes
    ----------
    columns : name to (n,) array; "id" has to be there. A column of bool can stand alone.
    shares : names of those that are shares, 0 to 1.
    missing : other names, to the reason in words why their figures are not there.
    """

    columns: Mapping[str, np.ndarray]
    shares: Collection[str] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


def filter_units(text: str, known: Known | Mapping[str, np.ndarray]) -> np.ndarray:
    """Which units are wanted, (n,) bool.

    Parameters
    ----------
    text : "" is all; ids with commas or spaces; or an expression of column names, numbers (10% is 0.1), + - * /,
        comparisons, `and`, `or`, `not` and brackets. A unit whose figure is not known does not fit a comparison.
    known : the columns, or `Known`.

    Raises
    ------
    ValueError
        Saying what is not understood, and what could be meant.
    """
    known = known if isinstance(known, Known) else Known(known)
    text = text.strip()
    count = len(known.columns["id"])
    if not text:
        return np.ones(count, bool)
    if IDS.fullmatch(text):
        return np.isin(known.columns["id"], [int(word) for word in text.replace(",", " ").split()])
    with np.errstate(all="ignore"):
        chosen = np.asarray(_value(_parsed(text), known))
    if chosen.dtype != bool:
        raise ValueError(f"“{text}” is a number; compare it with something, such as: rate > 2")
    return np.broadcast_to(chosen, (count,))


def word_at(text: str, cursor: int) -> str:
    """The beginning of a name right before the cursor, "" where there is none: what can be completed."""
    found = WORD.search(text[:cursor])
    return found.group() if found else ""


def _parsed(text: str) -> ast.expr:
    plain = PERCENT.sub(r"(\1/100)", text)
    for sign, words in OPERATORS.items():
        plain = plain.replace(sign, words)
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(_not_understood(text)) from None
    if _depth(tree) > MOST_NESTED:
        raise ValueError("This filter has too many brackets or operators inside each other; make it simpler")
    return tree


def _not_understood(text: str) -> str:
    if re.search(r"[^<>=!]=[^=]", text):
        return f"“{text}” is not understood; equal is written with two signs, such as: channel == 12"
    if text.count("(") != text.count(")"):
        return f"“{text}” is not understood; a bracket is missing"
    if re.search(r"(and|or|not|[<>=+*/&|-])\s*$", text):
        return f"“{text}” is not understood; something has to follow, such as: {EXAMPLE}"
    return f"“{text}” is not understood; write such as: {EXAMPLE}"


def _depth(tree: ast.AST) -> int:
    deepest, rows = 0, [tree]
    while rows:
        rows = [child for node in rows for child in ast.iter_child_nodes(node)]
        deepest += 1
    return deepest


def _value(node: ast.expr, known: Known):
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name):
        return _column(node.id, known)
    if isinstance(node, ast.BoolOp):
        parts = [_truth(part, known) for part in node.values]
        return np.logical_and.reduce(parts) if isinstance(node.op, ast.And) else np.logical_or.reduce(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        return ~_truth(node.operand, known) if isinstance(node.op, ast.Not) else -_number(node.operand, known)
    if isinstance(node, ast.Compare) and all(type(op) in COMPARE for op in node.ops):
        return _compared(node, known)
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        return ARITHMETIC[type(node.op)](_number(node.left, known), _number(node.right, known))
    raise ValueError(f"“{ast.unparse(node)}” cannot be used in a filter")


def _compared(node: ast.Compare, known: Known) -> np.ndarray:
    sides = [node.left, *node.comparators]
    _check_shares(sides, known)
    values = [_number(side, known) for side in sides]
    parts = []
    for op, left, right in zip(node.ops, values, values[1:], strict=False):
        fits = np.asarray(COMPARE[type(op)](left, right))
        parts.append(fits & ~(np.isnan(left) | np.isnan(right)))  # "not equal" would be true of what is not known
    return np.logical_and.reduce(parts)


def _check_shares(sides: list[ast.expr], known: Known) -> None:
    """A share is compared with 20 by who means 20 per cent."""
    names = [side.id for side in sides if isinstance(side, ast.Name) and side.id in known.shares]
    numbers = [side.value for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, (int, float))]
    large = [number for number in numbers if number > 1]
    if names and large:
        raise ValueError(f"{names[0]} is a share, from 0 to 1: write {large[0]:g}% or {large[0] / 100:g}")


def _number(node: ast.expr, known: Known):
    value = _value(node, known)
    if np.asarray(value).dtype == bool:
        raise ValueError(f"“{ast.unparse(node)}” is true or false, not a number; write it alone, or with not")
    return value


def _truth(node: ast.expr, known: Known) -> np.ndarray:
    value = np.asarray(_value(node, known))
    if value.dtype != bool:
        raise ValueError(f"“{ast.unparse(node)}” is a number; compare it with something, such as: rate > 2")
    return value


def _column(name: str, known: Known) -> np.ndarray:
    if name in known.columns:
        return known.columns[name]
    if name in known.missing:
        raise ValueError(f"{name} is not known: {known.missing[name]}")
    alike = get_close_matches(name.lower(), known.columns, n=1, cutoff=0.5)
    meant = f"did you mean “{alike[0]}”? " if alike else ""
    raise ValueError(f"There is no “{name}”; {meant}there are: {', '.join(known.columns)}")
