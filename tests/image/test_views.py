"""The views of an `Image`: worked out once, each on its own, whatever else is asked for."""

from typing import Any

import cv2
import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.image.scene import draw_scene
from mmml.image.value import Image


def test_the_smallest_picture_is_one(encode: Any) -> None:
    picture = Image.read(encode(np.full((1, 1, 3), 9, np.uint8), "PNG"))
    assert picture.size == (1, 1)
    assert picture.gray.tolist() == [[9]]
    assert picture.thumbnail(50).shape == (1, 1, 3)
    assert picture.fingerprint() is None


def test_gray_and_colour_are_the_same_in_whatever_order_they_are_asked_for(
    drawn_scene: np.ndarray, encode: Any
) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"):
        data = encode(drawn_scene, kind)
        first, second = Image.read(data), Image.read(data)
        views = first.gray, first.rgb
        others = second.rgb, second.gray
        assert np.array_equal(views[0], others[1])
        assert np.array_equal(views[1], others[0])


def test_each_view_is_decoded_once(
    drawn_scene: np.ndarray, encode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags: list[int] = []
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda data, flag: flags.append(flag) or decode(data, flag))
    picture = Image.read(encode(drawn_scene, "JPEG"))
    assert not flags, "opening decodes nothing"
    picture.thumbnail(50)
    assert picture.size == drawn_scene.shape[1::-1]
    assert flags == [cv2.IMREAD_COLOR]
    for _ in range(2):
        assert picture.gray is picture.gray
        assert picture.gray_at(50) is picture.gray_at(50)
        assert picture.rgb_at(50) is picture.rgb_at(50)
        picture.facts(), picture.fingerprint(), picture.rgb
    assert flags == [cv2.IMREAD_COLOR, cv2.IMREAD_GRAYSCALE]


@pytest.mark.parametrize(("shape", "side", "expected"), [
    ((100, 160), 80, (50, 80)), ((160, 100), 80, (80, 50)), ((100, 160), 159, (99, 159)),
    ((100, 160), 160, (100, 160)), ((100, 160), 5000, (100, 160)), ((100, 160), None, (100, 160)),
    ((2, 1000), 100, (1, 100)), ((1000, 1), 10, (10, 1)),
])  # fmt: skip
def test_the_working_size_is_never_larger_than_the_picture(
    shape: tuple[int, int], side: int | None, expected: tuple[int, int]
) -> None:
    picture = Image.read(np.full(shape, 77, np.uint8))
    assert picture.gray_at(side).shape == expected
    assert picture.rgb_at(side).shape == (*expected, 3)
    assert (picture.gray_at(side) == 77).all()
    assert (picture.rgb_at(side) == 77).all()


def test_colour_is_scaled_down_as_gray_is(drawn_scene: np.ndarray) -> None:
    picture = Image.read(drawn_scene)
    for side in (100, 60, 17):
        assert apart_from_luma(picture.gray_at(side), picture.rgb_at(side)) < 3


def test_a_thumbnail_is_small_and_in_colour(drawn_scene: np.ndarray) -> None:
    assert max(Image.read(drawn_scene).thumbnail(40).shape) == 40
    assert np.array_equal(Image.read(drawn_scene).thumbnail(4000), drawn_scene)
    assert Image.read(drawn_scene[..., 0]).thumbnail(40).shape[2] == 3


def test_arrays_are_pictures_where_they_have_the_layout_of_one(drawn_scene: np.ndarray) -> None:
    colour, gray = Image.read(drawn_scene), Image.read(np.ascontiguousarray(drawn_scene[..., 0]))
    assert np.array_equal(colour.rgb, drawn_scene)
    assert apart_from_luma(colour.gray, drawn_scene) <= 1
    assert np.array_equal(gray.rgb, np.dstack([drawn_scene[..., 0]] * 3))
    assert gray.facts()["brightness"] == pytest.approx(drawn_scene[..., 0].mean())


def apart_from_luma(gray: np.ndarray, rgb: np.ndarray) -> float:
    return float(np.abs(gray - rgb @ [0.299, 0.587, 0.114]).max())


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        *(((4, 4), float), ((4, 4, 3), np.float32), ((4, 4), np.uint16), ((4, 4), bool), ((4, 4), np.int8)),
        *(((4, 4, 4), np.uint8), ((4, 4, 1), np.uint8), ((4,), np.uint8), ((), np.uint8)),
        *(((0, 4), np.uint8), ((4, 0, 3), np.uint8), ((1, 4, 4, 3), np.uint8)),
    ],
)
def test_other_arrays_are_refused(shape: tuple[int, ...], kind: type) -> None:
    with pytest.raises(MmmlError, match=r"is no picture|no pixels"):
        Image.read(np.zeros(shape, kind))


def test_a_fingerprint_is_near_for_the_same_picture_and_far_for_others(
    drawn_scene: np.ndarray, encode: Any
) -> None:
    mark = Image.read(drawn_scene).fingerprint()
    assert mark is not None and mark.shape == (63,)
    smaller = cv2.resize(drawn_scene, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    darker = (drawn_scene * 0.8).astype(np.uint8)
    for same in (encode(drawn_scene, "JPEG", quality=40), encode(smaller, "WEBP"), encode(darker, "PNG")):
        found = Image.read(same).fingerprint()
        assert found is not None and np.linalg.norm(found - mark) <= Image.fingerprint_radius
    for seed in range(20, 40):
        found = Image.read(draw_scene(np.random.default_rng(seed), 160)).fingerprint()
        assert found is not None and np.linalg.norm(found - mark) > Image.fingerprint_radius


def test_a_flat_picture_has_no_fingerprint() -> None:
    noise = np.random.default_rng(0).normal(120, 2, (64, 64)).clip(0, 255).astype(np.uint8)
    for flat in (np.zeros((64, 64), np.uint8), np.full((300, 400, 3), 200, np.uint8), noise):
        assert Image.read(flat).fingerprint() is None
