"""The map of sharpness shows where a picture is sharp, whatever its contrast and its noise."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.image.focus_map import focus_map
from mmml.image.fourier import Fourier
from mmml.image.gradients import Gradients, Laplacian
from mmml.image.scene import draw_scene
from mmml.image.value import Image

Plane = NDArray[np.float32]
PHOTOS = Path(__file__).parents[2] / "data" / "photos"


@pytest.fixture(scope="module")
def scene() -> Plane:
    """Luma 20 to 235, float32, shape (480, 640)."""
    gray = cv2.cvtColor(draw_scene(np.random.default_rng(5), 640), cv2.COLOR_RGB2GRAY)
    return np.clip(gray, 20, 235).astype(np.float32)


def mapped(plane: Plane) -> Plane:
    return focus_map(np.clip(np.round(plane), 0, 255).astype(np.uint8)).map


def blurred(plane: Plane, deviation: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), deviation), dtype=np.float32)


def test_it_falls_with_the_blur(scene: Plane) -> None:
    middles = [np.nanmedian(mapped(blurred(scene, deviation))) for deviation in (0.3, 1, 2, 3)]
    assert middles[0] > 0.8
    assert middles[2] < 0.4
    assert middles == sorted(middles, reverse=True)


def test_motion_shows_though_edges_along_it_stay_sharp(scene: Plane) -> None:
    way = np.zeros((15, 15), np.float32)
    cv2.line(way, (1, 4), (13, 10), 1.0)
    moved = np.asarray(cv2.filter2D(scene, -1, way / way.sum()), dtype=np.float32)
    assert np.nanmedian(mapped(moved)) < 0.5 * np.nanmedian(mapped(scene))


def test_it_shows_which_half_is_blurred(scene: Plane) -> None:
    half = scene.copy()
    half[:, 320:] = blurred(scene, 3)[:, 320:]
    told = mapped(half)
    assert np.nanmedian(told[:, : told.shape[1] // 2]) > np.nanmedian(told[:, told.shape[1] // 2 :]) + 0.4


def test_contrast_plays_no_part(scene: Plane) -> None:
    faint = mapped(scene / 3 + 80)
    both = ~np.isnan(faint)
    assert 0.3 < both.mean() < np.mean(~np.isnan(mapped(scene)))
    assert np.abs(mapped(scene)[both] - faint[both]).mean() < 0.05


def test_noise_is_not_taken_for_sharpness(scene: Plane) -> None:
    soft = blurred(scene, 3)
    grainy = soft + np.random.default_rng(0).normal(0, 2, soft.shape)
    assert np.nanmedian(mapped(grainy)) < 0.5


@pytest.mark.parametrize("deviation", [2, 4])
def test_noise_that_jpeg_has_smoothed_is_not_taken_for_sharpness(scene: Plane, deviation: float) -> None:
    soft = blurred(scene, 3)
    grainy = np.clip(soft + np.random.default_rng(0).normal(0, deviation, soft.shape), 0, 255)
    _, data = cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, 88])
    told = focus_map(Image.read(data.tobytes()).gray).map
    assert np.isfinite(told).sum() > 20
    assert np.nanmedian(told) < 0.5


@pytest.mark.parametrize("name", ["texture-stone-wall", "texture-concrete-slabs", "texture-gravel"])
def test_texture_is_not_taken_for_noise(name: str) -> None:
    gray = Image.read((PHOTOS / f"{name}.jpg").read_bytes()).gray_at(700)
    told = focus_map(gray).map
    assert np.isnan(told).mean() < 0.5
    assert np.nanmedian(told) > 0.7


def test_nothing_is_said_where_nothing_is_to_be_seen(scene: Plane) -> None:
    assert np.isnan(mapped(np.full((80, 100), 128, np.float32))).all()
    half = scene.copy()
    half[:, 320:] = 128
    told = mapped(half)
    assert np.isnan(told[:, told.shape[1] // 2 + 1 :]).all()
    with pytest.raises(MmmlError, match="1 x 1 pixels are too few"):
        focus_map(np.zeros((1, 1), np.uint8))


@pytest.mark.parametrize(
    ("shape", "tiles"),
    [((8, 8), (1, 1)), ((40, 400), (5, 50)), ((40, 4000), (1, 48)), ((4000, 40), (48, 1))],
)
def test_any_shape_has_a_map(shape: tuple[int, int], tiles: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    assert focus_map(noise).map.shape == tiles


def test_what_measures_blur_shows_it_at_its_own_size(scene: Plane) -> None:
    picture = Image.read(scene.astype(np.uint8))
    for transformer in (Gradients(long_side=160), Laplacian(long_side=160), Fourier(long_side=160)):
        explanation = transformer.explain(picture)
        expected = focus_map(picture.gray_at(160)).map
        assert np.array_equal(explanation.map, expected, equal_nan=True)
        assert (explanation.low, explanation.high) == ("blurred", "sharp")
