"""Outlier: what good samples look like, for those who have no others to learn from."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError, did_you_mean
from mmml.judge.calibration import Calibration
from mmml.judge.metrics import check_metric
from mmml.task.base import check_split
from mmml.task.classes import ClassTask
from mmml.task.decision import Decision, Raw
from mmml.task.scores import Scores

log = logging.getLogger(__name__)

_SCORES = Scores(("score_samples",), "no threshold and no metric", "estimator=one_class has them")


class Outlier(ClassTask):
    """What good samples look like, learned from them alone; everything else is an outlier.

    The score is 0.5 at the edge of what good samples score out of fold, and sigmoid(-3) = 0.05 at their
    median. It ranks strangeness; it is no probability, for nothing is known of how often bad ones occur.

    Args:
        good: the label of the good samples. All other labels only judge the result.
        bad: what an outlier is called in the rows.
        false_alarms: share of the good samples, 0 to 1, that may be called outliers.
        metric: what jobs are ranked by.
        folds: number of parts of the training split; each is scored by a model that was fitted on the others.
        test_size: share of the samples, 0 to 1, that is kept away until the end.
    """

    name = "outlier"
    # Its score is no probability, so there is no calibration to draw.
    figures = ("confusion", "roc", "precision_recall", "threshold", "scores")

    def __init__(
        self,
        good: str = "good",
        bad: str = "outlier",
        false_alarms: float = 0.05,
        metric: str = "balanced_accuracy",
        folds: int = 5,
        test_size: float = 0.2,
    ) -> None:
        self.good = good
        self.bad = bad
        self.false_alarms = false_alarms
        self.metric = metric
        self.folds = folds
        self.test_size = test_size
        check_metric(metric)
        check_split(folds, test_size)
        if not 0 < false_alarms < 1:
            raise UsageError(
                f"task.false_alarms is {false_alarms}", "give a share between 0 and 1, such as 0.05"
            )
        if good == bad:
            raise UsageError(f"good and bad samples are both called {good}", "give task.bad another name")

    def check(self, labels: Sequence[str]) -> None:
        """Refuse data without good samples."""
        if self.good not in labels:
            raise MmmlError(f"no sample is labelled {self.good}", did_you_mean(self.good, set(labels)))

    def check_estimator(self, estimator: Any) -> None:
        """Refuse an estimator without scores."""
        _SCORES.check(estimator)

    def strata(self, labels: Sequence[str], groups: Sequence[str] | None = None) -> list[str]:
        """Return good or bad."""
        return [self.good if label == self.good else self.bad for label in labels]

    def learns_from(self, labels: Sequence[str]) -> NDArray[np.bool_]:
        """Return True for the good samples."""
        return np.array([label == self.good for label in labels], dtype=bool)

    def classes(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return good and bad."""
        return self.good, self.bad

    def raw(self, estimator: Any, features: NDArray[np.float64], classes: Sequence[str]) -> Raw:
        """Return the strangeness, shape (n,): the negative of scikit-learn's ``score_samples``."""
        _SCORES.require(estimator)
        return -np.asarray(estimator.score_samples(features), dtype=np.float64)

    def decision(self, raw: Raw, labels: Sequence[str], lenient: bool = False) -> Decision:
        """Lay the threshold where the stated share of good samples lies above it."""
        usual = raw[self.learns_from(labels)]
        edge = float(np.quantile(usual, 1 - self.false_alarms))
        slope = 3 / max(edge - float(np.median(usual)), 1e-12 * max(1.0, abs(edge)))
        note = f"0.5 is where {self.false_alarms:.0%} of the good samples lie above"
        return Decision((self.good, self.bad), self.bad, Calibration(slope, -slope * edge, note), 0.5)

    def truth(self, labels: Sequence[str], decision: Decision) -> list[str]:
        """Return good for the good label, bad for every other one."""
        if self.good not in labels:
            log.warning("no sample is labelled %s; all of %s count as bad", self.good, sorted(set(labels)))
        return self.strata(labels)
