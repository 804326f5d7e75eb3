"""A small picture of a scan: seen from above and aside, near points before far ones, without a display."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.scan.geometry import Points, Triangles
from mmml.scan.sample import on_surface

_BACKGROUND = (246, 247, 249)
_FRONT, _BACK, _LOOSE = (150, 176, 204), (226, 178, 120), (196, 40, 40)
_LIGHT = np.array([0.35, -0.55, 0.76])
# Seen from the front right, a third of the way up.
_TURN, _TILT = np.radians(35), np.radians(30)
_MARGIN = 0.06
_OVERSAMPLED = 2
_MOST_POINTS = 300_000


def drawn(points: Points, triangles: Triangles, loose: NDArray[np.int64], pixels: int) -> NDArray[np.uint8]:
    """Draw a scan: faces by how they meet the light, clouds by height, and both darker behind an edge.

    The back of a face has another colour than its front, so that one sees into what is open.

    Args:
        points: float64, shape (n, 3).
        triangles: int64, shape (m, 3); none for a cloud.
        loose: pairs of points with an edge that has other than two faces, int64, shape (e, 2): drawn red.
        pixels: side of the picture.

    Returns:
        RGB uint8, shape (pixels, pixels, 3).
    """
    side = pixels * _OVERSAMPLED
    spread, owner = on_surface(points, triangles, min(_MOST_POINTS, 2 * side * side))
    if len(spread):
        colour = _lit(points, triangles)[owner]
    else:
        spread = points[:: 1 + len(points) // _MOST_POINTS]
        colour = _by_height(spread[:, 2])
    across, up, depth = _view(spread)
    frame = _Frame(across, up, side)
    picture = np.full((side, side, 3), _BACKGROUND, dtype=np.float32)
    far = np.full((side, side), np.inf, dtype=np.float32)
    # Far ones first: near ones are put over them.
    order = np.argsort(depth)[::-1]
    x, y = frame.place(across[order], up[order])
    picture[y, x], far[y, x] = colour[order], depth[order]
    picture, far = _grown(picture, far, len(spread), side)
    picture *= _edge_shade(far)[..., None]
    if len(loose):
        _outline(picture, far, points, loose, frame)
    small = cv2.resize(picture, (pixels, pixels), interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(small, 0, 255), dtype=np.uint8)


class _Frame:
    def __init__(self, across: NDArray[np.float64], up: NDArray[np.float64], side: int) -> None:
        size = max(float(np.ptp(across)), float(np.ptp(up)), 1e-9)
        self.side = side
        self.scale = side * (1 - 2 * _MARGIN) / size
        self.middle = (across.min() + across.max()) / 2, (up.min() + up.max()) / 2

    def place(self, across: NDArray[np.float64], up: NDArray[np.float64]) -> tuple[NDArray[np.int64], ...]:
        """Return column and row of each point."""
        x = (across - self.middle[0]) * self.scale + self.side / 2
        y = self.side / 2 - (up - self.middle[1]) * self.scale
        return tuple(np.clip(axis, 0, self.side - 1).astype(np.int64) for axis in (x, y))


def _view(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return how far right, up and away each point is."""
    x, y, z = points.T
    across, ahead = x * np.cos(_TURN) + y * np.sin(_TURN), y * np.cos(_TURN) - x * np.sin(_TURN)
    return across, z * np.cos(_TILT) + ahead * np.sin(_TILT), ahead * np.cos(_TILT) - z * np.sin(_TILT)


def _lit(points: Points, triangles: Triangles) -> NDArray[np.float32]:
    a, b, c = (points[column] for column in triangles.T)
    normal = np.cross(b - a, c - a)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    towards = -_view(normal)[2]
    light = 0.55 + 0.45 * np.abs(normal @ _LIGHT)
    colour = np.where((towards >= 0)[:, None], _FRONT, _BACK)
    return np.asarray(colour * light[:, None], dtype=np.float32)


def _by_height(height: NDArray[np.float64]) -> NDArray[np.float32]:
    low, high = np.percentile(height, (1, 99))
    level = np.clip((height - low) / max(high - low, 1e-12), 0, 1)
    levels = (235 * level + 10).astype(np.uint8)
    colours = cv2.applyColorMap(levels[:, None], cv2.COLORMAP_VIRIDIS)[:, 0, ::-1]
    return np.asarray(colours, dtype=np.float32)


def _grown(
    picture: NDArray[np.float32], far: NDArray[np.float32], points: int, side: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Let each point cover some pixels, the fewer points the more, where nothing nearer stands."""
    reach = int(np.clip(round(0.45 * side / np.sqrt(points)), 1, side // 60 + 1))
    for _ in range(reach):
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            beside = np.roll(far, step, axis)
            nearer = beside < far - 0.02
            picture = np.where(nearer[..., None], np.roll(picture, step, axis), picture)
            far = np.where(nearer, beside, far)
    return picture, far


def _edge_shade(far: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how bright each pixel is: the less, the more its neighbours stand before it.

    C. Boucheny, "Interactive scientific visualization of large datasets: towards a perceptive-based
    approach", 2009 (eye-dome lighting).
    """
    behind = np.zeros_like(far)
    deep = np.where(np.isinf(far), np.float32(4), far)
    for axis, step in ((0, 2), (0, -2), (1, 2), (1, -2)):
        behind += np.clip(deep - np.roll(deep, step, axis), 0, 0.08)
    return np.asarray(np.where(np.isinf(far), 1, np.exp(-5 * behind)), dtype=np.float32)


def _outline(
    picture: NDArray[np.float32],
    far: NDArray[np.float32],
    points: Points,
    loose: NDArray[np.int64],
    frame: _Frame,
) -> None:
    """Draw edges where nothing stands before their middle."""
    start, end = points[loose[:, 0]], points[loose[:, 1]]
    across, up, depth = _view((start + end) / 2)
    x, y = frame.place(across, up)
    seen = depth <= far[y, x] + 0.03
    ends = [np.stack(frame.place(*_view(corner)[:2]), axis=1) for corner in (start[seen], end[seen])]
    for one, other in zip(*ends, strict=True):
        cv2.line(picture, one.tolist(), other.tolist(), _LOOSE, _OVERSAMPLED, cv2.LINE_AA)
