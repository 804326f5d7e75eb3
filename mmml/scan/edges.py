"""The edges between the triangles of a mesh: which faces meet at each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmml.scan.geometry import Triangles


@dataclass(frozen=True)
class Edges:
    """All edges, each once.

    Side 0 of a triangle leads from its corner 0 to corner 1, and so on; side j of triangle i has the number
    3 i + j.

    Args:
        ends: the two points of each edge, the lower number first; int64, shape (e, 2).
        faces: how many triangles meet at each; int64, shape (e,).
        sides: the edge of each side, int64, shape (3 m,).
        forward: whether a side runs from the lower number to the higher; bool, shape (3 m,).
        pairs: sides that lie at one edge: one pair where two faces meet, two where three do; int64, shape
            (p, 2).
    """

    ends: NDArray[np.int64]
    faces: NDArray[np.int64]
    sides: NDArray[np.int64]
    forward: NDArray[np.bool_]
    pairs: NDArray[np.int64]


def edges_of(triangles: Triangles) -> Edges:
    """Find the edges of triangles.

    Args:
        triangles: int64, shape (m, 3); none with two corners at one point, for such have no three edges.
    """
    start = triangles.ravel()
    end = triangles[:, [1, 2, 0]].ravel()
    points = int(triangles.max(initial=0)) + 1
    # Sorting plain numbers is several times quicker than sorting pairs; all else follows from one sort.
    key = np.minimum(start, end) * points + np.maximum(start, end)
    order = np.argsort(key)
    key = key[order]
    new = np.ones(len(key), dtype=bool)
    new[1:] = key[1:] != key[:-1]
    first = np.flatnonzero(new)
    sides = np.empty(len(key), dtype=np.int64)
    sides[order] = np.cumsum(new) - 1
    again = np.flatnonzero(~new)
    return Edges(
        ends=np.stack(np.divmod(key[first], points), axis=1),
        faces=np.diff(first, append=len(key)),
        sides=sides,
        forward=start < end,
        pairs=np.stack([order[again - 1], order[again]], axis=1),
    )
