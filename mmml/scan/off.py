"""OFF: counts, then points, then faces, as text (Geomview's Object File Format)."""

import re

from mmml.errors import MmmlError
from mmml.scan.geometry import Geometry, allow, cut_short
from mmml.scan.numbers import count_in, filled, ragged, table
from mmml.scan.polygons import triangulated
from mmml.value import Limits

_FIRST = re.compile(rb"(ST)?(C?)(N?)OFF\b[ \t]*", re.IGNORECASE)


def begins(head: bytes) -> bool:
    """Tell an OFF file by its first bytes: its name, and then counts or a comment."""
    return re.match(_FIRST.pattern + rb"(\s*(#[^\n]*)?\n)*\s*\d", head, re.IGNORECASE) is not None


def read(data: bytes, limits: Limits) -> Geometry:
    """Read points, normals (NOFF) and faces.

    Raises:
        MmmlError: it is binary, of other than three dimensions, broken, or states more than it holds or
            than ``limits`` allow.
    """
    lines = filled(data)
    first = _FIRST.match(lines[0]) if lines else None
    if first is None:
        raise MmmlError("this is no OFF file of text in three dimensions")
    rest = lines[0][first.end() :]
    lines = [rest, *lines[1:]] if rest else lines[1:]
    counts = [count_in(word) for word in lines[0].split()] if lines else []
    points, faces = counts[:2] if len(counts) > 1 else (None, None)
    if points is None or faces is None:
        raise MmmlError("the OFF file does not state how many points and faces it has")
    allow(points, limits)
    rows, lines = lines[1 : 1 + points], lines[1 + points :]
    if len(rows) < points:
        raise cut_short(points, "points", len(rows))
    if len(lines) < faces:
        raise cut_short(faces, "faces", len(lines))
    has_normals = bool(first[3])
    numbers = table(rows, 6 if has_normals else 3)
    place, normals = numbers[:, :3], numbers[:, 3:] if has_normals else None
    corners, lengths = ragged(lines[:faces])
    triangles = triangulated(place, corners, lengths)
    # Such files may repeat a place for each normal or texture that it has.
    return Geometry(place, triangles, normals, split=has_normals or bool(first[1]))
