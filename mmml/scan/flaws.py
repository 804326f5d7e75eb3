"""What makes a closed mesh open: each flaw leaves edges with other than two faces."""

from collections.abc import Callable

import numpy as np

from mmml.scan.edges import edges_of
from mmml.scan.shapes import Mesh


def holes(rng: np.random.Generator, mesh: Mesh, severity: float) -> Mesh:
    """Take away the faces around some places; at least one face."""
    points, triangles = mesh
    middles = points[triangles].mean(axis=1)
    gone = np.zeros(len(triangles), dtype=bool)
    for place in rng.choice(len(triangles), int(rng.integers(1, 4))):
        distance = np.linalg.norm(middles - middles[place], axis=1)
        gone[np.argsort(distance)[: max(1, int(severity * len(triangles) / 3))]] = True
    return points, triangles[~gone]


def side(rng: np.random.Generator, mesh: Mesh, severity: float) -> Mesh:
    """Take away all faces that lie beyond a plane."""
    points, triangles = mesh
    height = points[triangles].mean(axis=1) @ rng.normal(size=3)
    keep = height < np.quantile(height, 1 - severity)
    keep[np.argmin(height)] = True
    return points, triangles[keep & (np.arange(len(triangles)) != np.argmax(height))]


def crack(rng: np.random.Generator, mesh: Mesh, severity: float) -> Mesh:
    """Let some faces on one side of a plane have corners of their own, a little apart from the others."""
    points, triangles = mesh
    height = points[triangles].mean(axis=1) @ rng.normal(size=3)
    apart = height > np.quantile(height, 1 - max(severity, 1.5 / len(triangles)))
    used, index = np.unique(triangles[apart], return_inverse=True)
    moved = points[used] + rng.normal(0, 0.002, 3) * np.ptp(points, axis=0).max()
    triangles = triangles.copy()
    triangles[apart] = index.reshape(-1, 3) + len(points)
    return np.concatenate([points, moved]), triangles


def fin(rng: np.random.Generator, mesh: Mesh, severity: float) -> Mesh:
    """Add faces that stand on an edge between two others: three meet there."""
    points, triangles = mesh
    edges = edges_of(triangles)
    chosen = rng.choice(len(edges.ends), max(1, int(severity * len(edges.ends) / 8)), replace=False)
    ends = edges.ends[chosen]
    middle = points.mean(axis=0)
    tips = middle + (points[ends].mean(axis=1) - middle) * rng.uniform(1.05, 1.3)
    added = np.column_stack([ends, len(points) + np.arange(len(tips))])
    return np.concatenate([points, tips]), np.concatenate([triangles, added])


def twin(rng: np.random.Generator, mesh: Mesh, severity: float) -> Mesh:
    """Repeat faces, as exporters do that write some objects twice."""
    points, triangles = mesh
    again = rng.choice(len(triangles), max(1, int(severity * len(triangles) / 4)), replace=False)
    return points, np.concatenate([triangles, triangles[again]])


#: Every flaw by the name that it has in configs and facts.
FLAWS: dict[str, Callable[[np.random.Generator, Mesh, float], Mesh]] = {
    "holes": holes,
    "side": side,
    "crack": crack,
    "fin": fin,
    "twin": twin,
}
