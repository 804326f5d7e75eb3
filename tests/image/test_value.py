"""`Image`: what cannot be read whole is refused, with the reason."""

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.engine.extract import Extractor, Input
from mmml.errors import MmmlError
from mmml.image.gradients import Gradients
from mmml.image.value import Image
from mmml.value import Limits, modality_of

ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "GIF": ".gif", "BMP": ".bmp"}


def decoded(source: Any) -> np.ndarray:
    picture = Image.read(source)
    return picture.gray if picture.rgb.size else picture.rgb


@pytest.mark.parametrize("keep", [0.02, 0.1, 0.5, 0.9, 0.98])
@pytest.mark.parametrize(
    ("kind", "options"),
    [(kind, {}) for kind in ENDINGS]
    + [("JPEG", {"progressive": True}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True})],
    ids=lambda word: "".join(word) if isinstance(word, dict) else word,
)
def test_a_file_that_is_cut_short_is_refused(
    kind: str, options: dict[str, Any], keep: float, drawn_scene: np.ndarray, encode: Any
) -> None:
    whole = encode(drawn_scene, kind, **options)
    decoded(whole)
    for view in ("gray", "rgb"):
        with pytest.raises(MmmlError, match="cut short"):
            getattr(Image.read(whole[: int(len(whole) * keep)]), view)


def png_of_size(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    packed = [struct.pack(">I", len(c)) + t + c + struct.pack(">I", zlib.crc32(t + c)) for t, c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (13_000, 12_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_before_it_goes_off(width: int, height: int) -> None:
    with pytest.raises(MmmlError, match=r"decompression bomb|the limit is 150,000,000"):
        Image.read(png_of_size(width, height))


def test_a_picture_beyond_the_users_limits_is_refused(drawn_scene: np.ndarray, encode: Any) -> None:
    data, (height, width) = encode(drawn_scene, "PNG"), drawn_scene.shape[:2]
    Image.read(data, Limits(pixels=width * height))
    with pytest.raises(MmmlError, match=f"{width} x {height} pixels; the limit is"):
        Image.read(data, Limits(pixels=width * height - 1))
    Path("a.png").write_bytes(data)
    with pytest.raises(MmmlError, match=f"{len(data):,} bytes; the limit is"):
        Image.read(Path("a.png"), Limits(bytes=len(data) - 1))


CONTENTS = {"empty": b"", "one nought": b"\0", "text": b"hello\n" * 100, "noughts": bytes(5000)}
CONTENTS |= {
    "jpeg's first bytes": b"\xff\xd8\xff",
    "page": b"<html>404</html>",
    "postscript": b"%!PS-Adobe-3.0 EPSF",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_that_only_has_the_name_of_a_picture_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "capture.jpg"
    path.write_bytes(CONTENTS[name])
    assert modality_of(path) == "image", "so that it is reported instead of passed over"
    with pytest.raises(MmmlError, match="empty" if not CONTENTS[name] else "not a picture"):
        decoded(path)
    with pytest.raises(MmmlError):
        Image.read(CONTENTS[name])


def test_what_is_no_file_is_refused_and_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "link.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "circle.jpg").symlink_to("circle.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    for name, reason in {
        "folder.jpg": "not a regular file",
        "pipe.jpg": "not a regular file",
        "link.jpg": "link points to nothing",
        "circle.jpg": "link points to nothing",
        "missing.jpg": "no such file",
        "a" * 300 + ".jpg": "cannot be read",
    }.items():
        assert modality_of(tmp_path / name) == "image"
        with pytest.raises(MmmlError, match=reason):
            Image.read(tmp_path / name)


def test_a_file_that_may_not_be_opened_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: Any, **options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.jpg").write_bytes(b"x")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MmmlError, match="cannot be read: Permission denied"):
        Image.read(tmp_path / "a.jpg")


def test_a_name_that_is_no_text_is_no_hindrance(drawn_scene: np.ndarray, encode: Any) -> None:
    path = Path(os.fsdecode(b"caf\xe9.png"))
    path.write_bytes(encode(drawn_scene, "PNG"))
    assert np.array_equal(Image.read(path).rgb, drawn_scene)


def test_one_broken_file_is_a_row_with_the_reason_not_the_end(drawn_scene: np.ndarray, encode: Any) -> None:
    seen = Extractor().observe(Input("a", encode(drawn_scene, "PNG")[:500], "image"), [Gradients()], True)
    assert seen.error is not None and "cut short" in seen.error
    assert (seen.fault, seen.features) == (None, {})
