"""The picture that explains a prediction holds whatever it is given, and its colours mean what they say."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from mmml.features import Explanation
from mmml.report.explained import WIDTH, Verdict, drawn
from mmml.report.lettering import elided, font, legible, wrapped
from mmml.report.panels import INSIDE, panels

VERDICT = Verdict(
    model="blur@1",
    said="blurred",
    score=0.9,
    scored="blurred",
    threshold=0.5,
    error=None,
    low="for sharp",
    high="for blurred",
    scale="the log-odds of the score",
    bars=[("laplacian_var", 12.0, (20.0, 500.0), 3.0), ("sobel_mean", 8.0, None, -1.5)],
)


def opened(data: bytes) -> NDArray[np.int16]:
    picture = PIL.Image.open(io.BytesIO(data))
    assert picture.format == "JPEG"
    return np.asarray(picture, dtype=np.int16)


@pytest.mark.parametrize("shape", [(600, 800), (1, 1), (80, 800), (800, 80), (800, 1), (1, 800)])
@pytest.mark.parametrize("count", [0, 1, 4])
def test_inputs_of_every_shape_are_drawn(shape: tuple[int, int], count: int) -> None:
    picture = np.full((*shape, 3), 200, np.uint8)
    maps = [Explanation(f"map {i}", np.full((2, 3), np.nan, np.float32), "low", "high") for i in range(count)]
    page = opened(drawn("photo.jpg", picture, maps, [VERDICT]))
    assert page.shape[1] == WIDTH
    # A border stays free: nothing runs out of the picture.
    assert min(page[:, :20].min(), page[:, -20:].min(), page[:20].min(), page[-20:].min()) > 240


def test_names_in_any_script_and_of_any_length_stay_inside() -> None:
    long = "wörter_слова_写真_" * 40
    bars = [(long, np.nan, (-1e9, 1e9), -1e9), (long, 1234567.0, None, 1e-9)]
    names: dict[str, Any] = dict.fromkeys(("model", "said", "scored", "low", "high", "scale"), long)
    verdict = replace(VERDICT, bars=bars, **names)
    failed = replace(verdict, said=None, score=None, threshold=None, error=f"{long} " * 9, bars=[])
    page = opened(drawn(long, None, [], [verdict, failed], [long]))
    assert min(page[:, :20].min(), page[:, -20:].min()) > 240


def test_a_map_is_in_colour_where_it_says_something() -> None:
    told = np.array([[0.0, 1.0, np.nan]], np.float32)
    grey = np.full((300, 450, 3), 128, np.uint8)
    block = np.asarray(panels(grey, [Explanation("sharpness", told, "blurred", "sharp")]), dtype=np.int16)
    row = block[100, block.shape[1] // 2 + 20 :]
    low, high, nothing = row[50], row[225], row[400]
    assert low.sum() < high.sum() - 100
    assert np.ptp(high) > 60
    assert np.ptp(nothing) == 0


def test_maps_are_told_from_what_is_black_or_white_below_them() -> None:
    told = np.array([[0.0, 1.0, np.nan]], np.float32)
    for level in (0, 255):
        picture = np.full((300, 450, 3), level, np.uint8)
        block = np.asarray(panels(picture, [Explanation("exposure", told, "low", "high")]), dtype=np.int16)
        row = block[100, block.shape[1] // 2 + 20 :]
        low, high, nothing = row[50], row[225], row[400]
        assert np.ptp(low) > 40
        assert np.ptp(high) > 60
        assert min(np.abs(low - nothing).max(), np.abs(high - nothing).max()) > 40
        # Where a white picture ends is seen.
        assert block[21, 0].max() < 240


def test_panels_of_wide_inputs_lie_below_one_another() -> None:
    maps = [Explanation("sharpness", np.zeros((1, 1), np.float32), "blurred", "sharp")]
    wide = panels(np.zeros((80, 800, 3), np.uint8), maps)
    plain = panels(np.zeros((600, 800, 3), np.uint8), maps)
    assert wide.width == plain.width == INSIDE
    assert np.asarray(wide)[60, 700].sum() == 0
    assert np.asarray(plain)[300, 10].sum() == np.asarray(plain)[300, 10].min() * 3


def test_without_features_there_is_no_table() -> None:
    bare = opened(drawn("x", None, [], [replace(VERDICT, bars=[])]))
    assert bare.shape[0] < opened(drawn("x", None, [], [VERDICT])).shape[0]


def test_letters_that_the_font_lacks_are_written_as_numbers() -> None:
    assert legible("café фото") == "café фото"
    assert legible("写\n\x07") == "\\u5199\\n\\x07"


def test_what_does_not_fit_loses_its_middle() -> None:
    face = font(15)
    short = elided("site/2026-11-24/hall/door.jpg", face, 150)
    assert face.getlength(short) <= 150
    assert short.startswith("site")
    assert short.endswith(".jpg")
    assert elided("door.jpg", face, 150) == "door.jpg"
    lines = list(wrapped("one two three " + "x" * 200, face, 100))
    assert all(face.getlength(line) <= 100 for line in lines)
    assert "".join(lines).startswith("one")
    assert list(wrapped("", face, 100)) == []
