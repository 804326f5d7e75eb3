"""A drawn picture, and encoders for it."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import pytest

from mmml.image.scene import draw_scene

Encode = Callable[..., bytes]


@pytest.fixture(scope="session")
def drawn_scene() -> np.ndarray:
    """RGB, uint8, 160 pixels on the long side. Read only."""
    pixels = draw_scene(np.random.default_rng(3), 160)
    pixels.setflags(write=False)
    return pixels


@pytest.fixture(scope="session")
def encode() -> Encode:
    """Encode pixels or a picture of Pillow: ``encode(pixels, "JPEG", quality=95)``."""

    def encoded(picture: np.ndarray | PIL.Image.Image, kind: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        taken = PIL.Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
        taken.save(buffer, kind, **options)
        return buffer.getvalue()

    return encoded
