"""`Video`: what it says of itself, how it is written, and which files it takes for its own."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.image.scene import draw_scene
from mmml.value import modality_of, modality_of_bytes
from mmml.video.encode import encode
from mmml.video.formats import LOSSLESS, WRITTEN
from mmml.video.value import Video

from .conftest import numbered, numbers


def frames(count: int, seed: int = 0, step: int = 4, size: tuple[int, int] = (96, 64)) -> np.ndarray:
    """A pan over a drawn scene; RGB."""
    scene = draw_scene(np.random.default_rng(seed), size[0] + step * count)
    return np.stack([scene[: size[1], i * step : i * step + size[0]] for i in range(count)])


FILES: dict[str, dict[str, Any]] = {
    ".mp4": {"fmt": "mp4"},
    ".mov": {"fmt": "mov"},
    ".3gp": {"fmt": "3gp"},
    ".mkv": {"fmt": "matroska"},
    ".webm": {"fmt": "webm", "codec": "libvpx", "deadline": "realtime", "cpu-used": "8"},
    ".avi": {"fmt": "avi", "codec": "mpeg4"},
    ".ogv": {"fmt": "ogg", "codec": "libvpx", "deadline": "realtime", "cpu-used": "8"},
    ".mts": {"fmt": "mpegts", "container": {"mpegts_m2ts_mode": "1"}},
    ".ts": {"fmt": "mpegts"},
}


@pytest.mark.parametrize("ending", FILES)
def test_clips_are_known_by_their_content_whatever_they_are_called(
    ending: str, clip: Any, tmp_path: Path
) -> None:
    data = clip(12, **FILES[ending])
    for name in (f"a{ending}", "a.jpg", "a"):
        (tmp_path / name).write_bytes(data)
        assert modality_of(tmp_path / name) == "video"
    assert numbers(Video.read(tmp_path / "a").frames(12, 64)) == list(range(12))


@pytest.mark.parametrize(
    "head",
    [
        *(b"\0\0\0\x20ftyp" + brand for brand in (b"avif", b"heic", b"mif1", b"M4A ")),
        *(b"", b"\0" * 1024, b"RIFF\0\0\0\0WAVEfmt ", b"OggS" + bytes(24) + b"\x01vorbis"),
        *(
            b"get free things\n",
            b"G" * 1024,
            b"#EXTM3U\nhttp://example.com/a.ts\n",
            b"\x1a\x45\xdf\xa3nothing",
        ),
    ],
)
def test_pictures_sounds_and_texts_are_not_taken_for_clips(head: bytes) -> None:
    assert modality_of_bytes(head) != "video"


def test_an_array_of_frames_is_a_clip_of_25_a_second() -> None:
    pan = frames(10)
    video = Video.read(pan)
    shown = video.frames(10, 96)
    assert all(np.array_equal(one.rgb, frame) for one, frame in zip(shown, pan, strict=True))
    assert video.facts()["seconds"] == pytest.approx(0.4)
    assert video.facts()["brightness"] == pytest.approx(
        float(np.mean([f.gray.mean() for f in shown])), rel=0.1
    )
    for wrong in (pan[0], pan[..., 0], pan.astype(np.float32), pan[:0]):
        with pytest.raises(MmmlError, match=r"no clip|no frames"):
            Video.read(wrong)


@pytest.mark.parametrize("ending", WRITTEN)
def test_a_clip_is_written_and_read_again(ending: str, tmp_path: Path) -> None:
    Video.read(frames(12)).write(tmp_path / f"a{ending}")
    again = Video.read(tmp_path / f"a{ending}")
    assert again.facts()["seconds"] == pytest.approx(0.48, abs=0.01)
    for one, frame in zip(again.frames(12, 96), frames(12), strict=True):
        assert np.abs(one.rgb.astype(int) - frame).mean() < 14


def test_a_clip_is_copied_as_it_is_where_the_format_stays(clip: Any, tmp_path: Path) -> None:
    data = clip(sound=True)
    Video.read(data).write(tmp_path / "a.mp4")
    Video.read(tmp_path / "a.mp4").write(tmp_path / "b.mov")
    assert data == (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mov").read_bytes()
    with pytest.raises(MmmlError, match=r"cannot write clips as \.gif"):
        Video.read(data).write(tmp_path / "a.gif")


def test_the_same_frames_give_the_same_bytes() -> None:
    for how in (*WRITTEN.values(), LOSSLESS):
        # Memory that is used again holds something else.
        for size in ((96, 64), (60, 106), (62, 86)):
            shown = frames(8, size=size)
            assert len({encode(shown, 12.0, how) for _ in range(4)}) == 1
    with pytest.raises(MmmlError, match="of no frames"):
        encode([], 12.0, LOSSLESS)


def test_sides_that_are_odd_or_change_are_no_trouble(tmp_path: Path) -> None:
    odd = frames(4, size=(97, 65))
    assert Video.read(encode(odd, 10.0, LOSSLESS)).facts()["width"] == 97
    mixed = [*odd, *frames(4, size=(40, 30))]
    video = Video.read(encode(mixed, 10.0, WRITTEN[".mp4"]))
    assert {frame.size for frame in video.frames(8, 98)} == {(98, 66)}


def test_near_duplicates_have_near_fingerprints() -> None:
    def far(a: Video, b: Video) -> float:
        first, second = a.fingerprint(), b.fingerprint()
        assert first is not None and second is not None and first.shape == second.shape == (252,)
        return float(np.linalg.norm(first - second))

    videos = [Video.read(frames(20, seed)) for seed in range(4)]
    coarse = Video.read(encode(frames(20, 0), 25.0, WRITTEN[".mp4"], crf="38"))
    small = Video.read(np.stack([one.thumbnail(64) for one in videos[0].frames(20, 96)]))
    for copy in (coarse, small):
        assert far(videos[0], copy) < Video.fingerprint_radius
    for other in videos[1:]:
        assert far(videos[0], other) > 1.4 * Video.fingerprint_radius
    assert Video.read(np.full((5, 32, 32, 3), 90, np.uint8)).fingerprint() is None


def test_the_thumbnail_shows_four_frames(clip: Any) -> None:
    sheet = Video.read(clip(40)).thumbnail(128)
    assert sheet.shape == (96, 128, 3)
    tiles = (sheet[:48, :64], sheet[:48, 64:], sheet[48:, :64], sheet[48:, 64:])
    for number, tile in zip((5, 15, 25, 35), tiles, strict=True):
        assert np.abs(tile.astype(int) - numbered(number)).mean() < 12
    assert max(Video.read(clip(1)).thumbnail(1).shape[:2]) <= 2


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_frames_stand_upright(rotation: int, clip: Any) -> None:
    video = Video.read(clip(rotation=rotation))
    upright = np.rot90(numbered(15), rotation // 90)
    frame = video.frames(1, 64)[0]
    assert frame.rgb.shape == upright.shape
    assert np.abs(frame.rgb.astype(int) - upright).mean() < 12
    assert (video.facts()["width"], video.facts()["height"]) == frame.size


def test_a_clip_held_upright_as_phones_write_it_is_turned_clockwise(clip: Any) -> None:
    data = bytearray(clip())
    # The matrix in the header of the track; 0 1 / -1 0 is what a phone that is held upright writes.
    matrix = data.index(b"tkhd") + 4 + 40
    assert int.from_bytes(data[matrix : matrix + 4], "big") == 1 << 16
    for place, number in enumerate((0, 1 << 16, 0, -1 << 16, 0)):
        data[matrix + 4 * place : matrix + 4 * place + 4] = number.to_bytes(4, "big", signed=True)
    (frame,) = Video.read(bytes(data)).frames(1, 64)
    assert np.abs(frame.rgb.astype(int) - np.rot90(numbered(15), -1)).mean() < 12


def test_pixels_that_are_not_square_are_made_so_by_scaling_down(clip: Any) -> None:
    for aspect, size in ((Fraction(4, 3), (64, 36)), (Fraction(3, 4), (48, 48)), (Fraction(500), (64, 48))):
        assert Video.read(clip(aspect=aspect)).frames(1, 64)[0].size == size


def test_frames_are_scaled_down_never_up(clip: Any) -> None:
    video = Video.read(clip())
    assert [video.frames(1, side)[0].size for side in (32, 64, 1000)] == [(32, 24), (64, 48), (64, 48)]


@pytest.mark.parametrize(
    "options",
    [
        {"pixels": "yuv420p10le"},
        {"pixels": "gray"},
        {"pixels": "yuv444p", "size": (67, 49)},
        {"fmt": "matroska", "codec": "ffv1", "pixels": "gray16le"},
        {"fmt": "mov", "codec": "png", "pixels": "rgba"},
        {"fmt": "mov", "codec": "mjpeg", "pixels": "yuvj422p"},
    ],
    ids=lambda options: options["pixels"],
)
def test_every_kind_of_pixels_shows_the_same(options: dict[str, Any], clip: Any) -> None:
    width, height = options.get("size", (64, 48))
    for number, frame in enumerate(Video.read(clip(5, **options)).frames(5, 100)):
        assert frame.size == (width, height)
        assert np.abs(frame.gray.astype(int) - numbered(number, width, height)[..., 0]).mean() < 15


def test_of_interlaced_frames_one_field_is_taken(clip: Any) -> None:
    """Lines of the other field, from another moment, would look like edges."""
    woven = [numbered(i) for i in range(6)]
    for frame, other in pairwise(woven):
        frame[1::2] = other[1::2]
    plain, told = (
        Video.read(encode(woven, 10.0, WRITTEN[".mp4"], **{"x264-params": params}))
        for params in ("keyint=1", "keyint=1:tff=1")
    )
    assert np.abs(np.diff(plain.frames(6, 64)[2].gray.astype(int), axis=0)).mean() > 5
    assert np.abs(np.diff(told.frames(6, 64)[2].gray.astype(int), axis=0)).mean() < 1
    assert numbers(told.frames(6, 64)) == list(range(6))


def test_a_clip_of_high_dynamic_range_is_measured_with_a_warning(clip: Any) -> None:
    video = Video.read(clip(pixels="yuv420p10le", **{"x264-params": "transfer=arib-std-b67"}))
    assert numbers(video.frames(2, 64)) == [7, 22]
    assert any("high dynamic range" in warning for warning in video.warnings)


def test_many_clips_are_decoded_side_by_side(clip: Any) -> None:
    data = clip(40)

    def asked(_: int) -> list[bytes]:
        return [frame.rgb.tobytes() for frame in Video.read(data).frames(8, 64)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(asked, range(12)))
    assert all(answer == answers[0] for answer in answers)
