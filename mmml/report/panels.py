"""Panels: a picture of an input, and maps laid over it in colours, each with what its colours mean."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mmml.features import Explanation
from mmml.report.figures.style import INK, LINE, MUTED
from mmml.report.lettering import SMALL, TEXT, elided, font, legible, line_height, pen_on, sheet

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

#: Width of all panels together, and what is left free between two of them, pixels.
INSIDE, GAP = 940, 18

# Largest panel, pixels; small inputs are enlarged to a size at which their pixels are seen, and no more.
_TALLEST, _WIDEST_ALONE, _SEEN = 480, 620, 240
# Wider inputs lie one below the other.
_WIDE = 2.2
_COLUMNS = 3

# How much of a map covers the input below it, which is paler there: black and white would swallow colours.
_COVER = 0.7
_BLACK, _CONTRAST = 70, 0.6
_SHADES = 256

# The share of a panel's width that each of the two words of a legend may take.
_WORD = 0.38


def panels(picture: NDArray[np.uint8], maps: Sequence[Explanation]) -> "Image":
    """Return the input, and beside or below it one panel a map.

    Args:
        picture: RGB uint8, shape (h, w, 3).
        maps: of the whole picture.
    """
    height, width = picture.shape[:2]
    count = len(maps) + 1
    columns = 1 if width > _WIDE * height else min(count, _COLUMNS)
    room = (INSIDE - (columns - 1) * GAP) // columns
    if count == 1 and width <= _WIDE * height:
        room = _WIDEST_ALONE
    scale = min(room / width, _TALLEST / height, max(1.0, _SEEN / max(width, height)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    shown = [_panel(_scaled(picture, size), room, "input")]
    shown += [_panel(_covered(_scaled(picture, size), one.map), room, one.title, one) for one in maps]
    rows = [shown[start : start + columns] for start in range(0, count, columns)]
    block = sheet(INSIDE, sum(max(one.height for one in row) + GAP for row in rows) - GAP)
    top = 0
    for row in rows:
        for column, panel in enumerate(row):
            block.paste(panel, (column * (room + GAP), top))
        top += max(panel.height for panel in row) + GAP
    return block


def _panel(pixels: NDArray[np.uint8], room: int, title: str, shown: Explanation | None = None) -> "Image":
    """Return a picture with its title above and, for a map, what its colours mean below."""
    import PIL.Image

    lines = 0 if shown is None else 1 + int(np.isnan(shown.map).any())
    above, below = line_height(TEXT), 8 * bool(lines) + lines * line_height(SMALL)
    panel = sheet(room, above + pixels.shape[0] + below)
    pen = pen_on(panel)
    pen.text((0, 0), elided(legible(title), font(TEXT), room), INK, font(TEXT))
    panel.paste(PIL.Image.fromarray(pixels), (0, above))
    # Without it, what is white would have no end.
    pen.rectangle((0, above, pixels.shape[1] - 1, above + pixels.shape[0] - 1), outline=LINE)
    if shown is not None:
        _legend(panel, pen, above + pixels.shape[0] + 8, room, shown)
    return panel


def _legend(panel: "Image", pen: "ImageDraw", top: int, room: int, shown: Explanation) -> None:
    import PIL.Image

    face, gap = font(SMALL), 8
    words = [elided(legible(word), face, room * _WORD) for word in (shown.low, shown.high)]
    bar = int(min(160, room - sum(face.getlength(word) for word in words) - 2 * gap))
    left = face.getlength(words[0]) + gap
    pen.text((0, top), words[0], INK, face)
    ramp = _colours(np.linspace(0, 1, bar, dtype=np.float32)[None].repeat(SMALL, axis=0))
    panel.paste(PIL.Image.fromarray(ramp), (int(left), top + 2))
    pen.text((left + bar + gap, top), words[1], INK, face)
    if np.isnan(shown.map).any():
        said = elided(f"grey: {legible(shown.elsewhere)}", face, room)
        pen.text((0, top + line_height(SMALL)), said, MUTED, face)


def _scaled(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    import cv2

    smaller = size[0] < picture.shape[1] or size[1] < picture.shape[0]
    # Enlarged, pixels stay squares.
    how = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.uint8)


def _covered(picture: NDArray[np.uint8], told: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the picture in pale grey with a map laid over it in colours; grey alone where the map is NaN."""
    import cv2

    height, width = picture.shape[:2]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)[..., None]
    known = ~np.isnan(told)
    whole = cv2.resize(np.where(known, told, 0), (width, height), interpolation=cv2.INTER_NEAREST)
    shown = cv2.resize(known.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)[..., None]
    colours = _colours(np.clip(whole, 0, 1)).astype(np.float32)
    grey = _BLACK + _CONTRAST * grey
    cover = _COVER * shown
    return np.asarray((1 - cover) * grey + cover * colours, dtype=np.uint8)


def _colours(numbers: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return 0 to 1 in viridis, whose steps look equal and which colour-blind people can read; RGB uint8."""
    import cv2

    levels = np.round(numbers * (_SHADES - 1)).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1], dtype=np.uint8)
