"""The models that come with mmml are there, small, and still say what they said when they were made."""

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from builtin.make import MODELS, differences, pack
from mmml.bundle.read import read_bundle
from mmml.bundle.samples import read_judged
from mmml.bundle.verify import verify
from mmml.bundle.write import write_files
from mmml.config.folders import choices
from mmml.engine.extract import Input
from mmml.engine.loaded import Model
from mmml.engine.predict import Predictor
from mmml.store.built_in import FOLDER
from mmml.store.local import LocalStore

PHOTOS = Path(__file__).parents[1] / "data" / "photos"

# Every one of them that has an experiment to be made from.
EXPECTED = [name for name in MODELS if name in choices("experiment")]

_LARGEST = 700_000


def test_every_model_is_there_once_and_all_are_small() -> None:
    assert [(entry.name, entry.version) for entry in LocalStore(FOLDER).entries()] == [
        (name, 1) for name in sorted(EXPECTED)
    ]
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) <= _LARGEST


def test_they_load_without_trust_and_score_their_golden_rows(photo: Path) -> None:
    for name in EXPECTED:
        bundle = read_bundle(FOLDER / name / "1")
        assert (bundle.name, bundle.manifest.name) == (name, name)
        measured = verify(bundle)
        assert measured["scored"] > measured["measured"] >= 4
        (row,) = Model(bundle).predict(photo)
        assert (row.model, row.error) == (name, None)


@pytest.mark.parametrize("noise", [0, 4, 8])
def test_noise_hides_neither_blur_nor_sharpness_of_photos_it_knows(noise: float, tmp_path: Path) -> None:
    """What it says of other photos is in the README; this holds a model to what once went wrong wholly."""
    rng = np.random.default_rng(0)
    model = Model(read_bundle(FOLDER / "blur" / "1"))
    for name in ("berlin-cathedral-park", "kitten-wood-fence", "red-panda-branch", "colosseum-facade"):
        photo = cv2.imread(str(PHOTOS / f"{name}.jpg"))
        sharp = cv2.resize(photo, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
        for label, pixels in (("sharp", sharp), ("blurred", cv2.GaussianBlur(sharp, (0, 0), 2))):
            file = str(tmp_path / f"{name}-{label}.jpg")
            noisy = np.clip(pixels + rng.normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)
            cv2.imwrite(file, noisy, [cv2.IMWRITE_JPEG_QUALITY, 88])
            (row,) = model.predict(file)
            assert row.label == label, (name, row.score)


def test_what_one_cannot_tell_by_is_not_told_of_the_other() -> None:
    predictor = Predictor([read_bundle(FOLDER / name / "1") for name in ("blur", "exposure")])
    blur, exposure = predictor.rows([Input("blank", np.full((300, 400), 200, np.uint8), "image")])
    assert "there are no edges" in str(blur.error) and "there are no edges" in str(blur.warning)
    assert (exposure.error, exposure.warning) == (None, None)


def test_they_say_what_they_learned_from_and_name_nobodys_folders() -> None:
    for name in EXPECTED:
        bundle = read_bundle(FOLDER / name / "1")
        assert len(bundle.manifest.notes) >= 2
        assert not [path for one in read_judged(bundle) for path in one.path if Path(path).is_absolute()]
        assert b"/tmp" not in bundle.files["experiment.yaml"]


def test_making_them_again_tells_in_what_they_differ(trained_bundle: Path, tmp_path: Path) -> None:
    pack(trained_bundle, tmp_path / "one")
    before, after = read_bundle(tmp_path / "one"), tmp_path / "two"
    assert differences(tmp_path / "nothing", tmp_path / "one") == ["all, being new"]
    decision = msgspec.structs.replace(before.manifest.decision, threshold=0.123)
    write_files(
        after, msgspec.structs.replace(before.manifest, created="now", decision=decision), before.files
    )
    assert differences(tmp_path / "one", tmp_path / "one") == []
    assert differences(tmp_path / "one", after) == ["decision"]
