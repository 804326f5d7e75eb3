"""Exposure: levels and shares that can be counted by hand; and what every family of light has in common."""

from typing import Any

import cv2
import numpy as np
import pytest
from sklearn.base import clone

from mmml.errors import MmmlError
from mmml.features import Transformer, measure
from mmml.image.colour import Colour
from mmml.image.contrast import Contrast
from mmml.image.exposure import Exposure
from mmml.image.haze import Haze
from mmml.image.noise_level import NoiseLevel
from mmml.image.value import Image

FAMILIES = (Exposure, Contrast, NoiseLevel, Colour, Haze)


def measured(pixels: np.ndarray, **parameters: Any) -> dict[str, float]:
    transformer = Exposure(**parameters)
    found = transformer.extract(Image.read(pixels.astype(np.uint8)))
    return dict(zip(transformer.names, found.tolist(), strict=True))


def test_levels_and_shares_are_those_that_one_counts() -> None:
    # One column for each level; of 256 columns 5 are at most 4, and 5 at least 251.
    found = measured(np.tile(np.arange(256), (100, 1)))
    assert found["luma_mean"] == pytest.approx(127.5)
    assert {name: found[name] for name in ("luma_p1", "luma_p25", "luma_p50", "luma_p99")} == {
        "luma_p1": 2,
        "luma_p25": 63,
        "luma_p50": 127,
        "luma_p99": 253,
    }
    assert found["crushed_share"] == found["clipped_share"] == pytest.approx(5 / 256)


def test_percentiles_are_those_of_numpy(drawn_scene: np.ndarray) -> None:
    parts = [0, 0.5, 3, 50, 97, 100]
    gray = Image.read(drawn_scene).gray
    found = Exposure(percentiles=parts).extract(Image.read(drawn_scene))[1:7]
    assert found.tolist() == np.percentile(gray, parts, method="inverted_cdf").tolist()
    assert Exposure(percentiles=parts).names[1:4] == ("luma_p0", "luma_p0_5", "luma_p3")


def test_a_white_sky_is_clipped_in_whole_tiles_and_burnt_plaster_in_parts() -> None:
    ground = np.full((320, 320), 90, np.uint8)
    sky, burnt = ground.copy(), ground.copy()
    sky[:80] = 255
    burnt[::2, ::2] = 255
    over, parts = measured(sky), measured(burnt)
    assert over["clipped_share"] == parts["clipped_share"] == 0.25
    assert (over["tiles_clipped"], over["tiles_burnt"]) == (0.25, 0)
    assert (parts["tiles_clipped"], parts["tiles_burnt"]) == (0, 1)


def test_black_and_white_levels_are_set() -> None:
    halves = np.full((40, 40), 20)
    halves[20:] = 240
    assert measured(halves)["crushed_share"] == measured(halves)["clipped_share"] == 0
    found = measured(halves, black=20, white=240)
    assert (found["crushed_share"], found["clipped_share"], found["tiles_clipped"]) == (0.5, 0.5, 0.5)


def test_the_map_shows_what_is_lost_and_what_nearly_is() -> None:
    levels = np.repeat([0, 4, 10, 20, 128, 235, 245, 251, 255], 20).astype(np.uint8)[None].repeat(50, 0)
    shown = Exposure().explain(Image.read(levels))
    crushed, still, dark, *middle, light, clipped, burnt = shown.map[10, 10::20]
    assert crushed == still == 0
    assert 0 < dark < 0.3
    assert np.isnan(middle).all()
    assert 0.7 < light < 1
    assert clipped == burnt == 1
    assert (shown.low, shown.high) == ("crushed to black", "clipped to white")


def test_the_map_of_a_large_picture_keeps_the_shares_of_what_is_lost() -> None:
    specks = np.where(np.random.default_rng(0).random((900, 1000)) < 0.25, 255, 90).astype(np.uint8)
    shown = Exposure().explain(Image.read(specks)).map
    assert max(shown.shape) < 500
    assert np.mean(shown == 1) == pytest.approx(0.25, abs=0.02)
    assert np.isnan(shown[shown != 1]).all()


