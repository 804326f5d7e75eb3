"""Which features decided a score: what changes when one after the other is an ordinary one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmml.bundle.read import Bundle

# Among the quantiles that a manifest keeps: 25, 50 and 75 %.
_LOW, _MEDIAN, _HIGH = 2, 3, 4

# Log-odds of 0 and 1 are infinite; a forest says both.
_SURE = 1e-4


@dataclass(frozen=True)
class Reason:
    """What a feature did to the score of one input.

    Args:
        feature: its name.
        value: as measured; NaN where it cannot be.
        usual: between which values the middle half of the training samples lies; None where unknown.
        change: how much higher the value makes the score than the training's median in its place; in
            log-odds of the score, of several classes that of the class that is said; of a number in its unit.
    """

    feature: str
    value: float
    usual: tuple[float, float] | None
    change: float


def reasons(bundle: Bundle, features: NDArray[np.float64], label: str | None) -> list[Reason]:
    """Return what each feature did to a score, the largest change first.

    Each change is the mean of two: of the value put among the medians of all others, and of the median put
    among the input's own values. Any estimator can be asked so. Where a score is linear or quadratic in the
    features, as that of a Gaussian is, these are the values of L. S. Shapley, "A value for n-person games",
    1953, and add up to what sets the input apart; what three and more features do together, they tell but
    partly. One of the two alone misleads where features go together: an odd value among ordinary ones is
    odd, and an ordinary one among odd ones too.

    Args:
        bundle: the model.
        features: of one input, shape (f,).
        label: the class that is said; None for a number.
    """
    entries = bundle.manifest.features
    medians = [np.nan if entry.quantiles is None else entry.quantiles[_MEDIAN] for entry in entries]
    count = len(entries)
    own, usual = np.tile(features, (count + 1, 1)), np.tile(medians, (count + 1, 1))
    np.fill_diagonal(own[1:], medians)
    np.fill_diagonal(usual[1:], features)
    with_own, with_usual = np.split(_scores(bundle, np.concatenate([own, usual]), label), 2)
    changes = np.nan_to_num((with_own[0] - with_own[1:] + with_usual[1:] - with_usual[0]) / 2)
    found = [
        Reason(entry.name, float(value), _usual(entry.quantiles), float(change))
        for entry, value, change in zip(entries, features, changes, strict=True)
    ]
    return sorted(found, key=lambda reason: -abs(reason.change))


def _scores(bundle: Bundle, features: NDArray[np.float64], label: str | None) -> NDArray[np.float64]:
    """Return scores on a scale on which changes add up, as far as the model has one; shape (n,)."""
    decision = bundle.manifest.decision
    raw = bundle.task.score(bundle.estimator, features, decision.classes)
    if raw.ndim == 2:
        # Probabilities near 1 hardly move, whatever decided.
        likely = np.clip(raw[:, decision.classes.index(str(label))], _SURE, 1 - _SURE)
        return np.asarray(np.log(likely) - np.log1p(-likely))
    # Calibration is a line in log-odds.
    return raw if decision.calibration is None else raw * decision.calibration.slope


def _usual(quantiles: list[float] | None) -> tuple[float, float] | None:
    return None if quantiles is None else (quantiles[_LOW], quantiles[_HIGH])
