"""`Splines`: scikit-learn's `SplineTransformer` that a bundle holds as plain numbers."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from sklearn.preprocessing import SplineTransformer

# A file may state anything; so many knots and so high a degree no model needs.
_MOST_KNOTS, _HIGHEST_DEGREE = 1000, 10


class Splines(SplineTransformer):  # type: ignore[misc]  # scikit-learn has no types
    """Turns each feature into smooth bumps along its range, so that a linear model may bend with it.

    With a linear model on top this is a generalized additive model: T. Hastie and R. Tibshirani,
    "Generalized additive models", 1986. All parameters are those of `SplineTransformer`. A feature that is
    the same throughout training has no range; it gets one of 1, so that its bumps are defined.

    SciPy's splines have functions and unchecked numbers within. What is stored is their knots alone, which
    are checked when they are read again.
    """

    bsplines_: list[BSpline]

    def fit(self, features: Any, labels: Any = None, sample_weight: Any = None) -> Self:
        """Lay the knots along the range of each feature; shape (n, f)."""
        super().fit(features, labels, sample_weight)
        self.bsplines_ = [
            spline if spline.t[0] < spline.t[-1] else self._splines(_spread(spline.t)[None])[0]
            for spline in self.bsplines_
        ]
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Return the state with knots instead of splines; ``knots_`` float64, shape (features, knots)."""
        state = dict(super().__getstate__())
        splines = state.pop("bsplines_", None)
        if splines is not None:
            state["knots_"] = np.stack([spline.t for spline in splines])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the splines anew.

        Raises:
            ValueError: no splines have such knots.
        """
        state = dict(state)
        knots = state.pop("knots_", None)
        super().__setstate__(state)
        if knots is not None:
            self.bsplines_ = self._splines(knots)

    def _splines(self, knots: Any) -> list[BSpline]:
        degree = self.degree
        plain = isinstance(knots, np.ndarray) and knots.dtype == np.float64 and knots.ndim == 2
        if not plain or knots.shape[1] > _MOST_KNOTS or degree not in range(_HIGHEST_DEGREE + 1):
            raise ValueError("no splines have such knots")
        round_again = degree if self.extrapolation == "periodic" else 0
        bumps = np.eye(knots.shape[1] - degree - 1 - round_again)
        bumps = np.concatenate([bumps, bumps[:round_again]])
        goes_on = self.extrapolation in ("periodic", "continue")
        # All else SciPy checks: that knots are finite, rise and are enough.
        return [BSpline(one, bumps, degree, extrapolate=goes_on) for one in knots]


def _spread(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return knots one apart around those that are all alike."""
    return np.asarray(knots[0] + np.arange(len(knots)) - (len(knots) - 1) / 2, dtype=np.float64)