def test_the_map_follows_the_levels_that_are_set() -> None:
    halves = np.full((40, 40), 118, np.uint8)
    halves[20:] = 121
    shown = Exposure(black=118, white=121).explain(Image.read(halves)).map
    assert (shown[0, 0], shown[-1, 0]) == (0, 1)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"percentiles": [50, 101]}, r"percentiles is \[50, 101\]"),
        ({"black": 9, "white": 9}, "black is 9 and white is 9"),
        ({"white": 256}, "white is 256"),
        ({"grid": 0}, "grid is 0"),
    ],
)
def test_wrong_arguments_are_told(parameters: dict[str, Any], told: str) -> None:
    with pytest.raises(MmmlError, match=told):
        Exposure(**parameters)


@pytest.mark.parametrize("family", FAMILIES)
def test_turned_and_mirrored_pictures_measure_the_same(
    family: type[Transformer], drawn_scene: np.ndarray
) -> None:
    upright = family().extract(Image.read(drawn_scene))
    for other in (drawn_scene[::-1], drawn_scene[:, ::-1], np.rot90(drawn_scene)):
        found = family().extract(Image.read(np.ascontiguousarray(other)))
        assert found == pytest.approx(upright, rel=0.02, abs=1e-6)


@pytest.mark.parametrize("family", [Exposure, Contrast, Colour])
def test_a_large_picture_measures_as_the_same_one_scaled_down(
    family: type[Transformer], drawn_scene: np.ndarray
) -> None:
    large = cv2.resize(drawn_scene, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    small = family(long_side=160).extract(Image.read(large))
    assert small == pytest.approx(family().extract(Image.read(drawn_scene)), rel=1e-3)


ODD = {
    "one pixel": np.full((1, 1, 3), 77, np.uint8),
    "one row": np.full((1, 500), 200, np.uint8),
    "small": np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8),
    "black": np.zeros((90, 120), np.uint8),
    "white": np.full((90, 120, 3), 255, np.uint8),
    "flat": np.full((90, 120), 128, np.uint8),
    "black and white": np.where(np.arange(120) < 60, 0, 255).astype(np.uint8)[None].repeat(90, 0),
    "blue": np.full((90, 120, 3), (0, 0, 255), np.uint8),
    "thin": np.random.default_rng(0).integers(0, 256, (3000, 2), np.uint8),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_pictures_give_numbers_or_nothing_but_never_infinity(name: str) -> None:
    for family in FAMILIES:
        measure(family(), Image.read(ODD[name]))
    assert Exposure().explain(Image.read(ODD[name])).map.size


def test_what_cannot_be_measured_is_nan_and_what_can_is_not() -> None:
    def missing(name: str) -> set[str]:
        measured = [(family().names, family().extract(Image.read(ODD[name]))) for family in FAMILIES]
        return {n for names, found in measured for n, x in zip(names, found, strict=True) if np.isnan(x)}

    tiles = {"tiles_clipped", "tiles_burnt"}
    assert missing("one pixel") == {*tiles, "noise_level", "dark_channel", "veil"}
    assert missing("black") == {"michelson_contrast", "noise_level", "veil"}
    assert missing("white") == missing("black and white") == {"noise_level"}
    assert missing("flat") == set()


def test_gray_files_and_sixteen_bits_measure_as_their_eight(drawn_scene: np.ndarray) -> None:
    gray = np.ascontiguousarray(drawn_scene[..., 1])
    plain = cv2.imencode(".png", gray)[1].tobytes()
    deep = cv2.imencode(".png", gray.astype(np.uint16) * 257)[1].tobytes()
    for family in FAMILIES:
        found = family().extract(Image.read(plain))
        assert found.tolist() == family().extract(Image.read(deep)).tolist()
        assert not np.isnan(found).any()
    assert Colour().extract(Image.read(plain)).tolist() == [0]


def test_gray_families_never_decode_colour_and_colour_families_never_gray(
    drawn_scene: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags: list[int] = []
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda data, flag: flags.append(flag) or decode(data, flag))
    picture = Image.read(cv2.imencode(".jpg", drawn_scene)[1].tobytes())
    for family in (Exposure, Contrast, NoiseLevel):
        family().extract(picture)
    assert flags == [cv2.IMREAD_GRAYSCALE]
    for family in (Colour, Haze):
        family().extract(picture)
    assert flags == [cv2.IMREAD_GRAYSCALE, cv2.IMREAD_COLOR]


@pytest.mark.parametrize("family", FAMILIES)
def test_scikit_learn_can_clone_them(family: type[Transformer]) -> None:
    assert clone(family(long_side=99)).get_params() == family(long_side=99).get_params()
