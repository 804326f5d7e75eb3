"""XYZ and PTS: a point a line, as text; PTS (Leica) states their number first."""

from mmml.errors import MmmlError
from mmml.scan.geometry import Geometry, allow, cut_short
from mmml.scan.numbers import count_in, filled, table
from mmml.value import Limits


def read(data: bytes, limits: Limits) -> Geometry:
    """Read the first three numbers of each line; colours and the like behind them are left.

    Numbers stand apart by white space, commas or semicolons. A line of names may come first, a line with
    the number of points too.

    Raises:
        MmmlError: a line is no row of numbers, fewer points follow than are stated, or more than ``limits``
            allow.
    """
    lines = [line for line in filled(data) if not line.startswith(b"//")]
    for mark in (b";", b","):
        words = lines[0].split() if lines else []
        # Commas inside of numbers that stand apart by spaces are left in, and then no numbers.
        if words and lines[0].count(mark) >= 2 and (len(words) < 3 or words[0].endswith(mark)):
            lines = [line.replace(mark, b" ") for line in lines]
    stated = count_in(lines[0]) if lines else None
    if stated is not None:
        allow(stated, limits)
        lines = lines[1:]
    elif len(lines) > 1 and lines[0][:1].isalpha():
        lines = lines[1:]
    if stated is not None and len(lines) < stated:
        raise cut_short(stated, "points", len(lines))
    allow(len(lines), limits)
    try:
        return Geometry(table(lines, 3))
    except MmmlError as error:
        raise MmmlError(f"no points could be read: {error.message}") from None
