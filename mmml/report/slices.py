"""Slices: how often a model is right on parts of the data, by what is known of the samples."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.judge.interval import Interval, bootstrap
from mmml.report.material import Material, Shown

# What part each sample belongs to, split by split; None where that is not known.
Columns = list[list[str | None]]

# Numbers are cut into so many bins of equal number; fewer values than that stay as they are.
_BINS = 4
# A number that so large a share of the samples has gets a bin of its own: strength 0, say.
_COMMON = 0.25
# Of each fact, so many slices are shown; of all facts together, so many of the weakest, and few of each.
_ROWS, _WEAKEST, _OF_EACH = 8, 10, 3
# Of fewer samples, all splits together, no slice is called weak: one mistake would be half of it.
_FEWEST = 10


@dataclass(frozen=True)
class Share:
    """How often the model is right on a slice of one split.

    Args:
        count: samples.
        right: share that is predicted right, 0 to 1, with its 95 % interval; drawn over groups, or after
            Wilson where the slice lies in one group.
        clustered: whether it was drawn over groups.
    """

    count: int
    right: Interval
    clustered: bool


@dataclass(frozen=True)
class Slice:
    """A part of the data.

    Args:
        fact: what tells it apart: ``kind``.
        value: which part it is: ``motion``, or ``0.01 to 0.02``.
        shares: by split, in words; a split without such samples is not in it.
    """

    fact: str
    value: str
    shares: Mapping[str, Share]

    @property
    def count(self) -> int:
        """Samples of all splits together."""
        return sum(share.count for share in self.shares.values())

    @property
    def weakness(self) -> tuple[float, float]:
        """Sorts slices, the weak first: what they surely do not reach, then how often they are right."""
        last = list(self.shares.values())[-1].right
        assert last.value is not None
        return 1.0 if last.high is None else last.high, last.value


@dataclass(frozen=True)
class Fact:
    """The slices of one fact.

    Args:
        name: of the fact; several where they tell the same parts apart.
        slices: the weak first; numbers in their order.
        more: how many slices are not shown.
    """

    name: str
    slices: Sequence[Slice]
    more: int


def facts(material: Material) -> list[Fact]:
    """Return the slices of every fact, the fact with the weakest slice first.

    The true label and the group count as facts. A fact that tells hardly two samples of a split apart is
    none: it names the samples.
    """
    names: dict[tuple[int, ...], list[str]] = {}
    parted: dict[tuple[int, ...], tuple[Columns, Mapping[str, float]]] = {}
    for name, columns in _columns(material.shown):
        parts, order = _binned(columns) if _numeric(columns) else (_words(columns), {})
        values = [value for column in parts for value in column if value is not None]
        if 2 <= len(set(values)) <= len(values) / 2:
            # The source of a sample often is its group: told once, under both names.
            pattern = _pattern(parts)
            names.setdefault(pattern, []).append(name)
            parted.setdefault(pattern, (parts, order))
    built = [_fact(material, ", ".join(names[key]), *parted[key]) for key in parted]
    return sorted(built, key=lambda fact: min(one.weakness for one in fact.slices))


def weakest(found: Sequence[Fact]) -> list[Slice]:
    """Return the weakest slices of all facts; none in which all is right, and none of a few samples."""
    enough = [[one for one in fact.slices if one.count >= _FEWEST] for fact in found]
    weak = [sorted(slices, key=lambda one: one.weakness)[:_OF_EACH] for slices in enough]
    flawed = [one for several in weak for one in several if one.weakness[1] < 1]
    return sorted(flawed, key=lambda one: one.weakness)[:_WEAKEST]


def whole(material: Material) -> Slice | None:
    """Return all samples as one slice, to compare the others with; None where there are none."""
    shares = {
        one.name: _share(one, np.ones(len(one.judged.path), bool), material.seed) for one in material.shown
    }
    return Slice("", "all samples", shares) if shares else None


def _columns(several: Sequence[Shown]) -> Iterator[tuple[str, list[list[Any]]]]:
    """Yield each fact with its values, split by split; numbers as float, None for unknown ones."""
    yield "label", [list(shown.judged.label) for shown in several]
    # Sorted: a bundle gives its facts back in another order than they were found in.
    for name in sorted({name for shown in several for facts in shown.judged.facts for name in facts}):
        columns = [[_plain(facts.get(name)) for facts in shown.judged.facts] for shown in several]
        yield name, columns
    yield "group", [list(shown.judged.group) for shown in several]


def _plain(value: object) -> float | str | None:
    if isinstance(value, int | float):
        return float(value) if np.isfinite(value) else None
    return None if value is None else str(value)


def _numeric(columns: Sequence[Sequence[Any]]) -> bool:
    return all(isinstance(value, float) for column in columns for value in column if value is not None)


def _words(columns: Sequence[Sequence[Any]]) -> Columns:
    return [[None if value is None else str(value) for value in column] for column in columns]


def _pattern(columns: Columns) -> tuple[int, ...]:
    """Return the same for two facts that tell the same samples apart, whatever they call them."""
    number: dict[str | None, int] = {None: -1}
    return tuple(number.setdefault(value, len(number)) for column in columns for value in column)


def _binned(columns: Sequence[Sequence[Any]]) -> tuple[Columns, dict[str, float]]:
    """Return the bin of each number, the same bins for all splits, and by what the bins are ordered."""
    numbers = [value for column in columns for value in column if value is not None]
    counts = Counter(numbers)
    few = len(counts) <= _BINS
    alone = {number for number, count in counts.items() if few or count >= _COMMON * len(numbers)}
    rest = [number for number in numbers if number not in alone]
    edges = np.unique(np.quantile(rest, np.linspace(0, 1, _BINS + 1))).tolist() if rest else []
    bins: dict[float, tuple[str, float]] = {number: (figures(number), number) for number in alone}
    distinct = sorted(set(rest))
    places = np.clip(np.searchsorted(edges, distinct, side="right"), 1, max(1, len(edges) - 1))
    for number, place in zip(distinct, places.tolist(), strict=True):
        low, high = edges[place - 1], edges[min(place, len(edges) - 1)]
        bins[number] = f"{figures(low)} to {figures(high)}", low
    names: Columns = [[None if x is None else bins[x][0] for x in column] for column in columns]
    return names, dict(bins.values())


def figures(number: float, digits: int = 3) -> str:
    """Return a number with as many digits as a person reads."""
    return f"{number:,.0f}" if abs(number) >= 10 ** min(digits, 3) else f"{number:.{digits}g}"


def _fact(material: Material, name: str, columns: Columns, order: Mapping[str, float]) -> Fact:
    slices = []
    for value in dict.fromkeys(value for column in columns for value in column if value is not None):
        shares = {}
        for shown, column in zip(material.shown, columns, strict=True):
            inside = np.array([one == value for one in column], dtype=bool)
            if inside.any():
                shares[shown.name] = _share(shown, inside, material.seed)
        slices.append(Slice(name, value, shares))
    slices.sort(key=lambda one: one.weakness)
    chosen = sorted(slices[:_ROWS], key=lambda one: order.get(one.value, 0.0))
    return Fact(name, chosen, len(slices) - len(chosen))


def _share(shown: Shown, inside: NDArray[np.bool_], seed: int) -> Share:
    right = (shown.outcome.truth == shown.outcome.said)[inside]
    groups = [group for group, ok in zip(shown.judged.group, inside, strict=True) if ok]
    count = len(groups)
    names, member = np.unique(groups, return_inverse=True)
    if len(names) > 1:
        # A group is drawn whole, so its sums are all that is needed of it.
        good, every = np.bincount(member, weights=right), np.bincount(member)
        drawn = bootstrap(lambda weights: (weights @ good) / (weights @ every), names.tolist(), seed)
        return Share(count, drawn, clustered=True)
    from scipy.stats import binomtest

    # One group has nothing to draw from; its samples are taken for independent ones: E. B. Wilson, "Probable
    # inference, the law of succession, and statistical inference", JASA 22, 1927.
    between = binomtest(int(right.sum()), count).proportion_ci(method="wilson")
    return Share(
        count, Interval(float(right.mean()), float(between.low), float(between.high)), clustered=False
    )
