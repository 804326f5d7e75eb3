"""Colour: the colourfulness as its paper defines it."""

import numpy as np
import pytest

from mmml.image.colour import Colour
from mmml.image.value import Image


def measured(rgb: np.ndarray) -> float:
    return Colour(long_side=None).extract(Image.read(rgb.astype(np.uint8))).item()


def test_the_number_is_that_of_the_paper(drawn_scene: np.ndarray) -> None:
    red, green, blue = np.moveaxis(drawn_scene.astype(float), 2, 0)
    rg, yb = red - green, (red + green) / 2 - blue
    spread = np.hypot(rg.std(), yb.std())
    assert measured(drawn_scene) == pytest.approx(spread + 0.3 * np.hypot(rg.mean(), yb.mean()))


def test_grey_has_none_and_one_colour_only_its_distance_from_grey(drawn_scene: np.ndarray) -> None:
    assert measured(drawn_scene[..., :1].repeat(3, axis=2)) == 0
    assert measured(np.full((9, 9, 3), (255, 0, 0))) == pytest.approx(0.3 * np.hypot(255, 127.5))


def test_fading_colours_measure_less(drawn_scene: np.ndarray) -> None:
    grey = drawn_scene.mean(axis=2, keepdims=True)
    found = [measured(grey + part * (drawn_scene - grey)) for part in (1, 0.6, 0.2)]
    assert found == sorted(found, reverse=True)
    assert found[2] == pytest.approx(0.2 * found[0], rel=0.1)
