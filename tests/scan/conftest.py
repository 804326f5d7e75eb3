"""A cube, a cloud, and files of both in every format, some written by hand."""

import base64
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.scan.shapes import extruded
from mmml.scan.value import Scan

Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="session")
def cube() -> Arrays:
    """Eight corners and twelve triangles of a cube with sides of 2, away from the origin. Read only."""
    points, triangles = extruded([(1, 1), (3, 1), (3, 3), (1, 3)], 2.0)
    points.setflags(write=False)
    return points, triangles


@pytest.fixture(scope="session")
def cloud() -> np.ndarray:
    """Two hundred points, float64, shape (200, 3), that float32 holds as well. Read only."""
    points = np.random.default_rng(5).normal(size=(200, 3)).astype(np.float32).astype(np.float64)
    points.setflags(write=False)
    return points


@pytest.fixture(scope="session")
def mesh_files(cube: Arrays, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The cube in every format of meshes: as mmml and open3d write them, and by hand."""
    scan = Scan(*cube)
    folder = tmp_path_factory.mktemp("meshes")
    files = {}
    for suffix in (".ply", ".obj", ".stl", ".off"):
        scan.write(folder / f"cube{suffix}")
        files[f"cube{suffix}"] = (folder / f"cube{suffix}").read_bytes()
    return files | {
        "text.ply": text_ply(*cube).encode(),
        "big_endian.ply": big_endian_ply(*cube),
        "text.stl": text_stl(*cube).encode(),
        "box.glb": glb(*cube),
        "split.glb": glb(cube[0][cube[1]].reshape(-1, 3), None),
        "inside.gltf": json.dumps(gltf(*cube, uri=True)[0]).encode(),
        "seams.obj": seams_obj(*cube).encode(),
        "backwards.obj": backwards_obj(*cube).encode(),
    }


@pytest.fixture(scope="session")
def cloud_files(cloud: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The cloud in every format of clouds."""
    import open3d

    folder = tmp_path_factory.mktemp("clouds")
    held = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(np.array(cloud)))
    files = {}
    for name, options in {
        "cloud.ply": {},
        "text.ply": {"write_ascii": True},
        "cloud.pcd": {},
        "text.pcd": {"write_ascii": True},
        "packed.pcd": {"compressed": True},
        "cloud.xyz": {},
        "cloud.pts": {},
    }.items():
        assert open3d.io.write_point_cloud(str(folder / name), held, **options)
        files[name] = (folder / name).read_bytes()
    rows = [",".join(map(repr, row)) for row in cloud.tolist()]
    files["commas.xyz"] = "\n".join(["x,y,z", *rows]).encode()
    files["points.obj"] = "\n".join("v {!r} {!r} {!r}".format(*row) for row in cloud.tolist()).encode()
    return files


def text_ply(points: np.ndarray, triangles: np.ndarray, comment: str = "made by hand") -> str:
    head = [
        *("ply", "format ascii 1.0", f"comment {comment}", f"element vertex {len(points)}"),
        *(f"property float {axis}" for axis in "xyz"),
        *(f"element face {len(triangles)}", "property list uchar int vertex_indices", "end_header"),
    ]
    rows = [" ".join(map(repr, row)) for row in points.tolist()]
    faces = [" ".join(map(str, (len(face), *face))) for face in triangles.tolist()]
    return "\n".join([*head, *rows, *faces]) + "\n"


def big_endian_ply(points: np.ndarray, triangles: np.ndarray) -> bytes:
    """Lines end in two characters, as some writers on Windows do; faces carry a number more."""
    head = text_ply(points, triangles).partition("end_header")[0] + "end_header\n"
    head = head.replace("ascii", "binary_big_endian").replace(
        "property list", "property uchar flags\nproperty list"
    )
    rows = points.astype(">f4").tobytes()
    faces = b"".join(struct.pack(">BB3i", 7, 3, *face) for face in triangles.tolist())
    return head.replace("\n", "\r\n").encode() + rows + faces


def text_stl(points: np.ndarray, triangles: np.ndarray) -> str:
    lines = ["solid by hand"]
    for corners in points[triangles].tolist():
        lines += ["  facet normal 0 0 0", "    outer loop"]
        lines += ["      vertex {!r} {!r} {!r}".format(*corner) for corner in corners]
        lines += ["    endloop", "  endfacet"]
    return "\n".join([*lines, "endsolid by hand"]) + "\n"


def seams_obj(points: np.ndarray, triangles: np.ndarray) -> str:
    """Every corner has a texture of its own, in numbers without a nought before the point."""
    lines = ["# by hand", "mtllib none.mtl", "o cube"]
    lines += ["v\t{!r} {!r} {!r}".format(*row) for row in points.tolist()]
    lines += [f"vt .{n} .5" for n in range(3 * len(triangles))] + ["vn 0 0 1", "usemtl paint"]
    for i, (a, b, c) in enumerate((triangles + 1).tolist()):
        lines.append(f"f {a}/{3 * i + 1}/1 {b}/{3 * i + 2}/1 {c}/{3 * i + 3}/1")
    return "\n".join(lines)


def backwards_obj(points: np.ndarray, triangles: np.ndarray) -> str:
    rows = ["v {!r} {!r} {!r}".format(*row) for row in points.tolist()]
    return "\n".join([*rows, *("f {} {} {}".format(*face) for face in (triangles - len(points)).tolist())])


def gltf(
    points: np.ndarray, triangles: np.ndarray | None, uri: bool | str = False, **node: Any
) -> tuple[dict[str, Any], bytes]:
    """Return the JSON and the numbers of a glTF file."""
    place = points.astype("<f4").tobytes()
    corners = b"" if triangles is None else triangles.astype("<u2").tobytes()
    data = place + corners
    primitive: dict[str, Any] = {"attributes": {"POSITION": 0}}
    accessors = [{"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3"}]
    views = [{"buffer": 0, "byteLength": len(place)}]
    if triangles is not None:
        primitive["indices"] = 1
        accessors.append({"bufferView": 1, "componentType": 5123, "count": triangles.size, "type": "SCALAR"})
        views.append({"buffer": 0, "byteOffset": len(place), "byteLength": len(corners)})
    buffer: dict[str, Any] = {"byteLength": len(data)}
    if isinstance(uri, str):
        buffer["uri"] = uri
    elif uri:
        buffer["uri"] = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    parts = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **node}],
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [buffer],
    }
    return parts, data


def glb(
    points: np.ndarray, triangles: np.ndarray | None, change: Callable[[Any], None] | None = None, **node: Any
) -> bytes:
    """Return a GLB file; ``change`` may alter its JSON first."""
    parts, data = gltf(points, triangles, **node)
    if change is not None:
        change(parts)
    text = json.dumps(parts).encode()
    text += b" " * (-len(text) % 4)
    data += bytes(-len(data) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def written(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Write files into a folder."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]
