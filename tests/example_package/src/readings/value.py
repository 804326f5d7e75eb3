"""`Readings`: what a gauge wrote down, such as the temperature of concrete while it hardens."""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.value import DEFAULT_LIMITS, Limits, Source, Value, read_bytes

_HEADER = b"hours,reading"


class Readings(Value):
    """Hours and readings, from a text file with a line for each.

    Args:
        table: float64, shape (n, 2): hours since the start, readings in the gauge's own unit.
    """

    modality: ClassVar[str] = "readings"
    suffixes: ClassVar[frozenset[str]] = frozenset({".gauge"})

    def __init__(self, table: NDArray[np.float64]) -> None:
        super().__init__()
        self.table = table

    @classmethod
    def read(cls, source: Source, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Read the text, or take an array of shape (n, 2).

        Raises:
            MmmlError: a line is not two finite numbers, or there is none.
        """
        if isinstance(source, np.ndarray):
            return cls(_checked(np.asarray(source, dtype=np.float64)))
        data = read_bytes(source, limits) if isinstance(source, Path) else source
        if not cls.sniff(data):
            raise MmmlError(f"the file does not begin with {_HEADER.decode()}")
        try:
            lines = [line.split(",") for line in data.decode().splitlines()[1:]]
            table = np.array([[float(cell) for cell in line] for line in lines])
        except ValueError as error:
            raise MmmlError(f"a line is not two numbers: {error}") from None
        return cls(_checked(table))

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Tell by the header line."""
        return head.startswith(_HEADER)

    def write(self, path: Path) -> None:
        """Write the text."""
        lines = [f"{hours!r},{reading!r}" for hours, reading in self.table.tolist()]
        path.write_text("\n".join([_HEADER.decode(), *lines]) + "\n")

    def thumbnail(self, pixels: int) -> NDArray[np.uint8]:
        """Draw the readings over time, dark on white."""
        picture = np.full((pixels // 2, pixels, 3), 255, np.uint8)
        hours, readings = self.table.T
        across = np.linspace(hours[0], hours[-1], pixels)
        height = np.interp(across, hours, readings)
        spread = float(np.ptp(height)) or 1.0
        rows = np.round((height.max() - height) / spread * (pixels // 2 - 1)).astype(int)
        picture[rows, np.arange(pixels)] = 40
        return picture

    def facts(self) -> dict[str, float]:
        """Return how long the gauge ran."""
        return {"hours": float(self.table[-1, 0])}


def _checked(table: NDArray[np.float64]) -> NDArray[np.float64]:
    if table.ndim != 2 or table.shape[1] != 2 or not len(table) or not np.isfinite(table).all():
        raise MmmlError("these are no readings", "give two finite numbers a line: hours,reading")
    return table
