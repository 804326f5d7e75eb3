"""Contrast: pictures whose contrast is known beforehand."""

import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.image.contrast import Contrast
from mmml.image.value import Image


def measured(pixels: np.ndarray, tail: float = 1.0) -> tuple[float, float, float]:
    rms, michelson, entropy = Contrast(tail, long_side=None).extract(Image.read(pixels.astype(np.uint8)))
    return rms, michelson, entropy


def halves(dark: int, light: int) -> np.ndarray:
    return np.where(np.arange(80) < 40, dark, light)[None].repeat(50, 0)


def test_two_halves_have_the_contrast_of_their_levels() -> None:
    rms, michelson, entropy = measured(halves(51, 204))
    assert rms == pytest.approx(0.3)
    # In linear light 51 is 0.0331 and 204 is 0.6038.
    assert michelson == pytest.approx((0.6038 - 0.0331) / (0.6038 + 0.0331), abs=1e-3)
    assert entropy == pytest.approx(1)


def test_the_ends_of_the_scale() -> None:
    assert measured(halves(0, 255)) == pytest.approx((0.5, 1, 1))
    assert measured(halves(90, 90)) == (0, 0, 0)
    assert measured(np.arange(256).reshape(16, 16))[2] == pytest.approx(8)


def test_a_few_bad_pixels_do_not_decide() -> None:
    spoilt = halves(100, 140)
    spoilt[0, :10] = 0
    spoilt[1, :10] = 255
    assert measured(spoilt)[1] == pytest.approx(measured(halves(100, 140))[1])
    assert measured(spoilt, tail=0)[1] == pytest.approx(1)


def test_numbers_agree_with_their_definitions(drawn_scene: np.ndarray) -> None:
    gray = Image.read(drawn_scene).gray
    shares = np.unique(gray, return_counts=True)[1] / gray.size
    rms, _, entropy = measured(drawn_scene)
    assert rms == pytest.approx(gray.std() / 255)
    assert entropy == pytest.approx(-(shares * np.log2(shares)).sum())


def test_less_contrast_is_less_of_each(drawn_scene: np.ndarray) -> None:
    series = np.array([measured(128 + part * (drawn_scene - 128.0)) for part in (1, 0.7, 0.4, 0.1)])
    assert (np.diff(series, axis=0) < 0).all()


def test_a_tail_of_half_the_picture_is_refused() -> None:
    with pytest.raises(MmmlError, match="tail is 50"):
        Contrast(tail=50)
