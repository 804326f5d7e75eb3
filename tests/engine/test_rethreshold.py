"""Another threshold for a bundle: the same scores, other labels, numbers that are judged as in training."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet
import pytest
import yaml

import mmml
from mmml.bundle.manifest import SAMPLES
from mmml.bundle.read import Bundle, read_bundle
from mmml.bundle.samples import Judged, read_judged
from mmml.bundle.verify import verify
from mmml.engine.rethreshold import publish_rethresholded, rethreshold
from mmml.errors import MmmlError, UsageError
from mmml.estimator import stored
from mmml.estimator.rule import Rule
from mmml.judge.threshold import Wish
from mmml.store.local import LocalStore
from mmml.task.decision import Decision
from mmml.tuner.study import Study, Trial

Train = Callable[..., Bundle]


@pytest.fixture
def trained(tiny: list[str], tmp_path: Path) -> Train:
    """Train a tiny model with some overrides and load it."""

    def train(*words: str) -> Bundle:
        outputs = [f"paths.outputs={tmp_path}/outputs", "store.publish=none"]
        return read_bundle(mmml.train([*words, *tiny, *outputs]).bundle)

    return train


def again(bundle: Bundle, wish: Wish, folder: Path) -> Bundle:
    rethreshold(bundle, wish, folder)
    return read_bundle(folder)


def recall(judged: Judged, positive: str) -> float:
    said = [s for s, label in zip(judged.prediction.labels, judged.label, strict=True) if label == positive]
    return float(np.mean([s == positive for s in said]))


@pytest.mark.parametrize("name", ["trained_bundle", "rule_bundle"])
@pytest.mark.parametrize(
    "wish",
    [Wish(recall=1.0), Wish(precision=1.0), Wish(metric="f1"), Wish(miss=20, false_alarm=1), Wish(at=0.9)],
    ids=str,
)
def test_scores_stay_and_labels_follow_the_threshold(
    name: str, wish: Wish, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    before = read_bundle(request.getfixturevalue(name))
    after = again(before, wish, tmp_path / "new")
    assert verify(after)["scored"] > 0
    threshold = after.manifest.decision.threshold
    assert threshold is not None
    for then, now in zip(read_judged(before), read_judged(after), strict=True):
        assert now.prediction.scores == pytest.approx(then.prediction.scores, abs=1e-6)
        assert (now.path, now.sha256, now.group, now.label) == (
            then.path,
            then.sha256,
            then.group,
            then.label,
        )
        assert now.fold.tolist() == then.fold.tolist()
    test = read_judged(after)[1]
    assert [label == "blurred" for label in test.prediction.labels] == (
        test.prediction.scores >= threshold
    ).tolist()


def test_a_recall_is_met_on_the_out_of_fold_scores(trained_bundle: Path, tmp_path: Path) -> None:
    before = read_bundle(trained_bundle)
    after = again(before, Wish(recall=1.0), tmp_path / "new")
    learned = read_judged(before)[0]
    said = after.task.predict(learned.raw, after.manifest.decision)
    assert recall(replace(learned, prediction=said), "blurred") == 1.0
    strict = again(before, Wish(precision=1.0), tmp_path / "strict")
    thresholds = [one.manifest.decision.threshold for one in (after, strict)]
    assert thresholds[0] is not None and thresholds[1] is not None and thresholds[0] < thresholds[1]


def test_the_wish_of_the_training_gives_the_same_bundle_again(trained_bundle: Path, tmp_path: Path) -> None:
    """Judged as in training: thresholds of the folds included, and intervals of the same draws."""
    before = read_bundle(trained_bundle)
    after = again(before, Wish(metric="balanced_accuracy"), tmp_path / "new")
    assert after.manifest.decision == before.manifest.decision
    assert after.manifest.metrics == before.manifest.metrics
    assert after.manifest.task == before.manifest.task
    for then, now in zip(read_judged(before), read_judged(after), strict=True):
        assert now.prediction.labels == then.prediction.labels


def test_a_training_with_the_wish_gives_the_same(
    trained: Train, tmp_path: Path, trained_bundle: Path
) -> None:
    at_once = trained("+experiment=blur_gradients", "task.threshold={miss: 20, false_alarm: 1}")
    later = again(read_bundle(trained_bundle), Wish(miss=20, false_alarm=1), tmp_path / "new")
    assert later.manifest.decision == at_once.manifest.decision
    assert later.manifest.metrics == at_once.manifest.metrics
    assert later.manifest.task == at_once.manifest.task


def test_the_same_wish_twice_gives_the_same_threshold(rule_bundle: Path, tmp_path: Path) -> None:
    first = again(read_bundle(rule_bundle), Wish(recall=0.95), tmp_path / "1")
    second = again(first, Wish(recall=0.95), tmp_path / "2")
    third = again(read_bundle(rule_bundle), Wish(recall=0.95), tmp_path / "3")
    assert third.manifest.decision == first.manifest.decision
    assert second.manifest.decision.threshold == pytest.approx(first.manifest.decision.threshold)
    assert second.estimator.parameters["cut"] == pytest.approx(first.estimator.parameters["cut"])


@pytest.mark.parametrize("wish", [Wish(recall=1.0), Wish(precision=1.0), Wish(at=0.2)], ids=str)
@pytest.mark.parametrize(
    "words", [(), ("estimator.fit_cut=false",), ("estimator.fit_cut=false", "estimator.parameters.cut=1e9")]
)
def test_a_rule_shows_the_cut_that_its_labels_follow(
    words: tuple[str, ...], wish: Wish, trained: Train, tmp_path: Path
) -> None:
    before = trained("+experiment=blur_laplacian", *words)
    after = again(before, wish, tmp_path / "new")
    verify(after)
    assert after.estimator.parameters["cut"] != before.estimator.parameters["cut"]
    columns = np.geomspace(1, 1e5, 2000)[:, None]
    assert after.predict(columns).labels == after.estimator.predict(columns).tolist()
    # The samples of the bundle say the same with the rule's own border, which lies at a raw score of 0.
    for judged in read_judged(after)[1:]:
        assert [label == "blurred" for label in judged.prediction.labels] == (judged.raw > 0).tolist()


def test_a_rule_without_a_single_cut_is_refused_with_the_reason(rule_bundle: Path, tmp_path: Path) -> None:
    bundle = read_bundle(rule_bundle)
    compound = Rule(
        "laplacian_var < 100 and laplacian_var > 1", "blurred", "sharp", feature_names=["laplacian_var"]
    )
    changed = replace(bundle, files={**bundle.files, **dict([stored.dump(compound)])})
    with pytest.raises(UsageError, match="no single cut that could follow a threshold"):
        rethreshold(changed, Wish(recall=0.9), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_model_of_several_classes_has_no_threshold(trained_bundle: Path, tmp_path: Path) -> None:
    bundle = read_bundle(trained_bundle)
    several = msgspec.structs.replace(bundle.manifest, decision=Decision(("a", "b", "c")))
    with pytest.raises(UsageError, match="has no threshold: of 3 classes the likeliest is said"):
        rethreshold(replace(bundle, manifest=several), Wish(recall=0.9), tmp_path / "new")


def test_a_bundle_that_keeps_no_raw_scores_is_refused(trained_bundle: Path, tmp_path: Path) -> None:
    bundle = read_bundle(trained_bundle)
    table = pyarrow.parquet.read_table(io.BytesIO(bundle.files[SAMPLES])).drop(["raw", "fold"])
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    old = replace(bundle, files={**bundle.files, SAMPLES: buffer.getvalue()})
    with pytest.raises(MmmlError, match=SAMPLES) as caught:
        rethreshold(old, Wish(recall=0.9), tmp_path / "new")
    assert "train it again" in str(caught.value.hint)


def test_an_outlier_model_takes_a_wish_where_bad_samples_are_known(trained: Train, tmp_path: Path) -> None:
    before = trained("+experiment=blur_outlier")
    after = again(before, Wish(recall=1.0), tmp_path / "new")
    verify(after)
    learned = read_judged(before)[0]
    said = after.task.predict(learned.raw, after.manifest.decision)
    found = [label for label, truth in zip(said.labels, learned.label, strict=True) if truth == "blurred"]
    assert set(found) == {"unusual"}
    # What it was fitted with stays: the threshold alone has moved.
    assert after.manifest.task == before.manifest.task
    assert after.manifest.decision.calibration == before.manifest.decision.calibration
    given = again(before, Wish(at=0.6), tmp_path / "given")
    assert given.manifest.decision.threshold == 0.6


def test_an_outlier_model_without_bad_samples_takes_a_fixed_threshold_only(
    trained: Train, tmp_path: Path
) -> None:
    bundle = trained("+experiment=blur_outlier")
    table = pyarrow.parquet.read_table(io.BytesIO(bundle.files[SAMPLES]))
    labels = pyarrow.array(["sharp"] * table.num_rows)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.set_column(table.column_names.index("label"), "label", labels), buffer)
    good_only = replace(bundle, files={**bundle.files, SAMPLES: buffer.getvalue()})
    with pytest.raises(MmmlError, match="0 samples of the positive class"):
        rethreshold(good_only, Wish(recall=0.9), tmp_path / "new")
    assert again(good_only, Wish(at=0.7), tmp_path / "given").manifest.decision.threshold == 0.7


def test_everything_else_of_the_bundle_stays_but_the_pages(trained_bundle: Path, tmp_path: Path) -> None:
    bundle = read_bundle(trained_bundle)
    tried = [Trial(0, "complete", {"estimator.clf.C": 1.0}, [0.9], [0.9, 0.9])]
    study = Study("s", ["f1"], tried, 0, "the best", {})
    more = {"report.html": b"old", "figures/roc.svg": b"old", "study.json": msgspec.json.encode(study)}
    whole = replace(bundle, files={**bundle.files, **more})
    drawn = rethreshold(whole, Wish(recall=1.0), tmp_path / "new")
    after = read_bundle(tmp_path / "new")
    assert drawn == after.manifest
    assert b"The threshold was chosen anew" in after.files["report.html"]
    assert after.files["figures/roc.svg"].startswith(b"<?xml")
    changed = {name for name, data in after.files.items() if whole.files.get(name) != data}
    assert {name for name in changed if "/" not in name} == {SAMPLES, "report.html", "experiment.yaml"}
    assert yaml.safe_load(after.files["experiment.yaml"])["task"]["threshold"] == {"recall": 1.0}
    # Measured at the threshold that was.
    assert whole.manifest.importances and not after.manifest.importances
    assert after.manifest.data == bundle.manifest.data
    assert after.manifest.task.parameters["threshold"] == {"recall": 1.0}


def test_it_becomes_the_next_version_and_aliases_stay(trained_bundle: Path, tmp_path: Path) -> None:
    from mmml.store.base import Ref

    store = LocalStore(tmp_path / "models")
    store.publish(trained_bundle, "blur_gradients")
    store.alias(Ref("blur_gradients", 1), "production")
    after = publish_rethresholded(read_bundle(trained_bundle), Wish(at=0.25), store)
    assert after.reference == "blur_gradients@2"
    assert [(e.version, e.aliases) for e in store.entries()] == [(1, ("production",)), (2, ())]


def test_a_wish_that_cannot_be_met_publishes_nothing(trained_bundle: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "models")
    bundle = read_bundle(trained_bundle)
    (tmp_path / "models").write_text("a file stands where the store should be")
    with pytest.raises(MmmlError, match="cannot publish") as caught:
        publish_rethresholded(bundle, Wish(recall=0.9), store)
    assert "nothing was published" in str(caught.value.hint)
