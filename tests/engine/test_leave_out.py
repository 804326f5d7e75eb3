"""Leaving out: what was never seen is judged by models that really have not seen it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import GaussianMixture

import mmml
from mmml.bundle.samples import Judged
from mmml.dataset.sample import Sample
from mmml.dataset.split import folds
from mmml.engine.fit import out_of_fold
from mmml.engine.leave_out import check_facts, leave_out
from mmml.errors import UsageError
from mmml.estimator.rule import Rule
from mmml.report.left_out import LeftOut, Unseen
from mmml.task.base import Task
from mmml.task.classification import Classification
from mmml.task.outlier import Outlier
from mmml.task.regression import Regression

KINDS = ("none", "fog", "smoke", "fire")
TASK = Classification(positive="bad")
N = 240


def kinds() -> list[str]:
    """A quarter of the samples are good, of the kind none; the others are bad, of one of three kinds."""
    return [KINDS[i % 4] if i % 2 else "none" for i in range(N // 2)] + ["fog", "smoke", "fire"] * (N // 6)


def labels() -> list[str]:
    return ["good" if kind == "none" else "bad" for kind in kinds()]


def columns() -> np.ndarray:
    """Fog and smoke move the first feature, fire alone moves the second."""
    moved = np.array([[kind in ("fog", "smoke"), kind == "fire"] for kind in kinds()])
    return np.random.default_rng(0).normal(size=(N, 2)) + 6.0 * moved


def left_out(
    task: Task,
    estimator: Any,
    features: np.ndarray,
    said: Sequence[str],
    facts: Sequence[dict[str, Any]],
    asked: Sequence[str] = ("kind",),
) -> list[LeftOut]:
    groups = [str(i // 2) for i in range(len(said))]
    parts = folds(task.strata(said, groups), groups, 4, 0, whole=task.needs_all_strata)
    raw = out_of_fold(task, estimator, features, said, parts)
    decision = task.decision(raw, said)
    judged = Judged(
        split="validation",
        path=[f"{i}.jpg" for i in range(len(said))],
        sha256=[f"{i:064x}" for i in range(len(said))],
        group=groups,
        label=list(said),
        fold=np.zeros(len(said), dtype=np.intp),
        facts=facts,
        raw=raw,
        prediction=task.predict(raw, decision),
    )
    return leave_out(asked, task, estimator, features, judged, parts, decision)


def of_kinds(estimator: Any, task: Task = TASK) -> LeftOut:
    (found,) = left_out(task, estimator, columns(), labels(), [{"kind": kind} for kind in kinds()])
    return found


def mean(task: Task, judged: Judged) -> float:
    decision = task.decision(judged.raw, judged.label) if task is not TASK else None
    known = decision or TASK.decision(np.array([0.0, 1.0]), ["good", "bad"])
    return float(task.outcome(judged.prediction, judged.label, known).quality.mean())


def by_value(found: LeftOut) -> dict[str, Unseen]:
    return {one.value: one for one in found.values}


def test_what_only_one_kind_shows_is_not_found_by_a_model_that_never_saw_it() -> None:
    found = by_value(of_kinds(LogisticRegression()))
    assert list(found) == ["fire", "fog", "smoke"]
    for one in found.values():
        assert mean(TASK, one.seen) > 0.85
        assert one.seen.path == one.unseen.path
    assert mean(TASK, found["fire"].unseen) < 0.3
    # Smoke looks like fog.
    assert mean(TASK, found["fog"].unseen) > 0.95
    assert len(found["fire"].unseen.path) == kinds().count("fire")


def test_they_are_ranked_against_the_other_class_by_the_same_models() -> None:
    ranked = by_value(of_kinds(LogisticRegression()))["fire"].ranked
    assert {(facts["kind"], label) for facts, label in zip(ranked.facts, ranked.label, strict=True)} == {
        ("fire", "bad"),
        ("none", "good"),
    }
    decision = TASK.decision(np.array([0.0, 1.0]), ["good", "bad"])
    once = np.ones((1, len(ranked.path)))
    auc = TASK.outcome(ranked.prediction, ranked.label, decision).metric("roc_auc", once)[0]
    assert 0.3 < auc < 0.7


def test_a_value_of_both_classes_is_ranked_by_itself() -> None:
    halves = [{"half": "ab"[i // 10 % 2]} for i in range(N)]
    (found,) = left_out(TASK, LogisticRegression(), columns(), labels(), halves, ["half"])
    for one in found.values:
        assert {facts["half"] for facts in one.ranked.facts} == {one.value}
        assert one.ranked.path == one.unseen.path


def test_of_a_rule_that_learns_its_cut_alone_it_is_said_that_there_is_nothing_to_compare() -> None:
    rule = Rule("u + v > cut", "bad", "good", {"cut": 1.5}, True, ["u", "v"])
    found = of_kinds(rule)
    assert not found.values
    assert found.others[0] == (
        "fire, fog, smoke (no score changes without it, for the estimator itself learns nothing)"
    )


def test_the_same_data_gives_the_same_scores() -> None:
    one, other = (of_kinds(LogisticRegression()) for _ in range(2))
    for a, b in zip(one.values, other.values, strict=True):
        assert a.unseen.raw.tolist() == b.unseen.raw.tolist()
    assert one.others == other.others


def test_what_cannot_be_left_out_is_named_with_the_reason() -> None:
    told = [{"kind": kind} for kind in kinds()]
    for i in range(9):
        told[-i - 1] = {"kind": "rare"}
    (found,) = left_out(TASK, LogisticRegression(), columns(), labels(), told)
    assert found.others == [
        "none (without it no sample of good would be left to learn from)",
        "rare (fewer than 10 samples to learn from)",
    ]
    assert "rare" not in by_value(found)


def test_samples_without_the_fact_are_learned_from() -> None:
    told = [{} if kind == "smoke" else {"kind": kind} for kind in kinds()]
    (found,) = left_out(TASK, LogisticRegression(), columns(), labels(), told)
    assert list(by_value(found)) == ["fire", "fog"]
    assert mean(TASK, by_value(found)["fog"].unseen) > 0.95
    (nothing,) = left_out(TASK, LogisticRegression(), columns(), labels(), [{}] * N)
    assert (nothing.values, nothing.others) == ([], ["no sample to learn from has this fact"])


def test_more_than_two_classes_keep_all_of_them() -> None:
    task = Classification()
    said = [{"none": "good", "fire": "hot"}.get(kind, "dim") for kind in kinds()]
    (found,) = left_out(task, LogisticRegression(), columns(), said, [{"kind": kind} for kind in kinds()])
    assert list(by_value(found)) == ["fog", "smoke"]
    assert found.others == [
        "fire (without it no sample of hot would be left to learn from)",
        "none (without it no sample of good would be left to learn from)",
    ]
    assert by_value(found)["fog"].unseen.raw.shape[1] == 3


def test_a_number_of_a_kind_never_seen_is_further_off() -> None:
    task = Regression()
    numbers = np.random.default_rng(2).uniform(1, 5, N)
    late = np.arange(N) % 3 == 0
    features = np.stack([numbers * ~late, numbers * late], axis=1)
    facts = [{"when": "late" if one else "early"} for one in late]
    said = [repr(number) for number in numbers.tolist()]
    (found,) = left_out(task, LinearRegression(), features, said, facts, ["when"])
    late_ones = by_value(found)["late"]
    assert mean(task, late_ones.seen) < 0.1
    assert mean(task, late_ones.unseen) > 0.5
    assert late_ones.ranked.path == late_ones.unseen.path


def test_numbers_that_would_all_be_the_same_are_not_learned_from() -> None:
    facts = [{"when": "late" if i % 2 else "early"} for i in range(N)]
    said = ["1.0" if i % 2 else repr(2.0 + i) for i in range(N)]
    (found,) = left_out(Regression(), LinearRegression(), columns(), said, facts, ["when"])
    assert list(by_value(found)) == ["late"]
    assert found.others[0].startswith("early (all ")


def test_an_outlier_model_has_seen_no_bad_sample_anyway_but_kinds_of_good_ones() -> None:
    task = Outlier()
    found = of_kinds(GaussianMixture(random_state=0), task)
    assert not found.values
    assert found.others == [
        "fire, fog, smoke (never learned from, so that leaving it out would change nothing)",
        "none (without it no sample of good would be left to learn from)",
    ]
    day = [{"light": "day" if i % 4 else "night"} for i in range(N)]
    features = columns() + [[9.0 * (i % 4 == 0), 0] for i in range(N)]
    (found,) = left_out(task, GaussianMixture(2, random_state=0), features, labels(), day, ["light"])
    night = by_value(found)["night"]
    good = np.array([label == "good" for label in night.seen.label])
    said = [np.array(one.prediction.labels)[good] for one in (night.seen, night.unseen)]  # type: ignore[attr-defined]  # classes
    assert (said[0] == "good").mean() > 0.8
    assert (said[1] == "good").mean() < 0.2


def test_an_estimator_that_fails_without_a_value_does_not_end_the_training() -> None:
    class Fails(LogisticRegression):
        def fit(self, features: Any, labels: Any) -> Any:
            if (features[:, 1] > 3).sum() < 5:
                raise ValueError("no fire")
            return super().fit(features, labels)

    found = of_kinds(Fails())
    assert list(by_value(found)) == ["fog", "smoke"]
    assert "fire (the estimator cannot be fitted: no fire)" in found.others


def sample(**facts: Any) -> Sample:
    return Sample(Path("a.jpg"), "good", facts=facts)


def test_numbers_are_refused_with_the_facts_that_can_be_left_out() -> None:
    samples = [sample(kind="fog", strength=0.5), sample(camera="one")]
    check_facts(["kind", "camera"], samples)
    with pytest.raises(UsageError, match="the fact strength is a number") as error:
        check_facts(["kind", "strength"], samples)
    assert "slices by strength" in str(error.value.hint)


def test_a_fact_of_another_dataset_is_passed_over_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    check_facts(["weather"], [sample(kind="fog", strength=0.5), sample(camera="one")])
    assert "no sample has the fact weather; choose one of: camera, kind" in caplog.text


def test_a_dataset_without_any_facts_is_trained_on_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    check_facts(["kind"], [sample()])
    assert "the dataset tells no facts" in caplog.text
    caplog.clear()
    check_facts([], [sample()])
    assert not caplog.text


def test_a_training_shows_it_in_its_report_and_gives_the_same_model(
    drawn: Path, tiny: list[str], elsewhere: Path
) -> None:
    mmml.train(["+experiment=blur_laplacian", *tiny])
    with (elsewhere / "kinds.csv").open("w") as table:
        print("path,label,half,width", file=table)
        for number, path in enumerate(sorted(drawn.glob("*/*.jpg"))):
            print(f"{path},{path.parent.name},{'left' if number % 2 else 'right'},{number}", file=table)
    words = ["+experiment=blur_gradients", "tracker=none", "dataset=table", "dataset.path=kinds.csv"]
    plain = mmml.train([*words, "task.folds=3"])
    result = mmml.train([*words, "task.folds=3", "leave_out=[half]"])
    assert result.manifest.decision == plain.manifest.decision
    assert result.metrics == plain.metrics
    assert "Never seen in training" not in plain.report.read_text()
    page = result.report.read_text()
    assert "Never seen in training" in page
    assert page.count(">left</span>") == page.count(">right</span>") >= 2
    again = mmml.train([*words, "task.folds=3", "leave_out=[half]"])
    section = '<section id="unseen">'
    assert _section(page, section) == _section(again.report.read_text(), section)


def _section(page: str, start: str) -> str:
    return page[page.index(start) : page.index("</section>", page.index(start))]
