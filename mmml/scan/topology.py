"""Features of how the triangles of a mesh hang together: whether it is closed, and what is wrong with it."""

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Features, Transformer
from mmml.scan.edges import Edges
from mmml.scan.value import Scan
from mmml.value import Value

#: Above so many triangles the search for intersections takes seconds: it compares all with all.
MOST_INTERSECTED = 20_000
# A triangle this flat, relative to its longest side squared, has no area but for rounding.
_NO_AREA = 1e-10


class Topology(Transformer):
    """Edges, borders, parts, winding and intersections of a mesh.

    Triangles with two corners at one point are counted as degenerate and otherwise left out. An edge is
    good with exactly two faces; with one it is a border, with three and more it is not manifold.

    ``watertight``, ``edge_manifold``, ``vertex_manifold`` and ``orientable`` are 1 or 0; ``*_share`` are 0
    to 1; angles are in degrees. A vertex is manifold where its faces form a single fan (open3d's meaning
    of the word). ``holes`` is the number of independent loops that the borders form; an open sheet has
    one, its rim. ``euler`` is points - edges + faces, 2 for each part that is closed and without
    handles. ``largest_part_share`` is a share of the area. ``winding_share`` is the share of the good edges
    that their two faces run along in opposite directions, as they should; a mesh is orientable where
    turning some faces over makes it 1. ``bend_median`` and ``bend_p95`` are angles between the normals of
    neighbours, 0 for a plane. ``self_intersections`` is the number of triangles that pass through
    another one, NaN for meshes of more than 20,000 triangles, with a warning.

    Args:
        self_intersections: whether to look for these, which takes open3d and by far the most time.
    """

    modality: ClassVar[str] = "scan"

    def __init__(self, self_intersections: bool = True) -> None:
        self.self_intersections = self_intersections

    @property
    def names(self) -> tuple[str, ...]:
        """What is closed, then counts and shares of what is not."""
        intersections = ("self_intersections",) if self.self_intersections else ()
        return (
            "watertight",
            "edge_manifold",
            "vertex_manifold",
            "orientable",
            "edges_not_two",
            "boundary_edges",
            "boundary_share",
            "holes",
            "parts",
            "largest_part_share",
            "euler",
            "degenerate_share",
            "winding_share",
            "bend_median",
            "bend_p95",
            *intersections,
        )

    def accepts(self, value: Value) -> bool:
        """Take meshes only."""
        return value.kind() == "mesh"

    def extract(self, value: Scan) -> Features:
        """Measure one mesh; float64, shape (15,), or (16,) with self-intersections.

        Angles and ``winding_share`` are NaN where no two faces meet at an edge of their own.

        Raises:
            MmmlError: no triangle has three different corners, or all points are at one place.
        """
        faces, edges = value.faces, value.edges
        if not len(faces):
            raise MmmlError("none of the triangles of the mesh has three different corners")
        area = np.linalg.norm(value.face_normals, axis=1)
        length = value.edge_lengths
        border = edges.faces == 1
        thin = area <= _NO_AREA * length[edges.sides].reshape(-1, 3).max(axis=1) ** 2
        parts = _part_areas(faces, edges, np.where(thin.all(), 1.0, area))
        corners = int(np.count_nonzero(np.bincount(faces.ravel())))
        meeting = _meeting(edges)
        bends = _bends(value.face_normals, np.where(thin, np.nan, area), meeting)
        found = [
            float((edges.faces == 2).all()),
            float((edges.faces <= 2).all()),
            float(_fans(edges) == corners),
            float(_is_orientable(len(faces), meeting)),
            float((edges.faces != 2).sum()),
            float(border.sum()),
            float(length[border].sum() / length.sum()),
            float(_loops(edges.ends[border])),
            float(len(parts)),
            float(parts.max() / parts.sum()),
            float(corners - len(edges.ends) + len(faces)),
            1 - float((~thin).sum()) / len(value.triangles),
            float(meeting.opposed.mean()) if len(meeting.opposed) else np.nan,
            *(np.percentile(bends, (50, 95)) if len(bends) else (np.nan, np.nan)),
        ]
        if self.self_intersections:
            found.append(self._intersecting(value))
        return np.array(found, dtype=np.float64)

    def _intersecting(self, scan: Scan) -> float:
        if len(scan.triangles) > MOST_INTERSECTED:
            self.remark(
                scan,
                f"self-intersections are not looked for in {len(scan.triangles):,} triangles; "
                f"the most are {MOST_INTERSECTED:,}",
            )
            return float("nan")
        pairs = np.asarray(scan.mesh.get_self_intersecting_triangles())
        return float(len(np.unique(pairs)))


