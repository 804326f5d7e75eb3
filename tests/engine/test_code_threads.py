"""The version of the code, asked for by several threads at once: a sample must not be left out for it."""

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mmml.image
from mmml.engine.code import _imported

SOURCES = [file.read_bytes() for file in Path(mmml.image.__file__).parent.glob("*.py")]


class Litter:
    """Garbage whose collection runs Python, so that threads change in the middle of what was going on."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        sum(range(50))


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads change, and garbage is collected, as often as can be."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def read(depth: int) -> set[str]:
    if depth:
        return read(depth - 1)
    found: set[str] = set()
    for _ in range(2):
        for source in SOURCES:
            Litter()
            found.update(_imported(source))
    return found


@pytest.mark.usefixtures("restless")
def test_threads_read_sources_side_by_side() -> None:
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(read, (0, 7, 14, 21)):
            assert {"cv2", "numpy", "PIL"} <= found
