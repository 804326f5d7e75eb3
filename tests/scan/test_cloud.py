"""Cloud: noise, strays, gaps and density, against clouds of which these are known."""

from typing import Any

import numpy as np
import pytest

from mmml.errors import MmmlError, UsageError
from mmml.scan.cloud import Cloud
from mmml.scan.sample import on_surface
from mmml.scan.shapes import ball, extruded, rotation
from mmml.scan.value import Scan

DIAGONAL = np.sqrt(3.0)


def measured(points: np.ndarray, **parameters: Any) -> dict[str, float]:
    transformer = Cloud(**parameters)
    return dict(zip(transformer.names, transformer.extract(Scan(points)), strict=True))


def measured_in_metres(points: np.ndarray) -> dict[str, float]:
    transformer = Cloud(unit="m")
    return dict(zip(transformer.names, transformer.extract(Scan(points, unit="m")), strict=True))


def on_box(count: int = 6000, seed: int = 0) -> np.ndarray:
    """Points spread at random over the six sides of a cube with sides of 1."""
    rng = np.random.default_rng(seed)
    points = rng.random((count, 3))
    points[np.arange(count), rng.integers(3, size=count)] = rng.integers(2, size=count)
    return points


@pytest.mark.parametrize("sigma", [0.0005, 0.001, 0.002, 0.005, 0.01])
def test_roughness_is_the_noise_of_known_strength(sigma: float) -> None:
    points = on_box()
    noisy = points + np.random.default_rng(1).normal(0, sigma, points.shape)
    found = measured(noisy)
    assert found["roughness_median"] * Scan(noisy).diagonal == pytest.approx(sigma, rel=0.1)
    assert found["grain"] == pytest.approx(found["roughness_median"] / found["spacing_median"])


def test_more_noise_is_rougher_also_where_it_exceeds_the_spacing() -> None:
    points = on_box()
    found = [
        measured(points + np.random.default_rng(1).normal(0, s, points.shape)) for s in (0.01, 0.03, 0.1)
    ]
    for name in ("roughness_median", "grain", "variation_median", "variation_p90"):
        assert np.all(np.diff([one[name] for one in found]) > 0)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.05])
def test_strays_are_found_where_they_are_few(share: float) -> None:
    rng = np.random.default_rng(2)
    points = on_box()
    strays = rng.uniform(-0.5, 1.5, (round(len(points) * share / (1 - share)), 3))
    found = measured(np.concatenate([points, strays]))
    assert found["stray_share"] <= share + 0.002
    assert found["stray_share"] >= 0.5 * share
    # By their definition, outliers are there without any.
    assert 0.005 < found["outlier_share"] < 0.06


def test_many_strays_are_more_than_few() -> None:
    rng = np.random.default_rng(2)
    shares = [
        measured(np.concatenate([on_box(), rng.uniform(-0.5, 1.5, (count, 3))]))["stray_share"]
        for count in (60, 300, 1500)
    ]
    assert shares == sorted(shares)
    assert shares[-1] > 0.05


def test_coverage_is_the_share_of_the_box_that_is_there() -> None:
    points = on_box()
    whole = measured(points)
    assert whole["coverage"] > 0.995
    assert whole["coverage_side"] > 0.98
    for axis, end, name in ((0, 1, "coverage_side"), (2, 1, "coverage_top"), (2, 0, "coverage_bottom")):
        found = measured(points[points[:, axis] != end])
        assert found["coverage"] == pytest.approx(5 / 6, abs=0.02)
        assert found[name] < 0.05
    both = measured(points[(points[:, 2] != 0) & (points[:, 2] != 1)])
    assert both["coverage"] == pytest.approx(4 / 6, abs=0.02)
    half = measured(points[(points[:, 2] != 1) | (points[:, 0] < 0.5)])
    assert half["coverage_top"] == pytest.approx(0.5, abs=0.1)


def test_strays_do_not_cover_what_is_missing() -> None:
    points = on_box()
    strays = np.random.default_rng(3).uniform(-0.2, 1.2, (60, 3))
    found = measured(np.concatenate([points[points[:, 2] != 1], strays]))
    assert found["coverage"] == pytest.approx(5 / 6, abs=0.05)


@pytest.mark.parametrize("count", [3000, 30_000])
def test_rims_have_about_their_length(count: int) -> None:
    points = on_box(count)
    assert measured(points)["border_length"] * DIAGONAL < 0.6
    for lost, length in (
        (points[:, 2] == 1, 4.0),
        (np.linalg.norm(points - [1, 0.5, 0.5], axis=1) < 0.35, 2 * np.pi * 0.35),
    ):
        assert measured(points[~lost])["border_length"] * DIAGONAL == pytest.approx(length, rel=0.35)


def test_density_and_spacing_are_those_of_the_points() -> None:
    found = measured_in_metres(on_box())
    # On average 1000 points on each side of one square metre.
    assert found["density_median"] == pytest.approx(1000, rel=0.1)
    # Of random points in a plane, the nearest is at half of the square root of the area for each.
    assert found["spacing_median"] == pytest.approx(0.5 / np.sqrt(1000), rel=0.15)
    assert found["points"] == 6000
    quarter = measured_in_metres(on_box()[::4])
    assert quarter["density_median"] == pytest.approx(250, rel=0.15)
    uneven = on_box()
    uneven = uneven[(uneven[:, 0] < 0.5) | (np.arange(6000) % 5 == 0)]
    assert measured(uneven)["density_spread"] > 2 * found["density_spread"]


