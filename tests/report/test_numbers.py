"""Reports of numbers: drawn, told and sliced by error, however odd the numbers are."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from mmml.bundle.manifest import DataEntry, Manifest, TaskEntry
from mmml.bundle.samples import Judged
from mmml.judge.outcome import Floats
from mmml.report.figures import drawn
from mmml.report.material import Material
from mmml.report.page import render
from mmml.report.slices import facts, weakest, whole
from mmml.task.prediction import NumberPrediction
from mmml.task.regression import Regression
from mmml.tuner.study import Study

TASK = Regression(unit="s")


def split(name: str, truth: Floats, said: Floats, groups: int = 10, **columns: Any) -> Judged:
    n = len(truth)
    return Judged(
        split=name,
        path=[f"rooms/{name}-{i}.wav" for i in range(n)],
        sha256=[f"{i:064x}" for i in range(n)],
        group=[f"room {i % groups}" for i in range(n)],
        label=[repr(x) for x in truth.tolist()],
        fold=np.arange(n) % 3,
        facts=[{key: column[i] for key, column in columns.items()} for i in range(n)],
        raw=said,
        prediction=NumberPrediction(said),
    )


def material(*splits: Judged, task: Regression = TASK, **fields: Any) -> Material:
    decision = task.decision(np.empty(0), [])
    metrics = {}
    for one in splits:
        rows = one.rows(one.scored)
        if rows.path:
            metrics[one.split] = task.judge(rows.prediction, rows.label, rows.group, decision)
    manifest = Manifest(
        format=3,
        name="rt60",
        created="2026-11-24T12:00:00+00:00",
        task=TaskEntry(task.name, task.get_params()),
        modality="image",
        decision=decision,
        transformers=[],
        features=[],
        metrics=metrics,
        data=DataEntry("rooms", "0" * 64, {"0.2 to 1": 60, "1 to 4": 60}, 10, 80, 40),
        model="estimator.skops",
        versions={},
        commit=None,
        files={},
    )
    return Material("rt60", manifest, "Ridge()", splits, metrics, **fields)


def rooms(n: int = 80, name: str = "test", seed: int = 0, scale: float = 1.0, **columns: Any) -> Judged:
    rng = np.random.default_rng(seed)
    truth = scale * rng.uniform(0.2, 4, n)
    return split(name, truth, truth + scale * rng.normal(0, 0.1, n), **columns)


def text(page: bytes) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.decode(), flags=re.DOTALL).split())


@pytest.mark.parametrize("n", [80, 3000])
@pytest.mark.parametrize("name", Regression.figures)
def test_each_figure_is_drawn_and_stays_small(name: str, n: int) -> None:
    (one,) = drawn([name], material(rooms(n, "validation", 1), rooms(n)))
    root = ElementTree.fromstring(one.image)
    texts = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert any("(s)" in (words or "") for words in texts)
    assert one.caption.endswith(".")
    assert ("250 samples are drawn" in one.caption) == (n > 80 and name != "errors")
    assert len(one.image) < 60_000


def test_of_very_many_samples_the_largest_errors_are_drawn() -> None:
    outlying = rooms(3000)
    outlying.prediction.table[1234] += 1e4
    plain, far = (drawn(["residuals"], material(one))[0].image for one in (rooms(3000), outlying))
    assert b"10000" in far
    assert b"10000" not in plain


def test_the_page_tells_errors_with_their_unit_and_the_furthest_off_first() -> None:
    one = material(rooms(80, "validation", 1), rooms(40), notes=["3 samples could not be read."])
    files = render(one)
    said = text(files["report.html"])
    mae = one.metrics["test"]["mae"]
    assert f"{mae.value:.3f} s" in said
    assert "Says a number in s. Trained on 80 samples of rooms, tested on 40" in said
    assert "Of 40 samples of the test split the 12 that are furthest off." in said
    assert set(files) == {"report.html", *(f"figures/{name}.svg" for name in Regression.figures)}
    off = [abs(float(x)) for x in re.findall(r"off by ([+-]?[\d.]+) s", said)]
    assert len(off) == 12
    assert off == sorted(off, reverse=True)
    assert render(one) == files


def test_slices_are_told_by_their_error_the_largest_first() -> None:
    kind = [("cathedral", "office", "hall", "studio")[i % 4] for i in range(80)]
    truth = np.linspace(0.2, 4, 80)
    said = truth + np.where(np.array(kind) == "cathedral", 1.0, 0.1)
    one = material(split("test", truth, said, kind=kind))
    found = {fact.name: fact for fact in facts(one)}
    assert found["kind"].slices[0].value == "cathedral"
    errors = {each.value: each.cells["test"].mean.value for each in found["kind"].slices}
    assert errors == pytest.approx({"cathedral": 1.0, "office": 0.1, "hall": 0.1, "studio": 0.1})
    every = whole(one)
    assert every is not None
    assert every.cells["test"].mean.figures == one.metrics["test"]["mae"].figures
    worst = weakest(facts(one))[0]
    assert worst.value == "cathedral"
    assert worst.cells["test"].below(every.cells["test"])
    # The true number is a fact of ranges, in their order.
    assert found["label"].slices[0].value.startswith("0.2 to ")
    assert len(found["label"].slices) == 4


def test_a_slice_of_one_group_is_drawn_by_sample() -> None:
    one = material(rooms(60, kind=["a", "b"] * 30, groups=1))
    cell = next(fact for fact in facts(one) if fact.name == "kind").slices[0].cells["test"]
    assert not cell.clustered
    assert cell.mean.low is not None and cell.mean.value is not None and cell.mean.high is not None
    assert cell.mean.low < cell.mean.value < cell.mean.high
    said = text(render(one)["report.html"])
    assert "its samples are drawn one by one" in said


def test_a_model_that_is_never_off_has_no_weak_slice() -> None:
    truth = np.linspace(0.2, 4, 40)
    one = material(split("test", truth, truth, kind=["a", "b"] * 20))
    assert not weakest(facts(one))
    assert "0.000 s" in text(render(one)["report.html"])


@pytest.mark.parametrize(
    "build",
    [
        lambda: [rooms(1)],
        lambda: [rooms(2, "validation"), rooms(1)],
        lambda: [rooms(40, scale=1e9)],
        lambda: [rooms(40, scale=1e-9)],
        lambda: [split("test", np.full(9, 2.0), np.full(9, 3.0))],
        lambda: [split("test", -np.arange(9.0), np.zeros(9))],
    ],
    ids=["one", "few", "huge", "tiny", "all alike", "below nought"],
)
def test_odd_numbers_make_a_page(build: Callable[[], list[Judged]]) -> None:
    page = text(render(material(*build()))["report.html"])
    assert "The largest errors" in page
    assert "nan" not in page and "inf" not in page.replace("information", "")


def test_samples_without_a_number_are_counted_and_left_out() -> None:
    one = rooms(40)
    one.prediction.table[:5] = np.nan
    said = text(render(material(one))["report.html"])
    assert "5 of 40 samples have no number" in said
    assert "of 35 samples" in said
    one.prediction.table[:] = np.nan
    empty = render(material(one))
    assert set(empty) == {"report.html"}
    assert "No sample has a number" in text(empty["report.html"])


def test_a_search_counts_the_smallest_error_as_the_best(study: Callable[..., Study]) -> None:
    files = render(material(rooms(), study=study("mae", "r2")))
    assert {"figures/study.svg", "figures/tradeoff.svg"} <= set(files)
    assert "The values that the search took rest on these" not in text(files["report.html"])
    both = render(material(rooms(80, "validation"), rooms(), study=study("mae")))
    assert "The values that the search took rest on these" in text(both["report.html"])
