"""Features of a gauge's log: where it stands, where it goes, how it jumps."""

from typing import ClassVar

import numpy as np

from mmml.features import Features, Transformer
from readings.value import Readings


class Trend(Transformer):
    """Mean, slope and largest jump of the readings.

    Args:
        skip_hours: how much of the beginning is left out, while the gauge settles.
    """

    modality: ClassVar[str] = "readings"

    def __init__(self, skip_hours: float = 0.0) -> None:
        self.skip_hours = skip_hours

    @property
    def names(self) -> tuple[str, ...]:
        """In units of the gauge, the slope per hour."""
        return ("reading_mean", "reading_slope", "reading_jump")

    def extract(self, value: Readings) -> Features:
        """Measure one log; float64, shape (3,); NaN where fewer than two readings are left."""
        hours, readings = value.table[value.table[:, 0] >= self.skip_hours].T
        if len(hours) < 2:
            return np.full(3, np.nan)
        slope = np.polyfit(hours, readings, 1)[0]
        return np.array([readings.mean(), slope, np.abs(np.diff(readings)).max()])
