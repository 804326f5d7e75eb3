"""Fourier: spectra that are known beforehand."""

from typing import Any

import cv2
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from mmml.errors import MmmlError
from mmml.image.blur import disc
from mmml.image.fourier import Fourier
from mmml.image.value import Image

ABOVE = (0.05, 0.1, 0.2, 0.3, 0.4)


def measured(pixels: np.ndarray, **parameters: Any) -> np.ndarray:
    found = Fourier(**parameters).extract(Image.read(pixels.clip(0, 255).astype(np.uint8)))
    assert found.dtype == np.float64
    return found


def field(exponent: float, shape: tuple[int, int] = (400, 500), seed: int = 0) -> np.ndarray:
    """Return noise whose power falls with the frequency to this exponent."""
    rng = np.random.default_rng(seed)
    radius = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    radius[0, 0] = 1
    plane = np.fft.irfft2(np.fft.rfft2(rng.normal(size=shape)) * radius ** (exponent / 2), shape)
    return 127 + 40 * (plane - plane.mean()) / plane.std()


@pytest.mark.parametrize("exponent", [0.0, -1.0, -2.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_slope_is_that_of_the_spectrum(exponent: float, seed: int) -> None:
    assert measured(field(exponent, seed=seed))[0] == pytest.approx(exponent, abs=0.2)


@pytest.mark.parametrize("shape", [(300, 300), (301, 200), (64, 512), (33, 41)])
def test_the_slope_of_white_noise_is_near_nought_whatever_the_shape(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).normal(127, 30, shape)
    assert measured(noise)[0] == pytest.approx(0, abs=0.3)


def test_shares_of_white_noise_are_the_areas_of_the_rings() -> None:
    shares = measured(np.random.default_rng(0).normal(127, 30, (512, 512)), above=ABOVE)[1:]
    # The frequencies that count lie within 0.5 cycles per pixel: a disc.
    assert shares == pytest.approx([1 - (limit / 0.5) ** 2 for limit in ABOVE], abs=0.03)


@pytest.mark.parametrize("frequency", [0.08, 0.15, 0.25, 0.35, 0.45])
@pytest.mark.parametrize("turn", [0.0, 0.6, np.pi / 2])
def test_a_wave_has_all_its_energy_at_its_frequency(frequency: float, turn: float) -> None:
    y, x = np.mgrid[:256, :300]
    wave = 127 + 100 * np.sin(2 * np.pi * frequency * (x * np.cos(turn) + y * np.sin(turn)))
    shares = measured(wave, above=ABOVE)[1:]
    assert shares == pytest.approx([float(frequency > limit) for limit in ABOVE], abs=0.01)


def test_shares_lie_between_0_and_1_and_fall(drawn_scene: np.ndarray) -> None:
    for pixels in (drawn_scene, field(-2), 255 - drawn_scene):
        shares = measured(pixels, above=ABOVE)[1:]
        assert ((shares >= 0) & (shares <= 1)).all()
        assert (np.diff(shares) <= 0).all()


def test_blur_makes_the_spectrum_fall_faster(drawn_scene: np.ndarray) -> None:
    values = np.array([measured(cv2.filter2D(drawn_scene, -1, disc(size))) for size in (1.5, 3, 6)])
    assert (np.diff(values[:, 1:], axis=0) < 0).all()
    assert values[-1, 0] < values[0, 0]


def test_brightness_and_contrast_do_not_count() -> None:
    plane = field(-1)
    fainter = 60 + 0.5 * (plane - 127)
    assert measured(fainter) == pytest.approx(measured(plane), abs=0.02)


def test_the_working_size_changes_the_numbers_and_is_never_scaled_up(drawn_scene: np.ndarray) -> None:
    native = measured(drawn_scene, long_side=None)
    assert measured(drawn_scene, long_side=160) == pytest.approx(native)
    assert measured(drawn_scene, long_side=2000) == pytest.approx(native)
    assert measured(drawn_scene, long_side=80)[1] != pytest.approx(native[1], rel=0.05)


@pytest.mark.parametrize(
    "pixels", [np.zeros((31, 100)), np.zeros((1, 1)), np.full((64, 64), 77), np.zeros((50, 31))]
)
def test_what_is_tiny_or_flat_cannot_be_measured(pixels: np.ndarray) -> None:
    found = measured(pixels, above=ABOVE)
    assert found.shape == (1 + len(ABOVE),)
    assert np.isnan(found).all()


@pytest.mark.parametrize("above", [(0.0,), (0.5,), (-0.1, 0.2), (0.1, 0.7), (float("nan"),)])
def test_frequencies_that_pixels_cannot_show_are_refused(above: tuple[float, ...]) -> None:
    with pytest.raises(MmmlError, match="above is"):
        Fourier(above=above)


def test_it_measures_the_same_in_any_order_and_leaves_the_picture_alone(drawn_scene: np.ndarray) -> None:
    pictures = [Image.read(np.ascontiguousarray(drawn_scene[: 40 + 7 * i, :, 0])) for i in range(12)]
    before = [picture.gray.copy() for picture in pictures]
    there = Fourier().transform(pictures)
    back = Fourier().transform(pictures[::-1])[::-1]
    assert np.array_equal(there, back)
    assert all(np.array_equal(a, p.gray) for a, p in zip(before, pictures, strict=True))


def test_it_is_a_transformer_of_scikit_learn() -> None:
    one = Fourier(above=[0.1, 0.25], long_side=128)
    assert clone(one) == one
    assert one.get_feature_names_out().tolist() == ["spectrum_slope", "energy_above_0_1", "energy_above_0_25"]
    values = [Image.read(field(-2.0 * (i % 2), (64, 64), i).clip(0, 255).astype(np.uint8)) for i in range(10)]
    labels = ["noise", "scene"] * 5
    assert make_pipeline(one, SVC()).fit(values, labels).predict(values).tolist() == labels
