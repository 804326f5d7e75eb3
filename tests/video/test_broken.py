"""`Video`: a broken clip gives what can be read of it, or the reason why nothing can."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.engine.extract import Extractor, Input
from mmml.errors import MissingLibrary, MmmlError
from mmml.image.gradients import Gradients
from mmml.value import Limits, modality_of
from mmml.video.encode import encode
from mmml.video.formats import LOSSLESS, WRITTEN
from mmml.video.per_frame import PerFrame
from mmml.video.value import Video

from .conftest import numbered, numbers
from .test_seek import CONTAINERS

LARGE = (320, 240)


def part(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def noisy(frames: int, **options: str) -> bytes:
    """Numbered frames with grain: as many bytes each as those of a camera."""
    grain = np.random.default_rng(0).integers(0, 30, (frames, LARGE[1], LARGE[0], 1), np.uint8)
    shown = [numbered(i, *LARGE) + grain[i] for i in range(frames)]
    return encode(shown, 10.0, WRITTEN[".mp4"], **{"g": "10", "x264-params": "scenecut=0", **options})


def test_a_clip_without_its_index_at_the_end_is_refused(clip: Any) -> None:
    for share in (0.05, 0.5, 0.95):
        with pytest.raises(MmmlError, match="cut short: its index is missing"):
            Video.read(part(clip(), share))


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_a_clip_with_its_index_first_gives_what_is_there_and_says_so(share: float, clip: Any) -> None:
    video = Video.read(part(clip(60, size=LARGE, crf="1", container={"movflags": "faststart"}), share))
    (warning,) = video.warnings
    assert warning.startswith("the clip is cut short: ") and warning.endswith(" of 60 frames")
    there = int(warning.split()[5])
    assert 10 < there < 60
    shown = numbers(video.frames(8, 320))
    assert len(shown) == 8 and shown == sorted(shown)
    assert shown == pytest.approx([(2 * i + 1) * there / 16 for i in range(8)], abs=3)
    assert video.facts()["seconds"] == pytest.approx(there / 10, abs=0.3)


@pytest.mark.parametrize(
    "kind", ["mp4 in fragments", "mkv", "mkv, streamed", "webm", "avi", "ogv", "mpeg-ts"]
)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_other_containers_give_what_is_there(kind: str, share: float, clip: Any) -> None:
    video = Video.read(part(clip(60, **CONTAINERS[kind], size=LARGE), share))
    shown = numbers(video.frames(5, 320))
    assert shown == sorted(set(shown)) and len(shown) >= 2
    # A streamed file, or one cut from a stream, does not know how long it was to be.
    if kind in ("mkv", "webm", "avi"):
        (warning,) = [warning for warning in video.warnings if "cut short" in warning]
        there, of = (int(warning.split()[word]) for word in (5, 7))
        assert max(shown) <= there < of == pytest.approx(60, abs=15 if share < 0.5 else 4)


def test_what_follows_a_broken_frame_is_passed_over_up_to_the_next_key_frame() -> None:
    whole = noisy(60)
    start = whole.index(b"mdat")
    begin = start + (len(whole) - start) * 4 // 10
    broken = whole[:begin] + b"\x5a\xc3" * 2000 + whole[begin + 4000 :]
    before, video = list(Video.read(whole).every_frame()), Video.read(broken)
    after = video.frames(30, 320)
    assert "some frames are broken and were passed over" in video.warnings
    # Whatever is shown is shown as it was, but for the last blocks before the breach.
    for number, frame in zip(numbers(after), after, strict=True):
        assert np.abs(frame.rgb.astype(int) - before[number]).mean() < 1
    assert 20 < len(after) < 30
    assert numbers(after)[0] == 1 and numbers(after)[-1] == 59


CONTENTS = {"empty": b"", "one nought": b"\0", "text": b"hello\n" * 100, "noughts": bytes(5000)}
CONTENTS |= {
    "page": b"<html>404</html>",
    "first bytes": b"\0\0\0\x20ftypisom",
    "photo": b"\xff\xd8\xff\xe0" * 9,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_that_only_has_the_name_of_a_clip_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "capture.mp4"
    path.write_bytes(CONTENTS[name])
    assert modality_of(path) == ("image" if name == "photo" else "video")
    for source in (path, CONTENTS[name]):
        with pytest.raises(MmmlError, match="empty" if name == "empty" else "broken"):
            Video.read(source)


def test_what_is_no_file_is_refused_and_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    for name, reason in {
        "folder": "not a regular file",
        "pipe": "not a regular file",
        "no": "no such file",
    }.items():
        with pytest.raises(MmmlError, match=reason):
            Video.read(tmp_path / f"{name}.mp4")


@pytest.mark.parametrize("fmt", ["mp4", "matroska"])
def test_sound_without_a_picture_is_refused(fmt: str, clip: Any) -> None:
    with pytest.raises(MmmlError, match="there is no picture in this file"):
        Video.read(clip(codec=None, sound=True, fmt=fmt))


def test_a_clip_of_no_frames_is_refused(clip: Any) -> None:
    with pytest.raises(MmmlError, match="there are no frames in this clip"):
        Video.read(clip(0, fmt="avi", codec="mpeg4"))
    for fmt in ("mp4", "matroska"):
        with pytest.raises(MmmlError, match=r"no picture|no frames|cut short"):
            Video.read(clip(0, fmt=fmt))


def test_a_clip_beyond_a_limit_is_refused_before_it_is_decoded(clip: Any, tmp_path: Path) -> None:
    data = clip()
    Video.read(data, Limits(pixels=64 * 48)).frames(2, 64)
    with pytest.raises(MmmlError, match="the frames have 64 x 48 pixels; the limit is 3,071"):
        Video.read(data, Limits(pixels=64 * 48 - 1))
    (tmp_path / "a.mp4").write_bytes(data)
    with pytest.raises(MmmlError, match=f"{len(data):,} bytes; the limit is"):
        Video.read(tmp_path / "a.mp4", Limits(bytes=len(data) - 1))


def test_a_size_that_a_header_only_claims_costs_nothing() -> None:
    data = encode([numbered(i) for i in range(3)], 10.0, LOSSLESS)
    place = data.index(b"strf") + 12

    def claiming(side: int) -> bytes:
        return data[:place] + side.to_bytes(4, "little") * 2 + data[place + 8 :]

    for side in (16_000, 60_000, 2**31 - 1):
        with pytest.raises(MmmlError, match=r"more than 150,000,000 pixels"):
            Video.read(claiming(side)).frames(1, 64)


def test_frames_that_grow_beyond_the_limit_on_the_way_are_not_decoded(clip: Any) -> None:
    import zlib

    data = bytearray(clip(2, fmt="mov", codec="png", pixels="rgb24"))
    place = bytes(data).rindex(b"IHDR")
    data[place + 4 : place + 12] = (30_000).to_bytes(4, "big") * 2
    data[place + 17 : place + 21] = zlib.crc32(data[place : place + 17]).to_bytes(4, "big")
    assert numbers(Video.read(bytes(data)).frames(2, 64)) == [0]


@pytest.mark.parametrize("fmt", ["mp4", "matroska", "avi", "mpegts"])
def test_ffmpeg_says_nothing_on_stderr(fmt: str, clip: Any, capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(clip(30, fmt=fmt, codec="mpeg4" if fmt == "avi" else "libx264"))
    capfd.readouterr()
    for place in range(len(data) // 3, len(data), 97):
        data[place] ^= 0x5A
        try:
            Video.read(bytes(data)).frames(8, 64)
        except MmmlError:
            continue
    assert capfd.readouterr() == ("", "")


def test_a_broken_clip_is_a_row_with_the_reason(clip: Any, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(part(clip(), 0.5))
    (tmp_path / "b.mp4").write_bytes(
        part(clip(60, size=LARGE, crf="1", container={"movflags": "faststart"}), 0.7)
    )
    check = PerFrame(Gradients())
    gone, cut = (
        Extractor().observe(Input(n, tmp_path / n, "video"), [check], True) for n in ("a.mp4", "b.mp4")
    )
    assert gone.error is not None and "cut short" in gone.error and gone.fault is None
    assert cut.error is None and check.key() in cut.features and "cut short" in cut.warnings[0]


def test_without_pyav_the_extra_is_named(clip: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = clip(3)
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(MissingLibrary) as caught:
        Video.read(data)
    assert caught.value.hint == "pip install 'mmml[video]'"
