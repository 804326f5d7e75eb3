"""Encoding clips; the same frames give the same bytes."""

import io
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mmml.errors import MmmlError
from mmml.extras import imported
from mmml.image.value import Rgb
from mmml.video.formats import Written
from mmml.video.picture import exact_scaling

if TYPE_CHECKING:
    from av.video.stream import VideoStream

# Rates such as 30000/1001 are kept.
_FINEST = 1001


def encode(frames: Iterable[Rgb], rate: float, how: Written, **options: str) -> bytes:
    """Encode frames as a clip without sound.

    Args:
        frames: RGB, uint8, shape (H, W, 3). Later ones of another size are scaled to that of the first.
        rate: frames a second; each lasts as long as the others.
        how: container and encoder.
        options: of the encoder, instead of what ``how`` says.

    Raises:
        MissingLibrary: PyAV is not installed.
        MmmlError: this PyAV has no such encoder, it refuses such frames, or there are none.
    """
    av = imported("av", "video")
    av.logging.set_level(None)
    file = io.BytesIO()
    try:
        # Neither dates nor names of libraries.
        with av.open(file, "w", format=how.container, container_options={"fflags": "+bitexact"}) as container:
            stream: VideoStream | None = None
            for frame in frames:
                if stream is None:
                    exact = Fraction(rate).limit_denominator(_FINEST)
                    stream = container.add_stream(how.codec, rate=exact, options={**how.options, **options})
                    stream.width, stream.height = _sides(frame, how)
                    stream.pix_fmt = how.pixels
                    stream.codec_context.thread_count = 1
                fitted = _fitted(frame, stream.width, stream.height)
                whole = av.VideoFrame.from_ndarray(fitted, format="rgb24")
                container.mux(stream.encode(whole.reformat(format=how.pixels, interpolation=exact_scaling())))
            if stream is not None:
                container.mux(stream.encode(None))
    except (av.FFmpegError, ValueError) as error:
        raise MmmlError(f"the clip cannot be encoded by {how.codec}: {error}") from None
    if stream is None:
        raise MmmlError("a clip of no frames cannot be written")
    return file.getvalue()


def _sides(frame: Rgb, how: Written) -> tuple[int, int]:
    height, width = frame.shape[:2]
    halved = how.pixels.startswith("yuv420")
    return (width + width % 2, height + height % 2) if halved else (width, height)


def _fitted(frame: Rgb, width: int, height: int) -> Rgb:
    right, below = width - frame.shape[1], height - frame.shape[0]
    if {right, below} <= {0, 1}:
        fitted = cv2.copyMakeBorder(frame, 0, below, 0, right, cv2.BORDER_REPLICATE)
    else:
        fitted = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(fitted, dtype=np.uint8)
