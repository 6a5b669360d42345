"""Probe geometry in `.prb` files: small Python programs that set `channel_groups`.

Other programs run them. Opening a file should never run code, so here only what describes a probe is worked out:
literals, arithmetic, names, indexing, `range`, comprehensions, `for` loops and assignments.
"""

from __future__ import annotations

import ast
import operator
from pathlib import Path

import numpy as np

from spikesift_core.probe_contacts import Contacts, ProbeLayout

MOST_STEPS = 2_000_000  # a file that needs more is not a probe
LARGEST_NUMBER = 10**15
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def _range(*limits) -> list[int]:
    numbers = range(*limits)
    if len(numbers) > MOST_STEPS:
        raise ValueError(f"a range of more than {MOST_STEPS} numbers")
    return list(numbers)


# Also under the names NumPy has: files written by programs hold np.int64(3) and the like.
FUNCTIONS = {
    **dict.fromkeys(("range", "xrange", "arange"), _range),
    **dict.fromkeys(("int", "int32", "int64"), int),
    **dict.fromkeys(("float", "float32", "float64"), float),
    **dict.fromkeys(("list", "array", "asarray"), list),
    "tuple": tuple,
    "dict": dict,
    "str": str,
    "len": len,
    "sorted": sorted,
    "zip": lambda *lists: list(zip(*lists, strict=False)),
    "enumerate": lambda values: list(enumerate(values)),
    "reversed": lambda values: list(reversed(values)),
}


def read_prb(path: Path) -> Contacts:
    """Contacts of all channel groups; each group is a shank.

    Raises
    ------
    ValueError
        If the file has no channel groups with geometry, or holds code that is not run here.
    """
    try:
        names = _Program(path).run(path.read_text(encoding="utf-8-sig"))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ValueError(f"The probe file {path} is not a .prb file: {error}.") from error
    groups = next((value for name, value in names.items() if name.lower() == "channel_groups"), None)
    if not isinstance(groups, dict) or not groups:
        raise ValueError(f"The probe file {path} sets no channel_groups, which hold the contacts of a .prb file.")
    positions, channels, shanks = [], [], []
    for name, group in groups.items():
        found = _group(path, name, group)
        channels += list(found)
        positions += list(found.values())
        shanks += [list(groups).index(name)] * len(found)
    notes = _disagreement(names, len(channels))
    return Contacts(np.array(positions).reshape(-1, 2), np.array(channels), shanks=shanks, notes=notes)


def write_prb(path: Path, layout: ProbeLayout) -> None:
    """Write one channel group for each shank, channels counted from 0."""
    positions, shanks = layout.positions, layout.shanks
    lines = [f"total_nb_channels = {len(positions)}", "channel_groups = {"]
    for shank in np.unique(shanks).tolist():
        rows = np.flatnonzero(shanks == shank).tolist()
        lines += [f"    {shank}: {{", f"        'channels': {rows},", "        'geometry': {"]
        lines += [f"            {row}: ({positions[row, 0]:.9g}, {positions[row, 1]:.9g})," for row in rows]
        lines += ["        },", "    },"]
    path.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


def _group(path: Path, name, group) -> dict[int, tuple[float, float]]:
    """Channel to position for one channel group."""
    where = f"The probe file {path}, channel group {name}"
    if not isinstance(group, dict) or not group.get("geometry"):
        raise ValueError(f"{where} has no geometry (positions of its contacts).")
    geometry = group["geometry"]
    channels = list(group.get("channels") or (geometry if isinstance(geometry, dict) else range(len(geometry))))
    if len(set(map(str, channels))) != len(channels):
        raise ValueError(f"{where} names a channel twice.")
    if not isinstance(geometry, dict):
        if len(geometry) != len(channels):
            raise ValueError(f"{where} has {len(channels)} channels but {len(geometry)} positions.")
        geometry = dict(zip(channels, geometry, strict=True))
    try:
        return {int(channel): (float(geometry[channel][0]), float(geometry[channel][1])) for channel in channels}
    except KeyError as error:
        raise ValueError(f"{where} has no position for channel {error}.") from None
    except (TypeError, ValueError, IndexError):
        raise ValueError(f"{where}: channels should be whole numbers and each position a pair x, y in um.") from None


def _disagreement(names: dict, count: int) -> list[str]:
    total = names.get("total_nb_channels")
    if total in (None, count):
        return []
    return [f"The file says total_nb_channels = {total}, but gives {count} contacts."]


