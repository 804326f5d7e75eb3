"""PCD: a header in words, then text or binary numbers, perhaps compressed (Point Cloud Library, v0.7)."""

import math
import re
from typing import NamedTuple

import numpy as np

from mmml.errors import MmmlError
from mmml.scan.geometry import Geometry, Points, allow, cut_short
from mmml.scan.lzf import decompressed
from mmml.scan.numbers import filled, table
from mmml.value import Limits

_LONGEST_HEADER = _LONGEST_ROW = 1 << 16
_FIELD_TYPES = {("F", 4): "f4", ("F", 8): "f8"} | {
    (sign, size): f"{sign.lower()}{size}" for sign in "IU" for size in (1, 2, 4, 8)
}
_AXES = ("x", "y", "z")
_NORMALS = ("normal_x", "normal_y", "normal_z")


class _Header(NamedTuple):
    #: Name, type as NumPy writes it, and how many numbers, of each field.
    fields: list[tuple[str, str, int]]
    points: int
    data: str
    #: Where the numbers begin.
    start: int


def begins(head: bytes) -> bool:
    """Tell a PCD file by its first bytes."""
    return re.match(rb"(\s*#[^\n]*\n)*\s*(VERSION\s+[.\d]+\s+FIELDS\b|# \.PCD)", head) is not None


def read(data: bytes, limits: Limits) -> Geometry:
    """Read points and normals.

    Raises:
        MmmlError: the header is broken, or states more than the file holds or than ``limits`` allow.
    """
    header = _header(data)
    allow(header.points, limits)
    names = [name for name, _, _ in header.fields]
    if not set(_AXES) <= set(names):
        raise MmmlError("the PCD file states no points with x, y and z")
    columns = {"ascii": _text, "binary": _binary, "binary_compressed": _compressed}[header.data](data, header)
    points = np.stack([columns[axis] for axis in _AXES], axis=1)
    normals: Points | None = None
    if set(_NORMALS) <= set(names):
        normals = np.stack([columns[axis] for axis in _NORMALS], axis=1)
    return Geometry(points, normals=normals)


_Columns = dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]


def _text(data: bytes, header: _Header) -> _Columns:
    rows = filled(data, header.start)
    if len(rows) < header.points:
        raise cut_short(header.points, "points", len(rows))
    numbers = table(rows[: header.points], sum(count for _, _, count in header.fields))
    columns, at = {}, 0
    for name, _, count in header.fields:
        columns[name] = numbers[:, at]
        at += count
    return columns


def _binary(data: bytes, header: _Header) -> _Columns:
    # Fields that are padding may share a name.
    row = np.dtype([(f"{i}", kind, (count,)) for i, (_, kind, count) in enumerate(header.fields)])
    held = (len(data) - header.start) // row.itemsize
    if held < header.points:
        raise cut_short(header.points, "points", held)
    rows = np.frombuffer(data, row, header.points, header.start)
    return {name: rows[f"{i}"][:, 0].astype(np.float64) for i, (name, _, _) in enumerate(header.fields)}


def _compressed(data: bytes, header: _Header) -> _Columns:
    packed, size = (int.from_bytes(data[header.start + at :][:4], "little") for at in (0, 4))
    begin = header.start + 8
    if begin + packed > len(data):
        raise cut_short(packed, "bytes", max(len(data) - begin, 0))
    if size != header.points * _row(header.fields):
        raise MmmlError("the PCD file states a size that its points do not have; the file is broken")
    numbers = decompressed(data[begin : begin + packed], size)
    # Field after field, not point after point.
    columns, at = {}, 0
    for name, kind, count in header.fields:
        every = np.frombuffer(numbers, kind, header.points * count, at)
        columns[name] = every[::count].astype(np.float64)
        at += every.nbytes
    return columns


def _row(fields: list[tuple[str, str, int]]) -> int:
    """Return how many bytes a point takes."""
    return sum(np.dtype(kind).itemsize * count for _, kind, count in fields)


def _header(data: bytes) -> _Header:
    end = re.search(rb"^DATA[ \t]+(\w+)[^\n]*\n", data[:_LONGEST_HEADER], re.MULTILINE)
    if end is None:
        raise MmmlError("the header of the PCD file has no end; the file is broken or cut short")
    kind = end[1].decode("ascii", "replace").lower()
    words = {
        line.split()[0].upper(): line.split()[1:]
        for line in data[: end.start()].decode("latin-1").splitlines()
        if line.split() and not line.startswith("#")
    }
    try:
        names = words["FIELDS"]
        sizes = [int(word) for word in words["SIZE"]]
        counts = [int(word) for word in words.get("COUNT", ["1"] * len(names))]
        size = words.get("POINTS") or (words["WIDTH"][0], words["HEIGHT"][0])
        points = math.prod(map(int, size))
        kinds = [_FIELD_TYPES[sign, size] for sign, size in zip(words["TYPE"], sizes, strict=True)]
        # Numbers are stored from the lowest byte on.
        fields = [(n, f"<{k}", c) for n, k, c in zip(names, kinds, counts, strict=True)]
    except (KeyError, ValueError, IndexError):
        raise MmmlError("the header of the PCD file is broken") from None
    known = kind in ("ascii", "binary", "binary_compressed")
    # A number takes a byte at least.
    if not known or min(counts, default=0) < 1 or sum(counts) > len(data) or _row(fields) > _LONGEST_ROW:
        raise MmmlError("the header of the PCD file is broken")
    return _Header(fields, points, kind, end.end())
