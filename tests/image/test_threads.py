"""Pictures are decoded side by side."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from mmml.image.value import Image


@pytest.mark.parametrize("view", ["gray", "rgb"])
def test_two_threads_decode_two_pictures_at_once(monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    both_inside = Barrier(2, timeout=10)

    def decode(image: Image, flag: int) -> np.ndarray:
        both_inside.wait()
        return np.zeros((2, 2, 3) if view == "rgb" else (2, 2), np.uint8)

    monkeypatch.setattr(Image, "_decode", decode)
    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(lambda image: getattr(image, view), [Image(b"1"), Image(b"2")]))) == 2
