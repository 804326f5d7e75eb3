"""Clips whose frames bear their own number, so that a test can tell which ones it was given."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

BITS = 8
DARK, LIGHT = 40, 220

Clip = Callable[..., bytes]


def numbered(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    """Draw a number as a gray code: one upright bar a bit, the lowest on the left; RGB."""
    bars = [LIGHT if (number ^ number >> 1) >> bit & 1 else DARK for bit in range(BITS)]
    row = np.repeat(bars, width // BITS)
    row = np.pad(row, (0, width - row.size), mode="edge")
    return np.tile(row[None, :, None], (height, 1, 3)).astype(np.uint8)


def number_of(gray: np.ndarray) -> int:
    """Read the number that a frame bears."""
    height, width = gray.shape
    code = sum(int(gray[height // 2, int((bit + 0.5) * width / BITS)] > 130) << bit for bit in range(BITS))
    number = 0
    while code:
        number, code = number ^ code, code >> 1
    return number


def numbers(frames: Sequence[Any]) -> list[int]:
    """Read the numbers of many frames."""
    return [number_of(frame.gray) for frame in frames]


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """Encode numbered frames: ``clip(50, fmt="avi", codec="mpeg4")``; returns the bytes of the file."""

    def encoded(
        frames: int = 30,
        fmt: str = "mp4",
        codec: str | None = "libx264",
        rate: int = 10,
        gop: int = 10,
        size: tuple[int, int] = (64, 48),
        pixels: str = "yuv420p",
        times: Sequence[int] | None = None,
        sound: bool = False,
        rotation: int | None = None,
        aspect: Fraction | None = None,
        container: dict[str, str] | None = None,
        **options: str,
    ) -> bytes:
        path = tmp_path / f"encoded.{fmt}"
        with av.open(str(path), "w", format=fmt, container_options=container or {}) as file:
            picture = voice = None
            if codec is not None:
                picture = file.add_stream(codec, rate=rate, options={**options, "threads": "1"})
                picture.width, picture.height, picture.pix_fmt, picture.gop_size = *size, pixels, gop
                if rotation is not None:
                    picture.set_display_rotation(rotation)
                if aspect is not None:
                    picture.sample_aspect_ratio = aspect
            if sound:
                voice = file.add_stream("pcm_s16le" if fmt == "avi" else "aac", rate=16000, layout="mono")
            file.start_encoding()
            for number in range(frames if picture is not None else 0):
                frame = av.VideoFrame.from_ndarray(numbered(number, *size), "rgb24")
                if times is not None:
                    frame.pts, frame.time_base = times[number], Fraction(1, rate)
                file.mux(picture.encode(frame))
            if picture is not None:
                file.mux(picture.encode(None))
            for place in range(frames * 16000 // rate // 1024 if voice is not None else 0):
                silence = np.zeros((1, 1024), np.int16 if fmt == "avi" else np.float32)
                heard = av.AudioFrame.from_ndarray(silence, "s16" if fmt == "avi" else "fltp", "mono")
                heard.sample_rate, heard.pts = 16000, place * 1024
                file.mux(voice.encode(heard))
            if voice is not None:
                file.mux(voice.encode(None))
        data = path.read_bytes()
        path.unlink()
        return data

    return encoded
