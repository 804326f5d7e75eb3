"""`Video`: the frames returned are the evenly spaced ones, in every container."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmml.video import container
from mmml.video.value import Video

from .conftest import numbers

CONTAINERS: dict[str, dict[str, Any]] = {
    "mp4": {"fmt": "mp4"},
    "mp4, index first": {"fmt": "mp4", "container": {"movflags": "faststart"}},
    "mp4 in fragments": {"fmt": "mp4", "container": {"movflags": "frag_keyframe+empty_moov"}},
    "mov": {"fmt": "mov"},
    "mkv": {"fmt": "matroska"},
    "mkv, streamed": {"fmt": "matroska", "container": {"live": "1"}},
    "webm": {"fmt": "webm", "codec": "libvpx-vp9", "deadline": "realtime", "cpu-used": "8"},
    "avi": {"fmt": "avi", "codec": "mpeg4"},
    "ogv": {"fmt": "ogg", "codec": "libvpx", "deadline": "realtime", "cpu-used": "8"},
    "mpeg-ts": {"fmt": "mpegts"},
    "camcorder": {"fmt": "mpegts", "container": {"mpegts_m2ts_mode": "1"}},
    "hevc, open groups": {"fmt": "mp4", "codec": "libx265", "x265-params": "open-gop=1:log-level=none"},
    "h264, open groups": {"fmt": "mp4", "x264-params": "open-gop=1:bframes=3"},
    "with sound": {"fmt": "mp4", "sound": True},
    "key frames only": {"fmt": "mov", "codec": "mjpeg", "pixels": "yuvj420p"},
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_the_evenly_spaced_frames_are_found(kind: str, clip: Any) -> None:
    video = Video.read(clip(40, **CONTAINERS[kind]))
    for count in (1, 4, 9):
        middles = [(2 * i + 1) * 40 / (2 * count) for i in range(count)]
        # A middle that falls between two frames may be given either.
        for number, middle in zip(numbers(video.frames(count, 64)), middles, strict=True):
            assert number in {int(middle - 0.02), int(middle + 0.02)}
    facts = video.facts()
    assert facts["seconds"] == pytest.approx(4, abs=0.02)
    assert facts["frames_per_second"] == pytest.approx(10, rel=0.01)
    assert (facts["width"], facts["height"]) == (64, 48)
    assert video.warnings == []


@pytest.mark.parametrize("fmt", ["mp4", "matroska", "avi", "mpegts"])
def test_each_moment_has_the_two_very_next_frames(fmt: str, clip: Any) -> None:
    video = Video.read(clip(40, fmt=fmt, codec="mpeg4" if fmt == "avi" else "libx264"))
    for moment in video.moments(7, 64):
        first = numbers(moment.frames)[0]
        assert numbers(moment.frames) == [first, first + 1, first + 2]
        start = moment.times[0]
        assert moment.times == pytest.approx([start, start + 0.1, start + 0.2], abs=0.002)
        assert moment.size == (64, 48)


@pytest.mark.parametrize("frames", [1, 2, 3, 10])
def test_a_clip_with_fewer_frames_gives_each_of_them_once(frames: int, clip: Any) -> None:
    video = Video.read(clip(frames))
    assert numbers(video.frames(16, 64)) == list(range(frames))
    assert [len(moment.frames) for moment in video.moments(16, 64)] == [
        min(3, frames - i) for i in range(frames)
    ]
    assert video.warnings == []


def test_time_counts_where_frames_last_unequally_long(clip: Any) -> None:
    # One second at ten frames a second, then nine at one a second.
    times = [*range(10), *range(10, 100, 10)]
    video = Video.read(clip(19, fmt="matroska", times=times, bf="0"))
    shown = [max(n for n, t in enumerate(times) if t <= (2 * i + 1) * 91 / 20) for i in range(10)]
    # One frame lasts over two of the moments, and is given once.
    assert numbers(video.frames(10, 64)) == list(dict.fromkeys(shown))
    assert len(set(shown)) == 9


def test_it_is_searched_not_decoded_whole(clip: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = spent_by(monkeypatch)
    data = clip(240, gop=10)
    assert numbers(Video.read(data).frames(4, 64)) == [30, 90, 150, 210]
    # A key frame, the frame itself, the two behind it, and what H.264 reorders.
    assert spent[-1] <= 4 * 10


def test_where_key_frames_lie_far_apart_decoding_ends_in_time(
    clip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = spent_by(monkeypatch)
    monkeypatch.setattr(container, "MOST_DECODED", 10)
    data = clip(200, gop=1000, fmt="matroska", **{"x264-params": "scenecut=0"})
    video = Video.read(data)
    frames = numbers(video.frames(5, 64))
    assert spent[-1] == 50
    assert frames[:1] == [20] and frames == sorted(frames) and frames[-1] < 50
    assert any("only the beginning of the clip was looked at" in warning for warning in video.warnings)


def test_a_container_that_cannot_be_searched_is_decoded_up_to_each_frame(
    clip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = clip(40)
    expected = numbers(Video.read(data).frames(5, 64))

    def fail(self: Any, time: int, keys: Any) -> None:
        self._searchable = False

    monkeypatch.setattr(container.Clip, "_from_key", fail)
    assert numbers(Video.read(data).frames(5, 64)) == expected == [4, 12, 20, 28, 36]


def test_frames_are_decoded_once_and_kept(clip: Any, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(clip())
    video = Video.read(tmp_path / "a.mp4")
    first = video.frames(4, 64)
    (tmp_path / "a.mp4").unlink()
    assert all(a is b for a, b in zip(first, video.frames(4, 64), strict=True))


def spent_by(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which every run of decoding will add how many frames it has decoded."""
    spent: list[int] = []
    runs: Callable[..., Any] = container.Clip.runs

    def counted(self: container.Clip, *words: Any) -> Any:
        yield from runs(self, *words)
        spent.append(self.spent)

    monkeypatch.setattr(container.Clip, "runs", counted)
    return spent