class _Program:
    """Works out the values a .prb file sets, without running it."""

    def __init__(self, path: Path):
        self.path = path
        self.names: dict = {}
        self.steps = 0

    def run(self, text: str) -> dict:
        """The names set by the program."""
        for statement in ast.parse(text).body:
            self.do(statement)
        return self.names

    def refuse(self, node, why: str | None = None):
        words = why or f"{ast.unparse(node)[:60]!r} is code that is not run here, for safety"
        raise ValueError(
            f"The probe file {self.path}, line {getattr(node, 'lineno', '?')}: {words}. If you trust the file, open it "
            "with probeinterface (read_prb) and save it as JSON (write_probeinterface)."
        )

    def count(self, node, steps: int) -> None:
        """Count work done, and stop a program that would go on for ever or fill the memory."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            self.refuse(node, "this is too long for a probe")

    def do(self, node) -> None:
        """One statement."""
        self.count(node, 1)
        if isinstance(node, ast.Assign):
            value = self.value(node.value)
            for target in node.targets:
                self.assign(target, value)
        elif isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS:
            target = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
            self.assign(node.target, self.value(target))
        elif isinstance(node, ast.For) and not node.orelse:
            for item in self.items(node.iter):
                self.assign(node.target, item)
                for statement in node.body:
                    self.do(statement)
        elif isinstance(node, ast.Expr):
            self.expression(node.value)
        elif not isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass)):  # imports matter only if something uses them
            self.refuse(node)

    def expression(self, node) -> None:
        """A statement that is only an expression: a docstring, `list.append(value)`, or a print that is left out."""
        if isinstance(node, ast.Constant):
            return
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            return
        appends = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append"
        if not appends or len(node.args) != 1:
            self.refuse(node)
        target = self.value(node.func.value)
        if not isinstance(target, list):
            self.refuse(node)
        target.append(self.value(node.args[0]))

    def assign(self, target, value) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Subscript):
            self.attempt(target, operator.setitem, self.value(target.value), self.value(target.slice), value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = self.attempt(target, list, value)
            if len(values) != len(target.elts):
                self.refuse(target)
            for part, item in zip(target.elts, values, strict=True):
                self.assign(part, item)
        else:
            self.refuse(target)

    def value(self, node):
        """The value of an expression."""
        self.count(node, 1)
        handler = getattr(self, f"value_{type(node).__name__}", None)
        return handler(node) if handler else self.refuse(node)

    def value_Constant(self, node):
        return node.value

    def value_Name(self, node):
        return self.names[node.id] if node.id in self.names else self.refuse(node)

    def value_List(self, node):
        return [self.value(item) for item in node.elts]

    def value_Tuple(self, node):
        return tuple(self.value(item) for item in node.elts)

    def value_Dict(self, node):
        if None in node.keys:
            self.refuse(node)
        keys = [self.value(key) for key in node.keys]
        return self.attempt(node, dict, list(zip(keys, map(self.value, node.values), strict=True)))

    def value_Subscript(self, node):
        return self.attempt(node, operator.getitem, self.value(node.value), self.value(node.slice))

    def value_BinOp(self, node):
        left, right = self.value(node.left), self.value(node.right)
        if type(node.op) not in OPERATORS:
            self.refuse(node)
        if isinstance(node.op, ast.Mult) and not all(isinstance(side, (int, float)) for side in (left, right)):
            self.refuse(node)  # a list or a text times a number can fill the memory
        return self.attempt(node, OPERATORS[type(node.op)], left, right)

    def value_UnaryOp(self, node):
        if type(node.op) not in OPERATORS:
            self.refuse(node)
        return self.attempt(node, OPERATORS[type(node.op)], self.value(node.operand))

    def value_Call(self, node):
        called = node.func
        if isinstance(called, ast.Name):
            name = called.id
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            name = called.attr if called.value.id in ("np", "numpy") else None  # np.int64(3), as NumPy writes numbers
        else:
            name = None
        if name not in FUNCTIONS or node.keywords:
            self.refuse(node)
        return self.attempt(node, FUNCTIONS[name], *map(self.value, node.args))

    def value_ListComp(self, node):
        return list(self.comprehension(node.generators, lambda: self.value(node.elt)))

    value_GeneratorExp = value_ListComp

    def value_DictComp(self, node):
        pairs = list(self.comprehension(node.generators, lambda: (self.value(node.key), self.value(node.value))))
        return self.attempt(node, dict, pairs)

    def comprehension(self, generators, make):
        first, rest = generators[0], generators[1:]
        if first.ifs:
            self.refuse(first.ifs[0])
        for item in self.items(first.iter):
            self.assign(first.target, item)
            if rest:
                yield from self.comprehension(rest, make)
            else:
                yield make()

    def items(self, node) -> list:
        return self.attempt(node, list, self.value(node))

    def attempt(self, node, function, *arguments):
        """The result of `function`, its size counted; what cannot be worked out is an error in words."""
        try:
            result = function(*arguments)
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            return self.refuse(node, f"{ast.unparse(node)[:60]!r} cannot be worked out ({error})")
        if isinstance(result, int) and abs(result) > LARGEST_NUMBER:
            self.refuse(node, "this number is too large for a probe")
        self.count(node, len(result) if isinstance(result, (list, tuple, dict, str)) else 0)
        return result
