"""Features of a cloud of points: how dense, how noisy and how complete it is."""

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError
from mmml.features import Features, Transformer
from mmml.scan.geometry import Points
from mmml.scan.length import check_unit, scale_of
from mmml.scan.value import Scan
from mmml.value import Value

#: Fewer points have no surface that one could speak of.
LEAST_POINTS = 10
_SEED = 0
# A stray point is off the plane of its neighbours by more than this, over their spread, and its neighbours
# are farther away than is usual.
_OFF, _APART = 0.4, 1.5
# The finest grid on each side of the bounding box, and how many points a cell should have on average.
_FINEST, _PER_CELL = 12, 8
# A flat cloud has no sides to speak of: its box counts as at least so thick, relative to its longest side.
_THINNEST = 0.1
# A point whose neighbours leave so much of the circle free lies at a border, radians.
_GAP = np.radians(150)
# So many times the distance between points is the piece of a rim that one such point stands for: found on
# rims of known length, whatever the density.
_PIECE = 1.75


class Cloud(Transformer):
    """Density, noise, strays, borders and coverage of a cloud.

    All local measures come from one search for the nearest neighbours of up to ``queries`` points; of
    larger clouds, these are drawn with a fixed seed. Lengths are relative to the diagonal of the bounding
    box, or in metres (``unit="m"``), and then NaN where the file does not say what its unit is.

    ``density_median`` is in points per squared diagonal, or per square metre: neighbours over the disc that
    holds them; ``density_spread`` is its 90th percentile over its 10th. ``spacing_*`` are percentiles of the
    distance to the nearest other point.

    ``outlier_share`` counts points whose mean distance to their neighbours is above the average by two
    standard deviations (R. B. Rusu et al., "Towards 3D point cloud based object maps for household
    environments", 2008: statistical outlier removal), which holds for some 3 % where there are no outliers.
    ``stray_share`` counts those that are off the plane through their neighbours, by two fifths of how far
    these are spread, and half as far from them again as is usual: hardly any where there are none. Both
    are too low where strays are many or near the surface, for they pass for neighbours then.

    ``roughness_*`` are residuals to the plane through a point's neighbours, as a standard deviation;
    ``grain`` is the median of them over that of the spacing, which no size and no turn changes. Noise of
    more than the spacing is underestimated. ``variation_*`` is the share of the variance that lies off the
    plane, 0 for a plane and 1/3 for a ball (M. Pauly et al., "Efficient simplification of point-sampled
    surfaces", 2002).

    ``border_share`` counts points whose neighbours leave more than 150 degrees free, as at the rim of a hole,
    strays left out (G. H. Bendels et al., "Detecting holes in point set surfaces", 2006);
    ``border_length`` is about how long all such rims are together. ``coverage`` is the share of the bounding
    box that points cover when they are thrown onto it from its middle, strays left out;
    ``coverage_top`` and ``coverage_bottom`` are those of two of its sides, ``coverage_side`` that of the
    least covered of the four others; the axis z is up. ``normals`` is 1 where the file has normals.

    Args:
        neighbours: how many neighbours a point is seen with.
        queries: for how many points at most they are looked for.
        unit: ``diagonal`` or ``m``.
    """

    modality: ClassVar[str] = "scan"

    def __init__(self, neighbours: int = 24, queries: int = 20_000, unit: str = "diagonal") -> None:
        self.neighbours = neighbours
        self.queries = queries
        self.unit = unit
        check_unit(unit)
        if neighbours < 6 or queries < LEAST_POINTS:
            raise UsageError(f"neighbours is {neighbours} and queries is {queries}", "give at least 6 and 10")

    @property
    def names(self) -> tuple[str, ...]:
        """How many, how dense, how noisy, how complete."""
        return (
            "points",
            "density_median",
            "density_spread",
            "spacing_p10",
            "spacing_median",
            "spacing_p90",
            "outlier_share",
            "stray_share",
            "roughness_median",
            "roughness_p90",
            "grain",
            "variation_median",
            "variation_p90",
            "border_share",
            "border_length",
            "coverage",
            "coverage_top",
            "coverage_bottom",
            "coverage_side",
            "normals",
        )

    def accepts(self, value: Value) -> bool:
        """Take clouds only: the points of a mesh say little of its surface."""
        return value.kind() == "cloud"

    def extract(self, value: Scan) -> Features:
        """Measure one cloud; float64, shape (20,).

        Raises:
            MmmlError: there are fewer than 10 points, or all are at one place.
        """
        count = len(value.points)
        if count < LEAST_POINTS:
            said = "1 point" if count == 1 else f"{count} points"
            raise MmmlError(f"the cloud has {said}; nothing is measured on fewer than {LEAST_POINTS}")
        near = _near(value.relative, min(self.neighbours, count - 1), self.queries)
        scale = scale_of(value, self.unit)
        spacing = np.percentile(near.distance[:, 0], (10, 50, 90))
        density = near.distance.shape[1] / (np.pi * np.maximum(near.distance[:, -1], _TINY) ** 2)
        sparse, usual, dense = np.percentile(density, (10, 50, 90))
        apart = near.distance.mean(axis=1)
        shape = _shape(near)
        stray = (shape.off > _OFF) & (apart > _APART * np.median(apart))
        border = float(((shape.gap > _GAP) & ~stray).mean())
        sides = _coverage(near.place[~stray])
        return np.array(
            [
                count,
                usual / scale**2,
                dense / sparse,
                *(spacing * scale),
                (apart > apart.mean() + 2 * apart.std()).mean(),
                stray.mean(),
                *(np.percentile(shape.residual, (50, 90)) * scale),
                np.median(shape.residual) / spacing[1] if spacing[1] > 0 else np.nan,
                *np.percentile(shape.variation, (50, 90)),
                border,
                _PIECE * border * count / np.sqrt(usual) * scale,
                sides.mean(),
                sides[5],
                sides[4],
                sides[:4].min(),
                value.normals is not None,
            ],
            dtype=np.float64,
        )


