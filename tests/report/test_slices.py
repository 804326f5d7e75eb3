"""Slices: the parts of the data, how often the model is right on them, and which are weak."""

from dataclasses import replace

import numpy as np
from scipy.stats import binomtest

from mmml.report.material import Material
from mmml.report.slices import Fact, facts, weakest, whole
from tests.report.conftest import Make, decided, judged

CLASSES = ("sharp", "blurred")


def sliced(make: Make, **columns: list[object]) -> Material:
    """Material whose test split has these facts; every fourth sample is a mistake."""
    base = make()
    n = len(next(iter(columns.values())))
    test = judged(base.task, decided(CLASSES), "test", [CLASSES[i % 2] for i in range(n)], sure=50)
    raw = test.raw * np.where(np.arange(n) % 4 == 0, -1, 1)
    prediction = base.task.predict(raw, decided(CLASSES))
    rows = [{name: column[i] for name, column in columns.items() if column[i] is not None} for i in range(n)]
    return make(splits=[replace(test, raw=raw, prediction=prediction, facts=rows)])


def named(material: Material) -> dict[str, Fact]:
    return {fact.name: fact for fact in facts(material)}


def test_the_share_right_of_each_value_the_weak_first(make: Make) -> None:
    found = named(sliced(make, kind=[("motion", "a", "b", "c")[i % 4] for i in range(80)]))["kind"]
    assert found.slices[0].value == "motion"
    share = found.slices[0].cells["test"]
    assert (share.count, share.mean.value) == (20, 0.0)
    assert {one.cells["test"].mean.value for one in found.slices[1:]} == {1.0}


def test_numbers_are_cut_into_bins_in_their_order_a_common_one_apart(make: Make) -> None:
    strength = [0.0 if i % 2 else 0.1 + i / 100 for i in range(80)]
    found = named(sliced(make, strength=strength))["strength"]
    assert [one.value for one in found.slices] == [
        "0", "0.1 to 0.295", "0.295 to 0.49", "0.49 to 0.685", "0.685 to 0.88",
    ]  # fmt: skip
    assert sum(one.cells["test"].count for one in found.slices) == 80
    assert found.slices[0].cells["test"].count == 40


def test_unknown_and_impossible_values_are_in_no_slice(make: Make) -> None:
    width = [None if i % 3 == 0 else float("nan") if i % 3 == 1 else float(i % 2) for i in range(60)]
    found = named(sliced(make, width=width))["width"]
    assert sum(one.cells["test"].count for one in found.slices) == 20


def test_what_names_the_samples_or_never_changes_is_no_fact(make: Make) -> None:
    found = named(sliced(make, serial=[f"no {i}" for i in range(80)], camera=["one"] * 80))
    assert set(found) == {"label", "group"}


def test_two_facts_that_say_the_same_are_told_once(make: Make) -> None:
    groups = [f"scene-test-{i // 4}.jpg" for i in range(80)]
    assert "source, group" in named(sliced(make, source=groups))


def test_of_many_values_the_weakest_are_shown_and_the_others_counted(make: Make) -> None:
    found = named(sliced(make, kind=[f"kind {i % 20}" for i in range(80)]))["kind"]
    assert (len(found.slices), found.more) == (8, 12)


def test_a_slice_of_one_group_has_the_interval_of_wilson(make: Make) -> None:
    share = named(sliced(make, kind=["x"] * 80))["group"].slices[0].cells["test"]
    assert not share.clustered
    between = binomtest(3, 4).proportion_ci(method="wilson")
    assert (share.mean.value, share.mean.low, share.mean.high) == (0.75, between.low, between.high)


def test_an_interval_over_groups_is_that_of_the_metric(make: Make) -> None:
    material = make()
    share = whole(material).cells["test"]
    assert share.clustered
    assert share.mean == material.metrics["test"]["accuracy"]


def test_the_weakest_of_all_leave_out_what_is_always_right(make: Make) -> None:
    material = sliced(make, kind=[("motion", "a", "b", "c")[i % 4] for i in range(80)])
    assert weakest(facts(material))[0].value == "motion"
    assert not weakest(facts(make(sure=50)))
