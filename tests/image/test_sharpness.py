"""Sharpness: blur is told from sharpness, whatever else changes."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import measure
from mmml.image.scene import draw_scene
from mmml.image.sharpness import Sharpness
from mmml.image.value import Image

Rgb = NDArray[np.uint8]


@pytest.fixture(scope="module")
def scene() -> Rgb:
    return draw_scene(np.random.default_rng(7), 900)


def slope(pixels: Rgb, name: str = "slope_p80_weakest_full") -> float:
    sharpness = Sharpness()
    return float(measure(sharpness, Image.read(pixels))[sharpness.names.index(name)])


def blurred(pixels: Rgb, sigma: float) -> Rgb:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), dtype=np.uint8)


def test_every_name_has_a_number(scene: Rgb) -> None:
    sharpness = Sharpness()
    features = measure(sharpness, Image.read(scene))
    assert features.shape == (len(sharpness.names),) == (69,)
    assert len(set(sharpness.names)) == 69
    assert not np.isnan(features).any()


def test_edges_flatten_as_blur_grows(scene: Rgb) -> None:
    found = [slope(scene), *(slope(blurred(scene, sigma)) for sigma in (0.8, 1.5, 3))]
    assert found == sorted(found, reverse=True)
    assert found[0] - found[1] > 0.2


def test_contrast_and_brightness_change_little(scene: Rgb) -> None:
    faint = (scene * 0.25 + 60).astype(np.uint8)
    assert slope(faint) == pytest.approx(slope(scene), abs=0.1)
    assert slope(blurred(faint, 2)) == pytest.approx(slope(blurred(scene, 2)), abs=0.1)


def test_noise_does_not_make_a_blurred_picture_sharp(scene: Rgb) -> None:
    soft = blurred(scene, 3)
    noisy = soft + np.random.default_rng(0).normal(0, 4, (*soft.shape[:2], 1))
    assert slope(noisy.clip(0, 255).astype(np.uint8)) < slope(scene) - 0.5


def moved_by(scene: Rgb, angle: float) -> Rgb:
    way = np.zeros((21, 21), np.float32)
    tip = 9 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    cv2.line(way, tuple(np.round(10 - tip).astype(int)), tuple(np.round(10 + tip).astype(int)), 1.0)
    return np.asarray(cv2.filter2D(scene, -1, way / way.sum()), dtype=np.uint8)


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 135])
def test_motion_in_any_direction_shows_in_the_weakest_one(scene: Rgb, angle: int) -> None:
    moved = moved_by(scene, angle)
    assert slope(moved) < slope(scene) - 0.5
    # Edges along the motion are as sharp as before.
    assert slope(moved, "slope_p80_range_full") > slope(scene, "slope_p80_range_full") + 0.1


@pytest.mark.parametrize("angle", [0, 22, 45, 67, 112, 150])
def test_motion_at_any_angle_takes_bends_away_along_it_alone(scene: Rgb, angle: int) -> None:
    moved = moved_by(scene, angle)
    assert slope(moved, "bends_weakest_full") < slope(scene, "bends_weakest_full") - 0.5
    for name in ("bends_across_full", "tile_bends_range_p50_full"):
        assert slope(moved, name) > slope(scene, name) + 0.25
    # A lens out of focus takes them away in every direction.
    assert (
        slope(moved, "tile_bends_range_p50_full")
        > slope(blurred(scene, 2), "tile_bends_range_p50_full") + 0.2
    )
    assert slope(moved, "bends_aligned_full") > 0.4


def test_clipped_lamps_do_not_make_a_blurred_night_sharp(scene: Rgb) -> None:
    night = blurred((scene * 0.3).astype(np.uint8), 3)
    lamps = night.copy()
    for x, y in np.random.default_rng(1).integers(50, 600, (15, 2)).tolist():
        cv2.circle(lamps, (x, y), 9, (255, 255, 255), -1)
    assert slope(lamps) == pytest.approx(slope(night), abs=0.25)


def test_a_large_picture_is_judged_at_the_working_size(scene: Rgb) -> None:
    large = np.asarray(cv2.resize(scene, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    name = "slope_p80_weakest_full"
    at_its_size = float(Sharpness(900).extract(Image.read(large))[Sharpness().names.index(name)])
    assert at_its_size == pytest.approx(slope(scene), abs=0.2)
    assert (
        float(Sharpness(2700).extract(Image.read(large))[Sharpness().names.index(name)]) < at_its_size - 0.4
    )


def test_the_sharpest_tiles_tell_a_small_subject_before_a_soft_background(scene: Rgb) -> None:
    soft = blurred(scene, 5)
    subject = soft.copy()
    height, width = scene.shape[:2]
    small = slice(height // 3, height // 2), slice(width // 3, width // 2)
    subject[small] = scene[small]
    whole, part, none = (slope(pixels, "tile_slope_sharpest_three_full") for pixels in (scene, subject, soft))
    assert part - none > whole - part > 0


def test_it_is_explained_by_where_the_picture_is_sharp(scene: Rgb) -> None:
    width = scene.shape[1]
    half = blurred(scene, 5)
    half[:, : width // 2] = scene[:, : width // 2]
    shown = Sharpness(600).explain(Image.read(half))
    assert (shown.title, shown.low, shown.high) == ("sharpness", "blurred", "sharp")
    left, right = np.array_split(shown.map, 2, axis=1)
    assert np.nanmean(left) > np.nanmean(right) + 0.3
    with pytest.raises(MmmlError, match="too few for a map of sharpness"):
        Sharpness().explain(Image.read(np.zeros((7, 500), np.uint8)))


def test_darkness_blankness_and_noise_are_not_passed_for_sharp(scene: Rgb) -> None:
    dark = (blurred(scene, 12) * 0.06).astype(np.uint8)
    wall = np.clip(np.random.default_rng(0).normal(130, 3, (600, 800)), 0, 255).astype(np.uint8)
    for pixels in (dark, wall, np.zeros((600, 800), np.uint8), np.full((600, 800), 255, np.uint8)):
        picture = Image.read(pixels)
        assert np.isnan(measure(Sharpness(), picture)).all()
        assert picture.remarks[Sharpness().key()] == ["there are no edges to tell sharp from blurred by"]


def test_what_is_too_small_is_not_measurable() -> None:
    assert np.isnan(measure(Sharpness(), Image.read(np.zeros((63, 500), np.uint8)))).all()
