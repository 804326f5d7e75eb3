"""How long it takes to look at sixteen frames of a clip, over decoding it whole."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from bench.row import Row
from bench.workshop import Workshop
from mmml.image.scene import draw_scene
from mmml.image.value import Rgb
from mmml.value import Limits
from mmml.video.container import open_clip
from mmml.video.encode import encode
from mmml.video.formats import WRITTEN
from mmml.video.value import Video

_SECONDS, _RATE, _SIZE = 60, 30, (1920, 1080)
_FRAMES, _LONG_SIDE, _ROUNDS = 16, 512, 2
_MOST = 0.3
# A phone makes a key frame a second; an encoder that is left alone one in 250 frames.
_SPACINGS = {"a key frame a second": 30, "a key frame every 250": 250}


def measure(workshop: Workshop) -> list[Row]:
    """Sample and decode the same clip in turn, on one thread, in this process."""
    return [_row(workshop.folder, named, spacing) for named, spacing in _SPACINGS.items()]


def _row(folder: Path, named: str, spacing: int) -> Row:
    path = folder / f"clip-{spacing}.mp4"
    options = {"preset": "ultrafast", "crf": "28", "g": str(spacing)}
    path.write_bytes(encode(_pan(), _RATE, WRITTEN[".mp4"], **options))
    turns = [(_took(_sample, path), _took(_decode, path)) for _ in range(_ROUNDS + 1)]
    # The first round warms up.
    sampling, decoding = (median(times) for times in zip(*turns[1:], strict=True))
    judged = spacing == _RATE
    return Row(
        f"{_FRAMES} frames of a clip of {_SECONDS} s, 1080p, {named}, over decoding all of it",
        f"{sampling / decoding:.2f} ({sampling:.1f} and {decoding:.1f} s)",
        f"at most {_MOST}" if judged else "",
        sampling / decoding <= _MOST if judged else None,
    )


def _pan() -> Iterator[Rgb]:
    """Yield a pan over a drawn scene, to and fro."""
    scene = draw_scene(np.random.default_rng(0), 2600)
    width, height = _SIZE
    for number in range(_SECONDS * _RATE):
        x, y = (0.5 - 0.5 * np.cos(number / 90 + turn) for turn in (0.0, 1.0))
        corner = x * (scene.shape[1] - width), y * (scene.shape[0] - height)
        place = np.array([[1, 0, corner[0]], [0, 1, corner[1]]])
        yield np.asarray(cv2.warpAffine(scene, place, _SIZE, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP))


def _sample(path: Path) -> None:
    assert len(Video.read(path).frames(_FRAMES, _LONG_SIDE)) == _FRAMES


def _decode(path: Path) -> None:
    with open_clip(path, "mov", Limits()) as clip:
        assert sum(1 for _ in clip.every()) == _SECONDS * _RATE


def _took(work: Callable[[Path], None], path: Path) -> float:
    started = time.perf_counter()
    work(path)
    return time.perf_counter() - started
