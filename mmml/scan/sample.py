"""Points evenly spread over a surface, and how they fill space: what pictures and fingerprints start from."""

import numpy as np
from numpy.typing import NDArray

from mmml.scan.geometry import Points, Triangles

#: Cells along each side of the bounding box.
_CELLS = 8
_THINNEST = 0.1
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
    """Return how a surface is spread over its bounding box, and the shape of that box.

    The box is cut into eight parts along each axis; a side under a tenth of the longest counts as a tenth.
    The first numbers are the square roots of the shares of the surface in the cells, whose Euclidean
    distance is Hellinger's, 0 to the square root of 2 (E. Hellinger, 1909); then come the sides of the box
    over the longest.

    Args:
        points: float64, shape (n, 3), not all at one place.
        triangles: int64, shape (m, 3); none for a cloud.

    Returns:
        float32, shape (515,).
    """
    spread = on_surface(points, triangles, _SAMPLES)[0] if len(triangles) else points
    if not len(spread):
        spread = points
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    size = np.maximum(size, _THINNEST * size.max())
    place = np.clip((spread - low) / size * _CELLS, 0, _CELLS - 1).astype(np.int64)
    share = np.bincount(np.ravel_multi_index(tuple(place.T), (_CELLS,) * 3), minlength=_CELLS**3)
    return np.concatenate([np.sqrt(share / len(spread)), size / size.max()]).astype(np.float32)
