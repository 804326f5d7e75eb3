"""NoiseLevel: noise of known deviation, added to pictures that have none."""

from typing import Any

import cv2
import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.image.noise_level import NoiseLevel
from mmml.image.scene import draw_scene
from mmml.image.value import Image


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    """A scene with texture all over, its finest taken away, and its levels far from black and white."""
    gray = Image.read(draw_scene(np.random.default_rng(5), 800)).gray
    return cv2.GaussianBlur(gray, (0, 0), 1.5) * 0.5 + 64


def estimate(levels: np.ndarray, **parameters: Any) -> float:
    picture = Image.read(np.clip(np.round(levels), 0, 255).astype(np.uint8))
    return NoiseLevel(**parameters).extract(picture).item()


@pytest.mark.parametrize("deviation", [1, 2, 4, 8, 16])
def test_the_deviation_of_added_noise_is_found(clean: np.ndarray, deviation: float) -> None:
    noise = np.random.default_rng(1).normal(0, deviation, clean.shape)
    assert estimate(clean + noise) == pytest.approx(deviation, rel=0.08)
    assert estimate(np.full((200, 300), 90) + noise[:200, :300]) == pytest.approx(deviation, rel=0.08)


def test_edges_and_texture_are_masked_out(clean: np.ndarray) -> None:
    dotted = clean.copy()
    dotted[200:, :][::4, ::5] += 60
    noise = np.random.default_rng(1).normal(0, 3, clean.shape)
    whole = estimate(dotted + noise, share=1.0)
    assert whole > 5, "the estimator as published takes texture for noise"
    assert estimate(dotted + noise) == pytest.approx(3, rel=0.08)


def test_what_is_cut_off_at_white_does_not_count() -> None:
    noisy = np.full((256, 256), 100) + np.random.default_rng(0).normal(0, 5, (256, 256))
    noisy[:200] = 255
    assert estimate(noisy) == pytest.approx(5, rel=0.1)


def test_jpeg_leaves_less_noise_the_lower_its_quality(clean: np.ndarray) -> None:
    noisy = np.round(clean + np.random.default_rng(0).normal(0, 6, clean.shape)).astype(np.uint8)
    files = [cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, q])[1] for q in (98, 85, 60)]
    found = [NoiseLevel().extract(Image.read(file.tobytes())).item() for file in files]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(6, rel=0.1)


def test_scaling_down_takes_noise_away(clean: np.ndarray) -> None:
    noisy = clean + np.random.default_rng(0).normal(0, 8, clean.shape)
    assert estimate(noisy, long_side=200) < 0.5 * estimate(noisy)


@pytest.mark.parametrize("parameters", [{"block": 4}, {"grid": 0}, {"share": 0}, {"share": 1.1}])
def test_wrong_arguments_are_told(parameters: dict[str, Any]) -> None:
    with pytest.raises(MmmlError, match="block is"):
        NoiseLevel(**parameters)
