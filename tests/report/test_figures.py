"""Figures: found by name, drawn alike whatever the user's settings, left out where they make no sense."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from mmml.report.figures import drawn
from mmml.report.figures.style import COLOURS, inlined
from mmml.report.figures.tradeoff import _front
from mmml.task.classification import Classification
from mmml.tuner.study import Study, Trial
from tests.report.conftest import Make

ALL = (*Classification.figures, "importances", "study", "tradeoff", "study_importances")


@pytest.mark.parametrize("name", ALL)
def test_each_figure_is_drawn_as_svg_with_text_that_can_be_selected(
    make: Make, study: Callable[..., Study], name: str
) -> None:
    (one,) = drawn([name], make(study=study("balanced_accuracy", "brier")))
    root = ElementTree.fromstring(one.image)
    assert root.tag.endswith("svg")
    assert [node for node in root.iter() if node.tag.endswith("text")]
    assert one.title
    assert one.caption.endswith(".")
    assert len(one.image) < 60_000


def test_on_a_page_figures_take_the_colours_of_the_page(make: Make) -> None:
    for one in drawn(Classification.figures, make()):
        assert COLOURS["ink"].encode() in one.image
        text = inlined(one.image, 'a "title"')
        assert "#" not in text.replace("url(#", "").replace('href="#', ""), one.name
        assert "var(--ink)" in text
        assert 'aria-label="a &quot;title&quot;"' in text


def test_settings_of_the_user_change_nothing_and_stay(make: Make) -> None:
    expected = drawn(["roc"], make())[0].image
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 20.0, "svg.fonttype": "path"}):
        assert drawn(["roc"], make())[0].image == expected
        assert matplotlib.rcParams["font.size"] == 20


def test_figures_are_the_same_from_several_threads(make: Make) -> None:
    material = make()
    expected = [one.image for one in drawn(Classification.figures, material)]
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(lambda _: drawn(Classification.figures, material), range(3)):
            assert [one.image for one in found] == expected


def test_without_a_search_nothing_is_drawn_of_it(make: Make, study: Callable[..., Study]) -> None:
    names = ("study", "tradeoff", "study_importances")
    assert not drawn(names, make())
    none_done = Study("s", ["f1"], [Trial(0, "pruned", {}, [], [])], 0, "", {})
    assert not drawn(names, make(study=none_done))


def test_the_front_is_what_nothing_beats_in_both() -> None:
    worth = np.array([[1.0, 0.0], [0.5, 0.5], [0.4, 0.5], [0.0, 1.0], [0.0, 0.2], [1.0, -1.0]])
    assert _front(worth).tolist() == [True, True, False, True, False, False]
