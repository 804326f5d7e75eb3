"""Scans of every format: the same surface comes out, whoever wrote the file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.engine.cache import FeatureCache
from mmml.engine.extract import Extractor, Input
from mmml.errors import MmmlError
from mmml.scan.surface import Surface
from mmml.scan.topology import Topology
from mmml.scan.value import Scan
from mmml.value import HEAD, modality_of, modality_of_bytes

from .conftest import Arrays, glb, gltf, text_ply, text_stl, written

MESHES = (
    *("cube.ply", "cube.obj", "cube.stl", "cube.off", "text.ply", "big_endian.ply", "text.stl"),
    *("box.glb", "split.glb", "inside.gltf", "seams.obj", "backwards.obj"),
)
CLOUDS = (
    *("cloud.ply", "text.ply", "cloud.pcd", "text.pcd", "packed.pcd", "cloud.xyz", "cloud.pts"),
    *("commas.xyz", "points.obj"),
)
# Nothing at their beginning tells them from other files.
UNMARKED = ("cube.stl", "cloud.xyz", "cloud.pts", "commas.xyz")


def measured(scan: Scan) -> dict[str, float]:
    parts = (Topology(self_intersections=False), Surface())
    return {name: x for part in parts for name, x in zip(part.names, part.extract(scan), strict=True)}


@pytest.mark.parametrize("name", MESHES)
def test_a_cube_is_a_closed_cube_in_every_format(
    name: str, mesh_files: dict[str, bytes], tmp_path: Path
) -> None:
    (path,) = written(tmp_path, {name: mesh_files[name]})
    for source in (path, mesh_files[name]):
        scan = Scan.read(source)
        assert (scan.kind(), len(scan.points), len(scan.triangles)) == ("mesh", 8, 12)
        found = measured(scan)
        assert found["watertight"] == 1
        assert found["area"] * scan.diagonal**2 == pytest.approx(24)
        assert found["volume"] * scan.diagonal**3 == pytest.approx(8)
        assert scan.points.min(axis=0) == pytest.approx([1, 1, 0])
        assert scan.warnings == []


@pytest.mark.parametrize("name", CLOUDS)
def test_a_cloud_comes_back_in_every_format(
    name: str, cloud: np.ndarray, cloud_files: dict[str, bytes], tmp_path: Path
) -> None:
    (path,) = written(tmp_path, {name: cloud_files[name]})
    for source in (path, cloud_files[name]):
        scan = Scan.read(source)
        assert scan.kind() == "cloud"
        assert scan.points == pytest.approx(cloud, abs=1e-5)
        assert scan.normals is None


@pytest.mark.parametrize("name", [*MESHES, *CLOUDS])
def test_a_scan_is_known_by_its_beginning_or_else_by_its_name(
    name: str, mesh_files: dict[str, bytes], cloud_files: dict[str, bytes], tmp_path: Path
) -> None:
    data = {**mesh_files, **cloud_files}[name]
    assert modality_of_bytes(data[:HEAD]) == (None if name in UNMARKED else "scan")
    (path,) = written(tmp_path, {name: data})
    assert modality_of(path) == "scan"
    if name not in UNMARKED:
        (renamed,) = written(tmp_path, {"capture.bin": data})
        assert modality_of(renamed) == "scan"
        assert len(Scan.read(renamed).points) in (8, 200)


HEADS = {
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "wave": b"RIFF\x24\x08\0\0WAVEfmt ",
    "mp4": b"\0\0\0\x20ftypisom",
    "text": b"off to the village\nsolid ground under our feet\nv is a letter\n" * 5,
    "solid": b"solid waste is collected on Mondays\nand paper on Fridays\n",
    "json": b'{"path": "a.jpg", "label": "sharp"}\n',
    "numbers": b"1 2 3\n4 5 6\n",
    "nothing": b"",
}


@pytest.mark.parametrize("name", HEADS)
def test_other_files_are_not_taken_for_scans(name: str) -> None:
    assert not Scan.sniff(HEADS[name])


def test_normals_of_a_cloud_are_kept(tmp_path: Path, cloud: np.ndarray) -> None:
    normals = cloud / np.linalg.norm(cloud, axis=1, keepdims=True)
    Scan(cloud, normals=normals).write(tmp_path / "a.ply")
    scan = Scan.read(tmp_path / "a.ply")
    assert scan.normals == pytest.approx(normals, abs=1e-6)
    assert len(scan.cloud.normals) == 200


def test_a_file_keeps_what_float32_would_lose(tmp_path: Path, cloud: np.ndarray) -> None:
    surveyed = cloud + np.array([3_500_000.123, 5_600_000.456, 100])
    Scan(surveyed).write(tmp_path / "a.ply")
    assert Scan.read(tmp_path / "a.ply").points == pytest.approx(surveyed, abs=1e-6)


@pytest.mark.parametrize("suffix", [".ply", ".obj", ".stl", ".off"])
def test_a_mesh_is_written_and_read_again(suffix: str, cube: Arrays, tmp_path: Path) -> None:
    Scan(*cube).write(tmp_path / f"a{suffix}")
    assert measured(Scan.read(tmp_path / f"a{suffix}")) == pytest.approx(measured(Scan(*cube)), nan_ok=True)


@pytest.mark.parametrize(
    ("kind", "suffix"), [("mesh", ".glb"), ("mesh", ".xyz"), ("cloud", ".stl"), ("mesh", "")]
)
def test_a_format_that_cannot_hold_the_scan_is_refused(kind: str, suffix: str, cube: Arrays) -> None:
    scan = Scan(*cube) if kind == "mesh" else Scan(cube[0])
    with pytest.raises(MmmlError, match=f"cannot write a {kind} as {suffix or 'a file without'}"):
        scan.write(Path(f"a{suffix}"))


CORNERED = {
    # Seen from above: an L, whose fan around its first corner would lie outside of it.
    "ell": [(2, 1), (1, 1), (1, 2), (0, 2), (0, 0), (2, 0)],
    "arrow": [(0, 0), (2, 1), (0, 2), (1, 1)],
}


@pytest.mark.parametrize(("name", "area"), [("ell", 3.0), ("arrow", 1.0)])
@pytest.mark.parametrize("turn", ["xyz", "zxy", "yzx"])
def test_polygons_with_a_bent_in_corner_keep_their_area(name: str, area: float, turn: str) -> None:
    corners = [dict(zip("xyz", (*corner, 0), strict=True)) for corner in CORNERED[name]]
    rows = "".join(f"v {c[turn[0]]} {c[turn[1]]} {c[turn[2]]}\n" for c in corners)
    scan = Scan.read(f"{rows}f {' '.join(str(n + 1) for n in range(len(corners)))}\n".encode())
    assert len(scan.triangles) == len(corners) - 2
    assert measured(scan)["area"] * scan.diagonal**2 == pytest.approx(area)


def test_a_ply_file_may_mix_faces_of_any_number_of_corners() -> None:
    head = "ply\nformat {}\n" + "element vertex 6\n" + "".join(f"property double {a}\n" for a in "xyz")
    head += "element face 2\nproperty list uchar uint vertex_index\nproperty uchar red\nend_header\n"
    place = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (2, 0, 0), (2, 1, 0)]
    text = head.format("ascii 1.0") + "".join(f"{x} {y} {z}\n" for x, y, z in place)
    text += "4 0 1 2 3 9\n5 1 4 5 2 1 9\n"
    binary = head.format("binary_little_endian 1.0").encode() + np.array(place, "<f8").tobytes()
    for face in ((0, 1, 2, 3), (1, 4, 5, 2, 1)):
        binary += bytes([len(face)]) + np.array(face, "<u4").tobytes() + b"\x09"
    for data in (text.encode(), binary):
        scan = Scan.read(data)
        assert len(scan.triangles) == 5
        assert measured(scan)["area"] * scan.diagonal**2 == pytest.approx(2)


UNITS = {
    "unit m": 1.0,
    "Units: mm": 0.001,
    "File units = inches": 0.0254,
    "unit=feet": 0.3048,
    "units unknown": None,
    "united we stand": None,
}


@pytest.mark.parametrize("comment", UNITS)
def test_a_unit_in_a_comment_is_read(comment: str, cube: Arrays) -> None:
    metres = UNITS[comment]
    obj = f"# {comment}\n" + "".join("v {} {} {}\n".format(*row) for row in cube[0].tolist())
    for data in (text_ply(*cube, comment=comment).encode(), obj.encode()):
        scan = Scan.read(data)
        assert scan.unit == (None if metres is None else "m")
        assert scan.extent == pytest.approx([2 * (metres or 1)] * 3)
        assert scan.facts().get("diagonal_m") == (None if metres is None else pytest.approx(scan.diagonal))


def test_gltf_is_in_metres_and_stl_may_be(cube: Arrays) -> None:
    assert Scan.read(glb(*cube)).unit == "m"
    assert Scan.read(text_stl(*cube).encode()).unit is None
    assert Scan.read(text_stl(*cube).replace("by hand", "units=mm").encode()).extent == pytest.approx(
        [0.002] * 3
    )


def test_a_node_of_a_gltf_scene_puts_its_mesh_in_place(cube: Arrays) -> None:
    quarter = [0, 0, np.sqrt(0.5), np.sqrt(0.5)]
    scan = Scan.read(glb(*cube, translation=[10, 0, 0], rotation=quarter, scale=[1, 2, 3]))
    # The cube spans 1 to 3, 1 to 3 and 0 to 2: stretched, then turned by 90 degrees, then moved.
    assert scan.points.min(axis=0) == pytest.approx([4, 1, 0], abs=1e-6)
    assert scan.points.max(axis=0) == pytest.approx([8, 3, 6], abs=1e-6)

    def twice(parts: Any) -> None:
        parts["nodes"] += [{"children": [0, 2], "translation": [0, 0, 5]}, {"mesh": 0, "scale": [-1, 1, 1]}]
        parts["scenes"][0]["nodes"] = [1]

    found = measured(Scan.read(glb(*cube, change=twice)))
    assert (found["parts"], found["watertight"]) == (2, 1)
    # A mirrored cube would be inside out, and both together empty.
    assert found["volume"] * Scan.read(glb(*cube, change=twice)).diagonal ** 3 == pytest.approx(16)


def test_strips_and_fans_of_gltf_become_triangles() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], float)

    def mode(number: int) -> Any:
        return lambda parts: parts["meshes"][0]["primitives"][0].update(mode=number)

    for points, number in ((square, 5), (square[[0, 1, 3, 2]], 6)):
        found = measured(Scan.read(glb(points, None, change=mode(number))))
        assert (found["area"] * 2, found["winding_share"]) == pytest.approx((1, 1))
    assert Scan.read(glb(square, None, change=mode(0))).kind() == "cloud"


def test_numbers_beside_a_gltf_file_are_read_from_its_own_folder_only(cube: Arrays, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    data = gltf(*cube)[1]
    (folder / "the cube.bin").write_bytes(data)
    (tmp_path / "outside.bin").write_bytes(data)
    (folder / "link.bin").symlink_to("../outside.bin")
    for uri, reason in {
        "the%20cube.bin": None,
        "missing.bin": "missing.bin: there is no such file",
        "../outside.bin": "outside of its own folder",
        "%2e%2e/outside.bin": "outside of its own folder",
        str(tmp_path / "outside.bin"): "outside of its own folder",
        "link.bin": "outside of its own folder",
        "http://example.org/a.bin": "outside of its own folder",
        "file:///etc/passwd": "outside of its own folder",
        "data:;base64,####": "no base64",
    }.items():
        (folder / "a.gltf").write_text(json.dumps(gltf(*cube, uri=uri)[0]))
        if reason is None:
            assert len(Scan.read(folder / "a.gltf").points) == 8
        else:
            with pytest.raises(MmmlError, match=reason):
                Scan.read(folder / "a.gltf")
    (folder / "a.gltf").write_text(json.dumps(gltf(*cube, uri="the%20cube.bin")[0]))
    with pytest.raises(MmmlError, match="did not come with it"):
        Scan.read((folder / "a.gltf").read_bytes())


def test_what_a_gltf_file_may_not_be_made_of_is_named(cube: Arrays) -> None:
    def draco(parts: Any) -> None:
        parts["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0}}

    def sparse(parts: Any) -> None:
        parts["accessors"][0]["sparse"] = {"count": 1}

    def circle(parts: Any) -> None:
        parts["nodes"][0]["children"] = [0]

    def negative(parts: Any) -> None:
        parts["bufferViews"][0]["byteOffset"] = -4

    def long(parts: Any) -> None:
        parts["accessors"][1]["count"] = 3_000_000

    def lost(parts: Any) -> None:
        del parts["meshes"]

    for change, reason in {
        draco: "KHR_draco_mesh_compression",
        sparse: "sparse",
        circle: "twice",
        negative: "do not fit together",
        long: "do not fit together",
        lost: "do not fit together",
    }.items():
        with pytest.raises(MmmlError, match=reason):
            Scan.read(glb(*cube, change=change))


def test_a_glb_file_that_open3d_wrote_is_read(cube: Arrays, tmp_path: Path) -> None:
    import open3d

    assert open3d.io.write_triangle_mesh(str(tmp_path / "a.glb"), Scan(*cube).mesh)
    assert measured(Scan.read(tmp_path / "a.glb"))["watertight"] == 1


def test_another_file_beside_a_gltf_file_is_another_scan(cube: Arrays, tmp_path: Path) -> None:
    parts, data = gltf(*cube, uri="cube.bin")
    file, numbers = tmp_path / "a.gltf", tmp_path / "cube.bin"
    file.write_text(json.dumps(parts))
    numbers.write_bytes(data)
    cache = FeatureCache(tmp_path / "cache", 1_000_000)

    def area() -> float:
        (seen,) = Extractor(cache=cache).observe_all([Input("a", file, "scan")], {"scan": [Surface()]})
        assert seen.error is None
        return dict(zip(Surface().names, *seen.features.values(), strict=True))["area"]

    before = area()
    assert area() == before
    taller = cube[0] * (1, 1, 3)
    numbers.write_bytes(gltf(taller, cube[1])[1])
    assert area() != before
    numbers.unlink()
    with pytest.raises(MmmlError, match="there is no such file"):
        Scan.content_hash(file)
