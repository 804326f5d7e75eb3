"""`Video`: a clip, of which a few evenly spaced frames are decoded."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.image.value import Image, Rgb, make_repeatable
from mmml.value import DEFAULT_LIMITS, HEAD, Limits, Source, Value, opened, view
from mmml.video.container import Clip, open_clip
from mmml.video.encode import encode
from mmml.video.formats import LOSSLESS, WRITTEN, format_of
from mmml.video.picture import is_hdr, pixels, shown_size

#: Frames a second of a clip that is given as an array.
ARRAY_RATE = 25

# A frame and the two behind it: where these move unlike each other, the camera shakes.
_RUN = 3
# What is looked at for facts, fingerprint and thumbnail: so many frames of this long side.
_GLANCE = (4, 320)
_HASH = 63


@dataclass(frozen=True)
class Moment:
    """What a clip shows at one time.

    Args:
        frames: the frame that is shown then, in colour, and up to two right behind it, in gray.
        times: when each of them is shown, seconds.
        size: width and height of the frame as shown, before it was scaled, pixels.
    """

    frames: Sequence[Image]
    times: Sequence[float]
    size: tuple[int, int]


class Video(Value):
    """A clip. It stays in its file; frames are decoded where they are asked for, and kept.

    Frames stand upright and have square pixels; sound plays no part.

    Args:
        source: the encoded clip, or where it lies.
        kind: FFmpeg's name of its format.
        limits: what it may cost.

    Raises:
        MmmlError: as for `read`.
    """

    modality: ClassVar[str] = "video"
    libraries: ClassVar[tuple[str, ...]] = ("av", "opencv-python-headless")
    suffixes: ClassVar[frozenset[str]] = frozenset(
        # Not .ts, which programmers use for something else: such clips are found by their content.
        {".mp4", ".m4v", ".mov", ".3gp", ".mkv", ".webm", ".avi", ".ogv", ".mts", ".m2ts"}
    )
    # Four hashes of pictures, of which up to eight bits each may differ.
    fingerprint_radius: ClassVar[float] = 5.7
    opens_files: ClassVar[bool] = True

    def __init__(self, source: bytes | Path, kind: str, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__()
        self._source = source
        self._kind = kind
        self._limits = limits
        self._moments: dict[tuple[int, int], list[Moment]] = {}
        with self._opened() as clip:
            self.timeline = clip.timeline()
        there, stated = self.timeline.frames, self.timeline.stated
        if there < stated:
            self.warnings.append(f"the clip is cut short: {there:,} of {stated:,} frames")

    @classmethod
    def read(cls, source: Source, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Open a clip: what its container says is read, no frame is decoded.

        Args:
            source: a path or an encoded clip: MP4, MOV, MKV, WebM, AVI, OGV or MPEG-TS; or frames: RGB,
                uint8, shape (n, H, W, 3), 25 a second.
            limits: largest file (bytes) and largest frame (pixels).

        Raises:
            MissingLibrary: PyAV is not installed.
            MmmlError: it is no clip, an unknown format, cut off before its index, without a picture, or
                beyond a limit.
        """
        make_repeatable()
        if isinstance(source, np.ndarray):
            return cls(encode(_checked(source), ARRAY_RATE, LOSSLESS), LOSSLESS.reader, limits)
        if isinstance(source, Path):
            with opened(source, limits) as file:
                head = file.read(HEAD)
        else:
            head = source[:HEAD]
        if not head:
            raise MmmlError("the file is empty")
        kind = format_of(head)
        if kind is None:
            raise MmmlError("this is not a video of a known format, or it is broken")
        return cls(source, kind, limits)

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Tell a clip by its first bytes."""
        return format_of(head) is not None

    def frames(self, count: int, long_side: int) -> list[Image]:
        """Return evenly spaced frames: those shown in the middles of ``count`` equal parts of the clip.

        A clip that has fewer gives each of them once. To reach a frame, decoding goes on from the key frame
        before it; see `Clip.runs` for how far.

        Args:
            count: how many.
            long_side: larger frames are scaled down to it as they are decoded, pixels.

        Raises:
            MmmlError: no frame can be decoded.
        """
        return [moment.frames[0] for moment in self.moments(count, long_side)]

    def moments(self, count: int, long_side: int) -> list[Moment]:
        """Return the frames of `frames`, each together with the two right behind it.

        Raises:
            MmmlError: no frame can be decoded.
        """
        if (count, long_side) not in self._moments:
            with self._opened() as clip:
                self._moments[count, long_side] = self._decoded(clip, count, long_side)
        return self._moments[count, long_side]

    def every_frame(self) -> Iterator[Rgb]:
        """Decode all frames, one after the other; RGB, uint8, shape (H, W, 3)."""
        with self._opened() as clip:
            for frame in clip.every():
                yield pixels(frame, clip.aspect, max(frame.width, frame.height), colour=True)

    @property
    def frames_per_second(self) -> float:
        """How many frames there are, over the duration."""
        return self.timeline.frames / max(self.timeline.seconds, 1e-9)

    def write(self, path: Path) -> None:
        """Write the clip; the file as it was read where the format stays.

        Otherwise it is encoded anew: without sound, and with frames that all last equally long.

        Raises:
            MmmlError: the ending of ``path`` names no format that can be written.
        """
        how = WRITTEN.get(path.suffix.lower())
        if how is None:
            raise MmmlError(f"cannot write clips as {path.suffix or 'a file without an ending'}")
        if how.reader != self._kind:
            path.write_bytes(encode(self.every_frame(), self.frames_per_second, how))
        elif isinstance(self._source, Path):
            shutil.copyfile(self._source, path)
        else:
            path.write_bytes(self._source)

    def fingerprint(self) -> NDArray[np.float32] | None:
        """Return the perceptual hashes of four frames, shape (252,); None for a clip of flat ones only.

        A flat frame counts as halfway between all others.
        """
        hashes = [frame.fingerprint() for frame in self._glance]
        if all(one is None for one in hashes):
            return None
        halfway = np.full(_HASH, 0.5, dtype=np.float32)
        return np.concatenate([halfway if one is None else one for one in hashes])

    def thumbnail(self, pixels: int) -> Rgb:
        """Return four frames in two rows, read from left to right, RGB."""
        shown = [frame.thumbnail(max(1, pixels // 2)) for frame in self._glance]
        height, width = shown[0].shape[:2]
        # A stream may change its size on the way.
        same = [cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA) for one in shown]
        return np.asarray(cv2.vconcat([cv2.hconcat(same[:2]), cv2.hconcat(same[2:])]), dtype=np.uint8)

    def facts(self) -> dict[str, float]:
        """Return duration, frames a second, width and height as shown, and the mean luma of four frames."""
        width, height = self.moments(*_GLANCE)[0].size
        return {
            "seconds": self.timeline.seconds,
            "frames_per_second": self.frames_per_second,
            "width": width,
            "height": height,
            "brightness": float(np.mean([cv2.mean(frame.gray)[0] for frame in self._glance])),
        }

    @view
    def _glance(self) -> list[Image]:
        """Four frames; of a clip with fewer, the last one stands for those that are missing."""
        frames = self.frames(*_GLANCE)
        return [frames[min(i, len(frames) - 1)] for i in range(_GLANCE[0])]

    def _opened(self) -> AbstractContextManager[Clip]:
        return open_clip(self._source, self._kind, self._limits)

    def _decoded(self, clip: Clip, count: int, long_side: int) -> list[Moment]:
        moments: dict[float, Moment] = {}
        for run in clip.runs(self.timeline, count, _RUN):
            # A clip of few frames shows one of them at several times.
            if run.times[0] not in moments:
                frames = [
                    Image.read(pixels(frame, clip.aspect, long_side, colour=not place))
                    for place, frame in enumerate(run.frames)
                ]
                moments[run.times[0]] = Moment(frames, run.times, shown_size(run.frames[0], clip.aspect))
                if is_hdr(run.frames[0]):
                    self._warn("the clip is of high dynamic range: its frames look duller than they are")
        if clip.broken:
            self._warn("some frames are broken and were passed over")
        if clip.exhausted:
            self._warn("key frames lie so far apart that only the beginning of the clip was looked at")
        if not moments:
            beyond = (
                f"; it may be that they have more than {self._limits.pixels:,} pixels, which is the limit"
            )
            raise MmmlError(f"no frame of this clip can be decoded{'' if clip.sized else beyond}")
        return list(moments.values())

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)


def _checked(frames: NDArray[Any]) -> NDArray[np.uint8]:
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
        raise MmmlError(
            f"an array of {frames.dtype} and shape {frames.shape} is no clip",
            "pass uint8: RGB frames of shape (n, H, W, 3)",
        )
    if frames.size == 0:
        raise MmmlError("there are no frames in this clip")
    return frames
