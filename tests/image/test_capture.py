"""MakeCapture: what the pictures look like and what their facts say."""

from typing import Any

import cv2
import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.image.capture import MakeCapture
from mmml.image.grain import noise_and_texture
from mmml.image.scene import draw_scene
from mmml.image.sensor import grained, sensed
from mmml.image.sharpness import Sharpness
from mmml.image.value import Image

KINDS = MakeCapture().kinds
DAY: dict[str, Any] = {
    "night": 0.0,
    "sign": 0.0,
    "noise": (0.001, 0.002),
    "grainy": 0.0,
    "jpeg_quality": (95, 97),
}


@pytest.fixture(scope="module")
def photo() -> Image:
    return Image.read(draw_scene(np.random.default_rng(7), 640))


def make(seed: int, source: Image | None, label: str, **parameters: Any) -> tuple[Image, dict[str, Any]]:
    maker = MakeCapture(**{"long_side": (300, 600), **parameters})
    return maker(np.random.default_rng(seed), source, label)


def steepness(picture: Image) -> float:
    sharpness = Sharpness()
    return float(sharpness.extract(picture)[sharpness.names.index("slope_p80_weakest_full")])


def test_the_same_chance_gives_the_same_picture(photo: Image) -> None:
    for label in MakeCapture.labels:
        assert np.array_equal(make(3, photo, label)[0].gray, make(3, photo, label)[0].gray)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_blur_flattens_edges(photo: Image, kind: str) -> None:
    parameters = {**DAY, "kinds": [kind], "soft_background": 0.0, "visible": 6.0}
    sharp, sharp_facts = make(0, photo, "sharp", **parameters)
    blurred, facts = make(0, photo, "blurred", **parameters)
    assert facts["kind"] == kind
    # All but the blur is alike.
    assert {name: facts[name] for name in ("gain", "noise", "drawn", "smear")}.items() <= sharp_facts.items()
    assert max(sharp.size) == max(blurred.size) == facts["long_side"]
    assert steepness(blurred) < steepness(sharp) - 0.2


def test_the_label_follows_what_a_screen_shows(photo: Image) -> None:
    for seed in range(5):
        parameters = {"long_side": (200, 900), "screen": 300, "kinds": ["gaussian"], "soft_background": 0.0}
        for label in MakeCapture.labels:
            picture, facts = make(seed, photo, label, **parameters)
            shown = min(300, facts["long_side"])
            assert max(picture.size) == facts["long_side"]
            assert facts["on_screen"] == pytest.approx(facts["strength"] * shown)
            assert facts["on_screen"] >= 2.2 - 1e-9 if label == "blurred" else facts["on_screen"] <= 1.0


def test_a_subject_stays_sharp_before_a_soft_background(photo: Image) -> None:
    _, facts = make(1, photo, "sharp", soft_background=1.0)
    assert facts["soft_background"] > 0
    assert 0.1 < facts["sharp_share"] < 0.9


def test_nights_are_dark_and_have_lamps(photo: Image) -> None:
    night, _ = make(0, photo, "sharp", night=1.0)
    day, _ = make(0, photo, "sharp", **DAY)
    assert night.gray.mean() < 0.6 * day.gray.mean()
    assert night.gray.max() > 230


def test_a_veil_is_as_dark_as_the_night(photo: Image) -> None:
    veiled = [seed for seed in range(40) if make(seed, photo, "sharp", night=1.0)[1]["veil"] > 0.3]
    assert veiled
    for seed in veiled:
        assert np.median(make(seed, photo, "sharp", night=1.0)[0].gray) < 110


def test_grainy_pictures_are_noisy_and_most_so_in_the_shadows(photo: Image) -> None:
    parameters = {**DAY, "jpeg_quality": (97, 97), "grain": (8, 8.001)}
    clean, _ = make(4, photo, "blurred", **parameters)
    grainy, facts = make(4, photo, "blurred", **{**parameters, "grainy": 1.0})
    assert facts["grain"] == pytest.approx(8, rel=1e-3)
    assert noise_and_texture(clean.gray)[0] < 1.5 < 3 < noise_and_texture(grainy.gray)[0]
    levels = np.stack([np.full((64, 64, 3), level, np.float32) for level in (0.2, 0.8)])
    dark, bright = (grained(np.random.default_rng(0), level, 8, 0.5).std() for level in levels)
    assert dark > 1.3 * bright


def test_the_sensor_keeps_colours_and_light() -> None:
    light = np.full((64, 64, 3), (0.6, 0.3, 0.1), dtype=np.float32)
    for edges in (False, True):
        seen = sensed(np.random.default_rng(0), light, 0.01, edges)
        assert cv2.mean(seen[8:-8, 8:-8])[:3] == pytest.approx((0.6, 0.3, 0.1), abs=0.01)


def test_small_gray_and_flat_photos_are_no_trouble() -> None:
    for shape in ((9, 7), (1, 1), (64, 700)):
        flat = Image.read(np.full(shape, 90, dtype=np.uint8))
        for label in MakeCapture.labels:
            assert max(make(1, flat, label, sign=1.0, soft_background=1.0)[0].size) >= 8


def test_scenes_are_drawn_where_there_is_no_photo() -> None:
    assert make(0, None, "sharp", screen=300)[0].gray.std() > 5


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(MmmlError, match="makes no dark"):
        make(0, None, "dark")
    with pytest.raises(MmmlError, match="gain is 2 to 1"):
        MakeCapture(gain=(2, 1))
    with pytest.raises(MmmlError, match="kinds"):
        MakeCapture(kinds=("shake",))
    with pytest.raises(MmmlError, match="invisible is 3"):
        MakeCapture(invisible=3)
    with pytest.raises(MmmlError, match="night is 20"):
        MakeCapture(night=20)
    with pytest.raises(MmmlError, match="screen is 0"):
        MakeCapture(screen=0)
