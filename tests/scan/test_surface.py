"""Surface: area, volume and the shape of triangles, against solids of which these are known."""

import numpy as np
import pytest

from mmml.errors import UsageError
from mmml.scan.shapes import Mesh, ball, beside, extruded, finer, ring, turned
from mmml.scan.surface import Surface
from mmml.scan.value import Scan


def measured(mesh: Mesh) -> dict[str, float]:
    return dict(zip(Surface().names, Surface().extract(Scan(*mesh)), strict=True))


def measured_in_metres(mesh: Mesh, unit: str | None = "m") -> dict[str, float]:
    transformer = Surface(unit="m")
    return dict(zip(transformer.names, transformer.extract(Scan(*mesh, unit=unit)), strict=True))


ELL = [(0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0), (1.0, 3.0), (0.0, 3.0)]
# Area and volume; fine meshes of round solids are a little smaller than these.
SOLIDS = {
    "box": (extruded([(0, 0), (2, 0), (2, 3), (0, 3)], 4.0), 52, 24, 1e-12),
    "ell": (extruded(ELL, 2.0), 2 * 5 + 12 * 2, 10, 1e-12),
    "ball": (ball(80, 160), 4 * np.pi, 4 / 3 * np.pi, 2e-3),
    "torus": (ring(0.25, 80, 160), 4 * np.pi**2 * 0.25, 2 * np.pi**2 * 0.25**2, 2e-3),
    "cone": (turned([(0, 0), (1, 0), (0, 1)], 200), np.pi * (1 + np.sqrt(2)), np.pi / 3, 1e-3),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_area_and_volume_are_those_of_the_solid(name: str) -> None:
    mesh, area, volume, error = SOLIDS[name]
    found = measured_in_metres(mesh)
    assert found["area"] == pytest.approx(area, rel=error)
    assert found["volume"] == pytest.approx(volume, rel=error)
    relative = measured(mesh)
    diagonal = Scan(*mesh).diagonal
    assert relative["area"] == pytest.approx(found["area"] / diagonal**2)
    assert relative["volume"] == pytest.approx(found["volume"] / diagonal**3)


def test_a_cavity_is_taken_off_the_volume() -> None:
    points, triangles = extruded([(-1, -1), (1, -1), (1, 1), (-1, 1)], 2.0)
    hollow = beside((points, triangles), (points * 0.5 + [0, 0, 0.5], triangles[:, ::-1]))
    assert measured_in_metres(hollow)["volume"] == pytest.approx(7)


def test_what_is_open_or_wound_both_ways_has_no_volume() -> None:
    points, triangles = SOLIDS["box"][0]
    assert np.isnan(measured((points, triangles[1:]))["volume"])
    wrong = triangles.copy()
    wrong[0] = wrong[0][::-1]
    assert np.isnan(measured((points, wrong))["volume"])
    assert measured((points, triangles[:, ::-1]))["volume"] == pytest.approx(
        measured((points, triangles))["volume"]
    )


def test_metres_are_not_made_up() -> None:
    found = measured_in_metres(SOLIDS["box"][0], unit=None)
    lengths = {"extent_long", "extent_middle", "extent_short", "area", "volume", "edge_median"}
    assert {name for name, x in found.items() if np.isnan(x)} == lengths
    assert measured_in_metres(SOLIDS["box"][0])["extent_long"] == pytest.approx(4)
    with pytest.raises(UsageError, match="unit is feet"):
        Surface(unit="feet")


def test_extents_are_sorted_sides_of_the_box() -> None:
    found = measured(SOLIDS["box"][0])
    sides = [found["extent_long"], found["extent_middle"], found["extent_short"]]
    assert sides == pytest.approx(np.array([4, 3, 2]) / np.sqrt(29))


def test_quality_is_one_for_equilateral_triangles_and_falls_for_slivers() -> None:
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], float)
    tetrahedron = corners, np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
    found = measured(tetrahedron)
    assert (found["quality_median"], found["sliver_share"]) == (pytest.approx(1), 0)
    assert found["edge_spread"] == pytest.approx(1)
    rod = extruded([(0, 0), (1, 0), (1, 1), (0, 1)], 200.0)
    found = measured(rod)
    assert found["quality_median"] < 0.02
    assert found["sliver_share"] == pytest.approx(8 / 12)


def test_finer_triangles_keep_all_but_the_edges() -> None:
    mesh = SOLIDS["ell"][0]
    coarse, fine = measured(mesh), measured(finer(mesh))
    assert fine["edge_median"] < 0.7 * coarse["edge_median"]
    for name in ("area", "volume", "extent_long", "quality_median"):
        assert fine[name] == pytest.approx(coarse[name])
