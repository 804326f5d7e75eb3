"""OBJ: a text of lines that each begin with a word (Wavefront Technologies)."""

import re

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.scan.geometry import Geometry, Triangles, allow, no_triangles
from mmml.scan.numbers import table, whole_numbers
from mmml.scan.polygons import triangulated
from mmml.scan.unit import metres_in
from mmml.value import Limits

_WORDS = rb"(vn|vt|vp|f|l|p|o|g|s|mtllib|usemtl|usemap|cstype|deg|lod)"
_POINT = rb"v([ \t]+[-+.0-9eE]+){3,7}[ \t]*"
_LINE = re.compile(rb"[ \t]*(#.*|" + _POINT + rb"|" + _WORDS + rb"\b.*)?\r?")
_COMMENT = re.compile(rb"^[ \t]*#(.*)$", re.MULTILINE)


def begins(head: bytes) -> bool:
    """Tell an OBJ file by its first bytes: every whole line is one of OBJ, and one is a point."""
    lines = head.split(b"\n")
    whole = lines[:-1] or lines
    points = re.compile(rb"[ \t]*" + _POINT + rb"\r?")
    return any(map(points.fullmatch, whole)) and all(map(_LINE.fullmatch, whole))


def read(data: bytes, limits: Limits) -> Geometry:
    """Read points and faces; a place is one point, whatever normals and textures its corners have.

    Raises:
        MmmlError: a line is broken, or there are more points than ``limits`` allow.
    """
    points: list[bytes] = []
    faces: list[bytes] = []
    #: How many points stood before each face: those that count backwards begin there.
    before: list[int] = []
    for line in data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").splitlines():
        word, _, rest = line.strip().partition(b" ") if b"\t" not in line else _apart(line)
        if word == b"v":
            points.append(rest)
        elif word == b"f":
            faces.append(rest)
            before.append(len(points))
    allow(len(points), limits)
    place = table(points, 3)
    head = b"\n".join(match[1] for match in _COMMENT.finditer(data[:4096]))
    return Geometry(place, _triangles(place, faces, before), None, metres_in(head))


def _triangles(place: NDArray[np.float64], faces: list[bytes], before: list[int]) -> Triangles:
    if not faces:
        return no_triangles()
    # What follows a slash names texture and normal.
    text = b"\n".join(faces)
    rows = [row.split() for row in (re.sub(rb"/\S*", b"", text) if b"/" in text else text).split(b"\n")]
    try:
        numbers = [int(word) for row in rows for word in row]
    except ValueError:
        raise MmmlError("a face of the OBJ file names what is no number; the file is broken") from None
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    corners = whole_numbers(numbers)
    if (corners == 0).any():
        raise MmmlError("a face of the OBJ file names point 0, but they count from 1; the file is broken")
    back = np.repeat(np.array(before, dtype=np.int64), lengths)
    return triangulated(place, np.where(corners > 0, corners - 1, back + corners), lengths)


def _apart(line: bytes) -> tuple[bytes, bytes, bytes]:
    return line.expandtabs(1).strip().partition(b" ")
