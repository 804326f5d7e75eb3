"""Bins of numbers, by quantile, under names that people can read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

# A number that so large a share of the samples has gets a bin of its own: strength 0, say.
_COMMON = 0.25


@dataclass(frozen=True, order=True)
class Bin:
    """A range of numbers.

    Args:
        low: its lower end; bins are ordered by it.
        name: ``0.2 to 0.5``, or the number itself where it is alone.
    """

    low: float
    name: str


def binned(numbers: Sequence[float], most: int) -> list[Bin]:
    """Return the bin of each number.

    Bins hold about as many samples each. Numbers that are very common, and all where there are no more than
    ``most`` different ones, are bins by themselves.

    Args:
        numbers: finite.
        most: number of bins besides those of common numbers.
    """
    counts = Counter(numbers)
    few = len(counts) <= most
    alone = {number for number, count in counts.items() if few or count >= _COMMON * len(numbers)}
    rest = [number for number in numbers if number not in alone]
    # Between whole numbers there are none: a quality of 61.8 would be nobody's.
    method: Literal["nearest", "linear"] = "nearest" if all(map(_whole, rest)) else "linear"
    edges = np.unique(np.quantile(rest, np.linspace(0, 1, most + 1), method=method)).tolist() if rest else []
    bins = {number: Bin(number, figures(number)) for number in alone}
    distinct = sorted(set(rest))
    places = np.clip(np.searchsorted(edges, distinct, side="right"), 1, max(1, len(edges) - 1))
    for number, place in zip(distinct, places.tolist(), strict=True):
        low, high = edges[place - 1], edges[min(place, len(edges) - 1)]
        bins[number] = Bin(low, f"{figures(low)} to {figures(high)}")
    return [bins[number] for number in numbers]


def _whole(number: float) -> bool:
    return float(number).is_integer()


def figures(number: float, digits: int = 3) -> str:
    """Return a number with as many digits as a person reads."""
    return f"{number:,.0f}" if abs(number) >= 10 ** min(digits, 3) else f"{number:.{digits}g}"
