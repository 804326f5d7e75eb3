"""The timeline of a clip: when it begins and ends, where its key frames lie, and whether it is whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mmml.errors import MmmlError
from mmml.extras import imported

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# A container may say a little more than it holds, seconds.
_SLACK = 0.5


@dataclass(frozen=True)
class Timeline:
    """When what happens in a clip, in ticks of ``base`` seconds.

    Args:
        base: seconds a tick.
        start: when the first frame is shown.
        end: when the last frame that is there has been shown.
        keys: when the key frames are shown, sorted; decoding can begin at these only.
        frames: how many frames are there.
        stated: how many there should be, where the container says so or lets it be guessed.
    """

    base: Fraction
    start: int
    end: int
    keys: Sequence[int]
    frames: int
    stated: int

    @property
    def seconds(self) -> float:
        """The duration of what is there."""
        return float((self.end - self.start) * self.base)

    def evenly(self, count: int) -> list[int]:
        """Return the middles of ``count`` equal parts, ticks."""
        return [self.start + (2 * i + 1) * (self.end - self.start) // (2 * count) for i in range(count)]


def timeline_of(container: "InputContainer", stream: "VideoStream", size: int) -> Timeline:
    """Return the timeline of a clip that was just opened.

    MP4, MOV and AVI have an index of all frames. Other files, and those whose index is not whole, are read
    through, without decoding; they must be opened anew then.

    Args:
        container: PyAV's.
        stream: the one with the pictures.
        size: of the file, bytes.

    Raises:
        MmmlError: there are no frames.
    """
    entries = list(stream.index_entries)
    if len(entries) >= stream.frames > 0:
        found = _by_index(stream, entries, size)
    else:
        found = _by_reading(container, stream)
    if not found.frames:
        raise MmmlError("there are no frames in this clip")
    return found


def packets(container: "InputContainer", *streams: "VideoStream") -> Iterator[Any]:
    """Yield the packets of some streams, or of all, up to where a file is broken or cut short."""
    broken: Any = imported("av", "video").FFmpegError
    try:
        yield from container.demux(*streams)
    except (broken, IndexError):
        # PyAV falls over streams that come up on the way; of the one that is asked for, all was seen then.
        return


def _by_index(stream: "VideoStream", entries: Sequence[Any], size: int) -> Timeline:
    base = stream.time_base or Fraction(1)
    gone = (i for i, entry in enumerate(entries) if entry.pos + entry.size > size)
    there = next(gone, len(entries))
    start = stream.start_time or 0
    # The index tells when frames are decoded; they are shown somewhat later.
    delay = start - entries[0].timestamp
    end = start + (stream.duration or entries[-1].timestamp - entries[0].timestamp + _tick(stream))
    if there < len(entries):
        end = min(end, entries[there].timestamp + delay)
    keys = sorted(entry.timestamp + delay for entry in entries[:there] if entry.is_keyframe)
    return Timeline(base, start, max(end, start + 1), keys, there, len(entries))


def _by_reading(container: "InputContainer", stream: "VideoStream") -> Timeline:
    base = stream.time_base or Fraction(1)
    shown: list[int] = []
    keys: list[int] = []
    end, others = 0, 0.0
    for packet in packets(container):
        at = packet.dts if packet.pts is None else packet.pts
        if at is None or packet.is_corrupt:
            continue
        if packet.stream_index != stream.index:
            others = max(others, float((at + (packet.duration or 0)) * packet.time_base))
            continue
        shown.append(at)
        end = max(end, at + (packet.duration or _tick(stream)))
        if packet.is_keyframe:
            keys.append(at)
    if not shown:
        return Timeline(base, 0, 1, [], 0, 0)
    start = min(shown)
    end = max(end, start + 1)
    # How many frames an MP4 holds is not how many of them are shown: the beginning may be cut off.
    stated = max(len(shown), stream.frames if container.format.name == "avi" else 0)
    lacking = _stated_end(container) - max(others, float(end * base))
    if lacking > _SLACK:
        stated = max(stated, round(len(shown) * (1 + lacking / float((end - start) * base))))
    return Timeline(base, start, end, sorted(keys), len(shown), stated)


def _stated_end(container: "InputContainer") -> float:
    if container.duration is None:
        return 0.0
    return (container.duration + (container.start_time or 0)) / 1e6


def _tick(stream: "VideoStream") -> int:
    """Return about how long a frame is shown, ticks."""
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    return max(1, round(1 / (rate * (stream.time_base or Fraction(1)))))
