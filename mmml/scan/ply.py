"""PLY: a header that says what follows, then text or binary numbers (G. Turk, 1994)."""

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.scan.geometry import Geometry, Points, Triangles, allow, cut_short
from mmml.scan.lists import lists
from mmml.scan.numbers import count_in, filled, ragged, table
from mmml.scan.polygons import triangulated
from mmml.scan.unit import metres_in
from mmml.value import Limits

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_LONGEST_HEADER = 1 << 20
_PLURALS = {"vertex": "points", "face": "faces"}
_CORNERS = ("vertex_indices", "vertex_index")
#: Properties for which writers repeat a place; with them stand the names that several programs use.
_SPLIT = {"nx", "s", "u", "texture_u"}


@dataclass
class _Property:
    name: str
    type: str
    #: The type of the length of a list; None for a single number.
    length: str | None = None


@dataclass
class _Element:
    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.properties]

    @property
    def plain(self) -> bool:
        return all(one.length is None for one in self.properties)

    @property
    def corners(self) -> int | None:
        """Which of the properties lists the corners of a face."""
        places = [i for i, one in enumerate(self.properties) if one.name in _CORNERS and one.length]
        return places[0] if places else None


@dataclass
class _Header:
    order: str
    elements: list[_Element]
    metres: float | None
    #: Where the numbers begin.
    start: int


#: Columns of the points by name; corners of all faces, one after the other; how many each face has.
_Content = tuple[dict[str, NDArray[np.float64]], NDArray[np.int64], NDArray[np.int64]]


def begins(head: bytes) -> bool:
    """Tell a PLY file by its first bytes."""
    return re.match(rb"ply\r?\n|ply\r(?!\n)", head) is not None


def read(data: bytes, limits: Limits) -> Geometry:
    """Read points, normals and faces; faces of more than three corners are cut into triangles.

    Raises:
        MmmlError: the header is broken, states more than the file holds or than ``limits`` allow, or the
            file holds triangle strips.
    """
    header = _header(data)
    vertices = next((one for one in header.elements if one.name == "vertex"), None)
    if vertices is None or not {"x", "y", "z"} <= set(vertices.names):
        raise MmmlError("the PLY file states no points with x, y and z")
    if not vertices.plain:
        raise MmmlError("the PLY file has lists among the numbers of a point, which are not read")
    if any(one.name == "tristrips" and one.count for one in header.elements):
        raise MmmlError("the PLY file holds triangle strips, which are not read", "save it with faces")
    allow(vertices.count, limits)
    columns, corners, lengths = (_text if header.order == "" else _binary)(data, header)
    points = np.stack([columns[axis] for axis in ("x", "y", "z")], axis=1)
    normals = None
    if {"nx", "ny", "nz"} <= set(columns):
        normals = np.stack([columns[axis] for axis in ("nx", "ny", "nz")], axis=1)
    triangles = triangulated(points, corners, lengths)
    return Geometry(points, triangles, normals, header.metres, split=bool(_SPLIT & set(columns)))


def encoded(points: Points, triangles: Triangles, normals: Points | None, metres: bool) -> bytes:
    """Write binary PLY: float32 where that keeps a ten-thousandth of the extent, else float64.

    Args:
        points: shape (n, 3).
        triangles: shape (m, 3); none for a cloud.
        normals: shape (n, 3), or None.
        metres: whether the file shall say that its unit is the metre.
    """
    reach = float(np.abs(points).max(initial=0))
    fine = reach * float(np.finfo(np.float32).eps) <= 1e-4 * float(np.ptp(points, axis=0).max(initial=0))
    kind = "float" if fine else "double"
    columns = points if normals is None else np.hstack([points, normals])
    names = ("x", "y", "z", "nx", "ny", "nz")[: columns.shape[1]]
    lines = ["ply", "format binary_little_endian 1.0", *(["comment unit m"] if metres else [])]
    lines += [f"element vertex {len(points)}", *(f"property {kind} {name}" for name in names)]
    faces = np.empty(len(triangles), dtype=[("length", "u1"), ("corners", "<i4", 3)])
    faces["length"], faces["corners"] = 3, triangles
    if len(triangles):
        lines += [f"element face {len(triangles)}", "property list uchar int vertex_indices"]
    text = "\n".join([*lines, "end_header\n"]).encode()
    return text + columns.astype("<f4" if fine else "<f8").tobytes() + faces.tobytes()


