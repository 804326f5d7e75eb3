"""MakeClosed and MakeScan: what they make is what they say."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.scan import scanner
from mmml.scan.cloud import Cloud
from mmml.scan.flaws import FLAWS
from mmml.scan.make import MakeClosed, MakeScan
from mmml.scan.scene import SCENES, panel
from mmml.scan.value import Scan


def make(maker: Any, seed: int, label: str) -> tuple[Scan, dict[str, Any]]:
    return maker(np.random.default_rng(seed), None, label)


@pytest.mark.parametrize("maker", [MakeClosed(), MakeScan()], ids=["closed", "scan"])
def test_the_same_chance_gives_the_same_file(maker: Any, tmp_path: Path) -> None:
    for label in maker.labels:
        for name in ("a", "b"):
            make(maker, 3, label)[0].write(tmp_path / f"{name}{maker.suffix}")
        data = (tmp_path / "a.ply").read_bytes()
        assert data == (tmp_path / "b.ply").read_bytes()
        assert len(data) < 100_000


def test_open3d_agrees_on_which_meshes_are_closed() -> None:
    shapes: Counter[str] = Counter()
    for seed in range(80):
        label = MakeClosed.labels[seed % 2]
        scan, facts = make(MakeClosed(), seed, label)
        closed = scan.mesh.is_edge_manifold(allow_boundary_edges=False)
        assert closed == (label == "closed"), facts
        assert (facts["kind"] == "none") == closed
        shapes[str(facts["shape"])] += 1
    assert len(shapes) == 7


@pytest.mark.parametrize("kind", FLAWS)
def test_every_flaw_opens_a_mesh_the_more_so_the_more_severe(kind: str) -> None:
    loose = []
    for severity in (0.002, 0.3):
        maker = MakeClosed(kinds=[kind], severity=(severity, severity))
        scans = [make(maker, seed, "open")[0] for seed in range(20)]
        loose.append(np.mean([(scan.edges.faces != 2).mean() for scan in scans]))
    assert 0 < loose[0] < loose[1]


def test_meshes_have_as_many_triangles_as_is_asked() -> None:
    counts = [len(make(MakeClosed(triangles=(400, 2000)), seed, "closed")[0].triangles) for seed in range(20)]
    assert 300 < min(counts) < max(counts) <= 4000


def test_clouds_are_what_their_facts_say() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(36):
        label = MakeScan.labels[seed % 3]
        scan, facts = make(MakeScan(), seed, label)
        kinds[str(facts["kind"])] += 1
        assert scan.kind() == "cloud"
        assert scan.unit == "m"
        assert facts["shape"] in SCENES
        if label == "incomplete":
            assert facts["kind"] in scanner.GAPS
            assert facts["covered"] <= 1 - facts["severity"] + 0.01
        else:
            assert facts["covered"] >= 0.96
            assert 1500 <= len(scan.points) <= 5000
        if label == "usable":
            assert (facts["kind"], facts["severity"]) == ("none", 0)
    assert set(kinds) == {"none", "holes", "side", "shadow", "jitter", "strays", "ghost"}


@pytest.mark.parametrize("kind", ["jitter", "ghost"])
def test_faults_of_noise_show_where_there_is_hardly_any_other(kind: str) -> None:
    clean, noisy = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        scene = SCENES["house"](rng)
        view = scanner.unseen(scene)
        for station in scene.stations[:4]:
            view = view.seen_from(station)
        points = scanner.measured(rng, view, 3000)
        for values, cloud in ((clean, points), (noisy, getattr(scanner, kind)(rng, points, 0.02))):
            values.append(
                dict(zip(Cloud().names, Cloud().extract(Scan(cloud)), strict=True))["variation_median"]
            )
    assert max(clean) < min(noisy)


def test_a_scanner_sees_the_near_more_densely_and_not_what_is_hidden() -> None:
    rng = np.random.default_rng(0)
    room = SCENES["room"](rng)
    station = np.array([1.0, 1.0, 1.5])
    view = scanner.unseen(room).seen_from(station)
    distance = np.linalg.norm(view.points - station, axis=1)
    seen = view.weight > 0
    near, far = seen & (distance < 2), seen & (distance > 2)
    assert view.weight[near].mean() > 2 * view.weight[far].mean()
    x, y, z = np.eye(3)
    wall, screen = panel(5 * y, 4 * x, 4 * z), panel(3 * y + x, 2 * x, 4 * z)
    points = np.concatenate([wall[0], screen[0]])
    triangles = np.concatenate([wall[1], screen[1] + len(wall[0])])
    scene = room._replace(points=points, triangles=triangles, side=np.zeros(len(triangles), dtype=np.int64))
    view = scanner.unseen(scene).seen_from(np.array([2.0, 0.0, 2.0]))
    behind = (view.points[:, 1] == 5) & (abs(view.points[:, 0] - 2) < 1)
    beside = (view.points[:, 1] == 5) & (abs(view.points[:, 0] - 2) > 1.8)
    assert (view.weight[behind] == 0).all()
    assert (view.weight[beside] > 0).all()


def test_openings_are_no_part_of_a_panel() -> None:
    x, z = np.array([4.0, 0, 0]), np.array([0, 0, 3.0])
    points, triangles = panel(np.zeros(3), x, z, [(1, 0, 1, 2), (2.5, 1, 1, 1)])
    a, b, c = (points[column] for column in triangles.T)
    normal = np.cross(b - a, c - a)
    assert np.linalg.norm(normal, axis=1).sum() / 2 == pytest.approx(12 - 3)
    assert (normal[:, 1] < 0).all()


@pytest.mark.parametrize(
    ("maker", "wrong"),
    [
        (MakeClosed, {"kinds": ["dents"]}),
        (MakeClosed, {"severity": (0.5, 0.1)}),
        (MakeScan, {"points": (0, 10)}),
        (MakeScan, {"missing": (0.5, 0.2)}),
    ],
)
def test_parameters_that_make_no_sense_are_refused(maker: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(MmmlError):
        maker(**wrong)
    with pytest.raises(MmmlError, match="makes no blurred"):
        make(maker(), 0, "blurred")
