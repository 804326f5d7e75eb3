"""A scanner on a tripod or a drone: what it sees of a scene, how densely, and what can go wrong."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmml.scan.geometry import Points
from mmml.scan.sample import on_surface
from mmml.scan.scene import Scene

_CANDIDATES = 24_000
# Rays this far apart, radians, tell what stands before what.
_RAY = np.radians(1.5)
# Below this cosine a ray slides along the surface and does not come back.
_GRAZING = 0.05
_NEAREST = 1.0
# What is seen so much less densely than the rest counts as missing.
_THIN = 0.15
Flags = NDArray[np.bool_]


class View(NamedTuple):
    """Places that are spread evenly over the surfaces of a scene, and how well each is seen.

    Args:
        points: float64, shape (n, 3).
        normals: of their surfaces, float64, shape (n, 3).
        side: which side of the scene each is of, shape (n,).
        weight: how many rays meet each, relative to the others; shape (n,), 0 where none does.
    """

    points: Points
    normals: Points
    side: NDArray[np.int64]
    weight: NDArray[np.float64]

    @property
    def covered(self) -> float:
        """Share of the surface that is seen, and not much less densely than the rest."""
        there = self.weight[self.weight > 0]
        return float((self.weight > _THIN * np.median(there)).mean()) if len(there) else 0.0

    def seen_from(self, station: NDArray[np.float64]) -> "View":
        """Return the view with what is seen from one more station, float64, shape (3,).

        Rays leave a station in all directions alike, so a surface has the fewer points the farther away it is
        and the more it is turned aside; what stands before it hides it.
        """
        return self._replace(weight=self.weight + _rays(self.points, self.normals, station))

    def without(self, gone: Flags) -> "View":
        """Return the view with nothing seen at some places."""
        return self._replace(weight=np.where(gone, 0.0, self.weight))


def unseen(scene: Scene) -> View:
    """Spread places over the surfaces of a scene, none of them seen yet."""
    points, owner = on_surface(scene.points, scene.triangles, _CANDIDATES)
    a, b, c = (scene.points[column] for column in scene.triangles.T)
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return View(points, normal[owner], scene.side[owner], np.zeros(len(points)))


def _rays(points: Points, normals: Points, station: NDArray[np.float64]) -> NDArray[np.float64]:
    towards = station - points
    distance = np.linalg.norm(towards, axis=1)
    cosine = np.einsum("ij,ij->i", towards, normals) / distance
    x, y, z = -towards.T
    turn = ((np.arctan2(y, x) + np.pi) / _RAY).astype(np.int64)
    tilt = ((np.arcsin(z / distance) + np.pi / 2) / _RAY).astype(np.int64)
    ray = tilt * int(2 * np.pi / _RAY + 2) + turn
    nearest = np.full(ray.max() + 1, np.inf)
    facing = cosine > _GRAZING
    np.minimum.at(nearest, ray[facing], distance[facing])
    # A slanting surface is met at several distances within the width of one ray.
    slack = 0.05 + distance * _RAY * 2 / np.maximum(cosine, _GRAZING)
    clear = facing & (distance < nearest[ray] + slack)
    return np.where(clear, cosine / np.maximum(distance, _NEAREST) ** 2, 0.0)


def measured(rng: np.random.Generator, view: View, count: int) -> Points:
    """Draw points where rays meet the surface; float64, shape (up to count, 3)."""
    chance = view.weight / view.weight.sum()
    chosen = rng.choice(len(chance), min(count, int(np.count_nonzero(chance))), replace=False, p=chance)
    return np.asarray(view.points[chosen])


def hole(rng: np.random.Generator, view: View, severity: float) -> Flags:
    """Lose round patches, as of glass, water and people in the way."""
    gone = np.zeros(len(view.points), dtype=bool)
    size = np.linalg.norm(np.ptp(view.points, axis=0)) * np.sqrt(severity) / 3
    there = np.flatnonzero(view.weight > 0)
    while gone[there].mean() < severity:
        middle = view.points[rng.choice(there)]
        gone |= np.linalg.norm(view.points - middle, axis=1) < size * rng.uniform(0.4, 1)
    return gone


def side(rng: np.random.Generator, view: View, severity: float) -> Flags:
    """Lose a whole side of the scene, and another until enough is gone; the ground stays where it can."""
    sides = np.unique(view.side[(view.side >= 0) & (view.weight > 0)])
    gone = np.zeros(len(view.points), dtype=bool)
    there = view.weight > 0
    for number in rng.permutation(sides):
        if gone[there].mean() < severity and not (gone | (view.side == number))[there].mean() > 0.8:
            gone |= view.side == number
    return gone if gone[there].mean() >= severity else hole(rng, view, severity)


def shadow(rng: np.random.Generator, view: View, severity: float) -> Flags:
    """Lose what lies behind something that stood beside the scanner: a wedge of directions."""
    middle = view.points[view.weight > 0].mean(axis=0)
    x, y, _ = (view.points - middle).T
    angle = (np.arctan2(y, x) - rng.uniform(0, 2 * np.pi)) % (2 * np.pi)
    return np.asarray(angle < np.quantile(angle[view.weight > 0], severity))


#: Every way to lose a part of the surface, by the name that it has in configs and facts.
GAPS: dict[str, Callable[[np.random.Generator, View, float], Flags]] = {
    "holes": hole,
    "side": side,
    "shadow": shadow,
}


def jitter(rng: np.random.Generator, points: Points, severity: float) -> Points:
    """Move each point by chance: a Gaussian, ``severity`` times the diagonal of the bounding box."""
    return points + rng.normal(0, severity * _diagonal(points), points.shape)


def strays(rng: np.random.Generator, points: Points, severity: float) -> Points:
    """Replace a share of the points by ones that lie anywhere in and around the scene."""
    low, high = points.min(axis=0), points.max(axis=0)
    slack = 0.1 * (high - low) + 0.02 * _diagonal(points)
    anywhere = rng.uniform(low - slack, high + slack, points.shape)
    return np.where(rng.random((len(points), 1)) < severity, anywhere, points)


def ghost(rng: np.random.Generator, points: Points, severity: float) -> Points:
    """See a part twice, apart: scans that were put together wrongly; by ``severity`` times the diagonal."""
    shift = rng.normal(size=3)
    shift *= severity * _diagonal(points) / np.linalg.norm(shift)
    middle = points.mean(axis=0)
    turn = rng.normal(0, severity / 2)
    flat = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    second = rng.random((len(points), 1)) < rng.uniform(0.3, 0.5)
    return np.where(second, (points - middle) @ flat.T + middle + shift, points)


def _diagonal(points: Points) -> float:
    return float(np.linalg.norm(np.ptp(points, axis=0)))
