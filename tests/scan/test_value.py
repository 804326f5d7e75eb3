"""`Scan`: what cannot be read whole is refused, with the reason, and never ends the process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmml.engine.extract import Extractor, Input
from mmml.errors import MmmlError
from mmml.scan.cloud import Cloud
from mmml.scan.surface import Surface
from mmml.scan.topology import Topology
from mmml.scan.value import Scan
from mmml.value import Limits, modality_of

from .conftest import Arrays, glb, text_ply, text_stl, written

# A text that ends between two of its lines is whole for all that anybody can tell.
OPEN_ENDED = ("seams.obj", "backwards.obj", "cube.obj", "cloud.xyz", "commas.xyz", "points.obj")


@pytest.mark.parametrize("keep", [0.02, 0.3, 0.7, 0.98])
def test_a_file_that_is_cut_short_is_refused(
    keep: float, mesh_files: dict[str, bytes], cloud_files: dict[str, bytes], tmp_path: Path
) -> None:
    for name, data in {**mesh_files, **cloud_files}.items():
        if name not in OPEN_ENDED:
            (path,) = written(tmp_path, {name: data[: int(len(data) * keep)]})
            with pytest.raises(MmmlError):
                Scan.read(path)


def test_how_much_is_missing_is_said(cube: Arrays, cloud: np.ndarray, tmp_path: Path) -> None:
    Scan(cloud).write(tmp_path / "a.ply")
    data = (tmp_path / "a.ply").read_bytes()
    with pytest.raises(MmmlError, match="it states 200 points and holds 199"):
        Scan.read(data[:-12])
    with pytest.raises(MmmlError, match="it states 12 faces and holds 11"):
        Scan.read(text_ply(*cube).rstrip().rpartition("\n")[0].encode())
    with pytest.raises(MmmlError, match="the STL file has no end"):
        Scan.read(text_stl(*cube).partition("endsolid")[0].encode())


PLY = b"ply\nformat ascii 1.0\nelement vertex %d\n" + b"".join(b"property float %c\n" % a for a in b"xyz")
PLY += b"end_header\n"
CONTENTS = {
    "empty": b"",
    "one nought": b"\0",
    "noughts": bytes(5000),
    "words": b"this file holds no numbers\nbut words in lines\n" * 50,
    "picture": b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)) * 9,
    "page": b"<html><body>404</body></html>",
    "header of ply": PLY % 3,
    "no points": PLY % 0,
    "table": b"name,label\na.jpg,sharp\nb.jpg,blurred\n",
}


@pytest.mark.parametrize("suffix", sorted(Scan.suffixes))
@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_that_only_has_the_name_of_a_scan_is_refused(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"capture{suffix}"
    path.write_bytes(CONTENTS[name])
    assert modality_of(path) == ("image" if name == "picture" else "scan"), "so that it is reported"
    with pytest.raises(MmmlError, match="empty" if not CONTENTS[name] else None):
        Scan.read(path)
    with pytest.raises(MmmlError):
        Scan.read(CONTENTS[name])


def test_points_that_are_no_numbers_are_dropped_from_clouds_and_said(cloud: np.ndarray) -> None:
    holed = cloud.copy()
    holed[3], holed[7, 1], holed[9, 2] = np.nan, np.inf, -np.inf
    scan = Scan.read(holed)
    assert len(scan.points) == 197
    assert scan.warnings == ["dropped 3 of 200 points that are not finite numbers"]
    seen = Extractor().observe(Input("a", holed, "scan"), [Cloud()])
    assert (seen.error, seen.warnings) == (None, scan.warnings)
    with pytest.raises(MmmlError, match="none of them is made of finite numbers"):
        Scan.read(np.full((5, 3), np.nan))


def test_corners_that_are_no_numbers_break_a_mesh(cube: Arrays) -> None:
    for strange in (np.nan, np.inf):
        points = cube[0].copy()
        points[2, 0] = strange
        for data in (
            text_ply(points, cube[1]).encode(),
            glb(points, cube[1]),
            text_stl(points, cube[1]).encode(),
        ):
            with pytest.raises(MmmlError, match="are not finite numbers"):
                Scan.read(data)


@pytest.mark.parametrize("strange", [8, 1_000_000, -1, 2**31 - 1])
def test_faces_that_name_points_that_do_not_exist_are_refused(strange: int, cube: Arrays) -> None:
    triangles = cube[1].copy()
    triangles[5, 1] = strange
    text = text_ply(cube[0], triangles)
    quad = text.replace("3 0 ", "4 0 0 ")
    off = "OFF\n8 12 0\n" + text.partition("end_header\n")[2]
    obj = "".join("v {} {} {}\n".format(*row) for row in cube[0].tolist()) + f"f 1 2 3 {strange + 1}\n"
    for data in (text, quad, off, obj):
        with pytest.raises(MmmlError, match=r"do not exist|point 0"):
            Scan.read(data.encode())
    binary = text.partition("end_header")[0].replace("ascii", "binary_little_endian") + "end_header\n"
    rows = [np.array([3], "u1").tobytes() + np.array(face, "<i4").tobytes() for face in triangles.tolist()]
    with pytest.raises(MmmlError, match="1 of the 12 faces name points that do not exist"):
        Scan.read(binary.encode() + cube[0].astype("<f4").tobytes() + b"".join(rows))


def test_a_mesh_format_without_faces_holds_a_cloud(cube: Arrays) -> None:
    none = np.empty((0, 3), dtype=np.int64)
    for data in (text_ply(cube[0], none), "OFF\n2 0 0\n0 0 0\n1 1 1\n", "v 0 0 0\nv 1 1 1\n"):
        scan = Scan.read(data.encode())
        assert scan.kind() == "cloud"
        assert not Topology().accepts(scan)
        assert not Surface().accepts(scan)
        assert Cloud().accepts(scan)


def test_one_point_is_a_scan_on_which_nothing_can_be_measured() -> None:
    scan = Scan.read(np.array([[1.0, 2.0, 3.0]]))
    assert scan.facts() == {"points": 1, "faces": 0}
    assert scan.thumbnail(40).shape == (40, 40, 3)
    assert scan.fingerprint() is None
    seen = Extractor().observe(Input("a", np.ones((1, 3)), "scan"), [Cloud()], identity=True)
    assert seen.error == "the cloud has 1 point; nothing is measured on fewer than 10"


def test_points_that_are_all_one_cannot_be_measured(cube: Arrays) -> None:
    same = Scan.read(np.ones((500, 3)))
    with pytest.raises(MmmlError, match="all points are at the same place"):
        Cloud().extract(same)
    flat = Scan(np.ones((8, 3)), cube[1])
    for transformer in (Topology(), Surface()):
        with pytest.raises(MmmlError, match="all points are at the same place"):
            transformer.extract(flat)
    assert same.fingerprint() is flat.fingerprint() is None
    assert flat.thumbnail(40).shape == same.thumbnail(40).shape == (40, 40, 3)


def test_triangles_that_are_all_collapsed_are_no_mesh(cube: Arrays) -> None:
    collapsed = Scan(cube[0], np.array([[0, 0, 1], [2, 3, 3]]))
    for transformer in (Topology(), Surface()):
        with pytest.raises(MmmlError, match="three different corners"):
            transformer.extract(collapsed)
    assert collapsed.thumbnail(40).shape == (40, 40, 3)


@pytest.mark.parametrize("size", [1e-9, 1e9, 1e80])
def test_a_tiny_or_huge_extent_changes_nothing(size: float, cube: Arrays, cloud: np.ndarray) -> None:
    for transformer, small, scaled in (
        (Topology(), Scan(*cube), Scan(cube[0] * size, cube[1])),
        (Surface(), Scan(*cube), Scan(cube[0] * size, cube[1])),
        (Cloud(), Scan(cloud), Scan.read(cloud * size)),
    ):
        assert transformer.extract(scaled) == pytest.approx(transformer.extract(small), rel=1e-6, abs=1e-9)
        assert np.isfinite(transformer.extract(scaled)).all()
        assert scaled.fingerprint() == pytest.approx(small.fingerprint(), abs=0.1)
        assert np.array_equal(scaled.thumbnail(30), small.thumbnail(30))


def test_coordinates_that_cannot_be_multiplied_are_refused(cloud: np.ndarray) -> None:
    with pytest.raises(MmmlError, match="too large to be measured"):
        Scan.read(cloud * 1e300)


def test_limits_hold_before_anything_large_is_made(
    mesh_files: dict[str, bytes], cloud_files: dict[str, bytes], tmp_path: Path
) -> None:
    for name, data in {**mesh_files, **cloud_files}.items():
        (path,) = written(tmp_path, {name: data})
        Scan.read(path, Limits(points=200))
        with pytest.raises(MmmlError, match="points; the limit is 7"):
            Scan.read(path, Limits(points=7))
        with pytest.raises(MmmlError, match=f"{len(data):,} bytes; the limit is"):
            Scan.read(path, Limits(bytes=len(data) - 1))
    bomb = mesh_files["text.ply"].replace(b"vertex 8", b"vertex 99999999999")
    with pytest.raises(MmmlError, match="99,999,999,999 points; the limit is 10,000,000"):
        Scan.read(bomb)


def test_a_mesh_that_stands_in_a_scene_a_million_times_is_refused(cube: Arrays) -> None:
    def many(parts: dict[str, list[object]]) -> None:
        parts["nodes"] = [{"children": list(range(1, 20_001))}, *({"mesh": 0} for _ in range(20_000))]

    with pytest.raises(MmmlError, match="160,000 points; the limit is 100,000"):
        Scan.read(glb(*cube, change=many), Limits(points=100_000))


@pytest.mark.parametrize("shape", [(3,), (5, 2), (5, 4), (2, 5, 3)])
def test_arrays_of_another_shape_are_no_clouds(shape: tuple[int, ...]) -> None:
    with pytest.raises(MmmlError, match="no cloud of points"):
        Scan.read(np.ones(shape))
    with pytest.raises(MmmlError, match="no cloud of points"):
        Scan.read(np.array([["a", "b", "c"]]))
    with pytest.raises(MmmlError, match="the file states none"):
        Scan.read(np.empty((0, 3)))


def test_forged_files_never_end_the_process(
    mesh_files: dict[str, bytes], cloud_files: dict[str, bytes], tmp_path: Path
) -> None:
    """Bytes are changed and numbers put in where counts, lengths and corners stand."""
    rng = np.random.default_rng(0)
    numbers = (b"999999", b"-1", b"4000000000", b"18446744073709551615", b"1e30", b"nan")
    for name, data in {**mesh_files, **cloud_files}.items():
        suffix = Path(name).suffix
        digits = [at for at, byte in enumerate(data) if 48 <= byte < 58]
        for turn in range(30):
            forged = bytearray(data)
            if turn % 2:
                at = int(rng.choice(digits))
                forged[at : at + 1] = numbers[rng.integers(len(numbers))]
            else:
                for at in rng.integers(len(data), size=rng.integers(1, 6)):
                    forged[at] = rng.integers(256)
            path = tmp_path / f"forged{suffix}"
            path.write_bytes(forged)
            try:
                scan = Scan.read(path)
            except MmmlError:
                continue
            assert np.isfinite(scan.points).all()
            assert not len(scan.triangles) or 0 <= scan.triangles.min() <= scan.triangles.max() < len(
                scan.points
            )


def test_nothing_is_said_on_the_streams(mesh_files: dict[str, bytes], tmp_path: Path) -> None:
    """open3d tells of what it meets from C++, where Python cannot catch it."""
    written(tmp_path, {"a.stl": mesh_files["cube.stl"], "broken.ply": mesh_files["cube.ply"][:-5]})
    code = """
from pathlib import Path
from mmml.errors import MmmlError
from mmml.scan.topology import Topology
from mmml.scan.value import Scan
scan = Scan.read(Path("a.stl"))
assert Topology().extract(scan)[-1] == 0
for suffix in (".obj", ".off", ".stl"):
    scan.write(Path("b" + suffix))
try:
    Scan.read(Path("broken.ply"))
except MmmlError:
    print("refused")
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("refused\n", "", 0)


def test_reading_and_looking_loads_nothing_heavy() -> None:
    code = "import sys, mmml.scan.value; print({'open3d', 'scipy', 'sklearn'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"
