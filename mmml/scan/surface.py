"""Features of the size of a mesh and of the shape of its triangles."""

from typing import ClassVar

import numpy as np

from mmml.errors import MmmlError
from mmml.features import Features, Transformer
from mmml.scan.length import check_unit, scale_of
from mmml.scan.value import Scan
from mmml.value import Value

_SLIVER = 0.1


class Surface(Transformer):
    """Extent, area, volume, and how well-shaped the triangles are.

    Lengths, areas and volumes are relative to the diagonal of the bounding box, its square and its cube, or
    in metres (``unit="m"``), and then NaN where the file does not say what its unit is. The box lies
    along the axes, so turning a scan changes what is relative to it.

    ``extent_*`` are the sides of the box, sorted. ``volume`` is what the surface encloses (the sum of signed
    tetrahedra: C. Zhang and T. Chen, "Efficient feature extraction for 2D/3D objects in mesh
    representation", 2001); NaN where an edge has other than two faces, or where these run along it in the
    same direction. ``quality_*`` is 4 √3 area / sum of squared sides, 1 for an equilateral triangle and 0
    for one without area (R. E. Bank and R. K. Smith, "Mesh smoothing using a posteriori error
    estimates", 1997); slivers are those below 0.1. ``edge_spread`` is the 95th percentile of the edges'
    length over its median.

    Args:
        unit: ``diagonal`` or ``m``.
    """

    modality: ClassVar[str] = "scan"

    def __init__(self, unit: str = "diagonal") -> None:
        self.unit = unit
        check_unit(unit)

    @property
    def names(self) -> tuple[str, ...]:
        """Size, then quality."""
        return (
            "extent_long",
            "extent_middle",
            "extent_short",
            "area",
            "volume",
            "edge_median",
            "edge_spread",
            "quality_median",
            "quality_p5",
            "sliver_share",
        )

    def accepts(self, value: Value) -> bool:
        """Take meshes only."""
        return value.kind() == "mesh"

    def extract(self, value: Scan) -> Features:
        """Measure one mesh; float64, shape (10,).

        Raises:
            MmmlError: no triangle has three different corners, or all points are at one place.
        """
        if not len(value.faces):
            raise MmmlError("none of the triangles of the mesh has three different corners")
        area = np.linalg.norm(value.face_normals, axis=1) / 2
        scale = scale_of(value, self.unit)
        extent = np.sort(value.extent / value.diagonal)[::-1]
        length = value.edge_lengths
        squares = (length[value.edges.sides] ** 2).reshape(-1, 3).sum(axis=1)
        quality = 4 * np.sqrt(3) * area / squares
        middle, long = np.percentile(length, (50, 95))
        corner = value.relative[value.faces[:, 0]]
        volume = abs(float(np.einsum("ij,ij->", corner, value.face_normals))) / 6
        return np.array(
            [
                *(extent * scale),
                area.sum() * scale**2,
                (volume if _is_closed(value) else np.nan) * scale**3,
                middle * scale,
                long / middle,
                *np.percentile(quality, (50, 5)),
                (quality < _SLIVER).mean(),
            ]
        )


def _is_closed(scan: Scan) -> bool:
    edges = scan.edges
    if (edges.faces != 2).any():
        return False
    one, other = edges.pairs.T
    return bool((edges.forward[one] != edges.forward[other]).all())
