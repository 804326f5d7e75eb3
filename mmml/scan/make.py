"""`MakeClosed` and `MakeScan`: meshes and clouds with known faults, made from nothing."""

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np

from mmml.errors import MmmlError
from mmml.parameters import Parameters
from mmml.scan import scanner
from mmml.scan.edges import edges_of
from mmml.scan.flaws import FLAWS
from mmml.scan.scene import SCENES
from mmml.scan.shapes import (
    Mesh,
    ball,
    beside,
    bumpy,
    extruded,
    finer,
    ring,
    rotation,
    stacked,
    turned,
)
from mmml.scan.value import Scan

Facts = dict[str, float | str]

_TRIES = 100
_LEAST_STATIONS = 3


class MakeClosed(Parameters):
    """Makes meshes that are closed (every edge has exactly two faces) or open.

    Shapes are boxes, plans that were raised, cylinders and other turned profiles, tori, bumpy balls, stairs
    of cubes, and several of these beside or inside one another; turned, scaled and put anywhere. Closed
    ones have faults too, that do not open them: some faces are wound the wrong way, parts cross.

    Args:
        triangles: fewest and most triangles; meshes are refined until they have the fewest.
        severity: how much of the mesh a flaw takes part in, a share; drawn log-uniformly. Each changes at
            least one face.
        kinds: flaws of open meshes, each as likely as the others: `mmml.scan.flaws.FLAWS`.
        turned_over: share of the meshes some faces of which are wound the wrong way.
    """

    modality: ClassVar[str] = "scan"
    labels: ClassVar[tuple[str, ...]] = ("closed", "open")
    suffix: ClassVar[str] = ".ply"

    def __init__(
        self,
        triangles: Sequence[int] = (12, 1200),
        severity: Sequence[float] = (0.001, 0.4),
        kinds: Sequence[str] = tuple(FLAWS),
        turned_over: float = 0.2,
    ) -> None:
        self.triangles = triangles
        self.severity = severity
        self.kinds = kinds
        self.turned_over = turned_over
        _check_ranges(self, "triangles", "severity")
        _check_kinds(kinds, FLAWS)

    def __call__(self, rng: np.random.Generator, source: None, label: str) -> tuple[Scan, Facts]:
        """Make one mesh.

        Args:
            rng: where all chance comes from.
            source: nothing; meshes are drawn.
            label: ``closed`` or ``open``.

        Returns:
            The mesh and its facts: ``shape``, ``kind`` of flaw (``none`` for closed) and ``severity``.

        Raises:
            MmmlError: the label is another.
        """
        _check_label(self, label)
        for _ in range(_TRIES):
            shape, mesh = self._drawn(rng)
            kind, severity = "none", 0.0
            if label == "open":
                kind, severity = str(rng.choice(list(self.kinds))), log_uniform(rng, *self.severity)
                mesh = FLAWS[kind](rng, mesh, severity)
            # Cubes that touch along an edge are not closed, and a flaw may take away a whole part.
            if bool((edges_of(mesh[1]).faces == 2).all()) == (label == "closed"):
                break
        else:
            raise MmmlError(f"no {label} mesh came up in {_TRIES} tries", "widen severity or kinds")
        points, triangles = mesh
        if rng.random() < self.turned_over:
            over = rng.random(len(triangles)) < rng.uniform(0.02, 0.5)
            triangles = np.where(over[:, None], triangles[:, ::-1], triangles)
        points = points @ rotation(rng).T * log_uniform(rng, 0.1, 100) + rng.normal(0, 100, 3)
        triangles = triangles[rng.permutation(len(triangles))]
        return Scan(points, triangles), {"shape": shape, "kind": kind, "severity": severity}

    def _drawn(self, rng: np.random.Generator) -> tuple[str, Mesh]:
        shape = str(rng.choice(list(_SHAPES)))
        mesh = _SHAPES[shape](rng)
        if rng.random() < 0.25:
            shape, (points, triangles) = "several", _SHAPES[str(rng.choice(list(_SHAPES)))](rng)
            mesh = beside(mesh, (points * rng.uniform(0.2, 1) + rng.normal(0, 1, 3), triangles))
        fewest = log_uniform(rng, *self.triangles)
        while len(mesh[1]) < fewest and 4 * len(mesh[1]) <= 2 * self.triangles[1]:
            mesh = finer(mesh)
        return shape, mesh


