"""Gradients: truths that can be worked out by hand."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from mmml.errors import MmmlError
from mmml.image.blur import disc
from mmml.image.gradients import Gradients, Laplacian
from mmml.image.value import Image


def measured(pixels: np.ndarray, **parameters: Any) -> dict[str, float]:
    transformer = Gradients(**parameters)
    found = transformer.extract(Image.read(pixels.astype(np.uint8)))
    assert found.dtype == np.float64
    return dict(zip(transformer.names, found.tolist(), strict=True))


def test_a_flat_picture_has_no_gradients() -> None:
    assert set(measured(np.full((20, 30), 90)).values()) == {0.0}


def test_a_ramp_has_the_steepness_of_the_ramp_and_does_not_bend() -> None:
    ramp = np.tile(np.arange(64) * 3, (48, 1))
    for turned in (ramp, ramp.T, ramp[:, ::-1]):
        found = measured(turned)
        # Sobel's weights add up to 8: a slope of 3 levels per pixel gives 24; mirrored borders give 0 and 24.
        assert found["sobel_max"] == 24
        assert found["sobel_mean"] == pytest.approx(24 * 62 / 64)
        assert found["laplacian_max"] == 6
        assert found["laplacian_mean"] == pytest.approx(2 * 6 / 64)
        assert found["laplacian_var"] == pytest.approx(2 * 36 / 64)


def test_a_step_counts_on_both_of_its_sides() -> None:
    step = np.zeros((40, 60))
    step[:, 30:] = 100
    found = measured(step)
    assert found["sobel_max"] == 400
    assert found["sobel_mean"] == pytest.approx(400 * 2 / 60)
    assert found["sobel_var"] == pytest.approx(400**2 * (2 / 60) * (58 / 60))
    assert found["laplacian_max"] == 100
    assert found["laplacian_mean"] == pytest.approx(100 * 2 / 60)
    assert found["laplacian_var"] == pytest.approx(100**2 * 2 / 60)


def test_an_impulse_shows_the_kernels_themselves() -> None:
    dot = np.zeros((10, 10))
    dot[5, 5] = 10
    found = measured(dot)
    assert found["laplacian_max"] == 40
    assert found["laplacian_mean"] == pytest.approx((40 + 4 * 10) / 100)
    assert found["laplacian_var"] == pytest.approx((40**2 + 4 * 10**2) / 100)
    # Next to the dot 20 along one axis, at its corners 10 along both.
    assert found["sobel_max"] == 20
    assert found["sobel_mean"] == pytest.approx((4 * 20 + 4 * np.hypot(10, 10)) / 100)


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_every_kernel_sees_the_ramp(kernel: int) -> None:
    total = {1: 2, 3: 8, 5: 128, 7: 2048}[kernel]
    assert measured(np.tile(np.arange(64), (64, 1)), kernel=kernel)["sobel_max"] == pytest.approx(total)


@pytest.mark.parametrize("kernel", [0, 2, 4, 9, -3])
def test_other_kernels_are_refused(kernel: int) -> None:
    with pytest.raises(MmmlError, match=f"kernel is {kernel}"):
        Gradients(kernel=kernel)


def test_blur_lowers_every_feature(drawn_scene: np.ndarray) -> None:
    import cv2

    values = [measured(cv2.filter2D(drawn_scene, -1, disc(size))) for size in (1.5, 3, 6, 12)]
    for name in Gradients().names:
        series = [value[name] for value in values]
        assert series == sorted(series, reverse=True), name


def test_the_working_size_changes_the_numbers_and_is_never_scaled_up(drawn_scene: np.ndarray) -> None:
    native = measured(drawn_scene, long_side=None)
    assert measured(drawn_scene, long_side=80)["laplacian_var"] != native["laplacian_var"]
    assert measured(drawn_scene, long_side=160) == measured(drawn_scene, long_side=9000) == native
    shrunk = Image.read(drawn_scene).gray_at(80)
    assert measured(shrunk) == measured(drawn_scene, long_side=80)


@pytest.mark.parametrize("shape", [(1, 1), (7, 100), (100, 7), (7, 7)])
def test_a_tiny_picture_cannot_be_measured(shape: tuple[int, int]) -> None:
    for transformer in (Gradients(), Laplacian()):
        found = transformer.transform([Image.read(np.zeros(shape, np.uint8))])
        assert found.shape == (1, len(transformer.names))
        assert np.isnan(found).all()
    assert not np.isnan(list(measured(np.zeros((8, 8))).values())).any()


def test_the_laplacian_alone_is_that_of_the_gradients(drawn_scene: np.ndarray) -> None:
    alone = Laplacian(80).extract(Image.read(drawn_scene))
    assert alone.tolist() == [measured(drawn_scene, long_side=80)["laplacian_var"]]


def test_it_is_a_transformer_of_scikit_learn(drawn_scene: np.ndarray) -> None:
    values = [Image.read(np.roll(drawn_scene, shift) // (1 + shift % 2)) for shift in range(12)]
    one = Gradients(kernel=5, long_side=100)
    assert clone(one) == one
    assert one.get_feature_names_out().tolist() == list(one.names)
    assert one.fit(values).transform(values).shape == (12, 6)
    assert one.transform([]).shape == (0, 6)
    pipeline = Pipeline([("gradients", one), ("clf", LogisticRegression(max_iter=10_000))])
    labels = ["bright", "dark"] * 6
    assert pipeline.fit(values, labels).predict(values).tolist() == labels
    assert pipeline.set_params(gradients__kernel=3).get_params()["gradients__kernel"] == 3


def test_no_plane_is_wider_than_four_bytes_a_pixel() -> None:
    picture = Image.read(np.random.default_rng(0).integers(0, 255, (1000, 1500), dtype=np.uint8))
    tracemalloc.start()
    try:
        Gradients(long_side=None).extract(picture)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Four planes of float32 at most at once.
    assert peak < 4.1 * 4 * 1000 * 1500
