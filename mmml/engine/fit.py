"""Fitting: out-of-fold scores, then the estimator itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.judge.calibration import Calibration
from mmml.judge.threshold import Wish
from mmml.task.base import Task
from mmml.task.decision import Decision, Raw
from mmml.task.prediction import Prediction

# Log-odds beyond which a probability says nothing any more.
_FAR = 12.0

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


@contextmanager
def one_thread() -> Iterator[None]:
    """Let linear algebra inside use one thread.

    Small models gain nothing from more, and wait for each other's threads many times as long as they
    calculate where other processes or threads are at work.
    """
    from threadpoolctl import ThreadpoolController

    with ThreadpoolController().limit(limits=1, user_api="blas"):
        yield


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

    learned = np.flatnonzero(task.learns_from(labels))
    known = task.targets([labels[i] for i in learned.tolist()])
    try:
        fitted = clone(estimator).fit(features[learned], known)
    except MmmlError:
        raise
    except (ValueError, TypeError, FloatingPointError, np.linalg.LinAlgError) as error:
        raise MmmlError(
            f"the estimator cannot be fitted: {(str(error) or type(error).__name__).splitlines()[0]}",
            "check the values under estimator, or choose another one",
        ) from None
    task.check_fitted(fitted, known)
    return fitted


@one_thread()
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
        scores = task.score(model, features[held_out], classes)
        if raw is None:
            raw = np.full((len(labels), *scores.shape[1:]), np.nan)
        raw[held_out] = scores
    assert raw is not None
    return raw


def predict_out_of_fold(
    task: Task,
    estimator: Any,
    raw: Raw,
    labels: Sequence[str],
    folds: Sequence[Fold],
    wish: Wish | None = None,
) -> Prediction:
    """Predict every sample with a calibration and a threshold that were chosen without its fold.

    The decision of the bundle is chosen from all out-of-fold scores; judged on the same scores it would look
    better than it is, most of all for a rule, which learns nothing else.

    Args:
        task: what is predicted.
        estimator: fitted to all; only a rule's own border is asked of it.
        raw: out-of-fold scores.
        labels: length n.
        folds: as given to `out_of_fold`.
        wish: what each threshold shall reach; by default what the task wishes.
    """
    parts = [
        predict_held_out(task, estimator, raw, labels, rest, held_out, wish)[0] for rest, held_out in folds
    ]
    order = np.argsort(np.concatenate([held_out for _, held_out in folds]))
    return task.predictions.joined(parts).at(order)


def predict_held_out(
    task: Task,
    estimator: Any,
    raw: Raw,
    labels: Sequence[str],
    others: NDArray[np.intp],
    held_out: NDArray[np.intp],
    wish: Wish | None = None,
) -> tuple[Prediction, Decision]:
    """Predict samples with a decision that was chosen from the out-of-fold scores of others.

    Args:
        task: what is predicted.
        estimator: only a rule's own border is asked of it.
        raw: out-of-fold scores of all samples.
        labels: length n.
        others: row numbers to choose from; enough to be `Task.decidable`.
        held_out: row numbers to predict.
        wish: what the threshold shall reach, or come nearest to; by default what the task wishes.
    """
    known = others[is_scored(raw[others])]
    their_labels = [labels[i] for i in known]
    chosen = task.decision(raw[known], their_labels, lenient=True)
    if wish is not None:
        chosen = task.chosen(wish, chosen, raw[known], their_labels, lenient=True)
    _, decision, moved = settle(estimator, chosen, raw[held_out])
    return task.predict(moved, decision), decision


def is_scored(raw: Raw) -> NDArray[np.bool_]:
    """Tell which samples have a raw score; bool, shape (n,)."""
    return np.asarray(~np.isnan(raw if raw.ndim == 1 else raw.sum(axis=1)))


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
        # The rule's own margin points to what it says then, raw scores to the positive class.
        towards = 1.0 if str(estimator.then) == decision.positive else -1.0
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
