"""Comparing two bundles: on the samples that neither has learned from, or not at all."""

import io
from dataclasses import replace
from pathlib import Path

import msgspec
import pyarrow
import pyarrow.parquet
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

import mmml
from mmml.bundle.manifest import SAMPLES
from mmml.bundle.read import Bundle, read_bundle
from mmml.bundle.samples import read_judged
from mmml.engine.compare import compare
from mmml.errors import MmmlError, UsageError


@pytest.fixture
def gradients(trained_bundle: Path) -> Bundle:
    return read_bundle(trained_bundle)


@pytest.fixture
def laplacian(rule_bundle: Path) -> Bundle:
    return read_bundle(rule_bundle)


def with_column(bundle: Bundle, name: str, change: dict[int, object]) -> Bundle:
    """Return a bundle whose table of samples has other values in some rows of a column."""
    table = pyarrow.parquet.read_table(io.BytesIO(bundle.files[SAMPLES]))
    values = [change.get(i, value) for i, value in enumerate(table[name].to_pylist())]
    column = pyarrow.array(values, type=table.schema.field(name).type)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.set_column(table.column_names.index(name), name, column), buffer)
    return replace(bundle, files={**bundle.files, SAMPLES: buffer.getvalue()})


def rows_of(bundle: Bundle, split: str) -> list[int]:
    table = pyarrow.parquet.read_table(io.BytesIO(bundle.files[SAMPLES]))
    return [i for i, name in enumerate(table["split"].to_pylist()) if name == split]


@pytest.mark.parametrize(("split", "samples"), [("test", 12), ("validation", 48)])
def test_the_metrics_are_those_of_the_shared_samples(
    gradients: Bundle, laplacian: Bundle, split: str, samples: int
) -> None:
    found = compare(gradients, laplacian, split)
    assert (found.samples, found.groups, found.unscored) == (samples, samples, 0)
    for bundle, side in ((gradients, "a"), (laplacian, "b")):
        judged = next(one for one in read_judged(bundle) if one.split == split)
        expected = balanced_accuracy_score(judged.label, judged.prediction.labels)
        assert getattr(found.differences["balanced_accuracy"], side) == pytest.approx(expected)
        truth = [label == "blurred" for label in judged.label]
        assert getattr(found.differences["roc_auc"], side) == pytest.approx(
            roc_auc_score(truth, judged.prediction.scores)
        )


def test_samples_are_paired_by_content_and_not_by_place(gradients: Bundle, laplacian: Bundle) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(laplacian.files[SAMPLES]))
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.take(list(reversed(range(table.num_rows)))), buffer)
    turned = replace(laplacian, files={**laplacian.files, SAMPLES: buffer.getvalue()})
    assert (
        compare(gradients, turned, "validation").differences
        == compare(gradients, laplacian, "validation").differences
    )


def test_a_bundle_does_not_differ_from_itself(gradients: Bundle) -> None:
    found = compare(gradients, gradients)
    assert found.better is None
    assert found.alike == found.samples
    assert all(one.p == 1 and one.difference.value == 0 for one in found.differences.values())


def test_the_better_one_is_named_also_where_less_is_better(gradients: Bundle, laplacian: Bundle) -> None:
    found = compare(gradients, laplacian, "validation")
    for metric in ("roc_auc", "brier"):
        one = found.differences[metric]
        assert one.a is not None and one.b is not None
        a_is_better = one.a > one.b if metric != "brier" else one.a < one.b
        assert replace(found, metric=metric).better == (found.a if a_is_better else found.b)


def test_groups_of_both_are_kept_together(gradients: Bundle, laplacian: Bundle) -> None:
    rows = rows_of(gradients, "test")
    pairs = with_column(gradients, "group", {row: f"pair {i // 2}" for i, row in enumerate(rows)})
    assert compare(pairs, laplacian).groups == 6
    other = with_column(laplacian, "group", {rows[1]: "both", rows[2]: "both"})
    assert compare(pairs, other).groups == 5
    assert compare(other, pairs).groups == 5


