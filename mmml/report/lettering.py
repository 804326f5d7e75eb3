"""Text on pictures: a font that comes with matplotlib, lines that fit, letters that the font lacks."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mmml.report.figures.style import PAPER

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

#: Sizes of letters, pixels.
TITLE, TEXT, SMALL = 20, 15, 13

_ELLIPSIS = "…"


@cache
def font(size: int, bold: bool = False) -> "FreeTypeFont":
    """Return DejaVu Sans, which knows the letters of most alphabets.

    Args:
        size: height of a line, pixels.
        bold: whether its strokes are heavy.
    """
    from PIL import ImageFont

    return ImageFont.truetype(_file(bold), size, layout_engine=ImageFont.Layout.BASIC)


def legible(text: str) -> str:
    r"""Return a text with what the font cannot draw, or draws as nothing, written as ``\u5199``."""
    known = _letters()
    return "".join(
        letter if letter.isprintable() and ord(letter) in known else ascii(letter)[1:-1] for letter in text
    )


def elided(text: str, face: "FreeTypeFont", width: float) -> str:
    """Return a text that is at most ``width`` pixels wide; where it is too long, its middle is left out."""
    if face.getlength(text) <= width:
        return text
    few, many = 0, len(text)
    while few < many:
        middle = (few + many + 1) // 2
        if face.getlength(_without_middle(text, middle)) <= width:
            few = middle
        else:
            many = middle - 1
    return _without_middle(text, few)


def wrapped(text: str, face: "FreeTypeFont", width: float) -> Iterator[str]:
    """Yield the lines of a text, each at most ``width`` pixels wide; words too long for one are shortened."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if face.getlength(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        line = elided(word, face, width)
    if line:
        yield line


def _without_middle(text: str, kept: int) -> str:
    return text[: kept - kept // 2] + _ELLIPSIS + text[len(text) - kept // 2 :]


@cache
def _file(bold: bool) -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf", f"DejaVuSans{'-Bold' if bold else ''}.ttf")


@cache
def _letters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(_file(bold=False))).get_charmap())


def sheet(width: int, height: int) -> "Image":
    """Return an empty picture of this size, pixels."""
    import PIL.Image

    return PIL.Image.new("RGB", (width, max(1, height)), PAPER)


def pen_on(sheet: "Image") -> "ImageDraw":
    """Return what draws on a picture."""
    import PIL.ImageDraw

    return PIL.ImageDraw.Draw(sheet)


def line_height(size: int) -> int:
    """Return how far lines of letters of this size are apart, pixels."""
    return round(size * 1.4)
