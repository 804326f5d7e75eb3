"""Frames as pictures: scaled, upright, with square pixels."""

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.extras import imported

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

#: Transfer functions of ITU-T H.273 (2016) that are of high dynamic range: PQ and hybrid log-gamma.
_HDR = (16, 18)


def exact_scaling() -> int:
    """Return what makes FFmpeg scale by area means, and to the same bits on every machine."""
    ways = imported("av.video.reformatter", "video").Interpolation
    return int(ways.AREA | ways.ACCURATE_RND | ways.BITEXACT)


def is_hdr(frame: "VideoFrame") -> bool:
    """Tell whether a frame is of high dynamic range; it is shown as it is, so it looks dull."""
    return frame.color_trc in _HDR


def quarter_turns(frame: "VideoFrame") -> int:
    """Return by how many quarters a frame is to be turned counterclockwise to stand upright, 0 to 3."""
    return round(frame.rotation / 90) % 4


def shown_size(frame: "VideoFrame", aspect: float) -> tuple[int, int]:
    """Return width and height of a frame as it is shown, pixels.

    Args:
        frame: the frame.
        aspect: width of a pixel over its height. Pixels that are not square are made so by scaling down.
    """
    width, height = _square(frame, aspect)
    return (height, width) if quarter_turns(frame) % 2 else (width, height)


def pixels(frame: "VideoFrame", aspect: float, long_side: int, colour: bool) -> NDArray[np.uint8]:
    """Return a frame as it is shown, scaled down by area means; never scaled up.

    Of an interlaced frame, only one field is taken: its two fields are of two moments, and where something
    moves between them, edges look like combs.

    Args:
        frame: the frame, of any format of pixels.
        aspect: width of a pixel over its height.
        long_side: most pixels on the long side.
        colour: whether RGB or the luma is wanted.

    Returns:
        uint8, shape (H, W, 3) or (H, W).
    """
    width, height = _square(frame, aspect)
    ratio = min(1.0, long_side / max(width, height))
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    kind = "rgb24" if colour else "gray"
    if frame.interlaced_frame and frame.height > 1:
        field = np.asarray(frame.to_ndarray(format=kind), dtype=np.uint8)[::2]
        picture = np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    else:
        scaled = frame.reformat(*size, format=kind, interpolation=exact_scaling())
        picture = np.asarray(scaled.to_ndarray(), dtype=np.uint8)
    return np.ascontiguousarray(np.rot90(picture, quarter_turns(frame)))


def _square(frame: "VideoFrame", aspect: float) -> tuple[int, int]:
    if aspect > 1:
        return frame.width, max(1, round(frame.height / aspect))
    return max(1, round(frame.width * aspect)), frame.height
