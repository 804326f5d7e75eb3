"""GLB and glTF: JSON that describes numbers in binary buffers (Khronos Group, glTF 2.0, 2021; ISO/IEC 12113).

open3d's reader is not used: it refuses files that keep their numbers inside the JSON, open3d's own among
them.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.scan.geometry import Geometry, Points, Triangles, allow, no_triangles
from mmml.value import Limits, read_bytes

_MAGIC = b"glTF"
_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC3": 3}
_COMPRESSED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")
_KINDS = _POINTS, _TRIANGLES, _STRIP, _FAN = 0, 4, 5, 6
# Three faces of three corners for each point.
_MOST_CORNERS = 9


def begins(head: bytes) -> bool:
    """Tell a GLB or glTF file by its first bytes."""
    keys = (b'"accessors"', b'"bufferViews"', b'"scenes"', b'"meshes"', b'"extensionsUsed"')
    return head.startswith(_MAGIC) or (
        head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        and (b'"asset"' in head or b'"glTF"' in head)
        and any(key in head for key in keys)
    )


def read(data: bytes, limits: Limits, folder: Path | None = None) -> Geometry:
    """Read all triangles and points of the scene, in metres, which is the unit of the format.

    Args:
        data: the file.
        limits: most points, and most bytes of a file beside it.
        folder: where buffers in files of their own are looked for, and nowhere else; None refuses them.

    Raises:
        MmmlError: it is cut short, broken, compressed, needs a file that is not there or lies elsewhere, or
            has more points than ``limits`` allow.
    """
    try:
        return _File(data, limits, folder).geometry()
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, RecursionError):
        # JSON of another shape than the format demands.
        raise MmmlError("the glTF file is broken: its parts do not fit together") from None


def beside(data: bytes, limits: Limits, folder: Path) -> list[Path]:
    """Return the files in the same folder that hold numbers of a glTF file; none of one that is broken.

    Raises:
        MmmlError: it is no glTF file, or names a file that lies elsewhere.
    """
    try:
        file = _File(data, limits, folder)
        uris = [buffer.get("uri") for buffer in file.json.get("buffers", [])]
        return [file.place(uri) for uri in uris if uri is not None and not uri.startswith("data:")]
    except (TypeError, AttributeError, ValueError):
        return []


class _File:
    def __init__(self, data: bytes, limits: Limits, folder: Path | None) -> None:
        self.limits = limits
        self.folder = folder
        self.binary: bytes | None = None
        text = self._unpacked(data) if data.startswith(_MAGIC) else data
        try:
            self.json: dict[str, Any] = json.loads(text)
        except (ValueError, RecursionError):
            raise MmmlError("the glTF file is broken or cut short: it holds no JSON") from None
        if not isinstance(self.json, dict):
            raise TypeError
        self.buffers: dict[int, bytes] = {}

    def geometry(self) -> Geometry:
        """Return what the scene shows."""
        parts = [(part, matrix) for mesh, matrix in self._placed() for part in self._parts(mesh)]
        # A mesh may stand in a scene many times.
        allow(sum(self._count(part["attributes"]["POSITION"]) for part, _ in parts), self.limits)
        corners = sum(self._count(part["indices"]) for part, _ in parts if "indices" in part)
        if corners > _MOST_CORNERS * self.limits.points:
            raise MmmlError(f"the mesh has {corners // 3:,} faces; the limit is {3 * self.limits.points:,}")
        places: list[Points] = []
        faces: list[Triangles] = [no_triangles()]
        before = 0
        for part, matrix in parts:
            place = self._read(part["attributes"]["POSITION"], "VEC3").astype(np.float64)
            triangles = self._triangles(part, len(place))
            if np.linalg.det(matrix[:3, :3]) < 0:
                # A mirrored surface would show its inside.
                triangles = triangles[:, ::-1]
            faces.append(np.where(triangles < len(place), triangles + before, -1))
            places.append(place @ matrix[:3, :3].T + matrix[:3, 3])
            before += len(place)
        return Geometry(np.concatenate(places), np.concatenate(faces), None, 1.0, split=True)

    def _unpacked(self, data: bytes) -> bytes:
        """Return the JSON of a GLB file, and keep its binary part."""
        length = int.from_bytes(data[8:12], "little")
        if length > len(data) or len(data) < 20:
            raise MmmlError(f"the file is cut short: it states {length:,} bytes and holds {len(data):,}")
        chunks: dict[bytes, bytes] = {}
        at = 12
        while at + 8 <= length:
            size = int.from_bytes(data[at : at + 4], "little")
            chunks.setdefault(data[at + 4 : at + 8], data[at + 8 : min(at + 8 + size, length)])
            at += 8 + size
        self.binary = chunks.get(b"BIN\0")
        return chunks.get(b"JSON", b"")

    def _placed(self) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
        """Yield the meshes of the scene with the matrices (4 x 4) that put them there."""
        nodes, meshes = self.json.get("nodes", []), self.json.get("meshes", [])
        scenes = self.json.get("scenes")
        if not nodes:
            yield from ((mesh, np.eye(4)) for mesh in meshes)
            return
        children = {child for node in nodes for child in node.get("children", [])}
        roots = scenes[self.json.get("scene", 0)].get("nodes", []) if scenes else None
        ahead = [(i, np.eye(4)) for i in (set(range(len(nodes))) - children if roots is None else roots)]
        seen: set[int] = set()
        while ahead:
            i, above = ahead.pop()
            if i in seen:
                raise MmmlError("the glTF file is broken: a node stands in its scene twice")
            seen.add(i)
            matrix = above @ _matrix(nodes[_index(i)])
            ahead += [(child, matrix) for child in nodes[i].get("children", [])]
            if "mesh" in nodes[i]:
                yield meshes[_index(nodes[i]["mesh"])], matrix

    def _parts(self, mesh: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what of a mesh is made of triangles or points; lines are left out."""
        parts = mesh["primitives"]
        for part in parts:
            for name in _COMPRESSED:
                if name in part.get("extensions", {}):
                    raise MmmlError(
                        f"the glTF file is compressed ({name}), which is not read", "save it without"
                    )
        kinds = (_POINTS, _TRIANGLES, _STRIP, _FAN)
        return [
            part
            for part in parts
            if part.get("mode", _TRIANGLES) in kinds and "POSITION" in part["attributes"]
        ]

    def _count(self, accessor: Any) -> int:
        return _index(self.json["accessors"][_index(accessor)]["count"])

    def _triangles(self, part: dict[str, Any], points: int) -> Triangles:
        mode = part.get("mode", _TRIANGLES)
        if mode == _POINTS:
            return no_triangles()
        if "indices" in part:
            corners = self._read(part["indices"], "SCALAR")[:, 0].astype(np.int64)
        else:
            corners = np.arange(points)
        if mode == _TRIANGLES:
            return corners[: len(corners) // 3 * 3].reshape(-1, 3)
        first, second, third = corners[:-2], corners[1:-1], corners[2:]
        if mode == _FAN:
            return np.stack([np.broadcast_to(corners[:1], second.shape), second, third], axis=1)
        # Every other triangle of a strip is wound the other way round.
        odd = np.arange(len(first)) % 2 == 1
        return np.stack([first, np.where(odd, third, second), np.where(odd, second, third)], axis=1)

    def _read(self, number: Any, shape: str) -> NDArray[Any]:
        """Return the numbers of an accessor, shape (count, 1 or 3)."""
        accessor = self.json["accessors"][_index(number)]
        if "sparse" in accessor or "bufferView" not in accessor:
            raise MmmlError("the glTF file holds sparse numbers, which are not read")
        if accessor["type"] != shape:
            raise ValueError(shape)
        view = self.json["bufferViews"][_index(accessor["bufferView"])]
        _refuse_compressed(view.get("extensions", {}))
        buffer = self._buffer(_index(view["buffer"]))
        kind, width, count = np.dtype(_TYPES[accessor["componentType"]]), _WIDTHS[shape], self._count(number)
        least = kind.itemsize * width
        stride = _index(view.get("byteStride", 0)) or least
        start, offset = _index(accessor.get("byteOffset", 0)), _index(view.get("byteOffset", 0))
        end = start + stride * (count - 1) + least if count else start
        if stride < least or end > _index(view["byteLength"]):
            raise ValueError(end)
        if offset + end > len(buffer):
            raise MmmlError("the file is cut short: its numbers end before its triangles do")
        found = np.ndarray((count, width), kind, buffer, offset + start, (stride, kind.itemsize))
        if accessor.get("normalized") and kind.kind in "iu":
            return np.maximum(found / float(np.iinfo(kind).max), -1.0)
        return found

    def _buffer(self, number: int) -> bytes:
        if number not in self.buffers:
            self.buffers[number] = self._opened(self.json["buffers"][number].get("uri"))
        return self.buffers[number]

    def _opened(self, uri: str | None) -> bytes:
        if uri is None:
            if self.binary is None:
                raise MmmlError("the file is cut short: its binary part is missing")
            return self.binary
        if uri.startswith("data:"):
            try:
                return base64.b64decode(uri.partition(",")[2], validate=True)
            except binascii.Error:
                raise MmmlError("the glTF file is broken: its numbers are no base64") from None
        path = self.place(uri)
        try:
            return read_bytes(path, self.limits)
        except MmmlError as error:
            raise MmmlError(f"the numbers of the glTF file lie in {unquote(uri)}: {error.message}") from None

    def place(self, uri: str) -> Path:
        """Return where a file beside this one lies."""
        name = unquote(uri)
        if self.folder is None:
            raise MmmlError(f"the numbers of the glTF file lie in {name}, which did not come with it")
        home = self.folder.resolve()
        path = (home / name).resolve()
        if ":" in name.partition("/")[0] or not path.is_relative_to(home):
            raise MmmlError(f"the glTF file names numbers outside of its own folder: {name[:60]}")
        return path


def _matrix(node: dict[str, Any]) -> NDArray[np.float64]:
    """Return where a node puts what it holds: its matrix, or scale, then quaternion, then shift."""
    if "matrix" in node:
        # Column after column.
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = (float(part) for part in node.get("rotation", (0, 0, 0, 1)))
    norm = math.sqrt(x * x + y * y + z * z + w * w) or 1.0
    x, y, z, w = x / norm, y / norm, z / norm, w / norm
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), dtype=np.float64)
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def _refuse_compressed(extensions: dict[str, Any]) -> None:
    for name in _COMPRESSED:
        if name in extensions:
            raise MmmlError(f"the glTF file is compressed ({name}), which is not read", "save it without")


def _index(number: Any) -> int:
    # Python would count negative ones from the end, and take a true for one.
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError(number)
    return number
