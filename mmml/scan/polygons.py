"""Polygons with any number of corners, as files hold them, cut into triangles."""

import numpy as np
from numpy.typing import NDArray

from mmml.scan.geometry import Points, Triangles, no_triangles


def triangulated(points: Points, corners: NDArray[np.int64], lengths: NDArray[np.int64]) -> Triangles:
    """Cut polygons into triangles with the winding of the polygon.

    Convex ones become fans around their first corner; of others, ears are cut off (G. H. Meisters,
    "Polygons have ears", 1975), in the plane of their normal after M. E. Newell. Fewer than three corners
    are no face.

    Args:
        points: float64, shape (n, 3).
        corners: rows of ``points`` of all polygons, one polygon after the other; may name rows that do not
            exist, and so may the result then.
        lengths: how many corners each polygon has, int64, shape (p,).

    Returns:
        int64, shape (m, 3).
    """
    if not len(lengths):
        return no_triangles()
    starts = np.cumsum(lengths) - lengths
    fans = np.maximum(lengths - 2, 0)
    owner = np.repeat(np.arange(len(lengths)), fans)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(fans) - fans, fans)
    at = starts[owner] + step
    triangles = np.stack([corners[starts[owner]], corners[at + 1], corners[at + 2]], axis=1)
    if not (fans > 1).any() or not 0 <= triangles.min() <= triangles.max() < len(points):
        return triangles
    bent = _bent(points, triangles, owner, len(lengths))
    if not len(bent):
        return triangles
    ears = [_ears(points, corners[starts[i] : starts[i] + lengths[i]]) for i in bent.tolist()]
    return np.concatenate([triangles[~np.isin(owner, bent)], *ears])


def _bent(points: Points, triangles: Triangles, owner: NDArray[np.int64], polygons: int) -> NDArray[np.int64]:
    """Return the polygons whose fan turns back somewhere."""
    several = np.bincount(owner, minlength=polygons)[owner] > 1
    triangles, owner = triangles[several], owner[several]
    a, b, c = (points[column] for column in triangles.T)
    normal = np.cross(b - a, c - a)
    whole = np.stack([np.bincount(owner, weights=axis, minlength=polygons) for axis in normal.T], axis=1)
    return np.unique(owner[np.einsum("ij,ij->i", normal, whole[owner]) < 0])


def _ears(points: Points, polygon: NDArray[np.int64]) -> Triangles:
    place = points[polygon] - points[polygon[0]]
    normal = np.cross(place, np.roll(place, -1, axis=0)).sum(axis=0)
    # Seen along the axis that the normal is nearest to.
    drop = int(np.argmax(np.abs(normal)))
    flat = np.delete(place, drop, axis=1) * ((1, -1 if drop == 1 else 1))
    turn = 1.0 if normal[drop] >= 0 else -1.0
    left = list(range(len(polygon)))
    found = []
    while len(left) > 3:
        ear = next((k for k in range(len(left)) if _is_ear(flat, left, k, turn)), 0)
        found.append((left[ear - 1], left[ear], left[(ear + 1) % len(left)]))
        del left[ear]
    return np.asarray(polygon[np.array([*found, tuple(left)])], dtype=np.int64)


def _is_ear(flat: NDArray[np.float64], left: list[int], k: int, turn: float) -> bool:
    corners = left[k - 1], left[k], left[(k + 1) % len(left)]
    a, b, c = flat[list(corners)]
    if turn * _side(a, b, c) <= 0:
        return False
    others = flat[[i for i in left if i not in corners]]
    inside = np.ones(len(others), dtype=bool)
    for start, end in ((a, b), (b, c), (c, a)):
        inside &= turn * _side(start, end, others) >= 0
    return not inside.any()


def _side(a: NDArray[np.float64], b: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return on which side of the line from a to b points lie: above 0 to the left."""
    return np.asarray((b[0] - a[0]) * (p[..., 1] - a[1]) - (b[1] - a[1]) * (p[..., 0] - a[0]))
