"""STL: triangles without a table of points, binary or as text (3D Systems, 1988)."""

import re

import numpy as np

from mmml.errors import MmmlError
from mmml.scan.geometry import Geometry, allow, cut_short
from mmml.scan.numbers import table
from mmml.scan.unit import metres_in
from mmml.value import Limits

_HEADER = 80
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_TEXT = re.compile(rb"\s*solid\b[^\n]*\n\s*(facet\s+normal|endsolid)\b", re.IGNORECASE)


def begins(head: bytes) -> bool:
    """Tell an STL file of text by its first bytes; nothing tells a binary one."""
    return _TEXT.match(head) is not None


def is_binary(data: bytes) -> bool:
    """Tell a binary STL file by its length, which follows from the number of triangles that it states."""
    return len(data) >= _HEADER + 4 and len(data) == _HEADER + 4 + _stated(data) * _FACET.itemsize


def read(data: bytes, limits: Limits) -> Geometry:
    """Read the triangles, whose corners share no points yet.

    Raises:
        MmmlError: it is cut short or broken, or has more corners than ``limits`` allow.
    """
    if begins(data) and not is_binary(data):
        return _text(data, limits)
    if len(data) < _HEADER + 4:
        raise MmmlError("the file is cut short: an STL file has at least 84 bytes")
    stated = _stated(data)
    held = (len(data) - _HEADER - 4) // _FACET.itemsize
    allow(3 * stated, limits)
    if held < stated:
        raise cut_short(stated, "triangles", held)
    corners = np.frombuffer(data, _FACET, stated, _HEADER + 4)["corners"].reshape(-1, 3).astype(np.float64)
    return _geometry(corners, metres_in(data[:_HEADER]))


def _text(data: bytes, limits: Limits) -> Geometry:
    split = (line.split(None, 1) for line in data.splitlines())
    rows = [words[1] for words in split if len(words) == 2 and words[0].lower() == b"vertex"]
    allow(len(rows), limits)
    if len(rows) % 3 or re.search(rb"endsolid", data[-_HEADER * 3 :], re.IGNORECASE) is None:
        raise MmmlError("the file is cut short: the STL file has no end")
    return _geometry(table(rows, 3), metres_in(data[: data.find(b"\n")]))


def _geometry(corners: np.ndarray[tuple[int, int], np.dtype[np.float64]], metres: float | None) -> Geometry:
    return Geometry(corners, np.arange(len(corners)).reshape(-1, 3), None, metres, split=True)


def _stated(data: bytes) -> int:
    return int.from_bytes(data[_HEADER : _HEADER + 4], "little")
