"""Conditions in words: what they mean, and that nothing else gets through."""

import math

import numpy as np
import pytest

from mmml.errors import UsageError
from mmml.estimator.expression import LONGEST, Expression
from mmml.estimator.rule import Rule


def margin(text: str, **values: float) -> float:
    return float(Expression(text).margin(values))


@pytest.mark.parametrize(
    ("text", "at_3", "at_5", "at_8"),
    [
        ("x < 5", True, False, False),
        ("x <= 5", True, True, False),
        ("x > 5", False, False, True),
        ("x >= 5", False, True, True),
        ("x == 5", False, True, False),
        ("x != 5", True, False, True),
        ("not x < 5", False, True, True),
        ("not (x <= 5)", False, False, True),
        ("not x == 5", True, False, True),
        ("5 > x", True, False, False),
        ("4 < x < 6", False, True, False),
        ("4 < x <= 5 < 6", False, True, False),
        ("x < 4 or x > 6", True, False, True),
        ("x > 4 and x < 6 and x != 2", False, True, False),
        ("not (x < 4 or x > 6)", False, True, False),
        ("x < 4 or x > 4 and x > 6", True, False, True),
        ("2 * x - 1 < 9", True, False, False),
        ("x ** 2 <= 25", True, True, False),
        ("-x > -5", True, False, False),
        ("(x + 1) / 2 < 3", True, False, False),
        ("x**-1 > 0.25", True, False, False),
    ],
)
def test_the_margin_is_above_nought_where_the_condition_holds(
    text: str, at_3: bool, at_5: bool, at_8: bool
) -> None:
    found = Expression(text).margin({"x": np.array([3.0, 5.0, 8.0])})
    assert (found > 0).tolist() == [at_3, at_5, at_8]
    assert (found != 0).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b", 2.0),
        ("a > b", -2.0),
        ("a < b and a < 1", -2.0),
        ("a < b or a < 1", 2.0),
        ("not a < b", -2.0),
        ("a < b < c", 2.0),
        ("a < c < b", -5.0),
        ("a != b", 2.0),
        ("a == b", -2.0),
        ("a == a", 1.0),
        ("a + 2 * b < c ** 2", 87.0),
    ],
)
def test_the_margin_is_the_distance_to_the_border(text: str, expected: float) -> None:
    assert margin(text, a=3, b=5, c=10) == expected


@pytest.mark.parametrize(
    "text", ["x < 5", "x == x", "not x > 5", "x < 5 or y < 5", "y < 5 and x < 5", "1 < x < 3"]
)
def test_what_was_not_measured_has_no_margin(text: str) -> None:
    assert math.isnan(margin(text, x=math.nan, y=1.0))


def test_a_division_by_nought_has_no_margin_and_harms_no_other_row() -> None:
    found = Expression("y / x < 2").margin({"x": np.array([0.0, 1.0]), "y": np.array([3.0, 1.0])})
    assert np.isnan(found[0])
    assert found[1] == 1.0
    assert math.isnan(margin("x < 1 / 0", x=1.0))
    assert math.isnan(margin("cut / other < x", x=1.0, cut=3.0, other=0.0))


def test_powers_of_powers_end_at_infinity_not_in_an_endless_calculation() -> None:
    assert math.isnan(margin("(" * 12 + "9" + "**8)" * 12 + " < x", x=1.0))


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("x < cut", 1),
        ("x <= cut", 1),
        ("x > cut", -1),
        ("cut < x", -1),
        ("cut >= x", 1),
        ("x / y < cut", 1),
        ("x == cut", 0),
        ("x < 2 * cut", 0),
        ("x * cut < cut", 0),
        ("x < cut < y", 0),
        ("x < cut and y < 1", 0),
        ("not x < cut", 0),
        ("x < y", 0),
    ],
)
def test_a_single_cut_is_told_from_everything_else(text: str, moves: int) -> None:
    assert Expression(text).cut("cut") == moves


HOSTILE = [
    *("", "   ", "x <", "x < 5 6", "x = 5", "x < 5;", "import os", "x\n<\n5\ny", "x < 5 # \0", "\0", "del x"),
    *("__import__('os').system('id') < 1", "f(x) < 1", "x.real < 1", "x.__class__ < 1", "x[0] < 1"),
    *("'a' < x", "b'a' < x", "x < None", "x < ...", "True < x", "x < 1j", "x < 1e400"),
    *("(lambda: x)() < 1", "(lambda: 1) < x", "[x] < 1", "{x} < 1", "{x: 1} < 1", "(x, 1) < 1", "() < x"),
    *("[y for y in x] < 1", "{y for y in x} < 1", "(y for y in x) < 1", "{y: y for y in x} < 1"),
    *("(y := x) < 1", "f'{x}' < x", "f'{__import__(\"os\")}' < x", "*x < 1", "x if x < 1 else x < 2"),
    *("await x < 1", "(yield x) < 1", "x is 1", "x is not y", "x in y", "x not in y", "~x < 1", "x @ y < 1"),
    *("x % 2 < 1", "x // 2 < 1", "x << 2 < 1", "x >> 2 < 1", "x & 1 < 1", "x | 1 < 1", "x ^ 1 < 1"),
    *("9 ** 9 < x", "x ** 9 < 1", "x ** -9 < 1", "2 ** y < x", "x ** 2 ** 3 < 1", "9**9**9**9 < x"),
    *("x ** True < 1", "x ** 'a' < 1", "x ** (1 + 1) < 1", "x < 9999999999999999"),
    *("x + (x < 1) < 1", "(x < 1) < 1", "x and y < 1", "x < 1 or 2", "not x", "not x + 1", "-(x < 1)"),
    *("x < 5" + " or x < 5" * 200, "(" * 60 + "x < 5" + ")" * 60 + " and" * 3, "-" * 60 + "x < 5"),
    *("not " * 60 + "x < 5", "x" * 10_000, "x < " + "1" * 5000, "(" * 400 + "x" + ")" * 400 + " < 5 x"),
    *("\uff5f\uff3f < x", "x \uff1c 5", "x < \u0665\u066c", "x < 5\u202e", "\u200bx < 5", "x < \u00b2"),
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_everything_but_plain_conditions_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Rule(text, "yes", "no", feature_names=["x", "y"])


def test_wide_letters_are_the_names_that_python_makes_of_them() -> None:
    # The parser folds them (NFKC) before anything is checked, so there is no second spelling of a name.
    assert Expression("\uff58 < 5").names == {"x"}


def test_a_long_text_is_refused_unread() -> None:
    with pytest.raises(UsageError, match=f"10000 characters; {LONGEST} is the limit"):
        Expression("(" * 10_000)


def test_a_formula_is_no_condition() -> None:
    assert not Expression("x + 1").is_condition
    assert Expression("not x < 1").is_condition
    assert Expression("a_b < c1 and d < a_b").names == {"a_b", "c1", "d"}
