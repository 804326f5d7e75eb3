"""How raw scores become a prediction: the part of a task that a bundle keeps and that may change later."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from mmml.judge.calibration import Calibration

Raw = NDArray[np.float64]


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How raw scores become a prediction. It lives in the manifest, so it can change without training.

    Args:
        classes: the class names, in the order of the probabilities; none where a number is said.
        positive: the class that the score is the probability of; None where there are more than two.
        calibration: turns a raw score into a probability; None where the estimator's own are taken.
        threshold: from this probability on a sample is called ``positive``; None where the likeliest wins.
        unit: of the number that is said; None where it has none.

    Raises:
        ValueError: these do not fit together; in a manifest, that it is broken.
    """

    classes: tuple[str, ...]
    positive: str | None = None
    calibration: Calibration | None = None
    threshold: float | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("a class is named twice")
        if len(self.classes) == 1:
            raise ValueError("a decision is between two classes at least, or about a number without any")
        if len(self.classes) != 2 and (self.positive, self.calibration, self.threshold) != (None,) * 3:
            raise ValueError("only one of two classes is positive, with a calibration and a threshold")
        if self.classes and self.unit is not None:
            raise ValueError("classes have no unit")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError("the threshold is no probability")
        whole = self.calibration is not None and self.threshold is not None
        if len(self.classes) == 2 and not (whole and self.positive == self.classes[1]):
            raise ValueError(
                "two classes need a calibration, a threshold, and the second one as the positive"
            )

    @property
    def width(self) -> int:
        """How many numbers are said of a sample: a probability for each class, or the number itself."""
        return len(self.classes) or 1

    @property
    def raw_width(self) -> int:
        """How many raw scores a sample has: one for each of more than two classes, else one."""
        return len(self.classes) if len(self.classes) > 2 else 1

    @property
    def raw_threshold(self) -> float | None:
        """The raw score at the threshold; None where there is none, or it lies at 0 or 1."""
        if self.calibration is None or self.threshold is None or not 0 < self.threshold < 1:
            return None
        return self.calibration.raw(self.threshold)
