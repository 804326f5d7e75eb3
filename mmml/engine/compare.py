"""Comparison: whether two bundles differ on the samples that neither has learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmml.bundle.read import Bundle
from mmml.bundle.samples import Judged, read_judged
from mmml.errors import MmmlError, UsageError
from mmml.judge.comparison import Difference, Metric, paired
from mmml.judge.outcome import Outcome

#: Splits that two bundles can be compared on.
SPLITS = ("test", "validation")

# With fewer groups, resampling them says nothing.
_FEWEST = 5


@dataclass(frozen=True)
class Comparison:
    """How two bundles differ.

    Args:
        a: the one, as people call it.
        b: the other.
        split: ``test``, or ``validation`` (out of fold in both).
        metric: the main metric, by which the one is called better.
        less_is_better: metrics whose smaller values are the better ones.
        differences: of every metric, by name.
        samples: how many samples both were judged on.
        groups: of how many groups.
        alike: of how many samples both say the same.
        unscored: shared samples that are left out because one of the two has no score for them.
    """

    a: str
    b: str
    split: str
    metric: str
    less_is_better: Sequence[str]
    differences: Mapping[str, Difference]
    samples: int
    groups: int
    alike: int
    unscored: int

    @property
    def better(self) -> str | None:
        """Which of the two has the better main metric; None where they are level or it is not defined."""
        value = self.differences[self.metric].difference.value
        if not value:
            return None
        return self.a if (value > 0) != (self.metric in self.less_is_better) else self.b


def compare(a: Bundle, b: Bundle, split: str = "test", seed: int = 0) -> Comparison:
    """Compare two bundles on the samples, by content hash, that are in the same split of both.

    Args:
        a: the one; its main metric decides.
        b: the other.
        split: one of `SPLITS`.
        seed: of the bootstrap.

    Raises:
        UsageError: they do not predict the same.
        MmmlError: they share too few samples, disagree about a label, or keep no scores.
    """
    _check_alike(a, b)
    pair = _paired(a, b, split)
    scored = pair[0].scored & pair[1].scored
    one, other = (judged.rows(scored) for judged in pair)
    groups = _joined(one.group, other.group)
    if len(set(groups)) < _FEWEST:
        raise _too_few(a, b, split, len(groups), len(set(groups)))
    outcomes = [
        bundle.task.outcome(judged.prediction, judged.label, bundle.manifest.decision)
        for bundle, judged in ((a, one), (b, other))
    ]

    def metric_of(outcome: Outcome, name: str) -> Metric:
        return lambda weights: outcome.metric(name, weights)

    names = [name for name in a.task.metrics if name in b.task.metrics]
    return Comparison(
        a=a.reference,
        b=b.reference,
        split=split,
        metric=a.task.metric,
        less_is_better=[name for name in names if a.task.less_is_better(name)],
        differences={
            name: paired(metric_of(outcomes[0], name), metric_of(outcomes[1], name), groups, seed)
            for name in names
        },
        samples=len(groups),
        groups=len(set(groups)),
        alike=int(one.prediction.alike(other.prediction).sum()),
        unscored=int((~scored).sum()),
    )


def _check_alike(a: Bundle, b: Bundle) -> None:
    names = f"{a.reference} and {b.reference}"
    ours, theirs = a.manifest, b.manifest
    if ours.task.name != theirs.task.name:
        raise UsageError(
            f"{names} cannot be compared: the tasks are {ours.task.name} and {theirs.task.name}",
            "compare models of one task",
        )
    classes = [", ".join(sorted(one.decision.classes)) for one in (ours, theirs)]
    if classes[0] != classes[1]:
        raise UsageError(
            f"{names} cannot be compared: the classes are {classes[0]} and {classes[1]}",
            "compare models that tell the same classes apart",
        )
    if ours.decision.unit != theirs.decision.unit:
        raise UsageError(
            f"{names} cannot be compared: the units are {ours.decision.unit} and {theirs.decision.unit}",
            "train one of them again with the unit of the other",
        )
    if ours.decision.positive != theirs.decision.positive:
        raise UsageError(
            f"{names} cannot be compared: the positive class is {ours.decision.positive} and "
            f"{theirs.decision.positive}",
            "train one of them again with the other task.positive",
        )


def _paired(a: Bundle, b: Bundle, split: str) -> tuple[Judged, Judged]:
    """Return the samples that both have in a split, in one order; a picture that occurs twice, once."""
    sides = [next(one for one in read_judged(bundle) if one.split == split) for bundle in (a, b)]
    keys: list[dict[tuple[str, str], int]] = []
    for bundle, judged in zip((a, b), sides, strict=True):
        truth = bundle.task.truth(judged.label, bundle.manifest.decision) if judged.label else []
        keys.append({key: row for row, key in enumerate(zip(judged.sha256, truth, strict=True))})
    shared = [key for key in keys[0] if key in keys[1]]
    hashes = [{sha256 for sha256, _ in known} for known in keys]
    disputed = (hashes[0] & hashes[1]) - {sha256 for sha256, _ in shared}
    if disputed:
        row = next(row for (sha256, _), row in keys[0].items() if sha256 in disputed)
        raise MmmlError(
            f"{a.reference} and {b.reference} were trained on other labels: {len(disputed)} samples of both "
            f"differ in them, one of them {sides[0].path[row]}",
            "train both on the same labels",
        )
    first, second = (np.array([known[key] for key in shared], dtype=np.intp) for known in keys)
    return sides[0].at(first), sides[1].at(second)


def _joined(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Return groups in which no two samples are apart that share a group in either of two groupings."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second = (
        np.unique(np.array(names, dtype=object), return_inverse=True)[1] for names in (one, other)
    )
    if not len(first):
        return []
    size = int(first.max()) + int(second.max()) + 2
    links = coo_array((np.ones(len(first)), (first, second + first.max() + 1)), shape=(size, size))
    _, part = connected_components(links, directed=False)
    return [str(part[i]) for i in first]


def _too_few(a: Bundle, b: Bundle, split: str, samples: int, groups: int) -> MmmlError:
    where = "test split" if split == "test" else "out-of-fold samples"
    data = {bundle.manifest.data.name for bundle in (a, b)}
    cause = f" (they were trained on {' and '.join(sorted(data))})" if len(data) > 1 else ""
    other = next(one for one in SPLITS if one != split)
    return MmmlError(
        f"{a.reference} and {b.reference} share {samples} samples of {groups} groups in their {where}{cause}"
        f"; at least {_FEWEST} groups are needed",
        f"train both on the same dataset with the same seed and task.test_size, or try --on {other}",
    )
