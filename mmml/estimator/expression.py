"""Conditions and formulas over named numbers, as people write them in a config. Nothing is ever run.

simpleeval walks the syntax tree and knows no attributes, no items and no builtins; on top of it only the
operators below are let through, before anything is worked out.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import simpleeval
from numpy.typing import NDArray

from mmml.errors import UsageError, did_you_mean

Columns = NDArray[np.float64]

#: Longest condition, characters, and the deepest its parts may be nested.
LONGEST = 1000
DEEPEST = 40
#: Largest exponent and largest number that may be written down.
LARGEST_POWER = 8
LARGEST_NUMBER = 1e15

_ALLOWED = (
    *(ast.Expression, ast.Name, ast.Load, ast.Constant, ast.Compare, ast.BoolOp, ast.And, ast.Or),
    *(ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
)

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.neg,  # of a margin
}

# A sample that sits on the border itself belongs to the side that the operator names. The step is small
# against any measured number, yet survives a sigmoid.
_ON_THE_BORDER = 1e-9


def _below(left: Columns, right: Columns) -> Columns:
    return np.where(right == left, -_ON_THE_BORDER, right - left)


def _at_most(left: Columns, right: Columns) -> Columns:
    return np.where(right == left, _ON_THE_BORDER, right - left)


def _equal(left: Columns, right: Columns) -> Columns:
    return np.where(left == right, 1.0, -np.abs(left - right))


_MARGINS: dict[type[ast.cmpop], Callable[[Columns, Columns], Columns]] = {
    ast.Lt: _below,
    ast.LtE: _at_most,
    ast.Gt: lambda left, right: _below(right, left),
    ast.GtE: lambda left, right: _at_most(right, left),
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: -_equal(left, right),
}


class Expression:
    """A condition such as ``sharpness < cut and brightness > 30``, read once and used on many rows.

    Args:
        text: comparisons joined by ``and``, ``or``, ``not``; arithmetic with ``+ - * / **`` inside. Plain
            arithmetic is a formula.
        what: what messages call it.

    Raises:
        UsageError: the text is no such thing: a call, an attribute, an item, a text, a huge power.
    """

    def __init__(self, text: str, what: str = "condition") -> None:
        self.text = text
        self.what = what
        if len(text) > LONGEST:
            raise UsageError(f"the {what} has {len(text)} characters; {LONGEST} is the limit")
        try:
            self.tree = ast.parse(text.strip(), mode="eval")
            _check(self.tree, f"the {what} '{text}'")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UsageError(f"cannot read the {what} '{text}': {error}") from None

    @property
    def names(self) -> frozenset[str]:
        """The names that it speaks of."""
        return frozenset(node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name))

    @property
    def is_condition(self) -> bool:
        """Whether it is a condition (and no plain formula)."""
        return _is_condition(self.tree.body)

    def margin(self, values: Mapping[str, Columns | float]) -> Columns:
        """Return how far each row is from the border of a condition: above 0 where it holds.

        For a comparison the difference of its sides, in their unit; for "and" the smaller, for "or" the
        larger margin; for ``==`` 1 where the sides are equal, else minus their distance.

        Args:
            values: numbers, or columns of shape (n,), by name.

        Returns:
            float64, shape (n,); NaN where a value is NaN, or a side infinite after a division by zero.
        """
        return self.value(values)

    def value(self, values: Mapping[str, Columns | float]) -> Columns:
        """Return what a formula comes to for each row; of a condition, the margin.

        Args:
            values: numbers, or columns of shape (n,), by name.

        Returns:
            float64, shape (n,) or () without columns; NaN where a value is NaN, or the result is infinite.
        """
        names = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
        machine = simpleeval.SimpleEval(operators=_OPERATORS, functions={}, names=names)
        # Python's integers grow without end under powers, and its divisions by zero raise; NumPy's do not.
        machine.nodes[ast.Constant] = lambda node: np.float64(node.value)
        machine.nodes[ast.Compare] = lambda node: _compare(machine, node)
        machine.nodes[ast.BoolOp] = lambda node: _join(machine, node)
        with np.errstate(all="ignore"):
            found = np.asarray(machine.eval(self.text, previously_parsed=self.tree.body), dtype=np.float64)
        return np.where(np.isinf(found), np.nan, found)

    def cut(self, parameter: str) -> int:
        """Return how the margin moves with a parameter that is the single border of the condition.

        Returns:
            +1 for ``feature < cut``, -1 for ``feature > cut``, 0 where it is no such border.
        """
        node = self.tree.body
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            return 0
        sides = (node.left, node.comparators[0])
        where = [i for i, side in enumerate(sides) if isinstance(side, ast.Name) and side.id == parameter]
        uses = sum(isinstance(n, ast.Name) and n.id == parameter for n in ast.walk(node))
        if len(where) != 1 or uses != 1:
            return 0
        rising = {ast.Lt: 1, ast.LtE: 1, ast.Gt: -1, ast.GtE: -1}.get(type(node.ops[0]), 0)
        return rising if where == [1] else -rising


def check_names(one: Expression, known: Mapping[str, Any] | tuple[str, ...]) -> None:
    """Refuse names that are neither features nor parameters.

    Raises:
        UsageError: with the nearest known name.
    """
    for name in sorted(one.names - set(known)):
        said = f"the {one.what} '{one.text}' uses the unknown name {name}"
        raise UsageError(said, did_you_mean(name, known))


def _compare(machine: Any, node: ast.Compare) -> Columns:
    sides = np.broadcast_arrays(*[machine._eval(side) for side in (node.left, *node.comparators)])
    steps = zip(node.ops, sides[:-1], sides[1:], strict=True)
    return np.asarray(np.minimum.reduce([_MARGINS[type(op)](left, right) for op, left, right in steps]))


def _join(machine: Any, node: ast.BoolOp) -> Columns:
    parts = np.broadcast_arrays(*[machine._eval(part) for part in node.values])
    join = np.minimum if isinstance(node.op, ast.And) else np.maximum
    return np.asarray(join.reduce(parts))


def _check(tree: ast.Expression, named: str) -> None:
    if _depth(tree) > DEEPEST:
        raise UsageError(f"{named} is nested too deeply")
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            what = type(node).__name__
            raise UsageError(
                f"{named} holds a {what}, which is not allowed",
                "use names, numbers, + - * / **, comparisons, and, or, not",
            )
        if isinstance(node, ast.Constant) and not _is_plain_number(node.value):
            raise UsageError(f"{named} holds {node.value!r}; only plain numbers are allowed")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _is_small_power(node.right):
            raise UsageError(
                f"{named} holds a power that is too large or not a number",
                f"exponents are numbers from -{LARGEST_POWER} to {LARGEST_POWER}",
            )
        # A margin is no quantity and a quantity is no margin: `a + (b < c)` means nothing.
        if isinstance(node, ast.BinOp | ast.Compare):
            inside = [node.left, *([node.right] if isinstance(node, ast.BinOp) else node.comparators)]
            if any(_is_condition(part) for part in inside):
                raise UsageError(f"{named} calculates with a comparison")
        if isinstance(node, ast.BoolOp) and not all(_is_condition(part) for part in node.values):
            raise UsageError(f"{named} joins something that is no comparison")
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) != _is_condition(node.operand):
            raise UsageError(f"{named} has a sign or a 'not' in the wrong place")


def _is_condition(node: ast.expr) -> bool:
    negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return isinstance(node, ast.Compare | ast.BoolOp) or negated


def _is_plain_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


def _is_small_power(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and abs(node.value) <= LARGEST_POWER
    )


def _depth(node: ast.AST) -> int:
    return 1 + max((_depth(child) for child in ast.iter_child_nodes(node)), default=0)
