"""Spaces: read from a config, merged, refused where they contradict themselves."""

from typing import Any

import pytest

from mmml.errors import UsageError
from mmml.tuner.space import Choice, Number, Whole, read_space


def test_paths_may_be_dotted_or_nested_and_what_comes_last_holds() -> None:
    space = read_space(
        {
            "estimator.clf.C": {"suggest": "float", "low": 1e-3, "high": 100, "log": True},
            "estimator": {"clf": {"C": {"high": 10}, "depth": {"suggest": "int", "low": 1, "high": 9}}},
            "transformer.fourier.kind": {"suggest": "categorical", "choices": ["a", None, 3, True]},
        }
    )
    assert space == {
        "estimator.clf.C": Number(1e-3, 10, log=True),
        "estimator.clf.depth": Whole(1, 9),
        "transformer.fourier.kind": Choice(["a", None, 3, True]),
    }


def test_null_takes_away_what_another_config_has_put_in() -> None:
    one = {"suggest": "int", "low": 1, "high": 2}
    assert list(read_space({"estimator.a": one, "estimator.b": one, "estimator": {"a": None}})) == [
        "estimator.b"
    ]


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({}, "empty"),
        ({"a": None}, "empty"),
        ({"a": 3}, "no range"),
        ({"a": {"suggest": "flot", "low": 1, "high": 2}}, "suggests flot"),
        ({"a": {"low": 1, "high": 2}}, "does not say what it suggests"),
        ({"a": {"suggest": "float", "low": 1, "hi": 2}}, "float has no hi"),
        ({"a": {"suggest": "float", "low": 1}}, "it lacks `high`"),
        ({"a": {"suggest": "float", "low": "x", "high": 2}}, "Expected `float`"),
        ({"a": {"suggest": "float", "low": 3, "high": 2}}, "low, 3, is above high, 2"),
        ({"a": {"suggest": "float", "low": 0, "high": 2, "log": True}}, "only numbers above 0"),
        ({"a": {"suggest": "float", "low": 1, "high": 2, "log": True, "step": 0.5}}, "exclude each other"),
        ({"a": {"suggest": "float", "low": 1, "high": 2, "step": 0}}, "step is 0"),
        ({"a": {"suggest": "float", "low": 1, "high": float("inf")}}, "finite"),
        ({"a": {"suggest": "int", "low": 1.5, "high": 2}}, "1.5 is no whole number"),
        ({"a": {"suggest": "int", "low": 1, "high": float("inf")}}, "finite"),
        ({"a": {"suggest": "categorical", "choices": []}}, "no choices"),
        ({"a": {"suggest": "categorical", "choices": ["x", "x"]}}, "stands twice"),
        ({"a": {"suggest": "categorical", "choices": [[1]]}}, "got `array`"),
        ({"a": {"suggest": "categorical", "low": 1, "high": 2}}, "categorical has no low"),
    ],
)
def test_what_cannot_be_searched_is_refused(node: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_space(node)
    assert said in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    ("dimension", "inside", "outside"),
    [
        (Number(1, 2), [1, 1.5, 2.0], [0.9, 2.1, "1", None, True]),
        (Number(0, 1, step=0.25), [0, 0.75], [0.3]),
        (Whole(2, 8, step=2), [2, 8], [3, 4.0, 10]),
        (Choice(["a", 1, None]), ["a", 1, None], ["b", True, 1.0]),
    ],
)
def test_it_can_be_told_whether_a_value_lies_inside(
    dimension: Number | Choice, inside: list[Any], outside: list[Any]
) -> None:
    assert all(dimension.holds(value) for value in inside)
    assert not any(dimension.holds(value) for value in outside)


def test_a_grid_has_every_value_and_knows_where_there_is_no_end_of_them() -> None:
    assert Number(0, 1, step=0.25).grid() == [0, 0.25, 0.5, 0.75, 1]
    assert Whole(1, 7, step=3).grid() == [1, 4, 7]
    assert Choice(["x", None]).grid() == ["x", None]
    assert Number(1, 2).grid() is None