def test_metres_are_not_made_up() -> None:
    found = measured(on_box(500), unit="m")
    lengths = {"density_median", "spacing_p10", "spacing_median", "spacing_p90"}
    lengths |= {"roughness_median", "roughness_p90", "border_length"}
    assert {name for name, x in found.items() if np.isnan(x)} == lengths


def test_normals_are_told() -> None:
    points = on_box(500)
    assert measured(points)["normals"] == 0
    assert Cloud().extract(Scan(points, normals=points))[-1] == 1


def test_size_place_and_order_change_nothing_and_turns_little() -> None:
    rng = np.random.default_rng(4)
    points = on_box(3000) + rng.normal(0, 0.003, (3000, 3))
    before = measured(points)
    moved = points[rng.permutation(3000)] * 1e5 + [3e6, -5e6, 1e3]
    assert measured(moved) == pytest.approx(before, rel=1e-4, abs=1e-6)
    turned = measured(points @ rotation(rng).T)
    free = (
        "points",
        "density_spread",
        "outlier_share",
        "stray_share",
        "grain",
        "variation_median",
        "border_share",
    )
    assert [turned[name] for name in free] == pytest.approx([before[name] for name in free], rel=1e-6)


def test_a_sample_of_the_points_says_the_same_of_a_large_cloud() -> None:
    points = on_box(20_000) + np.random.default_rng(5).normal(0, 0.002, (20_000, 3))
    every, some = measured(points), measured(points, queries=4000)
    for name in (
        "density_median",
        "spacing_median",
        "roughness_median",
        "grain",
        "coverage",
        "variation_p90",
    ):
        assert some[name] == pytest.approx(every[name], rel=0.1)
    assert measured(points, queries=4000) == some


def test_a_plane_a_line_and_points_in_one_place_are_measured() -> None:
    rng = np.random.default_rng(6)
    plane = np.column_stack([rng.random((400, 2)), np.zeros(400)])
    found = measured(plane)
    assert (
        found["roughness_p90"] == found["variation_p90"] == found["stray_share"] == pytest.approx(0, abs=1e-7)
    )
    line = np.column_stack([rng.random(400), np.zeros((400, 2))])
    assert np.isfinite(list(measured(line).values())).all()
    twice = np.repeat(plane[:100], 30, axis=0)
    found = measured(twice)
    assert found["spacing_median"] == 0
    assert np.isnan(found["grain"])
    assert not np.isinf(list(found.values())).any()


def test_ten_points_are_enough_and_nine_are_not() -> None:
    points = np.random.default_rng(7).random((10, 3))
    assert np.isfinite(list(measured(points).values())).all()
    with pytest.raises(MmmlError, match="the cloud has 9 points; nothing is measured on fewer than 10"):
        Cloud().extract(Scan(points[:9]))
    for wrong in ({"neighbours": 3}, {"queries": 1}, {"unit": "feet"}):
        with pytest.raises(UsageError):
            Cloud(**wrong)


def test_fingerprints_are_near_for_copies_and_far_for_others() -> None:
    rng = np.random.default_rng(8)
    points, triangles = extruded([(0, 0), (3, 0), (3, 1), (1, 1), (1, 2), (0, 2)], 1.5)
    spread = on_surface(points, triangles, 5000)[0]
    print_of = {
        "cloud": Scan(spread),
        "fewer": Scan(spread[rng.random(5000) < 0.5] * 7 + 100),
        "noisy": Scan(spread + rng.normal(0, 0.005, spread.shape)),
        "mesh": Scan(points * 0.01, triangles),
        "soup": Scan(points[triangles].reshape(-1, 3), np.arange(3 * len(triangles)).reshape(-1, 3)),
    }
    prints = {name: scan.fingerprint() for name, scan in print_of.items()}
    own = prints.pop("cloud")
    assert own is not None
    for name, other in prints.items():
        assert other is not None
        assert np.linalg.norm(own - other) < Scan.fingerprint_radius, name
    for unlike in (Scan(spread[:, [1, 0, 2]]), Scan(*ball(12, 24)), Scan(spread[spread[:, 0] < 2.5])):
        other = unlike.fingerprint()
        assert other is not None
        assert np.linalg.norm(own - other) > Scan.fingerprint_radius


def test_thumbnails_show_what_is_there() -> None:
    points, triangles = extruded([(0, 0), (1, 0), (1, 1), (0, 1)], 1.0)
    closed, open_, cloud = Scan(points, triangles), Scan(points, triangles[2:]), Scan(on_box())
    pictures = [scan.thumbnail(80) for scan in (closed, open_, cloud)]
    for picture in pictures:
        assert (picture.shape, picture.dtype) == ((80, 80, 3), np.uint8)
        drawn = (np.abs(picture.astype(int) - picture[0, 0]) > 10).any(axis=2).mean()
        assert 0.3 < drawn < 0.9
    # Edges with other than two faces are red.
    red = [(picture[..., 0].astype(int) - picture[..., 1] > 90).sum() for picture in pictures]
    assert red[0] == 0 < red[1]
    assert np.array_equal(cloud.thumbnail(80), Scan(on_box() * 1e6 - 5e8).thumbnail(80))
