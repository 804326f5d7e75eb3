"""What a reader of a format finds in a file, and what must be true of it before anything is measured."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.value import Limits

#: float64, shape (n, 3).
Points = NDArray[np.float64]
#: Rows of a table of points, three a triangle; int64, shape (m, 3).
Triangles = NDArray[np.int64]

# Cubes of what is larger than this leave the range of float64.
_FARTHEST = 1e90
# A surface of triangles has about two for each of its points.
_MOST_FACES = 3


def no_triangles() -> Triangles:
    """Return a table of no triangles."""
    return np.empty((0, 3), dtype=np.int64)


@dataclass(frozen=True)
class Geometry:
    """Points, and perhaps triangles between them.

    Args:
        points: float64, shape (n, 3), in the unit of the file.
        triangles: int64, shape (m, 3); none in a cloud.
        normals: of the points, float64, shape (n, 3); None where the file states none.
        metres: how many metres the unit of the file is; None where the file does not say.
        split: whether the format repeats a place for each corner that differs in normal or texture, or for
            every corner there is.
    """

    points: Points
    triangles: Triangles = field(default_factory=no_triangles)
    normals: Points | None = None
    metres: float | None = None
    split: bool = False


def allow(points: int, limits: Limits) -> None:
    """Refuse a number of points that a file states, before these are read.

    Raises:
        MmmlError: beyond ``limits.points``, or none at all.
    """
    if points <= 0:
        raise MmmlError("no points could be read: the file states none")
    if points > limits.points:
        raise MmmlError(f"the scan has {points:,} points; the limit is {limits.points:,}")


def cut_short(stated: int, what: str, held: int) -> MmmlError:
    """Return the error for a file that ends early."""
    return MmmlError(f"the file is cut short: it states {stated:,} {what} and holds {held:,}")


def checked(found: Geometry, limits: Limits, warnings: list[str]) -> Geometry:
    """Return what can be measured, in metres where the unit is known.

    Points of a cloud that are not finite are marks of rays that came back from nowhere: they are dropped,
    and a warning counts them. Corners of a mesh at exactly the same place become one where the format
    repeats places, lest no edge had two faces; near ones never do.

    Args:
        found: what a reader found.
        limits: most points, and three times as many triangles.
        warnings: what was odd is added here.

    Raises:
        MmmlError: nothing is left to measure, triangles name points that do not exist, corners of a mesh
            are not finite, coordinates are too large to be multiplied, or a limit is exceeded.
    """
    points, triangles, normals = found.points, found.triangles, found.normals
    allow(len(points), limits)
    if len(triangles) > _MOST_FACES * limits.points:
        most = _MOST_FACES * limits.points
        raise MmmlError(f"the mesh has {len(triangles):,} faces; the limit is {most:,}")
    if len(triangles) and not 0 <= triangles.min() <= triangles.max() < len(points):
        strange = int(((triangles < 0) | (triangles >= len(points))).any(axis=1).sum())
        raise MmmlError(
            f"{strange:,} of the {len(triangles):,} faces name points that do not exist; the file is broken"
        )
    finite = np.isfinite(points).all(axis=1)
    lost = int(len(points) - finite.sum())
    if lost and len(triangles):
        raise MmmlError(f"{lost:,} of the {len(points):,} corners of the mesh are not finite numbers")
    if lost == len(points):
        raise MmmlError("no points could be read: none of them is made of finite numbers")
    if lost:
        warnings.append(f"dropped {lost:,} of {len(points):,} points that are not finite numbers")
        points, normals = points[finite], None if normals is None else normals[finite]
    # Makes -0 the same place as 0.
    points = points * (1.0 if found.metres is None else found.metres) + 0.0
    if np.abs(points).max() > _FARTHEST:
        raise MmmlError("the coordinates are too large to be measured")
    if found.split and len(triangles):
        # One place may have had several normals.
        points, triangles = _merged(points, triangles)
        normals = None
    return replace(found, points=points, triangles=triangles, normals=normals)


def _merged(points: Points, triangles: Triangles) -> tuple[Points, Triangles]:
    # Sorting one column after the other by rank is several times quicker than np.unique over rows.
    place = np.zeros(len(points), dtype=np.int64)
    for column in points.T:
        rank = np.unique(column, return_inverse=True)[1]
        _, first, place = np.unique(
            place * len(points) + rank.reshape(-1), return_index=True, return_inverse=True
        )
    return points[first], place.reshape(-1)[triangles]
