"""The table of what was never seen: both columns, what is surely worse, and why a value is not in it."""

import re
from dataclasses import replace
from typing import Any

import numpy as np

from mmml.bundle.samples import Judged
from mmml.report.left_out import LeftOut, Unseen
from mmml.report.page import render
from mmml.report.unseen import tables
from tests.report.conftest import Make, decided, judged
from tests.report.test_numbers import material as of_numbers
from tests.report.test_numbers import rooms

CLASSES = ("sharp", "blurred")


def of_motion(make: Make, classes: tuple[str, ...] = CLASSES) -> tuple[Any, Judged]:
    """Samples that are all of one class, and all said right; material to show them with."""
    material = make(classes=classes)
    return material, judged(material.task, decided(classes), "validation", ["blurred"] * 40, sure=50)


def wrong(material: Any, one: Judged, every: int) -> Judged:
    """The same samples, of which each so many-th is said wrong."""
    raw = one.raw * np.where(np.arange(len(one.path)) % every == 0, -1, 1)
    return replace(one, raw=raw, prediction=material.task.predict(raw, decided(CLASSES)))


def text(page: bytes) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.decode(), flags=re.DOTALL).split())


def section(page: bytes) -> str:
    found = re.search(r'<section id="unseen">.*?</section>', page.decode(), re.DOTALL)
    return found.group() if found else ""


def test_both_columns_stand_side_by_side_the_weak_first_and_red_where_surely_worse(make: Make) -> None:
    material, seen = of_motion(make)
    both = judged(material.task, decided(CLASSES), "validation", ["blurred"] * 40 + ["sharp"] * 40, sure=50)
    flipped = np.where((np.arange(80) < 40) & (np.arange(80) % 2 == 0), -1, 1)
    raw = both.raw * flipped
    ranked = replace(both, raw=raw, prediction=material.task.predict(raw, decided(CLASSES)))
    half, tenth = ranked.rows(np.arange(80) < 40), wrong(material, seen, 10)
    values = [Unseen("gaussian", seen, tenth, tenth), Unseen("motion", seen, half, ranked)]
    material = replace(material, unseen=[LeftOut("kind", values, ["none (all there is of sharp)"])])
    (table,) = tables(material)
    assert [row.value for row in table.rows] == ["motion", "gaussian"]
    motion = table.rows[0]
    assert (motion.seen.mean.value, motion.unseen.mean.value, motion.unseen.count) == (1.0, 0.5, 40)
    assert motion.unseen.below(motion.seen)
    assert motion.roc_auc is not None
    assert 0.7 < (motion.roc_auc.value or 0) < 0.8
    assert motion.roc_auc.low is not None
    part = section(render(material)["report.html"])
    assert part.count('class="share below"') == 2
    said = text(part.encode())
    assert "motion 100.0 % of 40" in said
    assert "50.0 % of 40" in said
    assert "Not left out: none (all there is of sharp)" in said
    assert "ROC AUC" in said


def test_of_many_classes_nothing_is_ranked(make: Make) -> None:
    material, seen = of_motion(make, ("sharp", "blurred", "shaken"))
    values = [Unseen("motion", seen, seen, seen)]
    page = render(replace(material, unseen=[LeftOut("kind", values, [])]))["report.html"]
    assert "never seen" in section(page)
    assert "ROC AUC" not in section(page)


def test_of_numbers_the_errors_are_told(make: Make) -> None:
    near, far = rooms(40, "validation", scale=1.0), rooms(40, "validation", scale=1.0)
    far.prediction.table[:] += 2.0
    one = of_numbers(
        rooms(80, "validation", 1), rooms(40), unseen=[LeftOut("hall", [Unseen("x", near, far, far)], [])]
    )
    part = section(render(one)["report.html"])
    assert 'class="share below"' in part
    assert "The mean absolute error on samples of a kind that was never seen" in part
    assert "ROC AUC" not in part


def test_where_nothing_could_be_left_out_it_says_why_and_without_any_there_is_no_section(make: Make) -> None:
    page = render(make(unseen=[LeftOut("kind", [], ["<none> (too few)"])]))["report.html"]
    assert "Nothing left out: &lt;none&gt; (too few)" in section(page)
    assert not section(render(make())["report.html"])
