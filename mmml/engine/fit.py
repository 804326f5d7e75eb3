"""Fitting: out-of-fold scores, then the estimator itself."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.judge.calibration import Calibration
from mmml.task.base import Task
from mmml.task.decision import Decision, Raw

# Log-odds beyond which a probability says nothing any more.
_FAR = 12.0

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


def check_columns(features: NDArray[np.float64], names: Sequence[str]) -> None:
    """Refuse a feature that was measured on no sample at all.

    Raises:
        MmmlError: names the feature.
    """
    empty = [name for name, column in zip(names, features.T, strict=True) if np.isnan(column).all()]
    if empty:
        raise MmmlError(
            f"measured on no sample: {', '.join(empty)}",
            "leave the transformer out, or give it samples that it can measure",
        )


def fit(task: Task, estimator: Any, features: NDArray[np.float64], labels: Sequence[str]) -> Any:
    """Fit a copy of the estimator to the samples that the task learns from.

    Raises:
        MmmlError: the estimator cannot be fitted.
    """
    from sklearn.base import clone

    learned = task.learns_from(labels)
    try:
        return clone(estimator).fit(features[learned], np.asarray(labels, dtype=object)[learned].astype(str))
    except MmmlError:
        raise
    except (ValueError, TypeError, FloatingPointError, np.linalg.LinAlgError) as error:
        raise MmmlError(
            f"the estimator cannot be fitted: {(str(error) or type(error).__name__).splitlines()[0]}",
            "check the values under estimator, or choose another one",
        ) from None


def out_of_fold(
    task: Task, estimator: Any, features: NDArray[np.float64], labels: Sequence[str], folds: Sequence[Fold]
) -> Raw:
    """Score every sample with a copy of the estimator that was fitted without its fold.

    Args:
        task: what is predicted.
        estimator: unfitted.
        features: shape (n, f).
        labels: length n.
        folds: row numbers to fit on and to score; together the latter are all rows.

    Returns:
        Raw scores, shape (n,), or (n, k) for more than two classes.
    """
    classes = task.classes(labels)
    raw: Raw | None = None
    for fitted_on, held_out in folds:
        model = fit(task, estimator, features[fitted_on], [labels[i] for i in fitted_on])
        scores = task.raw(model, features[held_out], classes)
        if raw is None:
            raw = np.full((len(labels), *scores.shape[1:]), np.nan)
        raw[held_out] = scores
    assert raw is not None
    return raw


def settle(estimator: Any, decision: Decision, raw: Raw) -> tuple[Any, Decision, Raw]:
    """Make what a readable estimator shows agree with the decision.

    A rule with a single cut gets the cut at which the threshold is reached; one that training must not
    change keeps its border, and the threshold is laid there. Other estimators stay as they are.

    Args:
        estimator: fitted.
        decision: as chosen from the out-of-fold scores.
        raw: these scores.

    Returns:
        Estimator, decision and scores that belong together.
    """
    calibration = decision.calibration
    if calibration is None or not hasattr(estimator, "movable"):
        return estimator, decision, raw
    border = decision.raw_threshold
    if estimator.movable and border is not None:
        # The rule's own margin points to its second class, raw scores to the positive one.
        towards = 1.0 if str(estimator.classes_[1]) == decision.positive else -1.0
        shifted = msgspec.structs.replace(
            calibration, intercept=calibration.intercept + calibration.slope * border
        )
        moved = estimator.moved(towards * border)
        return moved, msgspec.structs.replace(decision, calibration=shifted), raw - border
    if abs(calibration.intercept) > _FAR:
        # So far from all samples the sigmoid is flat: the border could not be told from 0 or 1.
        note = "the border of the rule lies far from the samples; its score is 0.5 there"
        calibration = Calibration(calibration.slope, 0.0, note)
    at_border = float(calibration.probability(np.zeros(1))[0])
    return estimator, msgspec.structs.replace(decision, calibration=calibration, threshold=at_border), raw
