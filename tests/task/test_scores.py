"""Estimators without scores: refused before any work where that is certain, and never by mistake."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import BaggingClassifier, IsolationForest, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from mmml.engine.fit import fit, out_of_fold
from mmml.errors import UsageError
from mmml.estimator.rule import Rule
from mmml.task.classification import Classification
from mmml.task.outlier import Outlier

PARTS = [("a", GaussianNB()), ("b", DecisionTreeClassifier())]
HARD = VotingClassifier(PARTS)
COLUMNS = np.random.default_rng(0).normal(size=(60, 2))
LABELS = ["bad", "good"] * 30


class Mute(ClassifierMixin, BaseEstimator):
    """Says a class and nothing else."""

    def fit(self, features: Any, labels: Any) -> "Mute":
        self.classes_ = np.unique(labels)
        return self

    def predict(self, features: Any) -> Any:
        return np.full(len(features), self.classes_[0])


class Nameless(BaseEstimator):
    """Has scores, and does not say of which class."""

    def fit(self, features: Any, labels: Any) -> "Nameless":
        return self

    def predict_proba(self, features: Any) -> Any:
        return np.full((len(features), 2), 0.5)


@pytest.mark.parametrize(
    ("estimator", "message", "hint"),
    [
        (HARD, "VotingClassifier has neither decision_function nor predict_proba", "estimator.voting=soft"),
        (
            Pipeline([("scale", StandardScaler()), ("clf", HARD)]),
            "VotingClassifier",
            "estimator.clf.voting=soft",
        ),
        (Mute(), "Mute has neither", "BaggingClassifier"),
        (Pipeline([("clf", Mute())]), "Mute has neither", "BaggingClassifier"),
    ],
    ids=["vote", "vote in a pipeline", "own class", "own class in a pipeline"],
)
def test_one_that_will_have_no_scores_is_refused_before_it_is_fitted(
    estimator: Any, message: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Classification().check_estimator(estimator)
    assert "roc_auc, average_precision or brier" in caught.value.message
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        SVC(),
        LinearSVC(),
        GaussianNB(),
        VotingClassifier(PARTS, voting="soft"),
        BaggingClassifier(HARD),
        BaggingClassifier(Mute()),
        # These have scores once they are fitted only.
        StackingClassifier(PARTS),
        Pipeline([("clf", StackingClassifier(PARTS))]),
        GridSearchCV(HARD, {"voting": ["soft"]}),
        GridSearchCV(StackingClassifier(PARTS), {"cv": [2]}),
        Rule("u < 3", "bad", "good", feature_names=["u", "v"]),
    ],
    ids=lambda one: type(one).__name__,
)
def test_one_that_will_have_scores_is_never_refused(estimator: Any) -> None:
    task = Classification()
    task.check_estimator(estimator)
    fitted = fit(task, estimator, COLUMNS, LABELS)
    assert np.isfinite(task.score(fitted, COLUMNS, ("bad", "good"))).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_one_that_turns_out_to_have_none_is_refused_at_its_first_fit(classes: int) -> None:
    labels = [["a", "b", "c"][i % classes] for i in range(60)]
    rows = np.arange(60)
    parts = [(rows[rows % 2 == k], rows[rows % 2 != k]) for k in range(2)]
    silent = GridSearchCV(HARD, {"voting": ["hard"]}, cv=2)
    task = Classification()
    task.check_estimator(silent)
    with pytest.raises(UsageError, match="GridSearchCV has neither decision_function nor predict_proba"):
        out_of_fold(task, silent, COLUMNS, labels, parts)


def test_scores_of_no_known_class_are_refused() -> None:
    task = Classification()
    task.check_estimator(Nameless())
    with pytest.raises(UsageError, match="Nameless has no classes_"):
        task.raw(Nameless().fit(COLUMNS, LABELS), COLUMNS, ("bad", "good"))


def test_an_outlier_model_needs_score_samples() -> None:
    task = Outlier()
    for good in (GaussianMixture(), IsolationForest(), LocalOutlierFactor(novelty=True)):
        task.check_estimator(good)
    with pytest.raises(UsageError, match="LocalOutlierFactor has no score_samples") as caught:
        task.check_estimator(Pipeline([("clf", LocalOutlierFactor())]))
    assert "estimator.clf.novelty=true" in str(caught.value.hint)
    with pytest.raises(UsageError, match="LogisticRegression has no score_samples") as caught:
        task.raw(LogisticRegression().fit(COLUMNS, LABELS), COLUMNS, ("good", "outlier"))
    assert "one_class" in str(caught.value.hint)
