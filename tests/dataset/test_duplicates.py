"""Near-duplicates end in one group; unlike pictures, and pictures that show nothing, do not."""

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mmml.dataset.duplicates import merge_near_duplicates
from mmml.image.value import Image

PHOTOS = sorted((Path(__file__).parents[2] / "data" / "photos").glob("*.jpg"))


def vector(*numbers: float) -> NDArray[np.float32]:
    return np.array(numbers, dtype=np.float32)


def merged(*pictures: NDArray[np.uint8] | Path) -> list[str]:
    names = [f"picture {n}" for n in range(len(pictures))]
    fingerprints = [Image.read(picture).fingerprint() for picture in pictures]
    return merge_near_duplicates(names, fingerprints, Image.fingerprint_radius)[0]


def test_the_radius_itself_is_near() -> None:
    groups = ["a", "b", "c"]
    assert merge_near_duplicates(groups, [vector(0), vector(2), vector(4.1)], 2.0) == (["a", "a", "c"], 1)


def test_nearness_is_passed_on_and_takes_whole_groups_along() -> None:
    groups = ["z", "y", "x", "y", "b"]
    fingerprints = [vector(0), vector(1), vector(2), vector(50), vector(99)]
    assert merge_near_duplicates(groups, fingerprints, 1.0) == (["x", "x", "x", "x", "b"], 3)


def test_what_shows_nothing_is_near_to_nothing_but_moves_with_its_group() -> None:
    assert merge_near_duplicates(["a", "b"], [None, None], 9.0) == (["a", "b"], 0)
    assert merge_near_duplicates(["b", "a", "b"], [vector(0), vector(0), None], 1.0) == (["a", "a", "a"], 2)
    assert merge_near_duplicates([], [], 1.0) == ([], 0)


def test_groups_do_not_depend_on_the_order_of_the_samples() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.integers(0, 2, (700, 12)).astype(np.float32)
    names = [f"{n:03d}" for n in range(700)]
    order = rng.permutation(700)
    straight, _ = merge_near_duplicates(names, list(vectors), 1.0)
    shuffled, _ = merge_near_duplicates([names[n] for n in order], list(vectors[order]), 1.0)
    assert shuffled == [straight[n] for n in order]


def test_more_samples_than_are_compared_at_a_time() -> None:
    # Copies of 500 scenes, far apart in the list.
    scenes = 10 * np.arange(500, dtype=np.float32)
    groups, moved = merge_near_duplicates(
        [f"{n:04d}" for n in range(2000)], [vector(scene) for scene in np.tile(scenes, 4)], 1.0
    )
    assert groups == [f"{n:04d}" for n in range(500)] * 4
    assert moved == 1500


@pytest.mark.parametrize("path", PHOTOS[::16], ids=lambda path: path.stem)
def test_a_photo_encoded_again_or_scaled_is_the_same_scene(path: Path) -> None:
    pixels = Image.read(path).rgb
    height, width = pixels.shape[:2]
    coarse = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR)
    half = cv2.resize(pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(pixels, (0, 0), 0.005 * width)
    dark = cv2.convertScaleAbs(pixels, alpha=0.7)
    assert set(merged(path, np.asarray(coarse), half, blurred, dark)) == {"picture 0"}


def test_unlike_photos_stay_well_apart() -> None:
    assert len(PHOTOS) == 128
    prints = [fingerprint for path in PHOTOS if (fingerprint := Image.read(path).fingerprint()) is not None]
    assert len(prints) == 128
    nearest = min(float(np.linalg.norm(a - b)) for a, b in combinations(prints, 2))
    assert nearest > 1.2 * Image.fingerprint_radius
    groups = [path.stem for path in PHOTOS]
    assert merge_near_duplicates(groups, prints, Image.fingerprint_radius) == (groups, 0)


def test_shots_of_white_walls_stay_apart() -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-1:1:240j, -1:1:320j]
    walls = []
    for _ in range(40):
        angle, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0, 60)
        light = rng.uniform(150, 220) + fall * (np.cos(angle) * x + np.sin(angle) * y) / 2
        corners = 1 - rng.uniform(0, 0.4) * (x**2 + y**2) / 2
        walls.append(np.clip(light * corners + rng.normal(0, 4, x.shape), 0, 255).astype(np.uint8))
    evenly_lit = np.full((240, 320), 200, dtype=np.uint8)
    assert len(set(merged(*walls, evenly_lit, evenly_lit))) == 42
