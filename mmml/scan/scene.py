"""Things that people scan, drawn from nothing: rooms, facades, houses, terrain, and what stands in them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmml.scan.geometry import Points, Triangles
from mmml.scan.shapes import Mesh, ball, beside, bumpy, extruded, ring, stacked, turned

#: Left, bottom, width and height of an opening, along the sides of its panel.
Opening = tuple[float, float, float, float]


class Scene(NamedTuple):
    """Surfaces, in metres, with z up, and where a scanner could stand.

    Args:
        points: float64, shape (n, 3).
        triangles: int64, shape (m, 3); their outside is what can be scanned.
        side: which side of the scene each triangle is of, int64, shape (m,); -1 for what merely stands in it.
        stations: float64, shape (s, 3), the better ones first.
    """

    points: Points
    triangles: Triangles
    side: NDArray[np.int64]
    stations: Points


def room(rng: np.random.Generator) -> Scene:
    """Draw a room from inside: doors, windows, columns and furniture; 3 to 12 metres wide."""
    width, depth = rng.uniform(3, 12, 2)
    height = rng.uniform(2.4, 4.5)
    x, y, z = np.diag([width, depth, height])
    walls = [(0 * x, y, z), (x + y, -y, z), (x, -x, z), (y, x, z)]
    sides = [panel(start, across, up, _openings(rng, across, up)) for start, across, up in walls]
    sides += [panel(z, y, x), panel(0 * x, x, y)]
    things = [
        _put(_thing(rng), rng.uniform((0.5, 0.5, 0), (width - 0.5, depth - 0.5, 0)))
        for _ in range(rng.integers(5))
    ]
    stations = np.column_stack([rng.uniform(0.15, 0.85, (8, 2)) * (width, depth), rng.uniform(1.2, 1.8, 8)])
    return _scene(sides, things, stations)


def facade(rng: np.random.Generator) -> Scene:
    """Draw a wall with windows from outside, and the ground before it; 8 to 30 metres wide."""
    width, height, street = rng.uniform(8, 30), rng.uniform(4, 15), rng.uniform(3, 8)
    across, up, ahead = np.diag([width, street, height])[[0, 2, 1]]
    wall = panel(0 * across, across, up, _windows(rng, width, height))
    ground = panel(-ahead, across, ahead)
    stations = np.column_stack([rng.uniform(0, width, 8), rng.uniform(-12, -5, 8), rng.uniform(1.2, 3, 8)])
    stations[:2, 0] = width * np.array([0.25, 0.75])
    things = [
        _put(_thing(rng), rng.uniform((1, -street, 0), (width - 1, -1, 0))) for _ in range(rng.integers(3))
    ]
    return _scene([wall, ground], things, stations)


def house(rng: np.random.Generator) -> Scene:
    """Draw a house with a gable or a flat roof from outside, its foot not seen; 5 to 15 metres wide."""
    width, depth, height = rng.uniform(5, 15), rng.uniform(5, 15), rng.uniform(3, 9)
    ridge = height + rng.choice([0.0, width * rng.uniform(0.2, 0.5)])
    plan = [(0.0, 0.0), (width, 0.0), (width, height), (width / 2, ridge + 0.01), (0.0, height)]
    points, triangles = extruded(plan, depth)
    # What was raised lies down: the plan is the gable.
    points = points[:, [2, 0, 1]]
    return _around(rng, (points, triangles), reach=10.0, above=1.5)


def terrain(rng: np.random.Generator) -> Scene:
    """Draw a piece of hilly ground with mounds and boulders, seen from above; 20 to 60 metres wide."""
    width, cells = rng.uniform(20, 60), 40
    line = np.linspace(0, width, cells)
    x, y = (axis.ravel() for axis in np.meshgrid(line, line))
    waves = rng.normal(0, 6 / width, (8, 2))
    height = (
        np.sin(np.column_stack([x, y]) @ waves.T + rng.uniform(0, 6, 8)) @ rng.uniform(0, 0.02, 8) * width
    )
    place = np.arange(cells * cells).reshape(cells, cells)
    a, b, c, d = place[:-1, :-1], place[:-1, 1:], place[1:, 1:], place[1:, :-1]
    quads = np.stack([a, b, c, d], axis=2).reshape(-1, 4)
    ground = np.column_stack([x, y, height]), _cut(quads)
    stations = np.column_stack([rng.uniform(0.1, 0.9, (8, 2)) * width, rng.uniform(0.5, 0.8, 8) * width])
    things = [_put(_thing(rng), ground[0][rng.integers(cells * cells)]) for _ in range(rng.integers(5))]
    return _scene([ground], things, stations)


def thing(rng: np.random.Generator) -> Scene:
    """Draw a single thing that stands on the ground, seen from all around; 0.5 to 4 metres wide."""
    points, triangles = _thing(rng, small=False)
    return _around(rng, (points, triangles), reach=2.0, above=1.3)


#: Every scene by the name that it has in facts.
SCENES: dict[str, Callable[[np.random.Generator], Scene]] = {
    "room": room,
    "facade": facade,
    "house": house,
    "terrain": terrain,
    "thing": thing,
}


def panel(
    start: NDArray[np.float64],
    across: NDArray[np.float64],
    up: NDArray[np.float64],
    openings: Sequence[Opening] = (),
) -> Mesh:
    """Return a rectangle with rectangular openings, its outside where ``across`` times ``up`` points."""
    width, height = np.linalg.norm(across), np.linalg.norm(up)
    lines = []
    for size, place, span in ((width, 0, 2), (height, 1, 3)):
        stops = [stop for one in openings for stop in (one[place], one[place] + one[span])]
        lines.append(np.unique(np.clip([0, size, *stops], 0, size)))
    u, v = lines
    middle_u, middle_v = (u[1:] + u[:-1])[:, None] / 2, (v[1:] + v[:-1]) / 2
    solid = np.ones((len(u) - 1, len(v) - 1), dtype=bool)
    for left, bottom, wide, high in openings:
        inside_u, inside_v = (
            abs(middle_u - left - wide / 2) < wide / 2,
            abs(middle_v - bottom - high / 2) < high / 2,
        )
        solid &= ~(inside_u & inside_v)
    i, j = np.nonzero(solid)
    rows = len(v)
    quads = np.stack([i * rows + j, (i + 1) * rows + j, (i + 1) * rows + j + 1, i * rows + j + 1], axis=1)
    place = start + (u / width)[:, None, None] * across + (v / height)[None, :, None] * up
    return place.reshape(-1, 3), _cut(quads)


def _thing(rng: np.random.Generator, small: bool = True) -> Mesh:
    """Return furniture, a column, a boulder, a heap of boxes or a tyre, standing on the ground."""
    kind = rng.integers(5)
    if kind == 0:
        a, b = rng.uniform(0.4, 1.6, 2)
        mesh = extruded([(0, 0), (a, 0), (a, b), (0, b)], rng.uniform(0.4, 2.0))
    elif kind == 1:
        radius, height = rng.uniform(0.15, 0.5), rng.uniform(1.0, 2.4)
        mesh = turned([(0, 0), (radius, 0), (radius, height), (0, height)], 24)
    elif kind == 2:
        points, triangles = bumpy(rng, ball(16, 24), 0.5)
        mesh = points * rng.uniform(0.3, 0.8, 3), triangles
    elif kind == 3:
        points, triangles = stacked(rng.random((2, 2, 2)) < 0.7)
        if not len(points):
            points, triangles = stacked(np.ones((1, 1, 1), dtype=bool))
        mesh = points * rng.uniform(0.4, 0.8), triangles
    else:
        points, triangles = ring(rng.uniform(0.2, 0.45), 14, 28)
        mesh = points * rng.uniform(0.4, 0.8), triangles
    points, triangles = mesh
    points = points - points.min(axis=0) - [*(np.ptp(points, axis=0)[:2] / 2), 0]
    return points * (1.0 if small else rng.uniform(1, 2)), triangles


def _put(mesh: Mesh, place: NDArray[np.float64]) -> Mesh:
    return mesh[0] + place, mesh[1]


def _around(rng: np.random.Generator, mesh: Mesh, reach: float, above: float) -> Scene:
    """Return a scene that is seen from all around and from above; its sides are where its faces look."""
    points, triangles = mesh
    low, high = points.min(axis=0), points.max(axis=0)
    angle = rng.uniform(0, 2 * np.pi) + np.arange(8) * np.pi * 3 / 4
    distance = np.linalg.norm(high - low) / 2 + reach
    height = (
        low[2] + (high - low)[2] * np.where(np.arange(8) % 2, 0.4, above) + np.where(np.arange(8) % 2, 0, 1)
    )
    middle = (low + high) / 2
    stations = np.column_stack(
        [middle[0] + distance * np.cos(angle), middle[1] + distance * np.sin(angle), height]
    )
    # What is flat on top is seen from a drone.
    stations[2] = middle[0], middle[1], high[2] + distance / 2
    a, b, c = (points[column] for column in triangles.T)
    normal = np.cross(b - a, c - a)
    axis = np.abs(normal).argmax(axis=1)
    side = 2 * axis + (normal[np.arange(len(normal)), axis] > 0)
    # Nobody sees what a thing stands on.
    seen = (a[:, 2] > low[2] + 1e-6) | (normal[:, 2] >= 0) | (b[:, 2] > low[2] + 1e-6)
    return Scene(points, triangles[seen], side[seen], stations)


def _scene(sides: Sequence[Mesh], things: Sequence[Mesh], stations: Points) -> Scene:
    points, triangles = beside(*sides, *things)
    lengths = [len(faces) for _, faces in (*sides, *things)]
    number = [*range(len(sides)), *(-1 for _ in things)]
    return Scene(points, triangles, np.repeat(number, lengths), stations)


def _openings(
    rng: np.random.Generator, across: NDArray[np.float64], up: NDArray[np.float64]
) -> list[Opening]:
    """Draw a door, a window or two, or nothing."""
    width, height = float(np.linalg.norm(across)), float(np.linalg.norm(up))
    if rng.random() < 0.35:
        return [(rng.uniform(0.2, width - 1.2), 0.0, rng.uniform(0.8, 1.0), min(2.1, height - 0.2))]
    count = int(rng.integers(3))
    gap = width / max(count, 1)
    return [(n * gap + 0.2 * gap, 0.9, 0.5 * gap, rng.uniform(0.8, 1.3)) for n in range(count)]


def _windows(rng: np.random.Generator, width: float, height: float) -> list[Opening]:
    """Draw rows of equal windows."""
    columns, rows = max(1, int(width / rng.uniform(2.5, 5))), max(1, int(height / 3.2))
    wide, high = width / columns * rng.uniform(0.25, 0.5), min(rng.uniform(1.0, 1.8), height / rows * 0.6)
    return [
        ((i + 0.5) * width / columns - wide / 2, (j + 0.35) * height / rows, wide, high)
        for i in range(columns)
        for j in range(rows)
    ]


def _cut(quads: NDArray[np.int64]) -> Triangles:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
