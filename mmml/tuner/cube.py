"""Ranges of numbers as the unit interval: where samplers draw, each value of a range getting its share."""

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

Axis = FloatDistribution | IntDistribution


def place(axis: Axis, value: float) -> float:
    """Return where in 0 to 1 a value lies."""
    low, high = _ends(axis)
    return ((float(np.log(value)) if axis.log else value) - low) / (high - low)


def value_at(axis: BaseDistribution, at: float) -> object:
    """Return the value that lies at a place in 0 to 1; of choices, the one whose share it is."""
    if isinstance(axis, CategoricalDistribution):
        return axis.choices[min(int(at * len(axis.choices)), len(axis.choices) - 1)]
    assert isinstance(axis, FloatDistribution | IntDistribution)
    low, high = _ends(axis)
    value = low + at * (high - low)
    value = float(np.exp(value)) if axis.log else value
    if axis.step:
        value = axis.low + round((value - axis.low) / axis.step) * axis.step
    value = min(max(value, axis.low), axis.high)
    return int(value) if isinstance(axis, IntDistribution) else value


def _ends(axis: Axis) -> tuple[float, float]:
    # A step's values get equal shares of the range: half a step on either side of each.
    half = (axis.step or 0) / 2
    low, high = axis.low - half, axis.high + half
    return (float(np.log(low)), float(np.log(high))) if axis.log else (low, high)
