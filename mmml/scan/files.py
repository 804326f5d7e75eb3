"""Which format a file is of, and its points and faces.

All formats are read here, by NumPy, and not by open3d (0.20), for what people send in is not always whole: a
few forged bytes in a PLY or PCD file end the whole process there (a segmentation fault), what is missing at
the end of a PLY file becomes points at 0 0 0, faces may name points that do not exist, an OBJ file with
``.5`` in it reads as empty, and the corners of one with textures fall apart. A binary STL file of a million
triangles also takes seven seconds.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mmml.scan import gltf, obj, off, pcd, ply, stl, xyz
from mmml.scan.geometry import Geometry
from mmml.value import Limits, read_bytes


class Format(NamedTuple):
    """One format.

    Args:
        suffixes: endings of its files.
        begins: tells its files by their first bytes; None where nothing does.
        read: reads one.
    """

    suffixes: frozenset[str]
    begins: Callable[[bytes], bool] | None
    read: Callable[[bytes, Limits], Geometry]


FORMATS = (
    Format(frozenset({".ply"}), ply.begins, ply.read),
    Format(frozenset({".off"}), off.begins, off.read),
    Format(frozenset({".stl"}), stl.begins, stl.read),
    Format(frozenset({".glb", ".gltf"}), gltf.begins, gltf.read),
    Format(frozenset({".pcd"}), pcd.begins, pcd.read),
    Format(frozenset({".obj"}), obj.begins, obj.read),
    Format(frozenset({".xyz", ".pts"}), None, xyz.read),
)

SUFFIXES = frozenset(suffix for one in FORMATS for suffix in one.suffixes)


def begins(head: bytes) -> bool:
    """Tell a scan by its first bytes. Nothing tells binary STL and plain rows of numbers."""
    return any(one.begins is not None and one.begins(head) for one in FORMATS)


def beside(path: Path, limits: Limits) -> list[Path]:
    """Return the files beside a file that hold part of it; only glTF has them.

    Raises:
        MmmlError: the file cannot be read, or names one that lies elsewhere.
    """
    if path.suffix.lower() != ".gltf":
        return []
    data = read_bytes(path, limits)
    return gltf.beside(data, limits, path.parent) if gltf.begins(data[:1024]) else []


def read_geometry(data: bytes, suffix: str, folder: Path | None, limits: Limits) -> Geometry:
    """Read a file.

    Args:
        data: all of it.
        suffix: the ending of its name, lower case with the dot; empty for bytes without a name.
        folder: where it lies, and with it what it is made of besides; None for bytes.
        limits: what it may hold.

    Raises:
        MmmlError: it cannot be read whole; with the reason.
    """
    told = next((one for one in FORMATS if one.begins is not None and one.begins(data[:1024])), None)
    named = next((one for one in FORMATS if suffix in one.suffixes), None)
    chosen = told or named
    if chosen is None:
        # What is left has no mark of its own.
        return stl.read(data, limits) if stl.is_binary(data) else xyz.read(data, limits)
    if chosen.read is gltf.read:
        return gltf.read(data, limits, folder)
    return chosen.read(data, limits)
