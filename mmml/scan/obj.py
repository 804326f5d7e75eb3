"""OBJ: a text of lines that each begin with a word (Wavefront Technologies)."""

import re

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.scan.geometry import Geometry, Triangles, allow, no_triangles
from mmml.scan.numbers import table, words_of
from mmml.scan.polygons import triangulated
from mmml.scan.unit import metres_in
from mmml.value import Limits

_WORDS = rb"(vn|vt|vp|f|l|p|o|g|s|mtllib|usemtl|usemap|cstype|deg|lod)"
_POINT = rb"v([ \t]+[-+.0-9eE]+){3,7}[ \t]*"
_LINE = re.compile(rb"[ \t]*(#.*|" + _POINT + rb"|" + _WORDS + rb"\b.*)?\r?")
# Comments that describe the file stand at its beginning.
_HEAD = 4096
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
    text = re.sub(rb"\\\r?\n", b" ", data).replace(b"\t", b" ")
    lines = text.splitlines()
    if text.startswith(b" ") or b"\n " in text:
        lines = [line.lstrip() for line in lines]
    points = [line[2:] for line in lines if line.startswith(b"v ")]
    allow(len(points), limits)
    faces = [line[2:] for line in lines if line.startswith(b"f ")]
    before = None
    if any(b"-" in face for face in faces):
        stand = np.cumsum([line.startswith(b"v ") for line in lines])
        before = stand[[line.startswith(b"f ") for line in lines]]
    del lines, text
    place = table(points, 3)
    comments = b"\n".join(match[1] for match in _COMMENT.finditer(data[:_HEAD]))
    return Geometry(place, _triangles(place, faces, before), None, metres_in(comments))


def _triangles(place: NDArray[np.float64], faces: list[bytes], before: NDArray[np.int64] | None) -> Triangles:
    """Return the triangles of faces.

    Args:
        place: all points.
        faces: what stands behind the ``f`` of each line.
        before: how many points stood before each face; None where no face counts back from there.
    """
    if not faces:
        return no_triangles()
    if any(b"/" in face for face in faces):
        # What follows a slash names texture and normal.
        faces = re.sub(rb"/\S*", b"", b"\n".join(faces)).split(b"\n")
    corners, lengths = words_of(faces)
    if (corners == 0).any():
        raise MmmlError("a face of the OBJ file names point 0, but they count from 1; the file is broken")
    if before is not None:
        corners = np.where(corners > 0, corners, np.repeat(before, lengths) + corners + 1)
    return triangulated(place, corners - 1, lengths)
