"""Closed surfaces to make samples from: turned, extruded and stacked, all wound with their outside out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmml.scan.edges import edges_of
from mmml.scan.geometry import Points, Triangles
from mmml.scan.polygons import triangulated

Mesh = tuple[Points, Triangles]

_CUBE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
#: The corners of the side of a cube that lies towards -x, +x, -y, +y, -z, +z.
_SIDES = [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]]


def turned(profile: Sequence[tuple[float, float]], segments: int) -> Mesh:
    """Turn a profile around the axis z.

    Args:
        profile: radius and height from the bottom to the top; the first and the last radius are 0.
        segments: how many corners the circle has.
    """
    radius, height = np.array(profile[1:-1], dtype=np.float64).T
    angle = np.arange(segments) * 2 * np.pi / segments
    rings = np.stack(
        [
            np.outer(radius, np.cos(angle)),
            np.outer(radius, np.sin(angle)),
            np.repeat(height[:, None], segments, axis=1),
        ],
        axis=2,
    )
    points = np.concatenate([rings.reshape(-1, 3), [[0, 0, profile[0][1]], [0, 0, profile[-1][1]]]])
    here, there = np.arange(segments), (np.arange(segments) + 1) % segments
    bottom, top, last = len(points) - 2, len(points) - 1, (len(radius) - 1) * segments
    triangles = [_quads(len(radius), segments, wrap=False)]
    triangles.append(np.stack([there, here, np.full(segments, bottom)], axis=1))
    triangles.append(np.stack([here + last, there + last, np.full(segments, top)], axis=1))
    return points, np.concatenate(triangles)


def ball(rings: int, segments: int) -> Mesh:
    """Return a sphere of radius 1."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings + 2)
    profile = [(float(np.cos(a)), float(np.sin(a))) for a in angle]
    return turned([(0.0, -1.0), *profile[1:-1], (0.0, 1.0)], segments)


def ring(thickness: float, rings: int, segments: int) -> Mesh:
    """Return a torus: a tube of radius ``thickness`` around a circle of radius 1."""
    around = np.arange(rings) * 2 * np.pi / rings
    along = np.arange(segments) * 2 * np.pi / segments
    radius = 1 + thickness * np.cos(around)[:, None]
    points = np.stack(
        [
            radius * np.cos(along),
            radius * np.sin(along),
            np.repeat(thickness * np.sin(around)[:, None], segments, axis=1),
        ],
        axis=2,
    )
    return points.reshape(-1, 3), _quads(rings, segments, wrap=True)


def extruded(plan: Sequence[tuple[float, float]], height: float) -> Mesh:
    """Raise a plan, given by its corners in the order against the clock."""
    flat = np.array(plan, dtype=np.float64)
    count = len(flat)
    points = np.concatenate([np.c_[flat, np.zeros(count)], np.c_[flat, np.full(count, height)]])
    lid = triangulated(points, np.arange(count), np.array([count]))
    return points, np.concatenate([lid[:, ::-1], lid + count, _quads(2, count, wrap=False)])


def stacked(filled: NDArray[np.bool_]) -> Mesh:
    """Return the surface of unit cubes, given by which places of a grid are filled.

    Where cubes touch along an edge only, four faces meet there.
    """
    room = np.pad(filled, 1)
    corners = []
    for number, side in enumerate(_SIDES):
        axis, step = number // 2, 1 if number % 2 else -1
        bare = np.argwhere(room & ~np.roll(room, -step, axis)) - 1
        corners.append(bare[:, None] + _CUBE[side])
    places = np.concatenate(corners).reshape(-1, 3)
    points, index = np.unique(places, axis=0, return_inverse=True)
    quads = index.reshape(-1, 4)
    return points.astype(np.float64), np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def finer(mesh: Mesh) -> Mesh:
    """Cut each triangle into four; the surface stays the same."""
    points, triangles = mesh
    edges = edges_of(triangles)
    middles = points[edges.ends].mean(axis=1)
    a, b, c = triangles.T
    ab, bc, ca = (edges.sides.reshape(-1, 3) + len(points)).T
    pieces = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([points, middles]), np.concatenate([np.stack(piece, axis=1) for piece in pieces])


def beside(*meshes: Mesh) -> Mesh:
    """Return several meshes as one, whose parts share no points."""
    starts = np.cumsum([0, *(len(points) for points, _ in meshes)])
    return (
        np.concatenate([points for points, _ in meshes]),
        np.concatenate([triangles + start for (_, triangles), start in zip(meshes, starts, strict=False)]),
    )


def bumpy(rng: np.random.Generator, mesh: Mesh, strength: float) -> Mesh:
    """Push points in and out along smooth random waves, as seen from the middle."""
    points, triangles = mesh
    waves = rng.normal(0, 2.0, (6, 3))
    shift = np.sin(points @ waves.T + rng.uniform(0, 2 * np.pi, 6)).mean(axis=1)
    return points * (1 + strength * shift[:, None]), triangles


def rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a random rotation, each as likely as the others; float64, shape (3, 3)."""
    matrix, triangle = np.linalg.qr(rng.normal(size=(3, 3)))
    matrix = matrix * np.sign(np.diag(triangle))
    matrix[:, 0] *= np.sign(np.linalg.det(matrix))
    return np.asarray(matrix)


def _quads(rows: int, columns: int, wrap: bool) -> Triangles:
    """Return the triangles between the rows of a grid whose rows are closed; ``wrap``: so are its columns."""
    row = np.arange(rows if wrap else rows - 1)[:, None]
    above = (row + 1) % rows * columns
    here, there = np.arange(columns), (np.arange(columns) + 1) % columns
    a, b, c, d = (
        part.ravel() for part in (row * columns + here, row * columns + there, above + there, above + here)
    )
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
