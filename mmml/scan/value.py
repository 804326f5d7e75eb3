"""`Scan`: a mesh or a cloud of points."""

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.extras import imported
from mmml.scan import files, ply
from mmml.scan.edges import Edges, edges_of
from mmml.scan.geometry import Geometry, Points, Triangles, checked, no_triangles
from mmml.scan.picture import drawn
from mmml.scan.sample import occupancy
from mmml.value import DEFAULT_LIMITS, Limits, Source, Value, read_bytes, view

_CLOUD_FILES = frozenset({".pcd", ".xyz", ".pts"})
_MESH_FILES = frozenset({".obj", ".stl", ".off"})


class Scan(Value):
    """Points in space, and perhaps triangles between them.

    Coordinates are in metres where the file says what they are in: glTF always is, PLY and OBJ may hold a
    comment such as ``unit: mm``, STL a word in its header. Elsewhere they are in a unit that nobody knows.
    What is measured on scans is therefore relative to `diagonal`, unless somebody asks for metres.

    Args:
        points: float64, shape (n, 3), all finite.
        triangles: rows of ``points``, int64, shape (m, 3); None for a cloud.
        normals: of the points, float64, shape (n, 3); None where there are none.
        unit: ``m``, or None where it is not known.
    """

    modality: ClassVar[str] = "scan"
    suffixes: ClassVar[frozenset[str]] = files.SUFFIXES
    # The numbers of a glTF file may lie beside it.
    opens_files: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = ("open3d", "open3d-cpu")
    # Copies with half the points or other points of the same surface are up to 0.15 away; unlike scenes of
    # one kind 0.2 and more.
    fingerprint_radius: ClassVar[float] = 0.15

    def __init__(
        self,
        points: Points,
        triangles: Triangles | None = None,
        normals: Points | None = None,
        unit: str | None = None,
    ) -> None:
        super().__init__()
        self.points = points
        self.triangles = no_triangles() if triangles is None else triangles
        self.normals = normals
        self.unit = unit

    @classmethod
    def read(cls, source: Source, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Read a scan whole.

        Args:
            source: a path, the bytes of a file, or the points of a cloud: numbers of shape (n, 3).
            limits: largest file (bytes) and most points, counted as they stand in the file.

        Raises:
            MmmlError: not a scan, cut short, broken, without points, or beyond a limit.
        """
        warnings: list[str] = []
        # NumPy would warn of numbers that are not finite; they are looked for and told.
        with np.errstate(all="ignore"):
            found = checked(_found(source, limits), limits, warnings)
        unit = None if found.metres is None else "m"
        scan = cls(found.points, found.triangles, found.normals, unit)
        scan.warnings = warnings
        return scan

    @classmethod
    def content_hash(cls, source: Source, limits: Limits = DEFAULT_LIMITS) -> str:
        """Return SHA-256 (hex) of the file; of a glTF file, of those beside it that hold its numbers too.

        Raises:
            MmmlError: one of them cannot be read, is too large or lies elsewhere.
        """
        own = super().content_hash(source, limits)
        beside = files.beside(source, limits) if isinstance(source, Path) else []
        if not beside:
            return own
        several = [own, *(super(Scan, cls).content_hash(path, limits) for path in beside)]
        return hashlib.sha256("".join(several).encode()).hexdigest()

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Tell a scan by its first bytes; binary STL and rows of numbers have nothing to tell them by."""
        return files.begins(head)

    def kind(self) -> str:
        """Return ``mesh`` where there are triangles, else ``cloud``."""
        return "mesh" if len(self.triangles) else "cloud"

    @view
    def extent(self) -> Points:
        """Sides of the bounding box along the axes, float64, shape (3,)."""
        return np.asarray(np.ptp(self.points, axis=0))

    @view
    def diagonal(self) -> float:
        """Length of the diagonal of the bounding box; 0 where all points are one."""
        return float(np.linalg.norm(self.extent))

    @view
    def relative(self) -> Points:
        """The points with the middle of the bounding box at 0 and its diagonal 1; float64, shape (n, 3).

        Raises:
            MmmlError: all points are at one place.
        """
        if not self.diagonal > 0:
            raise MmmlError("all points are at the same place: there is nothing to measure")
        return np.asarray((self.points - (self.points.min(axis=0) + self.extent / 2)) / self.diagonal)

    @view
    def faces(self) -> Triangles:
        """The triangles with three different corners, int64, shape (k, 3)."""
        first, second, third = self.triangles.T
        whole = (first != second) & (second != third) & (third != first)
        return self.triangles if whole.all() else np.asarray(self.triangles[whole])

    @view
    def edges(self) -> Edges:
        """The edges of `faces`."""
        return edges_of(self.faces)

    @view
    def face_normals(self) -> Points:
        """The normals of `faces`, as long as twice their area, of `relative` size; float64, shape (k, 3)."""
        a, b, c = (self.relative[column] for column in self.faces.T)
        return np.asarray(np.cross(b - a, c - a))

    @view
    def edge_lengths(self) -> NDArray[np.float64]:
        """The lengths of `edges`, of `relative` size; float64, shape (e,)."""
        start, end = (self.relative[column] for column in self.edges.ends.T)
        return np.asarray(np.linalg.norm(end - start, axis=1))

    @view
    def mesh(self) -> Any:
        """The scan as open3d's TriangleMesh, of `relative` size.

        Raises:
            MissingLibrary: open3d is not installed.
        """
        open3d = _open3d()
        mesh = open3d.geometry.TriangleMesh()
        mesh.vertices = open3d.utility.Vector3dVector(self.relative)
        mesh.triangles = open3d.utility.Vector3iVector(self.triangles.astype(np.int32))
        return mesh

    @view
    def cloud(self) -> Any:
        """The points as open3d's PointCloud, of `relative` size, with normals where the file has them.

        Raises:
            MissingLibrary: open3d is not installed.
        """
        open3d = _open3d()
        cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(self.relative))
        if self.normals is not None:
            cloud.normals = open3d.utility.Vector3dVector(np.array(self.normals))
        return cloud

    def write(self, path: Path) -> None:
        """Write the scan: PLY; a mesh as OBJ, STL or OFF too, a cloud as PCD, XYZ or PTS.

        Raises:
            MmmlError: the ending of ``path`` names no format for this kind of scan, or the file cannot be
                written.
            MissingLibrary: open3d is not installed, and the format is another than PLY.
        """
        suffix = path.suffix.lower()
        if suffix == ".ply":
            path.write_bytes(ply.encoded(self.points, self.triangles, self.normals, self.unit == "m"))
            return
        if suffix not in (_MESH_FILES if self.kind() == "mesh" else _CLOUD_FILES):
            raise MmmlError(f"cannot write a {self.kind()} as {suffix or 'a file without an ending'}")
        open3d = _open3d()
        # open3d does not take what may not be written to.
        points = open3d.utility.Vector3dVector(np.array(self.points))
        if self.kind() == "mesh":
            corners = open3d.utility.Vector3iVector(self.triangles.astype(np.int32))
            mesh = open3d.geometry.TriangleMesh(points, corners)
            mesh.compute_triangle_normals()
            done = open3d.io.write_triangle_mesh(str(path), mesh, write_vertex_normals=False)
        else:
            done = open3d.io.write_point_cloud(str(path), open3d.geometry.PointCloud(points))
        if not done:
            raise MmmlError(f"cannot write {path}")

    def fingerprint(self) -> NDArray[np.float32] | None:
        """Return how the surface is spread over the bounding box; None for a scan without extent.

        See `mmml.scan.sample.occupancy`. Turning a scan changes it; size, place, format, the order of the
        points and a little noise do not.
        """
        return None if not self.diagonal > 0 else occupancy(self.relative, self.triangles)

    def thumbnail(self, pixels: int) -> NDArray[np.uint8]:
        """Return the scan seen from above and aside; RGB uint8, shape (pixels, pixels, 3)."""
        place = self.relative if self.diagonal > 0 else np.zeros((1, 3))
        loose = self.edges.ends[self.edges.faces != 2]
        return drawn(place, self.faces if self.diagonal > 0 else no_triangles(), loose, pixels)

    def facts(self) -> dict[str, float]:
        """Return how many points and faces there are, and the diagonal in metres where the unit is known."""
        size = {"diagonal_m": self.diagonal} if self.unit == "m" else {}
        return {"points": len(self.points), "faces": len(self.triangles), **size}


def _open3d() -> Any:
    open3d = imported("open3d", "scan")
    # It tells of what it meets on stdout, which carries data only.
    open3d.utility.set_verbosity_level(open3d.utility.VerbosityLevel.Error)
    return open3d


def _found(source: Source, limits: Limits) -> Geometry:
    if isinstance(source, np.ndarray):
        return _of_array(source)
    if isinstance(source, Path):
        data = read_bytes(source, limits)
        return files.read_geometry(data, source.suffix.lower(), source.parent, limits)
    if not source:
        raise MmmlError("the file is empty")
    return files.read_geometry(source, "", None, limits)


def _of_array(points: NDArray[Any]) -> Geometry:
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind not in "fiu":
        raise MmmlError(
            f"an array of {points.dtype} and shape {points.shape} is no cloud of points",
            "pass numbers of shape (n, 3): x, y and z of each point",
        )
    return Geometry(np.array(points, dtype=np.float64))
