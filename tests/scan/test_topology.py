"""Topology: holes, parts, winding and crossings of meshes of which these are known."""

from typing import Any

import numpy as np
import pytest

from mmml.scan import topology
from mmml.scan.geometry import Points, Triangles
from mmml.scan.shapes import Mesh, ball, beside, extruded, finer, ring, rotation, stacked, turned
from mmml.scan.topology import Topology
from mmml.scan.value import Scan


def measured(points: Points, triangles: Triangles, **parameters: Any) -> dict[str, float]:
    transformer = Topology(**parameters)
    return dict(zip(transformer.names, transformer.extract(Scan(points, triangles)), strict=True))


def box(x: float = 0.0) -> Mesh:
    return extruded([(x, 0), (x + 1, 0), (x + 1, 1), (x, 1)], 1.0)


CLOSED = {
    "box": (box(), 2, 1),
    "finer box": (finer(finer(box())), 2, 1),
    "ball": (ball(12, 24), 2, 1),
    "torus": (ring(0.3, 10, 20), 0, 1),
    "cylinder": (turned([(0, 0), (1, 0), (1, 2), (0, 2)], 16), 2, 1),
    "two boxes": (beside(box(), box(3)), 4, 2),
    "ball in a ball": (beside(ball(9, 12), (ball(9, 12)[0] / 2, ball(9, 12)[1][:, ::-1])), 4, 2),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_mesh_is_closed_and_has_the_euler_number_of_its_shape(name: str) -> None:
    mesh, euler, parts = CLOSED[name]
    found = measured(*mesh)
    perfect = ("watertight", "edge_manifold", "vertex_manifold", "orientable", "winding_share")
    assert [found[one] for one in perfect] == [1] * 5
    faults = (
        "edges_not_two",
        "boundary_edges",
        "boundary_share",
        "holes",
        "degenerate_share",
        "self_intersections",
    )
    assert [found[one] for one in faults] == [0] * 6
    assert (found["euler"], found["parts"]) == (euler, parts)


def test_open3d_agrees_on_random_meshes() -> None:
    rng = np.random.default_rng(0)
    kinds = set()
    for _ in range(40):
        points, triangles = ball(4, 6)
        # Some faces taken away, some twice, some between points that have nothing to do with each other.
        triangles = triangles[rng.random(len(triangles)) < rng.choice([0.8, 1.0])]
        extra = rng.integers(len(points), size=(rng.integers(3), 3))
        triangles = np.concatenate(
            [triangles, extra[(extra[:, 0] != extra[:, 1]) & (extra[:, 1] != extra[:, 2])]]
        )
        scan = Scan(points, triangles[(triangles[:, 2] != triangles[:, 0])])
        found = dict(zip(Topology().names, Topology().extract(scan), strict=True))
        assert found["edge_manifold"] == scan.mesh.is_edge_manifold(allow_boundary_edges=True)
        assert (found["edges_not_two"] == 0) == scan.mesh.is_edge_manifold(allow_boundary_edges=False)
        assert found["orientable"] == scan.mesh.is_orientable() or not found["edge_manifold"]
        assert found["vertex_manifold"] == scan.mesh.is_vertex_manifold()
        kinds.add((found["edge_manifold"], found["vertex_manifold"]))
    assert len(kinds) == 4


def test_a_box_without_a_side_has_one_hole_of_four_edges() -> None:
    points, triangles = box()
    found = measured(points, triangles[2:])
    assert (found["watertight"], found["edge_manifold"], found["holes"]) == (0, 1, 1)
    assert found["boundary_edges"] == found["edges_not_two"] == 4
    # Four edges of 1 among twelve of them and five diagonals.
    assert found["boundary_share"] == pytest.approx(4 / (12 + 5 * np.sqrt(2)))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_holes_apart_from_each_other_are_counted(count: int) -> None:
    points, triangles = ring(0.3, 12, 40)
    middles = points[triangles].mean(axis=1)
    angle = np.arctan2(middles[:, 1], middles[:, 0]) % (2 * np.pi)
    # A window in the outer side, every so many degrees.
    window = (angle * count / (2 * np.pi) % 1 < 0.3 / 5 * count) & (np.hypot(*middles.T[:2]) > 1.15)
    found = measured(points, triangles[~window])
    assert found["holes"] == count
    assert (found["parts"], found["euler"]) == (1, -count)


def test_two_holes_that_touch_at_a_point_are_two() -> None:
    points, triangles = ball(6, 8)
    at_top = (triangles == len(points) - 1).any(axis=1)
    which = np.flatnonzero(at_top)
    found = measured(points, np.delete(triangles, which[[0, 4]], axis=0))
    assert found["holes"] == 2
    assert (found["edge_manifold"], found["vertex_manifold"]) == (1, 0)


def test_a_sheet_has_a_rim() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    found = measured(points, np.array([[0, 1, 2], [0, 2, 3]]))
    assert (found["holes"], found["boundary_edges"], found["euler"]) == (1, 4, 1)
    assert found["bend_median"] == found["bend_p95"] == 0


def test_a_third_face_at_an_edge_is_no_border_but_opens_the_mesh() -> None:
    points, triangles = box()
    fin = np.concatenate([triangles, [[*triangles[0][:2], 8]]])
    found = measured(np.concatenate([points, [[0.5, -1, 1]]]), fin)
    assert (found["watertight"], found["edge_manifold"]) == (0, 0)
    assert (found["edges_not_two"], found["boundary_edges"]) == (3, 2)


def test_cubes_that_touch_along_an_edge_or_at_a_corner_are_no_manifold() -> None:
    along = np.zeros((2, 2, 1), dtype=bool)
    along[0, 0], along[1, 1] = True, True
    found = measured(*stacked(along))
    assert (found["edge_manifold"], found["edges_not_two"], found["boundary_edges"]) == (0, 1, 0)
    corner = np.zeros((2, 2, 2), dtype=bool)
    corner[0, 0, 0] = corner[1, 1, 1] = True
    found = measured(*stacked(corner))
    assert (found["watertight"], found["vertex_manifold"], found["parts"]) == (1, 0, 1)


def test_faces_the_wrong_way_round_are_a_share_of_the_edges() -> None:
    points, triangles = box()
    triangles[3] = triangles[3][::-1]
    found = measured(points, triangles)
    # Three of eighteen edges.
    assert found["winding_share"] == pytest.approx(15 / 18)
    assert (found["orientable"], found["watertight"]) == (1, 1)
    assert found["bend_median"] == pytest.approx(90)


def test_a_moebius_strip_cannot_be_wound_one_way() -> None:
    turn = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    sides = [
        np.stack(
            [
                (1 + w * np.cos(turn / 2)) * np.cos(turn),
                (1 + w * np.cos(turn / 2)) * np.sin(turn),
                w * np.sin(turn / 2),
            ],
            axis=1,
        )
        for w in (-0.3, 0.3)
    ]
    faces = []
    for i in range(30):
        left, right = (i + 1, 31 + i) if i < 29 else (30, 0)
        faces += [[i, 30 + i, right], [i, right, left]]
    found = measured(np.concatenate(sides), np.array(faces))
    assert (found["orientable"], found["holes"]) == (0, 1)
    assert found["winding_share"] < 1


def test_parts_are_weighed_by_their_area() -> None:
    small, large = box(), box()
    found = measured(*beside((small[0] * 0.5 + 3, small[1]), large))
    assert found["parts"] == 2
    assert found["largest_part_share"] == pytest.approx(0.8)


def test_degenerate_triangles_are_counted_and_do_not_open_a_mesh() -> None:
    points, triangles = box()
    collapsed = np.concatenate([triangles, [[0, 0, 1], [2, 2, 2], [3, 4, 3]]])
    found = measured(points, collapsed)
    assert found["degenerate_share"] == pytest.approx(3 / 15)
    assert found["watertight"] == 1
    # A point in the middle of an edge: the triangle that spans it has no area, but it closes the mesh.
    middle = np.concatenate([points, points[[0, 1]].mean(axis=0, keepdims=True)])
    at = next(i for i, face in enumerate(triangles.tolist()) if {0, 1} < set(face))
    corners = triangles[at].tolist()
    other = next(one for one in corners if one not in (0, 1))
    start = corners[(corners.index(other) + 1) % 3]
    halves = [[other, start, 8], [8, 1 - start, other]]
    split = np.concatenate([np.delete(triangles, at, axis=0), halves, [[start, 1 - start, 8]]])
    found = measured(middle, split)
    assert found["watertight"] == 1
    assert found["degenerate_share"] == pytest.approx(1 / 14)


def test_crossing_parts_intersect_and_touching_neighbours_do_not() -> None:
    crossing = beside(box(), (box()[0] + [0.5, 0.3, 0.2], box()[1]))
    assert measured(*crossing)["self_intersections"] == 12
    assert measured(*CLOSED["torus"][0])["self_intersections"] == 0
    assert "self_intersections" not in measured(*crossing, self_intersections=False)


def test_large_meshes_are_not_searched_for_intersections_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert topology.MOST_INTERSECTED == 20_000
    monkeypatch.setattr(topology, "MOST_INTERSECTED", 11)
    scan = Scan(*box())
    found = Topology().extract(scan)
    assert np.isnan(found).sum() == 1
    ((remark,),) = scan.remarks.values()
    assert remark == "self-intersections are not looked for in 12 triangles; the most are 11"


@pytest.mark.parametrize("name", CLOSED)
def test_bends_are_the_angles_between_faces(name: str) -> None:
    found = measured(*CLOSED[name][0])
    if "box" in name and "finer" not in name:
        assert found["bend_median"] == found["bend_p95"] == pytest.approx(90)
    if name == "ball":
        assert 5 < found["bend_median"] < 20


def test_size_place_turn_and_order_change_nothing() -> None:
    rng = np.random.default_rng(3)
    points, triangles = beside(ring(0.3, 8, 12), box(3))
    triangles = triangles[rng.random(len(triangles)) < 0.9]
    before = measured(points, triangles)
    order = rng.permutation(len(points))
    moved = np.empty_like(points)
    moved[order] = points
    moved = moved @ rotation(rng).T * 1e4 + [5e4, -2e5, 7]
    mixed = np.roll(order[triangles], 1, axis=1)[rng.permutation(len(triangles))]
    after = measured(moved, mixed)
    assert after == pytest.approx(before, rel=1e-6, abs=1e-4)
