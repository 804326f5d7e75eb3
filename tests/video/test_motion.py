"""`Motion`: the speed and the shake of clips that were moved by known amounts."""

from typing import Any

import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.image.scene import draw_scene
from mmml.video.motion import Motion, shift
from mmml.video.value import ARRAY_RATE, Video

SIDE = 160
SCENE = draw_scene(np.random.default_rng(4), 640)


def moved(places: np.ndarray) -> Video:
    """A clip, 160 pixels wide, whose window lies at these places, whole pixels right and down."""
    return Video.read(np.stack([SCENE[y : y + 120, x : x + SIDE] for x, y in places.astype(int)]))


def measured(video: Video, **options: Any) -> dict[str, float]:
    motion = Motion(long_side=SIDE, **options)
    return dict(zip(motion.names, motion.extract(video).tolist(), strict=True))


@pytest.mark.parametrize("step", [(0, 0), (1, 0), (0, -2), (3, 4), (-12, 5)])
def test_the_speed_of_a_pan_is_found(step: tuple[int, int]) -> None:
    places = np.array([240, 180]) + np.arange(20)[:, None] * np.array(step)
    found = measured(moved(places))
    # Long sides a second.
    speed = np.hypot(*step) / SIDE * ARRAY_RATE
    assert found["speed_median"] == pytest.approx(speed, abs=0.2 / SIDE * ARRAY_RATE)
    assert found["shake_p90"] < 0.3 / SIDE * ARRAY_RATE


def test_a_shaking_hand_is_told_from_a_smooth_pan() -> None:
    rng = np.random.default_rng(0)
    smooth = np.array([100, 100]) + np.arange(20)[:, None] * np.array([6, 0])
    shaken = smooth + rng.integers(-5, 6, (20, 2))
    even, uneven = measured(moved(smooth)), measured(moved(shaken))
    change = np.diff(shaken, n=2, axis=0)
    expected = float(np.median(np.hypot(*change.T))) / SIDE * ARRAY_RATE
    assert uneven["shake_median"] == pytest.approx(expected, rel=0.15)
    assert uneven["shake_median"] > 10 * even["shake_p90"]


def test_a_shift_is_found_in_sign_and_below_a_pixel() -> None:
    import cv2

    wide = np.asarray(cv2.cvtColor(SCENE, cv2.COLOR_RGB2GRAY))
    halves = [
        np.asarray(cv2.resize(wide[:, x : x + 480], (240, 240), interpolation=cv2.INTER_AREA)) for x in (8, 5)
    ]
    # The window went left by three pixels, so what it shows went right by one and a half.
    assert shift(*halves) == pytest.approx([1.5, 0], abs=0.2)


def test_what_cannot_be_followed_does_not_count() -> None:
    flat = np.full((120, SIDE, 3), 90, np.uint8)
    still = SCENE[:120, :SIDE]
    assert np.isnan(list(measured(Video.read(np.stack([flat] * 6))).values())).all()
    assert np.isnan(list(measured(Video.read(still[None])).values())).all()
    two = measured(Video.read(np.stack([still, still])))
    assert two["speed_median"] == pytest.approx(0, abs=1e-3) and np.isnan(two["shake_median"])
    cuts = np.stack([still, np.rot90(SCENE[300:460, 300:420], 1), still, SCENE[200:320, 400:560]])
    assert not measured(Video.read(cuts))["speed_p90"] > 1
    assert np.isnan(shift(still[..., 0], still[:100, :, 0])).all()


def test_wrong_arguments_are_told() -> None:
    for words, reason in (({"frames": -1}, "frames is -1"), ({"statistics": ["mode"]}, "no statistic mode")):
        with pytest.raises(MmmlError, match=reason):
            Motion(**words)  # type: ignore[arg-type]  # each of them is wrong
