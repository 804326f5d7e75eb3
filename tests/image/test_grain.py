"""Noise of a picture: found in its plain parts, also where JPEG has smoothed it."""

import cv2
import numpy as np
import pytest

from mmml.image.grain import noise_and_texture
from mmml.image.value import Image


def noisy(deviation: float) -> np.ndarray:
    ramp = np.tile(np.linspace(60, 190, 512), (384, 1))
    return np.clip(ramp + np.random.default_rng(0).normal(0, deviation, ramp.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("deviation", [1, 2, 4, 8, 16])
def test_white_noise_is_told_by_its_standard_deviation(deviation: float) -> None:
    assert noise_and_texture(noisy(deviation)) == pytest.approx((deviation, deviation), rel=0.1)


@pytest.mark.parametrize("quality", [75, 88, 95])
def test_noise_that_jpeg_smooths_is_still_seen(quality: int) -> None:
    _, data = cv2.imencode(".jpg", noisy(4), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert 1.2 < noise_and_texture(Image.read(data.tobytes()).gray)[0] < 4.4


def test_plain_parts_tell_the_noise_and_the_others_the_texture() -> None:
    picture = noisy(1)
    picture[:, 128:] = np.where(np.indices((384, 384)).sum(axis=0) // 3 % 2, 60, 190)
    noise, texture = noise_and_texture(picture)
    assert noise == pytest.approx(1, rel=0.2)
    assert texture > 10


def test_levels_that_are_cut_off_tell_nothing_of_noise() -> None:
    picture = noisy(6)
    picture[:, :400] = 255
    assert noise_and_texture(picture)[0] == pytest.approx(6, rel=0.1)
