"""Splits and folds: no scene on both sides, every class on both, or a message that says what to do."""

from collections import Counter

import numpy as np
import pytest

from mmml.dataset.split import folds, split
from mmml.errors import MmmlError, UsageError


def scenes(count: int, shots: int = 3) -> tuple[list[str], list[str]]:
    """A sharp shot and blurred ones of every scene."""
    strata = ["sharp" if shot == 0 else "blurred" for _ in range(count) for shot in range(shots)]
    return strata, [f"scene {n}" for n in range(count) for _ in range(shots)]


def none(samples: list[str]) -> list[None]:
    return [None] * len(samples)


def test_a_group_is_on_one_side_and_classes_keep_their_shares() -> None:
    strata, groups = scenes(50)
    test = split(strata, groups, none(strata), 0.2, seed=0)
    sides = {group: {bool(t) for g, t in zip(groups, test, strict=True) if g == group} for group in groups}
    assert all(len(side) == 1 for side in sides.values())
    assert test.sum() == 30
    assert Counter(np.array(strata)[test]) == {"sharp": 10, "blurred": 20}


@pytest.mark.parametrize("alone", [True, False], ids=["no groups", "groups"])
def test_the_seed_decides(alone: bool) -> None:
    strata, groups = scenes(40)
    groups = [f"{n}" for n in range(len(strata))] if alone else groups
    first = split(strata, groups, none(strata), 0.25, seed=1)
    assert (first == split(strata, groups, none(strata), 0.25, seed=1)).all()
    assert (first != split(strata, groups, none(strata), 0.25, seed=2)).any()
    pairs = zip(folds(strata, groups, 4, seed=1), folds(strata, groups, 4, seed=1), strict=True)
    assert all((a[1] == b[1]).all() for a, b in pairs)


def test_without_groups_every_class_has_its_share() -> None:
    strata = ["rare"] * 10 + ["common"] * 90
    test = split(strata, [str(n) for n in range(100)], none(strata), 0.2, seed=0)
    assert Counter(np.array(strata)[test]) == {"rare": 2, "common": 18}


def test_the_test_split_holds_a_class_with_few_groups() -> None:
    # Only two of the five folds can hold the rare class.
    strata = ["common"] * 30 + ["rare", "rare"]
    for seed in range(10):
        test = split(strata, [str(n) for n in range(32)], none(strata), 0.2, seed)
        assert set(np.array(strata)[test]) == {"common", "rare"}


def test_a_prescribed_split_is_obeyed() -> None:
    strata, groups = scenes(2)
    prescribed = ["train"] * 3 + ["test"] * 3
    assert split(strata, groups, prescribed, 0.2, seed=0).tolist() == [False] * 3 + [True] * 3


def test_a_prescribed_split_is_for_all_samples_or_none() -> None:
    with pytest.raises(MmmlError, match="1 of 3 samples have no split"):
        split(["a", "a", "a"], ["1", "2", "3"], ["train", "test", None], 0.2, seed=0)


def test_a_prescribed_split_that_divides_a_group_is_refused() -> None:
    with pytest.raises(MmmlError, match="group cellar has samples in both"):
        split(["a", "b", "a"], ["cellar", "roof", "cellar"], ["train", "test", "test"], 0.2, seed=0)


@pytest.mark.parametrize(("labels", "side"), [("abba", "test"), ("aabb", "test"), ("aaab", "training")])
def test_a_class_missing_on_one_side_is_named(labels: str, side: str) -> None:
    prescribed = {"abba": ["train"] * 4, "aabb": ["test", "test", "train", "train"]}.get(labels)
    prescribed = prescribed or ["train", "train", "test", "test"]
    with pytest.raises(MmmlError, match=rf"the {side} split would have no sample of class .*b"):
        split(list(labels), ["1", "2", "3", "4"], prescribed, 0.2, seed=0)


def test_too_few_groups_for_a_test_split() -> None:
    strata, groups = scenes(3, shots=4)
    with pytest.raises(MmmlError, match=r"12 samples come from 3 groups; .* 0\.2 needs at least 5") as caught:
        split(strata, groups, none(strata), 0.2, seed=0)
    assert "task.test_size=0.33, or set dataset.group" in str(caught.value.hint)
    assert split(strata, groups, none(strata), 0.33, seed=0).sum() == 4


def test_too_few_groups_for_folds() -> None:
    strata, groups = scenes(3, shots=4)
    with pytest.raises(MmmlError, match="12 samples come from 3 groups; 5 folds need at least 5") as caught:
        folds(strata, groups, 5, seed=0)
    assert "task.folds=3, or set dataset.group" in str(caught.value.hint)
    assert len(folds(strata, groups, 3, seed=0)) == 3


def test_one_group_cannot_be_divided() -> None:
    with pytest.raises(MmmlError, match="4 samples come from 1 group; 2 folds need") as caught:
        folds(["a", "b", "a", "b"], ["x"] * 4, 2, seed=0)
    assert "task.folds" not in str(caught.value.hint)


def test_a_class_in_one_group_is_named() -> None:
    strata = ["sharp"] * 8 + ["blurred"] * 2
    groups = [str(n) for n in range(8)] + ["8", "8"]
    with pytest.raises(MmmlError, match="all samples of class blurred come from one group"):
        folds(strata, groups, 3, seed=0)
    with pytest.raises(MmmlError, match="all samples of class blurred come from one group"):
        split(strata, groups, none(strata), 0.2, seed=0)


def test_more_folds_than_samples_of_any_class() -> None:
    with pytest.raises(MmmlError, match="no class has more than 2 samples; 5 folds need") as caught:
        folds(["a", "a", "b", "b", "c", "c"], list("123456"), 5, seed=0)
    assert caught.value.hint == "task.folds=2"


@pytest.mark.parametrize("test_size", [0, -0.1, 0.6, 1])
def test_a_test_size_out_of_range_is_refused(test_size: float) -> None:
    with pytest.raises(UsageError, match=r"task\.test_size"):
        split(["a", "b"], ["1", "2"], [None, None], test_size, seed=0)


def test_one_fold_is_refused() -> None:
    with pytest.raises(UsageError, match=r"task\.folds=1"):
        folds(["a", "b"], ["1", "2"], 1, seed=0)


@pytest.mark.parametrize("seed", range(20))
def test_folds_hold_out_every_sample_once_and_divide_no_group(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 20, 120)
    strata = [f"class {n}" for n in (group + (rng.random(120) < 0.2)) % 3]
    pairs = folds(strata, [f"g{n}" for n in group], 4, seed)
    assert sorted(np.concatenate([held_out for _, held_out in pairs])) == list(range(120))
    for train, held_out in pairs:
        assert not set(group[train]) & set(group[held_out])
        assert len(train) + len(held_out) == 120
        assert set(np.array(strata)[train]) == {"class 0", "class 1", "class 2"}