def test_samples_that_one_has_learned_from_are_not_shared(
    tiny: list[str], tmp_path: Path, gradients: Bundle
) -> None:
    outputs = [f"paths.outputs={tmp_path}/outputs", "store.publish=none"]
    other = read_bundle(mmml.train(["+experiment=blur_laplacian", *tiny, *outputs, "seed=1"]).bundle)
    tested = [
        set(next(s for s in read_judged(one) if s.split == "test").sha256) for one in (gradients, other)
    ]
    shared = len(tested[0] & tested[1])
    assert 0 < shared < 5
    with pytest.raises(
        MmmlError, match=f"share {shared} samples of {shared} groups in their test split"
    ) as caught:
        compare(gradients, other)
    assert "the same seed" in str(caught.value.hint)
    assert "--on validation" in str(caught.value.hint)
    assert compare(gradients, other, "validation").samples == 60 - 12 - 12 + shared


def test_samples_without_a_score_are_left_out_and_counted(gradients: Bundle, laplacian: Bundle) -> None:
    row = rows_of(gradients, "test")[0]
    unscored = with_column(with_column(gradients, "score", {row: float("nan")}), "said", {row: None})
    found = compare(unscored, laplacian)
    assert (found.samples, found.unscored) == (11, 1)


def test_labels_that_contradict_each_other_are_refused(gradients: Bundle, laplacian: Bundle) -> None:
    rows = rows_of(gradients, "test")
    judged = next(one for one in read_judged(gradients) if one.split == "test")
    turned = "sharp" if judged.label[0] == "blurred" else "blurred"
    with pytest.raises(MmmlError, match="trained on other labels: 1 samples of both differ"):
        compare(with_column(gradients, "label", {rows[0]: turned}), laplacian)


def test_models_that_do_not_predict_the_same_are_refused(gradients: Bundle) -> None:
    manifest, decision = gradients.manifest, gradients.manifest.decision

    def with_decision(classes: tuple[str, str]) -> Bundle:
        other = msgspec.structs.replace(decision, classes=classes, positive=classes[1])
        return replace(gradients, manifest=msgspec.structs.replace(manifest, decision=other))

    with pytest.raises(UsageError, match="the classes are blurred, sharp and blurred, clean"):
        compare(gradients, with_decision(("clean", "blurred")))
    with pytest.raises(UsageError, match="the positive class is blurred and sharp"):
        compare(gradients, with_decision(("blurred", "sharp")))
    task = msgspec.structs.replace(manifest.task, name="outlier")
    with pytest.raises(UsageError, match="the tasks are classification and outlier"):
        compare(gradients, replace(gradients, manifest=msgspec.structs.replace(manifest, task=task)))


def test_models_of_three_classes_are_compared_by_their_probabilities(
    tmp_path: Path, drawn: Path, tiny: list[str]
) -> None:
    mmml.train(["+experiment=blur_laplacian", *tiny, f"paths.outputs={tmp_path}/first", "store.publish=none"])
    labels = ["path,label"]
    files = {name: sorted((drawn / name).iterdir()) for name in ("sharp", "blurred")}
    labels += [f"{file},sharp" for file in files["sharp"]]
    labels += [f"{file},{('soft', 'moved')[i % 2]}" for i, file in enumerate(files["blurred"])]
    (tmp_path / "three.csv").write_text("\n".join(labels) + "\n")
    words = [
        "+experiment=blur_gradients",
        "dataset=table",
        f"dataset.path={tmp_path}/three.csv",
        "task.folds=3",
    ]
    words += ["task.positive=null", "store.publish=none", f"paths.outputs={tmp_path}/outputs"]
    bundles = [
        read_bundle(mmml.train([*words, f"transformer={kind}"]).bundle) for kind in ("gradients", "fourier")
    ]
    found = compare(*bundles, "validation")
    assert found.samples == 48
    judged = read_judged(bundles[0])[0]
    expected = roc_auc_score(judged.label, judged.prediction.probabilities, multi_class="ovr")
    assert found.differences["roc_auc"].a == pytest.approx(expected)
    assert found.differences["roc_auc"].p is not None
