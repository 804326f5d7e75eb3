"""How raw scores become a prediction: the part of a task that a bundle keeps and that may change later."""

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from mmml.judge.calibration import Calibration

Raw = NDArray[np.float64]


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How raw scores become a prediction. It lives in the manifest, so it can change without training.

    Args:
        classes: the class names, in the order of the probabilities.
        positive: the class that the score is the probability of; None where there are more than two.
        calibration: turns a raw score into a probability; None where the estimator's own are taken.
        threshold: from this probability on a sample is called ``positive``; None where the likeliest wins.

    Raises:
        ValueError: these do not fit together; in a manifest, that it is broken.
    """

    classes: tuple[str, ...]
    positive: str | None = None
    calibration: Calibration | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("a class is named twice")
        if len(self.classes) < 2:
            raise ValueError("a decision is between two classes at least")
        if len(self.classes) > 2 and (self.positive, self.calibration, self.threshold) != (None,) * 3:
            raise ValueError("more than two classes have no positive one, no calibration and no threshold")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError("the threshold is no probability")
        whole = self.calibration is not None and self.threshold is not None
        if len(self.classes) == 2 and not (whole and self.positive == self.classes[1]):
            raise ValueError(
                "two classes need a calibration, a threshold, and the second one as the positive"
            )

    @property
    def raw_threshold(self) -> float | None:
        """The raw score at the threshold; None where there is none, or it lies at 0 or 1."""
        if self.calibration is None or self.threshold is None or not 0 < self.threshold < 1:
            return None
        return self.calibration.raw(self.threshold)


@dataclass(frozen=True)
class Prediction:
    """What is said of n samples.

    Args:
        labels: the class said of each; None where its raw score is NaN.
        scores: probability of the positive class, or of the class said where there are more than two; (n,).
        probabilities: of every class, shape (n, k).
    """

    labels: list[str | None]
    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def rows(self, mask: NDArray[np.bool_]) -> "Prediction":
        """Return what is said of the samples where ``mask`` (n,) is True."""
        return self.at(np.flatnonzero(mask))

    def at(self, places: NDArray[np.intp]) -> "Prediction":
        """Return what is said of the samples at these places, in their order."""
        labels = [self.labels[i] for i in places.tolist()]
        return Prediction(labels, self.scores[places], self.probabilities[places])
