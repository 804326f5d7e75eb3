"""The picture that explains a prediction: the input, maps of it, what each model says, and what decided."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mmml.features import Explanation
from mmml.report.figures.style import COLOURS, INK, LINE, MUTED, PAPER
from mmml.report.lettering import (
    SMALL,
    TEXT,
    TITLE,
    elided,
    font,
    legible,
    line_height,
    pen_on,
    sheet,
    wrapped,
)
from mmml.report.panels import GAP, INSIDE, panels

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_MARGIN = 30
#: Width of the whole, pixels.
WIDTH = INSIDE + 2 * _MARGIN

_QUALITY = 92

_LOW, _HIGH = COLOURS["blue"], COLOURS["orange"]

# Columns of the table of features: where value and usual end, and where the bars are, pixels.
_VALUE, _USUAL, _BARS = 360, 560, (590, INSIDE)
_DOT = 8


@dataclass(frozen=True)
class Verdict:
    """What a model says of the input, and why.

    Args:
        model: as people call it.
        said: the class, or the number with its unit; None where there is no prediction.
        score: probability of ``scored``, where there is one.
        scored: a class.
        threshold: from this score on the second of two classes is said.
        error: why there is no prediction.
        low: what a change to the left speaks for: ``for sharp``.
        high: what a change to the right speaks for.
        scale: what the changes are of: ``the log-odds of the score``.
        bars: of the features that decided most: name, value, between which values the middle half of the
            training samples lies, and change of the score.
    """

    model: str
    said: str | None
    score: float | None
    scored: str | None
    threshold: float | None
    error: str | None
    low: str
    high: str
    scale: str
    bars: Sequence[tuple[str, float, tuple[float, float] | None, float]]


def drawn(
    name: str,
    picture: NDArray[np.uint8] | None,
    maps: Sequence[Explanation],
    verdicts: Sequence[Verdict],
    notes: Sequence[str] = (),
) -> bytes:
    """Return the picture as JPEG, `WIDTH` pixels wide and as high as it must be.

    Args:
        name: of the input, as it was given.
        picture: of the input, RGB uint8 of shape (h, w, 3); None where it cannot be pictured.
        maps: laid over the picture, each in a panel of its own.
        verdicts: what each model says.
        notes: what else is to be known of the input.
    """
    blocks = [_heading(name, notes)]
    if picture is not None:
        blocks.append(panels(picture, maps))
    blocks += [_verdict(verdict) for verdict in verdicts]
    if any(verdict.bars for verdict in verdicts):
        blocks.append(_method(dict.fromkeys(verdict.scale for verdict in verdicts if verdict.bars)))
    whole = sheet(WIDTH, sum(block.height + GAP for block in blocks) + 2 * _MARGIN - GAP)
    top = _MARGIN
    for block in blocks:
        whole.paste(block, (_MARGIN, top))
        top += block.height + GAP
    buffer = io.BytesIO()
    # Colours at full resolution: small coloured letters would fray.
    whole.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return buffer.getvalue()


def _heading(name: str, notes: Sequence[str]) -> "Image":
    lines = [(elided(legible(name), font(TITLE, bold=True), INSIDE), TITLE, True, INK)]
    for note in notes:
        found = wrapped(legible(note), font(SMALL), INSIDE)
        lines += [(line, SMALL, False, MUTED) for line in found]
    return _lines(lines)


def _method(scales: Iterable[str]) -> "Image":
    told = (
        f"Bars: how far a feature moves {' or '.join(scales)} by having its value here and not the median of "
        "the training samples: among medians, and among the other values here; the mean of both. What many "
        "features say together is told but partly. Usual: where the middle half of the training samples lies."
    )
    return _lines([(line, SMALL, False, MUTED) for line in wrapped(legible(told), font(SMALL), INSIDE)])


def _lines(lines: Sequence[tuple[str, int, bool, str]]) -> "Image":
    """Return lines of text (text, size, bold, colour), one below the other."""
    block = sheet(INSIDE, sum(line_height(size) for _, size, _, _ in lines))
    pen, top = pen_on(block), 0
    for text, size, bold, colour in lines:
        pen.text((0, top), text, colour, font(size, bold))
        top += line_height(size)
    return block


def _verdict(verdict: Verdict) -> "Image":
    rows = line_height(TEXT) + 6
    table = 0 if not verdict.bars else line_height(SMALL) + 4 + rows * len(verdict.bars)
    spoken = list(_spoken(verdict))
    height = 10 + line_height(TITLE) + line_height(TEXT) * len(spoken) + table
    block = sheet(INSIDE, height)
    pen = pen_on(block)
    pen.line((0, 0, INSIDE, 0), LINE)
    bold, room = font(TITLE, bold=True), (_BARS[0] - GAP - 70) / 2
    names = [elided(legible(name), bold, room) for name in (verdict.model, verdict.said or "nothing")]
    pen.text((0, 10), " says ".join(names), INK, bold)
    if verdict.score is not None and verdict.threshold is not None:
        _gauge(pen, 10 + line_height(TITLE) // 2, verdict.score, verdict.threshold)
    top = 10 + line_height(TITLE)
    for line in spoken:
        pen.text((0, top), line, MUTED, font(TEXT))
        top += line_height(TEXT)
    if verdict.bars:
        _bars(pen, top + 4, rows, verdict)
    return block


def _spoken(verdict: Verdict) -> Iterator[str]:
    text = verdict.error or ""
    if verdict.score is not None:
        text = f"score {verdict.score:.3f} for {verdict.scored}"
        if verdict.threshold is not None:
            text += f"; {verdict.scored} is said from {verdict.threshold:.3f} on"
    return wrapped(legible(text), font(TEXT), INSIDE)


def _gauge(pen: "ImageDraw", middle: int, score: float, threshold: float) -> None:
    """Draw 0 to 1 as a line in two colours that meet at the threshold, and the score as a dot on it."""
    left, right = _BARS[0] + _DOT, _BARS[1] - _DOT
    at, cut = (round(left + (right - left) * place) for place in (score, threshold))
    pen.rectangle((left, middle - 3, cut, middle + 3), _LOW)
    pen.rectangle((cut, middle - 3, right, middle + 3), _HIGH)
    pen.line((cut, middle - 9, cut, middle + 9), INK, 2)
    pen.ellipse((at - _DOT, middle - _DOT, at + _DOT, middle + _DOT), INK, PAPER, 2)


def _bars(pen: "ImageDraw", top: int, height: int, verdict: Verdict) -> None:
    """Draw the table of features: name, value, what is usual, and the change as a bar from the middle."""
    face, (left, right) = font(SMALL), _BARS
    centre = (left + right) // 2
    for text, end in (("feature", 0), ("here", _VALUE), ("usual", _USUAL)):
        pen.text((end, top), text, MUTED, face, anchor="ra" if end else "la")
    half = (right - left) / 2 - 12
    pen.text((centre - 12, top), elided(f"◂ {legible(verdict.low)}", face, half), MUTED, face, anchor="ra")
    pen.text((centre + 12, top), elided(f"{legible(verdict.high)} ▸", face, half), MUTED, face)
    top += line_height(SMALL) + 4
    most = max(abs(change) for *_, change in verdict.bars)
    longest = half - max(face.getlength(_change(change)) for *_, change in verdict.bars)
    face = font(TEXT)
    for name, value, usual, change in verdict.bars:
        figure = _figure(value)
        room = _VALUE - face.getlength(figure) - GAP
        pen.text((0, top), elided(legible(name), face, room), INK, face)
        pen.text((_VALUE, top), figure, INK, face, anchor="ra")
        between = "" if usual is None else f"{_figure(usual[0])} to {_figure(usual[1])}"
        pen.text((_USUAL, top), between, MUTED, face, anchor="ra")
        ends = sorted((centre, centre + round(longest * change / most)))
        pen.rectangle((ends[0], top + 3, ends[1], top + height - 9), _HIGH if change > 0 else _LOW)
        beside = (ends[1] + 6, top + 1) if change > 0 else (ends[0] - 6, top + 1)
        anchor = "la" if change > 0 else "ra"
        pen.text(beside, _change(change), INK, font(SMALL), anchor=anchor)
        top += height
    pen.line((centre, top - height * len(verdict.bars), centre, top - 4), INK)


def _figure(number: float) -> str:
    if np.isnan(number):
        return "not measured"
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e7 else f"{number:.3g}"


def _change(number: float) -> str:
    return f"{number:+.2g}" if abs(number) < 100 else f"{number:+,.0f}"