# Of points at one place no density could be told.
_TINY = 1e-9


class _Near(NamedTuple):
    #: The points that are looked at, shape (q, 3).
    place: Points
    #: To their neighbours, the nearest first, shape (q, k).
    distance: NDArray[np.float64]
    #: The neighbours, seen from the point, shape (q, k, 3).
    towards: NDArray[np.float64]


class _Shape(NamedTuple):
    residual: NDArray[np.float64]
    variation: NDArray[np.float64]
    #: How far the point itself is off the plane through its neighbours, over how far these are spread.
    off: NDArray[np.float64]
    #: The widest angle without a neighbour, radians.
    gap: NDArray[np.float64]


def _near(points: Points, neighbours: int, queries: int) -> _Near:
    from scipy.spatial import cKDTree

    place = points
    if len(points) > queries:
        place = points[np.random.default_rng(_SEED).choice(len(points), queries, replace=False)]
    # Unbalanced trees are built in a third of the time, and files are worked on side by side already.
    tree = cKDTree(points, balanced_tree=False)
    found = tree.query(place, neighbours + 1, workers=1)
    distance, index = (np.asarray(part) for part in found)
    # The first is the point itself, or another at its very place.
    return _Near(place, distance[:, 1:], points[index[:, 1:]] - place[:, None])


def _shape(near: _Near) -> _Shape:
    count = near.towards.shape[1] + 1
    middle = near.towards.sum(axis=1) / count
    spread = np.einsum("qki,qkj->qij", near.towards, near.towards) / count
    around = spread - np.einsum("qi,qj->qij", middle, middle)
    variance, axes = np.linalg.eigh(around)
    variance = np.maximum(variance, 0)
    # A plane takes three degrees of freedom.
    residual = np.sqrt(variance[:, 0] * count / max(count - 3, 1))
    variation = variance[:, 0] / np.maximum(variance.sum(axis=1), _TINY**2)
    flat = np.einsum("qki,qij->qkj", near.towards, axes[:, :, 1:])
    angle = np.sort(np.arctan2(flat[..., 1], flat[..., 0]), axis=1)
    last = angle[:, :1] + 2 * np.pi - angle[:, -1:]
    gap = np.concatenate([np.diff(angle, axis=1), last], axis=1).max(axis=1)
    return _Shape(residual, variation, _off(near), gap)


def _off(near: _Near) -> NDArray[np.float64]:
    middle = near.towards.mean(axis=1)
    others = near.towards - middle[:, None]
    variance, axes = np.linalg.eigh(np.einsum("qki,qkj->qij", others, others) / near.towards.shape[1])
    size = np.sqrt(np.maximum(variance.sum(axis=1), _TINY**2))
    return np.asarray(np.abs(np.einsum("qi,qi->q", middle, axes[:, :, 0])) / size)


def _coverage(points: Points) -> NDArray[np.float64]:
    """Return the share of each side of the bounding box that is covered: -x, +x, -y, +y, -z, +z."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = np.maximum((high - low) / 2, _THINNEST * (high - low).max() / 2)
    place = (points - (low + high) / 2) / np.maximum(half, _TINY)
    reach = np.abs(place).max(axis=1)
    place = place[reach > 0] / reach[reach > 0, None]
    axis = np.abs(place).argmax(axis=1)
    row = np.arange(len(place))
    side = 2 * axis + (place[row, axis] > 0)
    cells = int(np.clip(np.sqrt(len(points) / 6 / _PER_CELL), 2, _FINEST))
    hit = np.zeros((6, cells, cells), dtype=bool)
    across, up = (_cell(place[row, (axis + step) % 3], cells) for step in (1, 2))
    hit[side, across, up] = True
    return np.asarray(hit.mean(axis=(1, 2)), dtype=np.float64)


def _cell(place: NDArray[np.float64], cells: int) -> NDArray[np.int64]:
    return np.clip((place + 1) / 2 * cells, 0, cells - 1).astype(np.int64)
