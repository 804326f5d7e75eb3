"""Classification: whose probability the score is, and what is refused."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from mmml.errors import MmmlError, UsageError
from mmml.estimator.rule import Rule
from mmml.task.base import Task, task_named
from mmml.task.classification import Classification
from mmml.task.decision import Decision
from mmml.task.prediction import ClassPrediction


def blobs(names: tuple[str, ...], n: int = 60, apart: float = 3.0) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(0)
    which = np.repeat(np.arange(len(names)), n)
    return rng.normal(size=(len(which), 2)) + apart * which[:, None], [names[c] for c in which]


def predicted(
    task: Task, estimator: Any, names: tuple[str, ...]
) -> tuple[Decision, ClassPrediction, list[str]]:
    features, labels = blobs(names)
    fitted = estimator.fit(features, labels)
    raw = task.raw(fitted, features, task.classes(labels))
    decision = task.decision(raw, labels)
    return decision, task.predict(raw, decision), labels


ESTIMATORS = [LogisticRegression(), SVC(), GaussianNB(), RandomForestClassifier(20, random_state=0)]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("positive", [None, "apple", "pear"])
def test_the_score_is_the_probability_of_the_positive_class(estimator: Any, positive: str | None) -> None:
    decision, said, labels = predicted(Classification(positive), estimator, ("apple", "pear"))
    asked = positive or "pear"
    assert (decision.positive, decision.classes[1]) == (asked, asked)
    is_asked = np.array(labels) == asked
    assert said.scores[is_asked].mean() > 0.9 > 0.1 > said.scores[~is_asked].mean()
    assert said.probabilities[:, 1] == pytest.approx(said.scores)
    assert said.probabilities.sum(axis=1) == pytest.approx(np.ones(len(labels)))
    assert np.mean(np.array(said.labels) == labels) > 0.95


def test_the_other_class_is_called_positive_from_the_threshold_on() -> None:
    decision, said, _ = predicted(Classification("apple"), LogisticRegression(), ("apple", "pear"))
    assert decision.threshold is not None
    assert [label == "apple" for label in said.labels] == (said.scores >= decision.threshold).tolist()


def test_a_forest_that_is_quite_sure_gives_finite_scores() -> None:
    features, labels = blobs(("a", "b"), apart=50)
    forest = RandomForestClassifier(5, random_state=0).fit(features, labels)
    assert set(forest.predict_proba(features).ravel()) == {0.0, 1.0}
    task = Classification()
    raw = task.raw(forest, features, ("a", "b"))
    assert np.isfinite(raw).all()
    assert task.predict(raw, task.decision(raw, labels)).labels == labels


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_of_three_classes_the_likeliest_is_said(estimator: Any) -> None:
    decision, said, labels = predicted(Classification(), estimator, ("red", "green", "blue"))
    assert decision == Decision(("blue", "green", "red"))
    assert np.mean(np.array(said.labels) == labels) > 0.9
    assert said.scores == pytest.approx(said.probabilities.max(axis=1))
    assert said.probabilities.sum(axis=1) == pytest.approx(np.ones(len(labels)))


def test_the_order_of_the_classes_is_the_tasks_not_the_estimators() -> None:
    class Backwards(LogisticRegression):
        def fit(self, features: Any, labels: Any) -> "Backwards":
            super().fit(features, labels)
            self.classes_, self.coef_, self.intercept_ = self.classes_[::-1], -self.coef_, -self.intercept_
            return self

    _, plain, _ = predicted(Classification("a"), LogisticRegression(), ("a", "b"))
    _, backwards, _ = predicted(Classification("a"), Backwards(), ("a", "b"))
    assert backwards.scores == pytest.approx(plain.scores)
    assert backwards.labels == plain.labels


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c")])
def test_a_sample_that_cannot_be_scored_has_no_label(classes: tuple[str, ...]) -> None:
    task = Classification()
    raw = np.array([0.2, np.nan]) if len(classes) == 2 else np.array([[0.2, 0.5, 0.3], [np.nan] * 3])
    names = [*classes, *classes] * 20
    scores = np.tile(np.linspace(0, 1, len(names))[:, None], len(classes))
    decision = task.decision(scores[:, 0] if len(classes) == 2 else scores, names)
    said = task.predict(raw, decision)
    assert said.labels[0] in classes
    assert said.labels[1] is None
    assert np.isnan(said.scores[1])


def test_metrics_are_about_the_positive_class_and_come_with_intervals() -> None:
    task = Classification("apple")
    decision, said, labels = predicted(task, LogisticRegression(), ("apple", "pear"))
    judged = task.judge(said, labels, [str(i) for i in range(len(labels))], decision)
    apples = np.array(labels) == "apple"
    found = np.array(said.labels)[apples] == "apple"
    assert judged["recall"].value == pytest.approx(found.mean())
    low, high = judged["accuracy"].low, judged["accuracy"].high
    assert low is not None and high is not None
    assert low <= np.mean(np.array(said.labels) == labels) <= high
    assert judged == task.judge(said, labels, [str(i) for i in range(len(labels))], decision)


@pytest.mark.parametrize(
    ("labels", "message"), [(["a"] * 9, "all 9 samples are labelled a"), ([], "there are no samples")]
)
def test_fewer_than_two_classes_are_refused(labels: list[str], message: str) -> None:
    with pytest.raises(MmmlError, match=message) as caught:
        Classification().check(labels)
    assert caught.value.hint is not None and "blur_outlier" in caught.value.hint


def test_an_unknown_positive_class_is_refused_with_the_nearest_label() -> None:
    with pytest.raises(UsageError, match="no sample is labelled blured") as caught:
        Classification("blured").check(["blurred", "sharp"])
    assert caught.value.hint == "did you mean blurred?"


def test_a_label_that_the_model_does_not_know_is_refused() -> None:
    decision = Decision(("a", "b", "c"))
    with pytest.raises(MmmlError, match="the label d, but the model knows only a, b, c"):
        Classification().truth(["a", "d"], decision)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"metric": "roc_auc"}, "roc_auc does not depend on a threshold"),
        ({"folds": 1}, "folds is 1"),
        ({"test_size": 0}, "test_size is 0"),
        ({"test_size": 1.0}, "test_size is 1"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(words: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Classification(**words)


@pytest.mark.parametrize("threshold", [{"recal": 0.9}, {"recall": 2}, {"miss": 1}, 1.5, "high"])
def test_a_threshold_that_cannot_be_is_refused_at_once(threshold: Any) -> None:
    with pytest.raises(UsageError):
        Classification(threshold=threshold)


def test_a_wish_moves_the_threshold_and_nothing_else() -> None:
    features, labels = blobs(("apple", "pear"), apart=1.0)
    raw = Classification().raw(LogisticRegression().fit(features, labels), features, ("apple", "pear"))
    plain, eager = (Classification(threshold=t).decision(raw, labels) for t in (None, {"recall": 0.99}))
    assert eager.threshold is not None and plain.threshold is not None
    assert eager.threshold < plain.threshold
    assert eager.calibration == plain.calibration
    said = Classification().predict(raw, eager)
    found = [label for label, truth in zip(said.labels, labels, strict=True) if truth == "pear"]
    assert np.mean([label == "pear" for label in found]) >= 0.99
    assert Classification(threshold=0.3).decision(raw, labels).threshold == 0.3


def test_a_precision_out_of_reach_ends_a_training_but_not_one_fold_of_it() -> None:
    raw, labels = np.tile([0.0, 1.0, 2.0, 3.0], 20), ["pear", "apple", "pear", "apple"] * 20
    task = Classification(threshold={"precision": 0.95})
    with pytest.raises(MmmlError, match="never reached"):
        task.decision(raw, labels)
    assert task.decision(raw, labels, lenient=True).threshold is not None


def test_a_threshold_between_more_than_two_classes_is_refused_before_anything_is_read() -> None:
    with pytest.raises(UsageError, match="between two classes, and the data has 3"):
        Classification(threshold={"recall": 0.9}).check(["a", "b", "c"])


def test_manifests_from_before_there_were_wishes_still_load() -> None:
    old = {"positive": "pear", "metric": "f1", "folds": 5, "test_size": 0.2}
    assert task_named("classification", old) == Classification("pear", "f1")


def test_a_rule_that_keeps_its_border_cannot_follow_a_wish() -> None:
    def rule(**words: Any) -> Rule:
        return Rule("u < cut", "a", "b", {"cut": 3.0}, feature_names=["u"], **words)

    wishing = Classification(threshold={"recall": 0.9})
    wishing.check_estimator(rule())
    Classification().check_estimator(rule(fit_cut=False))
    for one in (rule(fit_cut=False), Rule("u < 3 and u > 1", "a", "b", feature_names=["u"])):
        with pytest.raises(UsageError, match=r"cannot follow task\.threshold"):
            wishing.check_estimator(one)
