"""Bins: about as many samples in each, under names that say what is in them."""

from collections import Counter

import numpy as np

from mmml.judge.bins import binned, figures


def test_bins_hold_about_as_many_and_are_named_by_their_ends() -> None:
    numbers = np.random.default_rng(0).permutation(np.linspace(0.2, 4, 100)).tolist()
    bins = binned(numbers, 4)
    assert set(Counter(bins).values()) == {25}
    for number, one in zip(numbers, bins, strict=True):
        low, high = map(float, one.name.split(" to "))
        assert low - 0.01 <= number <= high + 0.01
        assert one.low <= number
    assert sorted(set(bins))[0].name.startswith("0.2 to ")


def test_a_common_number_has_a_bin_of_its_own() -> None:
    names = Counter(one.name for one in binned([0.0] * 50 + list(np.linspace(1, 2, 50)), 2))
    assert names == {"0": 50, "1 to 1.5": 25, "1.5 to 2": 25}


def test_few_different_numbers_stay_as_they_are() -> None:
    assert [one.name for one in binned([3.0, 1.0, 3.0, 2000.0], 3)] == ["3", "1", "3", "2,000"]
    assert binned([], 3) == []


def test_figures_are_as_many_as_people_read() -> None:
    assert [figures(x) for x in (0.123456, 12.3456, 1234.5, -0.00012345)] == [
        "0.123", "12.3", "1,234", "-0.000123",
    ]  # fmt: skip


def test_bins_of_whole_numbers_end_at_whole_numbers() -> None:
    names = {one.name for one in binned([50.0, 51.0, 52.0, 60.0, 71.0, 72.0], 4)}
    assert all(float(end).is_integer() for name in names for end in name.split(" to "))
