"""Thumbnails: small pictures of the very files that were judged, or none."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmml.engine.extract import Extractor
from mmml.engine.thumbnails import PIXELS, thumbnail
from mmml.value import Limits
from mmml.video.value import Video


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_thumbnail_is_a_small_jpeg_of_the_photo(photo: Path) -> None:
    made = thumbnail(str(photo), digest(photo), "image", Extractor())
    assert made is not None
    small = cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_COLOR)
    whole = cv2.imread(str(photo))
    assert max(small.shape[:2]) == PIXELS
    assert np.allclose(small.mean(axis=(0, 1)), whole.mean(axis=(0, 1)), atol=4)
    assert len(made) < 20_000


def test_a_file_that_is_not_to_be_held_in_memory_is_opened_by_its_modality(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = elsewhere / "clip.avi"
    Video.read(np.full((5, 30, 40, 3), 90, np.uint8)).write(clip)
    monkeypatch.setattr("mmml.engine.thumbnails.read_bytes", None)
    assert thumbnail(str(clip), digest(clip), "video", Extractor()) is not None
    assert thumbnail(str(clip), "0" * 64, "video", Extractor()) is None


def test_a_file_that_is_gone_changed_or_broken_has_none(photo: Path, elsewhere: Path) -> None:
    copy = elsewhere / "photo.jpg"
    copy.write_bytes(photo.read_bytes())
    before = digest(copy)
    assert thumbnail(str(copy), before, "image", Extractor(Limits(pixels=10))) is None
    copy.write_bytes(b"\xff\xd8\xffjunk")
    assert thumbnail(str(copy), before, "image", Extractor()) is None
    assert thumbnail(str(copy), digest(copy), "image", Extractor()) is None
    copy.unlink()
    assert thumbnail(str(copy), before, "image", Extractor()) is None
    assert thumbnail("nul\0.jpg", before, "image", Extractor()) is None
