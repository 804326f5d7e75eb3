"""An open clip: which frames are shown at given times. Nothing but the clip itself is ever opened."""

import io
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mmml.errors import MmmlError
from mmml.extras import imported
from mmml.value import Limits, opened
from mmml.video.timeline import Timeline, packets, timeline_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

#: On average at most so many frames are decoded for one that is wanted: ten seconds at 30 frames a second.
MOST_DECODED = 300

_BROKEN = "this is not a video that can be read, or it is cut short: its index is missing or broken"
_TRIES = 4
# Bytes that are read at once.
_BUFFER = 1 << 17
# No camera has pixels this much longer than wide; a broken header has.
_OBLONG = 4


@dataclass(frozen=True)
class Run:
    """Frames that follow one another, and when each is shown, seconds."""

    frames: Sequence["VideoFrame"]
    times: Sequence[float]


@contextmanager
def open_clip(source: bytes | Path, kind: str, limits: Limits) -> Iterator["Clip"]:
    """Open a clip, in a ``with`` statement.

    FFmpeg is told the format and reads from an open file: it never chooses a reader by itself (there are some
    for playlists, which name other files), and opens neither other files nor connections.

    Args:
        source: the encoded bytes, or where they are.
        kind: FFmpeg's name of the format.
        limits: largest file (bytes) and largest frame (pixels).

    Raises:
        MissingLibrary: PyAV is not installed.
        MmmlError: it cannot be read, holds no picture, or is beyond a limit.
    """
    if isinstance(source, Path):
        with opened(source, limits) as file, _demuxed(file, kind, limits) as clip:
            yield clip
    else:
        with _demuxed(io.BytesIO(source), kind, limits) as clip:
            yield clip


@contextmanager
def _demuxed(file: Any, kind: str, limits: Limits) -> Iterator["Clip"]:
    av = imported("av", "video")
    # FFmpeg tells of every broken file on stderr; mmml has a row for it.
    av.logging.set_level(None)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    options = {"max_pixels": str(limits.pixels), "threads": "1", "protocol_whitelist": "none"}
    try:
        container = av.open(
            file,
            "r",
            format=kind,
            options=options,
            metadata_errors="replace",
            buffer_size=_BUFFER,
            io_open=_refused,
        )
    except (av.FFmpegError, ValueError):
        raise MmmlError(_BROKEN) from None
    with container:
        yield Clip(container, _picture(av, container), size, limits)


def _refused(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError(f"a clip may not open {url}")


def _picture(av: Any, container: "InputContainer") -> "VideoStream":
    # A song may bring the picture of its record.
    cover = av.stream.Disposition.attached_pic
    moving = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not moving:
        raise MmmlError("there is no picture in this file")
    # PyAV has no context for a stream that nothing here can decode.
    if moving[0].codec_context is None:
        raise MmmlError("the pictures are encoded in a way that is not known here, or the file is cut short")
    return moving[0]


class Clip:
    """A clip while its file is open.

    Args:
        container: PyAV's.
        stream: the one with the pictures.
        size: of the file, bytes.
        limits: largest frame, pixels.

    Attributes:
        broken: whether some frames could not be decoded so far.
        spent: how many frames were decoded so far.
        exhausted: whether so many were decoded that the rest of the clip stays unseen.
        aspect: width of a pixel over its height.
        sized: whether the size of the frames is known before they are decoded; one beyond the limit is not.

    Raises:
        MmmlError: the frames are larger than the limit.
    """

    def __init__(self, container: "InputContainer", stream: "VideoStream", size: int, limits: Limits) -> None:
        self._container = container
        self._stream = stream
        self._size = size
        self._errors: Any = imported("av", "video").FFmpegError
        self.broken = False
        self.spent = 0
        self.exhausted = False
        self._searchable = True
        self._ahead = self._frames()
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > limits.pixels:
            raise MmmlError(f"the frames have {width:,} x {height:,} pixels; the limit is {limits.pixels:,}")
        self.sized = width * height > 0
        stream.codec_context.options = {"max_pixels": str(limits.pixels)}
        aspect = float(stream.sample_aspect_ratio or 1)
        self.aspect = aspect if 1 / _OBLONG < aspect < _OBLONG else 1.0
        # Files are worked on side by side; threads inside one would only get in each other's way.
        stream.codec_context.thread_count = 1

    def timeline(self) -> Timeline:
        """Return when the clip begins and ends, and where its key frames lie.

        Raises:
            MmmlError: there are no frames.
        """
        return timeline_of(self._container, self._stream, self._size)

    def runs(self, timeline: Timeline, count: int, length: int) -> Iterator[Run]:
        """Yield evenly spaced frames, each with those right behind it: those of `Timeline.evenly`.

        Goes to the key frame before a time and decodes on from there; where the container cannot be searched,
        it decodes all up to there. Where `MOST_DECODED` frames for each wanted one were decoded, `exhausted`
        is set and the rest of the clip stays unseen.

        Args:
            timeline: of this clip.
            count: how many times.
            length: how many frames a run has; at the end of the clip fewer.
        """
        keys, most = timeline.keys, count * MOST_DECODED
        held: deque[VideoFrame] = deque()
        for time in timeline.evenly(count):
            key = bisect_right(keys, time)
            # A clip is opened at its first key frame.
            here = _shown(held[-1]) if held else keys[0] if keys else time
            if self._searchable and key and keys[key - 1] > here:
                frame = self._from_key(time, keys[:key])
                held = held if frame is None else deque([frame])
            while True:
                while len(held) > 1 and _shown(held[1]) <= time:
                    held.popleft()
                self.exhausted = self.spent >= most
                if len(held) > max(length - 1, 1) or self.exhausted:
                    break
                frame = next(self._ahead, None)
                if frame is None:
                    break
                held.append(frame)
            if held:
                frames = list(held)[:length]
                yield Run(frames, [float(_shown(frame) * timeline.base) for frame in frames])
            if self.exhausted:
                return

    def every(self) -> Iterator["VideoFrame"]:
        """Yield all frames in the order in which they are shown."""
        return self._frames()

    def _from_key(self, time: int, keys: Sequence[int]) -> "VideoFrame | None":
        """Go to the last key frame before a time; return the first frame that is decoded there."""
        # Some containers are searched by when frames are decoded, or but roughly: then further back.
        for goal in [time, *reversed(keys[-_TRIES:]), keys[0]]:
            try:
                self._container.seek(goal, stream=self._stream)
            except self._errors:
                break
            self._ahead = self._frames()
            frame = next(self._ahead, None)
            if frame is not None and (_shown(frame) <= time or goal == keys[0]):
                return frame
        self._searchable = False
        return None

    def _frames(self) -> Iterator["VideoFrame"]:
        """Decode on from here. What follows a broken frame builds on it, up to the next key frame."""
        whole = True
        for packet in packets(self._container, self._stream):
            try:
                frames = packet.decode()
            except self._errors:
                frames, whole = [], False
            for frame in frames:
                self.spent += 1
                whole = not frame.is_corrupt and (whole or frame.key_frame)
                if whole:
                    yield frame
            self.broken |= not whole


def _shown(frame: "VideoFrame") -> int:
    at = frame.dts if frame.pts is None else frame.pts
    return 0 if at is None else at