class _Meeting(NamedTuple):
    """The two triangles at each edge of exactly two, and whether they run along it in opposite ways."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    opposed: NDArray[np.bool_]


def _meeting(edges: Edges) -> _Meeting:
    one, other = edges.pairs[edges.faces[edges.sides[edges.pairs[:, 0]]] == 2].T
    return _Meeting(one // 3, other // 3, edges.forward[one] != edges.forward[other])


def _components(left: NDArray[np.int64], right: NDArray[np.int64], nodes: int) -> NDArray[np.int64]:
    """Return the number of the connected component of each node; a link joins left[i] and right[i]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(nodes, nodes))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _part_areas(faces: NDArray[np.int64], edges: Edges, area: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area of each part; faces that share a point are of one part."""
    part = _components(edges.ends[:, 0], edges.ends[:, 1], int(edges.ends.max()) + 1)[faces[:, 0]]
    areas = np.bincount(part, weights=np.broadcast_to(area, len(faces)))
    return np.asarray(areas[np.bincount(part) > 0], dtype=np.float64)


def _fans(edges: Edges) -> int:
    """Return into how many fans the corners fall: those at one point belong together across an edge."""
    links = [_corner_at(edges.pairs, edges, at_low) for at_low in (True, False)]
    left, right = np.concatenate(links).T
    return int(_components(left, right, len(edges.sides)).max()) + 1


def _corner_at(side: NDArray[np.int64], edges: Edges, at_low: bool) -> NDArray[np.int64]:
    """Return the corner of a side's triangle that lies at the lower or at the higher point of the edge."""
    starts_there = edges.forward[side] == at_low
    end = np.where(side % 3 == 2, side - 2, side + 1)
    return np.asarray(np.where(starts_there, side, end))


def _loops(borders: NDArray[np.int64]) -> int:
    """Return the number of independent cycles of a graph: edges - points + components."""
    if not len(borders):
        return 0
    points, ends = np.unique(borders, return_inverse=True)
    ends = ends.reshape(borders.shape)
    components = int(_components(ends[:, 0], ends[:, 1], len(points)).max()) + 1
    return len(borders) - len(points) + components


def _is_orientable(faces: int, meeting: _Meeting) -> bool:
    """Tell whether faces can be turned so that all agree.

    Each face is two nodes, as it is and turned over. Neighbours that agree link like with like, others
    with its opposite; where a face is then linked with its own opposite, no choice is right.
    """
    one, other, opposed = meeting
    if opposed.all():
        return True
    turned = np.where(opposed, 0, faces)
    left, right = np.concatenate([one, one + faces]), np.concatenate([other + turned, other + faces - turned])
    component = _components(left, right, 2 * faces)
    return bool((component[:faces] != component[faces:]).all())


def _bends(normal: NDArray[np.float64], area: NDArray[np.float64], meeting: _Meeting) -> NDArray[np.float64]:
    """Return the angle at each edge of two faces that have an area, degrees."""
    unit = normal / area[:, None]
    a, b = unit[meeting.one], unit[meeting.other]
    chord = np.linalg.norm(np.where(meeting.opposed[:, None], a - b, a + b), axis=1)
    chord = chord[~np.isnan(chord)]
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(chord / 2, 1))))
