"""Choose units by words: ids ("3, 7"), or an expression of their figures ("rate > 2 and depth < 400")."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

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


def filter_units(text: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which units are wanted, (n,) bool.

    Parameters
    ----------
    text : "" is all; ids with commas or spaces; or an expression of column names, numbers, + - * /, comparisons,
        `and`, `or`, `not` and brackets. A column of bool can stand alone.
    columns : name to (n,) array; "id" has to be there.

    Raises
    ------
    ValueError
        Saying what is not understood.
    """
    text = text.strip()
    count = len(columns["id"])
    if not text:
        return np.ones(count, bool)
    if IDS.fullmatch(text):
        return np.isin(columns["id"], [int(word) for word in text.replace(",", " ").split()])
    try:
        tree = ast.parse(text.replace("&", " and ").replace("|", " or "), mode="eval")
    except (SyntaxError, ValueError):
        raise ValueError(f"“{text}” is not understood; write such as: rate > 2 and depth < 400") from None
    with np.errstate(all="ignore"):
        chosen = np.asarray(_value(tree.body, columns))
    if chosen.dtype != bool:
        raise ValueError(f"“{text}” is a number; compare it with something, such as: rate > 2")
    return np.broadcast_to(chosen, (count,))


def _value(node: ast.expr, columns: Mapping[str, np.ndarray]):
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name):
        return _column(node.id, columns)
    if isinstance(node, ast.BoolOp):
        parts = [_truth(part, columns) for part in node.values]
        return np.logical_and.reduce(parts) if isinstance(node.op, ast.And) else np.logical_or.reduce(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        return ~_truth(node.operand, columns) if isinstance(node.op, ast.Not) else -_value(node.operand, columns)
    if isinstance(node, ast.Compare) and all(type(op) in COMPARE for op in node.ops):
        values = [_value(part, columns) for part in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        return np.logical_and.reduce([COMPARE[type(op)](left, right) for op, left, right in pairs])
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        return ARITHMETIC[type(node.op)](_value(node.left, columns), _value(node.right, columns))
    raise ValueError(f"“{ast.unparse(node)}” cannot be used in a filter")


def _truth(node: ast.expr, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    value = np.asarray(_value(node, columns))
    if value.dtype != bool:
        raise ValueError(f"“{ast.unparse(node)}” is a number; compare it with something, such as: rate > 2")
    return value


def _column(name: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    if name not in columns:
        raise ValueError(f"There is no “{name}”; there are: {', '.join(columns)}")
    return columns[name]
