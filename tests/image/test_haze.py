"""Haze: veils of known strength over pictures that have something dark everywhere."""

import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.image.camera import to_levels, to_light
from mmml.image.haze import Haze
from mmml.image.value import Image


def hazy(veil: float, air: float = 0.9, seed: int = 0) -> Image:
    """Return boxes of colour with black gaps under a veil, the air itself at the top."""
    rng = np.random.default_rng(seed)
    clear = rng.uniform(0.1, 0.8, (24, 32, 3)).repeat(16, 0).repeat(16, 1).astype(np.float32)
    clear[::8], clear[:, ::8] = 0.002, 0.002
    light = clear * np.float32(1 - veil) + np.float32(veil * air)
    light[:30] = light[:30].min() if veil == 0 else air
    return Image.read(to_levels(light))


@pytest.mark.parametrize("air", [0.9, 0.5])
def test_the_veil_that_was_laid_is_found(air: float) -> None:
    for veil in (0.2, 0.4, 0.6, 0.8):
        dark, found = Haze().extract(hazy(veil, air))
        assert found == pytest.approx(veil, abs=0.04)
        assert dark == pytest.approx(veil * air, abs=0.1)


def test_a_clear_picture_has_hardly_any() -> None:
    assert Haze().extract(hazy(0)) == pytest.approx([0, 0], abs=0.03)


def test_more_haze_measures_more_whatever_the_colour_of_the_air(drawn_scene: np.ndarray) -> None:
    light = to_light(drawn_scene)
    for air in ((0.9, 0.9, 0.9), (0.7, 0.8, 0.95), (0.9, 0.6, 0.3)):
        veils = (0, 0.25, 0.5, 0.75)
        mixed = [light * np.float32(1 - veil) + np.float32(veil) * np.float32(air) for veil in veils]
        found = np.array([Haze().extract(Image.read(to_levels(each))) for each in mixed])
        assert (np.diff(found, axis=0) > 0).all()


def test_a_patch_of_an_even_width_is_refused() -> None:
    with pytest.raises(MmmlError, match="patch is 4"):
        Haze(patch=4)
