"""Slices: how a model fares on parts of the data, by what is known of the samples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.judge.bins import binned
from mmml.judge.interval import Interval, bootstrap
from mmml.report.material import Material, Shown

# What part each sample belongs to, split by split; None where that is not known.
Columns = list[list[str | None]]

# Numbers are cut into so many bins of equal number; fewer values than that stay as they are.
_BINS = 4
# Of each fact, so many slices are shown; of all facts together, so many of the weakest, and few of each.
_ROWS, _WEAKEST, _OF_EACH = 8, 10, 3
# Of fewer samples, all splits together, no slice is called weak: one mistake would be half of it.
_FEWEST = 10


@dataclass(frozen=True)
class Cell:
    """How the model fares on a slice of one split.

    Args:
        count: samples.
        mean: of `Outcome.quality`, with its 95 % interval: the share that is right, or the mean absolute
            error. Drawn over groups, or over samples where the slice lies in one group.
        share: whether it is a share that is right; otherwise less is better.
        clustered: whether it was drawn over groups.
    """

    count: int
    mean: Interval
    share: bool
    clustered: bool

    @property
    def weakness(self) -> tuple[float, float]:
        """Sorts cells, the weak first: what they surely do not reach, then the mean itself."""
        assert self.mean.value is not None
        if self.share:
            return 1.0 if self.mean.high is None else self.mean.high, self.mean.value
        return 0.0 if self.mean.low is None else -self.mean.low, -self.mean.value

    @property
    def flawless(self) -> bool:
        """Whether nothing is wrong in it."""
        return self.mean.value == (1.0 if self.share else 0.0)

    def below(self, other: "Cell") -> bool:
        """Tell whether it is surely worse than another one is on average."""
        surely = self.mean.high if self.share else self.mean.low
        if surely is None or other.mean.value is None:
            return False
        return surely < other.mean.value if self.share else surely > other.mean.value


@dataclass(frozen=True)
class Slice:
    """A part of the data.

    Args:
        fact: what tells it apart: ``kind``.
        value: which part it is: ``motion``, or ``0.01 to 0.02``.
        cells: by split, in words; a split without such samples is not in it.
    """

    fact: str
    value: str
    cells: Mapping[str, Cell]

    @property
    def count(self) -> int:
        """Samples of all splits together."""
        return sum(cell.count for cell in self.cells.values())

    @property
    def weakness(self) -> tuple[float, float]:
        """Sorts slices, the weak first, by the last split."""
        return list(self.cells.values())[-1].weakness

    @property
    def flawless(self) -> bool:
        """Whether nothing is wrong in it, on the last split."""
        return list(self.cells.values())[-1].flawless


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
    for name, columns in _columns(material):
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
    flawed = [one for several in weak for one in several if not one.flawless]
    return sorted(flawed, key=lambda one: one.weakness)[:_WEAKEST]


def whole(material: Material) -> Slice | None:
    """Return all samples as one slice, to compare the others with; None where there are none."""
    cells = {
        one.name: cell_of(one, np.ones(len(one.judged.path), bool), material.seed) for one in material.shown
    }
    return Slice("", "all samples", cells) if cells else None


def _columns(material: Material) -> Iterator[tuple[str, list[list[Any]]]]:
    """Yield each fact with its values, split by split; numbers as float, None for unknown ones."""
    several = material.shown
    yield "label", [material.task.targets(shown.judged.label).tolist() for shown in several]
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
    bins = dict(zip(numbers, binned(numbers, _BINS), strict=True))
    names: Columns = [[None if x is None else bins[x].name for x in column] for column in columns]
    return names, {one.name: one.low for one in bins.values()}


def _fact(material: Material, name: str, columns: Columns, order: Mapping[str, float]) -> Fact:
    slices = []
    for value in dict.fromkeys(value for column in columns for value in column if value is not None):
        cells = {}
        for shown, column in zip(material.shown, columns, strict=True):
            inside = np.array([one == value for one in column], dtype=bool)
            if inside.any():
                cells[shown.name] = cell_of(shown, inside, material.seed)
        slices.append(Slice(name, value, cells))
    slices.sort(key=lambda one: one.weakness)
    chosen = sorted(slices[:_ROWS], key=lambda one: order.get(one.value, 0.0))
    return Fact(name, chosen, len(slices) - len(chosen))


def cell_of(shown: Shown, inside: NDArray[np.bool_], seed: int) -> Cell:
    """Return how the model fares on the samples of a split that lie ``inside``, shape (n,); at least one."""
    quality, share = shown.outcome.quality[inside], shown.outcome.shares
    groups = [group for group, ok in zip(shown.judged.group, inside, strict=True) if ok]
    count = len(groups)
    names, member = np.unique(groups, return_inverse=True)
    if len(names) > 1:
        # A group is drawn whole, so its sums are all that is needed of it.
        sums, every = np.bincount(member, weights=quality), np.bincount(member)
        drawn = bootstrap(lambda weights: (weights @ sums) / (weights @ every), names.tolist(), seed, share)
        return Cell(count, drawn, share, clustered=True)
    return Cell(count, _of_samples(quality, share, seed), share, clustered=False)


def _of_samples(quality: NDArray[np.float64], share: bool, seed: int) -> Interval:
    """Return the mean with its interval, where one group has nothing to draw from.

    Its samples are taken for independent ones: drawn one by one, and for a share after E. B. Wilson,
    "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    if not share:
        every = [str(i) for i in range(len(quality))]
        return bootstrap(lambda weights: (weights @ quality) / weights.sum(axis=1), every, seed, share)
    from scipy.stats import binomtest

    between = binomtest(int(quality.sum()), len(quality)).proportion_ci(method="wilson")
    return Interval(float(quality.mean()), float(between.low), float(between.high))
