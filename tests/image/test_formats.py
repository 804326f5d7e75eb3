"""Pictures of every kind: the pixels are those that Pillow sees, the right way up."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

from mmml.errors import MmmlError
from mmml.image.value import Image
from mmml.value import modality_of

LOSSLESS = {"PNG": {}, "TIFF": {}, "BMP": {}, "PPM": {}, "WEBP": {"lossless": True}}
LOSSY = {"JPEG": {"quality": 95}, "WEBP": {"quality": 95}, "AVIF": {"quality": 95}, "JPEG2000": {}}


def by_pillow(data: bytes) -> np.ndarray:
    return np.asarray(PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(data))).convert("RGB"))


def apart(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_come_back_to_the_last_bit(kind: str, drawn_scene: np.ndarray, encode: Any) -> None:
    picture = Image.read(encode(drawn_scene, kind, **LOSSLESS[kind]))
    assert np.array_equal(picture.rgb, drawn_scene)
    assert apart(picture.gray, cv2.cvtColor(drawn_scene, cv2.COLOR_RGB2GRAY)) < 0.6


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_formats_are_read_as_pillow_reads_them(kind: str, drawn_scene: np.ndarray, encode: Any) -> None:
    data = encode(drawn_scene, kind, **LOSSY[kind])
    picture = Image.read(data)
    assert apart(picture.rgb, by_pillow(data)) < 1
    assert apart(picture.gray, cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2GRAY)) < 1


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *(
            ("1", "PNG"),
            ("1", "TIFF"),
            ("1", "BMP"),
            ("1", "GIF"),
            ("L", "JPEG"),
            ("L", "PNG"),
            ("L", "TIFF"),
        ),
        *(("P", "PNG"), ("P", "GIF"), ("P", "BMP"), ("CMYK", "TIFF"), ("CMYK", "JPEG"), ("LA", "PNG")),
    ],
)
def test_every_kind_of_sample_becomes_gray_and_colour(
    mode: str, kind: str, drawn_scene: np.ndarray, encode: Any
) -> None:
    data = encode(PIL.Image.fromarray(drawn_scene).convert(mode), kind)
    picture = Image.read(data)
    assert apart(picture.rgb, by_pillow(data)) < 4
    assert apart(picture.gray, cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2GRAY)) < 3
    assert (picture.gray.dtype, picture.rgb.dtype) == (np.uint8, np.uint8)


def test_transparency_is_dropped(drawn_scene: np.ndarray, encode: Any) -> None:
    alpha = np.tile(np.linspace(0, 255, drawn_scene.shape[1]).astype(np.uint8), (drawn_scene.shape[0], 1))
    data = encode(np.dstack([drawn_scene, alpha]), "PNG")
    assert np.array_equal(Image.read(data).rgb, drawn_scene)


@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_sixteen_bits_are_scaled_to_eight(ending: str, drawn_scene: np.ndarray) -> None:
    deep = drawn_scene.astype(np.uint16) * 257
    colour = cv2.imencode(ending, deep[:, :, ::-1])[1].tobytes()
    assert np.array_equal(Image.read(colour).rgb, drawn_scene)
    gray = cv2.imencode(ending, deep[:, :, 0])[1].tobytes()
    assert np.array_equal(Image.read(gray).gray, drawn_scene[:, :, 0])


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_read(kind: str, drawn_scene: np.ndarray, encode: Any) -> None:
    first = PIL.Image.fromarray(drawn_scene).quantize(64).convert("RGB")
    others = [first.rotate(180), first.rotate(90)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(first, kind, save_all=True, append_images=others, **options)
    assert apart(Image.read(data).rgb, np.asarray(first)) < 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_the_right_way_up(
    orientation: int, kind: str, drawn_scene: np.ndarray, encode: Any
) -> None:
    exif = PIL.Image.Exif()
    exif[274] = orientation
    options = LOSSY[kind] if kind == "JPEG" else LOSSLESS[kind]
    data = encode(drawn_scene[:60, :100], kind, exif=exif, **options)
    picture = Image.read(data)
    assert apart(picture.rgb, by_pillow(data)) < 1
    assert picture.gray.shape == picture.rgb.shape[:2]
    assert picture.size == ((100, 60) if orientation < 5 else (60, 100))


ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "GIF": ".gif", "BMP": ".bmp"}


@pytest.mark.parametrize("kind", [*ENDINGS, "PPM", "JPEG2000", "AVIF"])
def test_a_picture_is_known_by_its_first_bytes_whatever_its_name(
    kind: str, drawn_scene: np.ndarray, encode: Any, tmp_path: Path
) -> None:
    path = tmp_path / "capture.dat"
    path.write_bytes(encode(drawn_scene, kind))
    assert modality_of(path) == "image"


@pytest.mark.parametrize("kind", ENDINGS)
def test_any_format_can_be_the_first_that_a_process_reads(
    kind: str, drawn_scene: np.ndarray, encode: Any, tmp_path: Path
) -> None:
    path = tmp_path / f"first{ENDINGS[kind]}"
    path.write_bytes(encode(drawn_scene, kind))
    code = "import sys; from pathlib import Path; from mmml.image.value import Image\n"
    code += "picture = Image.read(Path(sys.argv[1])); print(picture.size, picture.rgb.shape[2])\n"
    code += "picture.write(Path(sys.argv[1]).with_stem('again'))\n"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    height, width = drawn_scene.shape[:2]
    assert (done.stdout, done.stderr) == (f"({width}, {height}) 3\n", "")
    assert path.with_stem("again").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".tif", ".bmp"])
def test_what_is_written_is_read_back(ending: str, drawn_scene: np.ndarray, tmp_path: Path) -> None:
    Image.read(drawn_scene).write(tmp_path / f"a{ending}")
    again = Image.read(tmp_path / f"a{ending}")
    assert apart(again.rgb, drawn_scene) < 3
    again.write(tmp_path / f"b{ending}")
    assert (tmp_path / f"b{ending}").read_bytes() == (tmp_path / f"a{ending}").read_bytes()
    again.write(tmp_path / "c.png")
    assert np.array_equal(Image.read(tmp_path / "c.png").rgb, again.rgb)


@pytest.mark.parametrize("name", ["a.txt", "a", "a.xyz", "a.mp4"])
def test_a_format_that_cannot_be_written_is_refused(
    name: str, drawn_scene: np.ndarray, tmp_path: Path
) -> None:
    with pytest.raises(MmmlError, match="cannot write pictures as"):
        Image.read(drawn_scene).write(tmp_path / name)
    assert not list(tmp_path.iterdir())
