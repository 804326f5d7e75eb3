"""Make the models that come with mmml: train them, and pack what a user needs of them into the package.

    python builtin/make.py              # every one of them, from data/photos; make builtin does this
    python builtin/make.py --check      # only tell whether they would come out as they are
    python builtin/make.py exposure

A model that comes out as it is stays untouched, so that Git has nothing to keep.
"""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

import mmml
from mmml.bundle.manifest import EXPERIMENT, GOLDEN, SAMPLES
from mmml.bundle.read import Bundle, read_bundle
from mmml.bundle.samples import Judged, read_judged, to_parquet
from mmml.bundle.verify import golden_rows
from mmml.bundle.write import GoldenRow, golden_file, write_files
from mmml.image.scene import draw_scene
from mmml.image.value import Image
from mmml.store.built_in import FOLDER

ROOT = Path(__file__).parents[1]

#: The experiments whose models come with mmml.
MODELS = ("blur", "exposure")

# Other versions of the libraries may round otherwise; more is another model.
_CLOSE = 1e-6

# Long side, pixels, and quality of the pictures to verify by: a few kilobytes each, and nobody's photos.
_SIDE, _QUALITY = 192, 80
_SEEN: Mapping[str, Callable[[NDArray[np.uint8]], NDArray[Any]]] = {
    "sharp": lambda scene: scene,
    "blurred": lambda scene: cv2.GaussianBlur(scene, (0, 0), 2),
    "dark": lambda scene: cv2.convertScaleAbs(scene, alpha=0.25),
    "bright": lambda scene: cv2.convertScaleAbs(scene, alpha=1.6, beta=40),
}


def main(words: list[str]) -> int:
    """Make the models that are named, or all; return 1 where ``--check`` finds another one than there is."""
    # Paths in bundles are relative to where the command runs.
    os.chdir(ROOT)
    others = 0
    for name in [word for word in words if word != "--check"] or MODELS:
        words_of_training = [f"+experiment={name}", "tracker=none", "store.publish=none"]
        result = mmml.train([*words_of_training, "paths.outputs=outputs/builtin"])
        coming = result.bundle.with_name("packed")
        pack(result.bundle, coming)
        differing = differences(FOLDER / name / "1", coming)
        if differing and "--check" not in words:
            shutil.rmtree(FOLDER / name, ignore_errors=True)
            shutil.copytree(coming, FOLDER / name / "1")
        others += bool(differing)
        size = sum(file.stat().st_size for file in coming.rglob("*") if file.is_file())
        told = f"differs in {', '.join(differing)}" if differing else "is as it was"
        sys.stdout.write(f"{name}: {size:,} bytes; {told}; report: {result.report}\n")
    return 1 if others and "--check" in words else 0


def pack(trained: Path, folder: Path) -> None:
    """Write what a user needs of a trained bundle into a new folder.

    Left out are the report, its figures, and the facts of the samples, which only reports show; scores of
    samples are rounded to float32. The rows to verify by lose their photos and get drawn pictures beside
    them.
    """
    bundle = read_bundle(trained)
    drawn = {f"golden/{kind}.jpg": _drawn(number, kind) for number, kind in enumerate(_SEEN)}
    carried = [msgspec.structs.replace(row, input=None) for row in golden_rows(bundle)]
    files = {
        bundle.manifest.model: bundle.files[bundle.manifest.model],
        EXPERIMENT: bundle.files[EXPERIMENT],
        SAMPLES: to_parquet([_slim(judged) for judged in read_judged(bundle)]),
        GOLDEN: golden_file([*carried, *(_golden(bundle, name, data) for name, data in drawn.items())]),
        **drawn,
    }
    write_files(folder, bundle.manifest, files)


def _drawn(seed: int, kind: str) -> bytes:
    # As for reading pictures: what comes out must not depend on where the memory lies.
    cv2.ipp.setUseIPP(False)
    scene = _SEEN[kind](draw_scene(np.random.default_rng(seed), _SIDE))
    _, data = cv2.imencode(".jpg", scene[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()


def _golden(bundle: Bundle, name: str, data: bytes) -> GoldenRow:
    features = bundle.features.extract(Image.read(data))
    said = bundle.predict(features[None]).table[0]
    return GoldenRow(name, _numbers(features), _numbers(said))


def _numbers(numbers: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(x) else float(x) for x in numbers]


def _slim(judged: Judged) -> Judged:
    said: Any = judged.prediction
    numbers = {name: x for name, x in vars(said).items() if isinstance(x, np.ndarray)}
    return replace(
        judged,
        facts=[{}] * len(judged.path),
        raw=_rounded(judged.raw),
        prediction=replace(said, **{name: _rounded(x) for name, x in numbers.items()}),
    )


def _rounded(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    return numbers.astype(np.float32).astype(np.float64)


def differences(before: Path, after: Path) -> list[str]:
    """Return in what a packed bundle differs from the one that is there; nothing where it says the same."""
    if not before.is_dir():
        return ["all, being new"]
    sides = [_told(read_bundle(folder)) for folder in (before, after)]
    return [name for name in sides[1] if not _alike(sides[0][name], sides[1][name])]


def _told(bundle: Bundle) -> dict[str, Any]:
    """Return all that decides what a bundle says, without dates and bytes that change by themselves."""
    manifest = msgspec.to_builtins(bundle.manifest)
    for name in ("created", "commit", "files", "versions", "format"):
        del manifest[name]
    rows = golden_rows(bundle)
    learned, test = read_judged(bundle)
    return {
        **manifest,
        "golden rows": [[row.input, *row.features, *row.said] for row in rows],
        "scores": [*learned.raw.ravel().tolist(), *test.raw.ravel().tolist()],
    }


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, rtol=_CLOSE, atol=_CLOSE, equal_nan=True))
    return bool(one == other)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
