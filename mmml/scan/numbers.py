"""Numbers written as text, row by row, as many formats hold them."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError

#: How much of a line that is no row of numbers is shown.
_SHOWN = 40
_MOST_DIGITS = 18
# More than any table has rows, and exact as a float64.
_LARGEST = 1 << 50


def table(lines: Sequence[bytes], columns: int) -> NDArray[np.float64]:
    """Read the first numbers of each line.

    Args:
        lines: none of them empty; numbers apart by white space.
        columns: how many numbers to read; what follows on a line is not looked at.

    Returns:
        float64, shape (len(lines), columns).

    Raises:
        MmmlError: a line does not begin with so many numbers.
    """
    if not lines:
        return np.empty((0, columns))
    try:
        found = np.loadtxt(lines, usecols=range(columns), comments=None, ndmin=2)
    except ValueError:
        found = np.empty((0, columns))
    if len(found) < len(lines):
        strange = next((line for line in lines if not _is_row(line, columns)), b"")
        text = strange[:_SHOWN].decode("ascii", "backslashreplace").strip()
        raise MmmlError(f"this is no row of {columns} numbers: {text}")
    return np.asarray(found, dtype=np.float64)


def words_of(lines: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read lines of whole numbers, however many each holds.

    Returns:
        All numbers one after the other, and how many are of each line; int64. A number that is no whole one,
        or is too large for any table of points, becomes far less than 0.

    Raises:
        MmmlError: a word is no number.
    """
    counts = np.array([len(line.split()) for line in lines], dtype=np.int64)
    if (counts == 3).all():
        return _whole(table(lines, 3)).reshape(-1), counts
    try:
        numbers = [int(word) for line in lines for word in line.split()]
    except ValueError:
        raise MmmlError("a face names what is no number; the file is broken") from None
    return _in_range(numbers), counts


def ragged(lines: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read lines that each begin with how many whole numbers follow.

    Returns:
        As for `words_of`.

    Raises:
        MmmlError: a line holds fewer numbers than it states, or none.
    """
    if lines and all(line.startswith((b"3 ", b"3\t")) for line in lines):
        return _whole(table(lines, 4)[:, 1:]).reshape(-1), np.full(len(lines), 3)
    numbers: list[int] = []
    lengths: list[int] = []
    for line in lines:
        words = line.split()
        try:
            length = int(words[0])
            row = [int(word) for word in words[1 : 1 + max(length, 0)]]
        except ValueError:
            length, row = -1, []
        if len(row) != length:
            text = line[:_SHOWN].decode("ascii", "backslashreplace").strip()
            raise MmmlError(f"a face is cut short or is none: {text}")
        numbers += row
        lengths.append(length)
    return _in_range(numbers), np.array(lengths, dtype=np.int64)


def _in_range(numbers: Sequence[int]) -> NDArray[np.int64]:
    return np.array([n if abs(n) < _LARGEST else -_LARGEST for n in numbers], dtype=np.int64)


def _whole(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    named = (numbers == np.floor(numbers)) & (np.abs(numbers) < _LARGEST)
    return np.where(named, numbers, -_LARGEST).astype(np.int64)


def count_in(word: bytes) -> int | None:
    """Return the number that digits make; None for what is none, or no number of things in a file."""
    return int(word) if word.isdigit() and len(word) <= _MOST_DIGITS else None


def filled(data: bytes, start: int = 0) -> list[bytes]:
    """Return the lines of a text from a place on that are neither empty nor a comment (``#``)."""
    rows = (line.strip() for line in data[start:].splitlines())
    return [row for row in rows if row and not row.startswith(b"#")]


def _is_row(line: bytes, columns: int) -> bool:
    words = line.split()[:columns]
    number = re.compile(rb"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|nan|inf(inity)?)", re.I)
    return len(words) == columns and all(number.fullmatch(word) for word in words)