def _header(data: bytes) -> _Header:
    end = re.search(rb"\n[ \t]*end_header[ \t]*\n", data[:_LONGEST_HEADER].replace(b"\r", b"\n"))
    if end is None:
        raise MmmlError("the header of the PLY file has no end; the file is broken or cut short")
    head = data[: end.end()]
    order: str | None = None
    elements: list[_Element] = []
    comments = []
    for line in head.splitlines()[1:]:
        words = line.decode("ascii", "replace").split()
        match words:
            case ["format", name, *_] if name in _ORDERS:
                order = _ORDERS[name]
            case ["comment" | "obj_info", *_]:
                comments.append(line)
            case ["element", name, word] if (count := count_in(word.encode())) is not None:
                elements.append(_Element(name, count))
            case ["property", "list", length, kind, name] if (
                elements and kind in _TYPES and _TYPES.get(length, "f")[0] != "f"
            ):
                elements[-1].properties.append(_Property(name, _TYPES[kind], _TYPES[length]))
            case ["property", kind, name] if elements and kind in _TYPES:
                elements[-1].properties.append(_Property(name, _TYPES[kind]))
            case [] | ["end_header"]:
                pass
            case _:
                raise MmmlError(f"the header of the PLY file has a line that is none: {' '.join(words)[:60]}")
    if order is None:
        raise MmmlError("the header of the PLY file states no known format")
    for one in elements:
        if len(set(one.names)) < len(one.names):
            raise MmmlError(f"the header of the PLY file names a property of {one.name} twice")
    # Only a header whose lines end in two characters ends in two: the next byte may be a number.
    start = end.end() + (data[3:5] == b"\r\n")
    return _Header(order, elements, metres_in(b"\n".join(comments)), start)


def _text(data: bytes, header: _Header) -> _Content:
    lines = filled(data, header.start)
    columns: dict[str, NDArray[np.float64]] = {}
    corners = lengths = np.empty(0, dtype=np.int64)
    for one in header.elements:
        rows, lines = lines[: one.count], lines[one.count :]
        if one.name in ("vertex", "face") and len(rows) < one.count:
            raise cut_short(one.count, _PLURALS[one.name], len(rows))
        if one.name == "vertex":
            columns = dict(zip(one.names, table(rows, len(one.names)).T, strict=True))
        elif one.name == "face" and (place := one.corners) is not None:
            if not all(before.length is None for before in one.properties[:place]):
                raise MmmlError("the PLY file has lists before the corners of a face, which are not read")
            if place:
                rows = [(row.split(None, place) or [b""])[-1] for row in rows]
            corners, lengths = ragged(rows)
    return columns, corners, lengths


def _binary(data: bytes, header: _Header) -> _Content:
    at = header.start
    columns: dict[str, NDArray[np.float64]] = {}
    corners = lengths = np.empty(0, dtype=np.int64)
    for one in header.elements:
        if one.plain:
            rows = _rows(data, at, one, np.dtype([(p.name, header.order + p.type) for p in one.properties]))
            at += rows.nbytes
            if one.name == "vertex":
                columns = {name: rows[name].astype(np.float64) for name in one.names}
        else:
            kinds = [(p.length, p.type) for p in one.properties]
            found = lists(data, at, one.count, kinds, header.order, one.corners)
            at = found[2]
            if one.name == "face":
                corners, lengths = found[:2]
    return columns, corners, lengths


def _rows(data: bytes, at: int, element: _Element, kind: np.dtype[np.void]) -> NDArray[np.void]:
    held = (len(data) - at) // kind.itemsize if kind.itemsize else element.count
    if held < element.count:
        raise cut_short(element.count, _PLURALS.get(element.name, element.name), held)
    return np.frombuffer(data, kind, element.count, at) if kind.itemsize else np.empty(0, kind)
