"""Calibration: two numbers that turn a raw score into a probability."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

#: With fewer samples of either class the two numbers would be noise.
ENOUGH = 20

# Beyond this the sigmoid is 0 or 1 in float64.
_FAR = 700.0


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``probability = sigmoid(slope * raw + intercept)``.

    Args:
        slope: above 0, so that the order of the scores stays.
        intercept: log-odds at a raw score of zero.
        note: why the numbers are not fitted, where they are not.
    """

    slope: float
    intercept: float
    note: str | None = None

    def __post_init__(self) -> None:
        if not (0 < self.slope < math.inf and math.isfinite(self.intercept)):
            raise ValueError("the slope of a calibration is above 0, and both its numbers are finite")

    def probability(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities, 0 to 1, of the shape of ``raw``."""
        logit = np.clip(self.slope * raw + self.intercept, -_FAR, _FAR)
        return np.asarray(1 / (1 + np.exp(-logit)))

    def raw(self, probability: float) -> float:
        """Return the raw score at which ``probability`` (inside 0 to 1) is reached."""
        return float((np.log(probability) - np.log1p(-probability) - self.intercept) / self.slope)


def platt(raw: NDArray[np.float64], truth: NDArray[np.bool_]) -> Calibration:
    """Fit the two numbers on scores of samples that the model was not fitted on.

    J. Platt, "Probabilistic outputs for support vector machines", 1999, without its smoothing of the
    targets: `ENOUGH` samples of each class make that superfluous.

    Args:
        raw: raw scores, shape (n,), finite.
        truth: True for the positive class, shape (n,).
    """
    # Where nothing is fitted the middle of the scores gets 0.5, so that the sigmoid tells them apart.
    centre, spread = float(raw.mean()), float(raw.std()) or 1.0
    rarer = int(min(truth.sum(), (~truth).sum()))
    if rarer < ENOUGH:
        note = f"only {rarer} samples of the rarer class; {ENOUGH} are needed"
        return Calibration(1 / spread, -centre / spread, note)
    from sklearn.linear_model import LogisticRegression

    # On standardised scores the solver always converges; the tiny penalty keeps a perfect separation finite.
    model = LogisticRegression(C=1e4, max_iter=1000).fit(((raw - centre) / spread)[:, None], truth)
    slope = float(model.coef_[0, 0]) / spread
    if slope <= 0:
        note = "the scores rank the samples the wrong way round, or not at all"
        return Calibration(1 / spread, -centre / spread, note)
    return Calibration(slope, float(model.intercept_[0]) - slope * centre)
