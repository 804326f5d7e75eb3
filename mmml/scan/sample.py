"""Points evenly spread over a surface, and how they fill space: what pictures and fingerprints start from."""

import numpy as np
from numpy.typing import NDArray

from mmml.scan.geometry import Points, Triangles

#: Cells along the longest side of the bounding box.
_CELLS = 8
_SAMPLES = 20_000
# Steps of a sequence that fills a square evenly: M. Roberts, "The unreasonable effectiveness of quasirandom
# sequences", 2018.
_STEPS = (0.7548776662466927, 0.5698402909980532)


def on_surface(points: Points, triangles: Triangles, count: int) -> tuple[Points, NDArray[np.int64]]:
    """Spread points over triangles, by area and without chance.

    Args:
        points: float64, shape (n, 3).
        triangles: int64, shape (m, 3).
        count: about how many.

    Returns:
        The points, float64, shape (k, 3), and the triangle of each; none where the area is 0.
    """
    a, b, c = (points[column] for column in triangles.T)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    ends = np.cumsum(area)
    if not len(ends) or not ends[-1] > 0:
        return np.empty((0, 3)), np.empty(0, dtype=np.int64)
    owner = np.searchsorted(ends, (np.arange(count) + 0.5) / count * ends[-1])
    u, v = (np.arange(count) * step % 1 for step in _STEPS)
    folded = u + v > 1
    u, v = np.where(folded, 1 - u, u)[:, None], np.where(folded, 1 - v, v)[:, None]
    return a[owner] + u * (b - a)[owner] + v * (c - a)[owner], owner


def occupancy(points: Points, triangles: Triangles) -> NDArray[np.float32]:
    """Return the square roots of the shares of the surface in the cells of a grid.

    The grid has cubes, eight along the longest side of the bounding box. With square roots, Euclidean
    distances are Hellinger's, from 0 to the square root of 2 (E. Hellinger, 1909).

    Args:
        points: float64, shape (n, 3), not all at one place.
        triangles: int64, shape (m, 3); none for a cloud.

    Returns:
        float32, shape (512,).
    """
    spread = on_surface(points, triangles, _SAMPLES)[0] if len(triangles) else points
    if not len(spread):
        spread = points
    low = points.min(axis=0)
    cell = np.ptp(points, axis=0).max() / _CELLS
    place = np.clip((spread - low) / cell, 0, _CELLS - 1).astype(np.int64)
    share = np.bincount(np.ravel_multi_index(tuple(place.T), (_CELLS,) * 3), minlength=_CELLS**3)
    return np.sqrt(share / len(spread)).astype(np.float32)
