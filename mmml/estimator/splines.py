"""`Splines`: scikit-learn's `SplineTransformer` that a bundle holds as plain numbers."""

from typing import Any

import numpy as np
from scipy.interpolate import BSpline
from sklearn.preprocessing import SplineTransformer


class Splines(SplineTransformer):  # type: ignore[misc]  # scikit-learn has no types
    """Turns each feature into smooth bumps along its range, so that a linear model may bend with it.

    With a linear model on top this is a generalized additive model: T. Hastie and R. Tibshirani,
    "Generalized additive models", 1986. All parameters are those of `SplineTransformer`.

    SciPy's splines have functions and unchecked numbers within. What is stored is their knots alone, which
    SciPy checks when they are read again.
    """

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
            count = knots.shape[1] - self.degree - 1
            round_again = self.degree if self.extrapolation == "periodic" else 0
            bumps = np.eye(count - round_again)
            bumps = np.concatenate([bumps, bumps[:round_again]])
            goes_on = self.extrapolation in ("periodic", "continue")
            self.bsplines_ = [BSpline(one, bumps, self.degree, extrapolate=goes_on) for one in knots]
