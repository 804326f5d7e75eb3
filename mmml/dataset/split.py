"""Training, test and folds: by group first, so that no scene is on both sides, then stratified."""

import warnings
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError

Indices = NDArray[np.intp]


def split(
    strata: Sequence[str],
    groups: Sequence[str],
    prescribed: Sequence[str | None],
    test_size: float,
    seed: int,
    whole: bool = True,
) -> NDArray[np.bool_]:
    """Choose the test split.

    Where the dataset prescribes the split, it is obeyed. Else the samples are dealt into ``1 / test_size``
    folds, and the fold that holds most nearly this share of every class is the test split.

    Args:
        strata: class of every sample, or for a number the name of its quantile.
        groups: group of every sample; a group is never divided.
        prescribed: ``train`` or ``test`` for every sample, or None for all.
        test_size: share of the samples to test on, above 0 and at most 0.5.
        seed: the same seed gives the same split.
        whole: whether every class must be on both sides; quantiles of a number only balance them.

    Returns:
        Bool, shape (n,): True for the samples of the test split.

    Raises:
        UsageError: ``test_size`` is out of range.
        MmmlError: too few groups, a class would be missing on one side, or the prescribed split is
            incomplete or divides a group.
    """
    classes, labels = np.unique(np.asarray(strata), return_inverse=True)
    totals = np.bincount(labels)

    def shares(test: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(labels[test], minlength=len(classes)) / totals

    def flaw(test: NDArray[np.bool_]) -> tuple[bool, float]:
        share = shares(test)
        return bool(((share == 0) | (share == 1)).any()), float(np.abs(share - test_size).sum())

    if any(side is not None for side in prescribed):
        test = _prescribed(groups, prescribed)
    elif 0 < test_size <= 0.5:
        n = round(1 / test_size)
        need = f"a test split of {test_size:g} needs"
        fold = _deal(strata, groups, n, seed, need, lambda fewer: f"task.test_size={1 / fewer:.2g}")
        test = min((fold == number for number in range(n)), key=flaw)
    else:
        raise UsageError(
            f"task.test_size={test_size:g} is no share to test on", "choose one above 0 and at most 0.5"
        )

    for side, share in (("test", shares(test)), ("training", 1 - shares(test))):
        if (share == 0).all() or (whole and (share == 0).any()):
            raise MmmlError(
                f"the {side} split would have no sample of class {', '.join(classes[share == 0])}",
                "add samples from other scenes, choose another task.test_size, or prescribe another split",
            )
    return test


def folds(
    strata: Sequence[str], groups: Sequence[str], n: int, seed: int, whole: bool = True
) -> list[tuple[Indices, Indices]]:
    """Deal samples into folds for out-of-fold scores.

    Args:
        strata: class of every sample, or for a number the name of its quantile.
        groups: group of every sample; a group is never divided.
        n: how many folds, at least 2.
        seed: the same seed gives the same folds.
        whole: whether every class must be in every training part; quantiles of a number only balance them.

    Returns:
        n pairs (train, held out) of sample numbers; every sample is held out once.

    Raises:
        UsageError: ``n`` is below 2.
        MmmlError: too few groups, over all or of one class.
    """
    if n < 2:
        raise UsageError(f"task.folds={n} leaves nothing to train on", "choose at least 2 folds")
    fold = _deal(strata, groups, n, seed, f"{n} folds need", lambda fewer: f"task.folds={fewer}")
    pairs = [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(n)]
    labels = np.asarray(strata)
    for train, _ in pairs:
        missing = np.setdiff1d(labels, labels[train])
        if whole and missing.size:
            raise MmmlError(
                f"one of {n} folds would have no sample of class {', '.join(missing)} to train on",
                "add samples from other scenes, or choose another task.folds or seed",
            )
    return pairs


def fold_numbers(pairs: Sequence[tuple[Indices, Indices]]) -> Indices:
    """Return in which of the `folds` each sample is held out; shape (n,)."""
    fold = np.empty(sum(len(held_out) for _, held_out in pairs), dtype=np.intp)
    for number, (_, held_out) in enumerate(pairs):
        fold[held_out] = number
    return fold


def _deal(
    strata: Sequence[str],
    groups: Sequence[str],
    n: int,
    seed: int,
    need: str,
    setting: Callable[[int], str],
) -> Indices:
    """Return the fold of every sample, 0 to n - 1.

    Args:
        strata: class of every sample.
        groups: group of every sample.
        n: how many folds.
        seed: the same seed gives the same folds.
        need: who needs n folds, for messages: ``5 folds need``.
        setting: says in a hint how to ask for fewer folds: ``task.folds=3``.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    labels = np.asarray(strata)
    # As objects: as text of fixed width, long names would take many times the memory.
    names, group = np.unique(np.array(groups, dtype=object), return_inverse=True)
    if len(names) < n:
        number = "1 group" if len(names) == 1 else f"{len(names)} groups"
        way_out = f"{setting(len(names))}, or " if len(names) > 1 else ""
        raise MmmlError(
            f"{len(labels)} samples come from {number}; {need} at least {n}",
            f"{way_out}set dataset.group so that it tells more scenes apart",
        )
    for name in np.unique(labels):
        if len(np.unique(group[labels == name])) < 2:
            raise MmmlError(
                f"all samples of class {name} come from one group; every class needs at least 2",
                f"add samples of {name} from other scenes, or set dataset.group so that it tells them apart",
            )
    largest = max(Counter(strata).values())
    if largest < n:
        raise MmmlError(f"no class has more than {largest} samples; {need} at least {n}", setting(largest))

    # Where no two samples share a group, the plain splitter does the same, hundreds of times quicker.
    splitter = StratifiedKFold if len(names) == len(labels) else StratifiedGroupKFold
    fold = np.empty(len(labels), dtype=np.intp)
    with warnings.catch_warnings():
        # It warns where a class has fewer samples than there are folds; that is fine here.
        warnings.simplefilter("ignore", UserWarning)
        dealt = splitter(n, shuffle=True, random_state=seed).split(labels, labels, group)
        for index, (_, held_out) in enumerate(dealt):
            fold[held_out] = index
    return fold


def _prescribed(groups: Sequence[str], prescribed: Sequence[str | None]) -> NDArray[np.bool_]:
    """Return the test split that the dataset prescribes."""
    absent = sum(side is None for side in prescribed)
    if absent:
        raise MmmlError(
            f"{absent} of {len(prescribed)} samples have no split, the others have one",
            "write train or test for every sample, or for none",
        )
    sides: dict[str, str | None] = {}
    for group, side in zip(groups, prescribed, strict=True):
        if sides.setdefault(group, side) != side:
            raise MmmlError(
                f"group {group} has samples in both the training and the test split",
                "put all of it on one side; near-duplicates count as one group",
            )
    return np.array([side == "test" for side in prescribed])