class MakeScan(Parameters):
    """Makes clouds as scanners give them: usable, incomplete or noisy.

    Scenes are rooms, facades, houses, terrain and single things; rays leave a few stations in all directions,
    so that density falls with distance and things hide each other. All samples have a little noise, a few
    strays and small gaps; how much of these, and how many points, is drawn before the label plays a part.
    Between what is harmless and what is a fault lies a band that is not made. Ranges are (low, high) and
    drawn log-uniformly; lengths are relative to the diagonal of the bounding box.

    Args:
        points: how many points.
        harmless: most noise (a length), strays (a share) and gaps (a share of the surface) of all samples.
        missing: how much of the surface incomplete samples lack.
        jitter: noise of noisy samples, a standard deviation.
        strays: share of stray points of noisy samples.
        ghost: how far apart a noisy sample shows a part twice.
    """

    modality: ClassVar[str] = "scan"
    labels: ClassVar[tuple[str, ...]] = ("incomplete", "noisy", "usable")
    suffix: ClassVar[str] = ".ply"

    def __init__(
        self,
        points: Sequence[int] = (1500, 5000),
        harmless: Sequence[float] = (0.001, 0.002, 0.04),
        missing: Sequence[float] = (0.15, 0.5),
        jitter: Sequence[float] = (0.005, 0.02),
        strays: Sequence[float] = (0.04, 0.25),
        ghost: Sequence[float] = (0.02, 0.05),
    ) -> None:
        self.points = points
        self.harmless = harmless
        self.missing = missing
        self.jitter = jitter
        self.strays = strays
        self.ghost = ghost
        _check_ranges(self, "points", "missing", "jitter", "strays", "ghost")

    def __call__(self, rng: np.random.Generator, source: None, label: str) -> tuple[Scan, Facts]:
        """Make one cloud.

        Args:
            rng: where all chance comes from.
            source: nothing; scenes are drawn.
            label: ``usable``, ``incomplete`` or ``noisy``.

        Returns:
            The cloud, in metres, and its facts: ``shape`` (the scene), ``kind`` of fault (``none`` for
            usable), ``severity`` and ``covered``, the share of the surface that is there.

        Raises:
            MmmlError: the label is another.
        """
        _check_label(self, label)
        shape, view = self._view(rng)
        count = round(log_uniform(rng, *self.points))
        noise, strays, _ = (rng.uniform(0, most) for most in self.harmless)
        kind, severity = "none", 0.0
        if label == "incomplete":
            kind, severity = str(rng.choice(list(scanner.GAPS))), log_uniform(rng, *self.missing)
            view = view.without(scanner.GAPS[kind](rng, view, severity))
        points = scanner.measured(rng, view, count)
        if label == "noisy":
            kind = str(rng.choice(["jitter", "strays", "ghost"]))
            severity = log_uniform(rng, *getattr(self, kind))
            points = getattr(scanner, kind)(rng, points, severity)
        points = scanner.strays(rng, scanner.jitter(rng, points, noise), strays)
        turn = rng.uniform(0, 2 * np.pi)
        flat = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        points = points @ flat.T + rng.normal(0, 100, 3)
        facts: Facts = {"shape": shape, "kind": kind, "severity": severity, "covered": view.covered}
        return Scan(points, unit="m"), facts

    def _view(self, rng: np.random.Generator) -> tuple[str, scanner.View]:
        """Look at a scene from ever more stations until hardly a gap is left."""
        for _ in range(_TRIES):
            shape = str(rng.choice(list(SCENES)))
            scene = SCENES[shape](rng)
            view = scanner.unseen(scene)
            for number, station in enumerate(scene.stations, start=1):
                view = view.seen_from(station)
                if number >= _LEAST_STATIONS and view.covered >= 1 - self.harmless[2]:
                    return shape, view
        raise MmmlError(
            f"no scene could be seen whole in {_TRIES} tries", "raise the last number of harmless"
        )


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform between those of ``low`` and ``high``."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _box(rng: np.random.Generator) -> Mesh:
    a, b, c = rng.uniform(0.3, 2, 3)
    return extruded([(0, 0), (a, 0), (a, b), (0, b)], c)


def _plan(rng: np.random.Generator) -> Mesh:
    a, b = rng.uniform(0.3, 0.7, 2)
    corner = [(0, 0), (1, 0), (1, b), (a, b), (a, 1), (0, 1)]
    stairs = [(0, 0), (4, 0), (4, 1), (3, 1), (3, 2), (2, 2), (2, 3), (1, 3), (1, 4), (0, 4)]
    gable = [(0, 0), (1, 0), (1, 1), (0.5, 1 + a), (0, 1)]
    return extruded([corner, stairs, gable][rng.integers(3)], rng.uniform(0.5, 2))


def _profile(rng: np.random.Generator) -> Mesh:
    height = np.sort(rng.uniform(0, 2, int(rng.integers(2, 6))))
    radius = rng.uniform(0.2, 1, len(height))
    profile = [
        (0.0, float(height[0])),
        *zip(radius.tolist(), height.tolist(), strict=True),
        (0.0, float(height[-1])),
    ]
    return turned(profile, int(rng.integers(5, 24)))


def _ring(rng: np.random.Generator) -> Mesh:
    return ring(rng.uniform(0.1, 0.6), int(rng.integers(4, 12)), int(rng.integers(6, 24)))


def _blob(rng: np.random.Generator) -> Mesh:
    return bumpy(rng, ball(int(rng.integers(5, 14)), int(rng.integers(8, 24))), rng.uniform(0.1, 0.6))


def _cubes(rng: np.random.Generator) -> Mesh:
    size = rng.integers(1, 4, 3)
    mesh = stacked(rng.random(size) < 0.7)
    return mesh if len(mesh[0]) else stacked(np.ones((1, 1, 1), dtype=bool))


_SHAPES = {
    "box": _box,
    "plan": _plan,
    "turned": _profile,
    "torus": _ring,
    "blob": _blob,
    "cubes": _cubes,
}


def _check_ranges(maker: Parameters, *names: str) -> None:
    for name in names:
        low, high = getattr(maker, name)
        if not 0 < low <= high:
            raise MmmlError(f"{name} is {low} to {high}", "give a low and a high number above zero")


def _check_kinds(kinds: Sequence[str], known: Iterable[str]) -> None:
    if not kinds or not set(kinds) <= set(known):
        raise MmmlError(f"kinds is {list(kinds)}", f"choose among {', '.join(known)}")


def _check_label(maker: MakeClosed | MakeScan, label: str) -> None:
    if label not in maker.labels:
        raise MmmlError(
            f"{type(maker).__name__} makes no {label}", f"choose one of {', '.join(maker.labels)}"
        )
