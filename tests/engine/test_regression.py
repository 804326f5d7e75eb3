"""Regression from a table of numbers to rows, gates, reports and comparisons: as for classes."""

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet
import pytest
import yaml
from PIL import Image as Pillow

import mmml
from mmml.bundle.manifest import MANIFEST
from mmml.bundle.read import Bundle, read_bundle
from mmml.bundle.samples import read_judged
from mmml.bundle.verify import verify
from mmml.cli.main import run
from mmml.config.launch import Job
from mmml.engine.compare import compare
from mmml.engine.sweep import ranked
from mmml.errors import MmmlError, UsageError
from mmml.tuner.study import STUDY, Study

Said = tuple[int, str, str]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, drawn: Path, tiny: list[str]) -> Path:
    """How strongly each picture of the tiny set is blurred, in per cent of its long side; some facts."""
    run(["data", "make", "blur_drawn", *[word for word in tiny if word.startswith("dataset.")]])
    path = tmp_path_factory.mktemp("numbers") / "strength.csv"
    with (drawn / "samples.csv").open(newline="") as made, path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "group", "kind"])
        for row in csv.DictReader(made):
            number = f"{100 * float(row['strength']):.4f}"
            rows.writerow([drawn / row["path"], number, row["group"], row["kind"]])
    return path


def words(table: Path, estimator: str = "ridge", *more: str) -> list[str]:
    own = ["transformer=gradients", f"estimator={estimator}", "task=regression", "task.unit=%"]
    return [
        *own,
        "dataset=table",
        f"dataset.path={table}",
        "task.folds=3",
        "tracker=none",
        f"name={estimator}",
        *more,
    ]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, table: Path) -> Iterator[Path]:
    """A folder with ``outputs/models``, in which ridge and a formula are trained. Read only."""
    folder = tmp_path_factory.mktemp("workspace")
    places = [f"paths.outputs={folder}/outputs", f"store.backend.path={folder}/outputs/models"]
    mmml.train([*words(table), *places])
    formula = ["estimator.value=a / laplacian_mean", "+estimator.parameters.a=10"]
    mmml.train([*words(table, "formula", *formula), *places])
    yield folder


@pytest.fixture
def store(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = workspace / "outputs" / "models"
    monkeypatch.setenv("MMML_STORE", str(path))
    monkeypatch.setenv("COLUMNS", "120")
    return path


@pytest.fixture
def ridge(store: Path) -> Bundle:
    return read_bundle(store / "ridge" / "1").versioned(1)


@pytest.fixture
def formula(store: Path) -> Bundle:
    return read_bundle(store / "formula" / "1").versioned(1)


@pytest.fixture
def command(store: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def asked(*several: object) -> Said:
        code = run([str(word) for word in several])
        return code, *capsys.readouterr()

    return asked


def test_a_bundle_says_what_it_predicts_and_how_well(ridge: Bundle) -> None:
    manifest = ridge.manifest
    assert (manifest.decision.classes, manifest.decision.unit) == ((), "%")
    assert sum(manifest.data.labels.values()) == manifest.data.train + manifest.data.test == 60
    assert next(iter(manifest.data.labels)) == "0"
    for split in ("validation", "test"):
        for name in ("mae", "rmse", "r2", "bias"):
            one = manifest.metrics[split][name]
            assert one.low is not None and one.value is not None and one.high is not None
            assert one.low <= one.value <= one.high
        # Sharp pictures have the number 0, of which nothing is a share.
        assert manifest.metrics[split]["mape"].value is None
    assert (manifest.metrics["validation"]["r2"].value or 0) > 0.5
    assert max(one.mean for one in manifest.importances.values()) > 0.1
    assert verify(ridge) == {"scored": 8, "measured": 8}


def test_folds_and_test_split_hold_small_and_large_numbers(ridge: Bundle) -> None:
    learned, test = read_judged(ridge)
    numbers = np.array(learned.label, dtype=float)
    parts = [numbers[learned.fold == fold] for fold in range(3)] + [np.array(test.label, dtype=float)]
    for part in parts:
        assert (part == 0).mean() == pytest.approx(0.5, abs=0.1)
        assert part.max() > 2
    assert learned.prediction.known.all()
    assert np.abs(learned.raw - learned.prediction.table[:, 0]).max() == 0


def test_the_formula_is_in_the_bundle_as_text_and_said_in_words(
    formula: Bundle, command: Callable[..., Said]
) -> None:
    assert yaml.safe_load(formula.files["formula.yaml"])["value"] == "a / laplacian_mean"
    assert verify(formula) == {"scored": 8, "measured": 8}
    code, out, _ = command("models", "show", "formula", "--format", "table")
    assert code == 0
    assert "a / laplacian_mean; a = 10" in out
    assert "regression of image: a number in %" in out
    assert "threshold" not in out and "calibration" not in out


def test_rows_have_a_value_and_its_unit_in_every_format(
    command: Callable[..., Said], drawn: Path, elsewhere: Path
) -> None:
    shutil.copytree(drawn / "blurred", elsewhere / "site")
    (elsewhere / "site" / "broken.jpg").write_bytes(b"\xff\xd8\xffjunk")
    code, out, _ = command("predict", "site", "-m", "ridge", "--probabilities", "--format", "jsonl")
    assert code == 3
    rows = [json.loads(line) for line in out.splitlines()]
    assert sum(row["error"] is None for row in rows) == 30
    good = [row for row in rows if row["error"] is None]
    for row in good:
        assert (row["label"], row["score"], row["threshold"], row["unit"]) == (None, None, None, "%")
        assert -1 < row["value"] < 5
        assert "probabilities" not in row
    assert command("predict", "site", "-m", "ridge", "-o", "rows.parquet")[0] == 3
    assert command("predict", "site", "-m", "ridge", "-o", "rows.csv")[0] == 3
    parquet = pyarrow.parquet.read_table("rows.parquet").to_pylist()
    with open("rows.csv", newline="") as file:  # noqa: PTH123  # as short as the others
        listed = list(csv.DictReader(file))
    for one, two, three in zip(rows, parquet, listed, strict=True):
        assert one["value"] == two["value"] == (float(three["value"]) if three["value"] else None)
    _, told, _ = command("predict", "site", "-m", "ridge", "--format", "table")
    assert f"{good[0]['value']:.4g} %" in told
    assert "value" in told and "score" not in told and "None" not in told


def test_a_number_that_cannot_be_worked_out_is_a_row_with_the_reason(
    command: Callable[..., Said], elsewhere: Path
) -> None:
    Pillow.new("RGB", (1, 1)).save(elsewhere / "dot.png")
    code, out, _ = command("predict", "dot.png", "-m", "formula", "--format", "jsonl")
    row = json.loads(out)
    assert code == 3
    assert row["value"] is None and row["unit"] is None
    assert row["error"].startswith("cannot be measured on this input: ")


def test_eval_has_gates_in_the_metrics_of_the_task(
    command: Callable[..., Said], table: Path, ridge: Bundle
) -> None:
    asked = ["eval", "ridge", f"dataset.path={table}"]
    code, out, _ = command(*asked, "--min", "r2=0.2", "--max", "mae=2")
    result = json.loads(out)
    assert code == 0
    assert result["metrics"]["eval"] == msgspec.to_builtins(ridge.manifest.metrics["test"])
    assert result["decision"]["unit"] == "%"
    assert (sum(result["labels"].values()), result["left_out"], result["confusion"]) == (12, 48, {})
    code, _, told = command(*asked, "--min", "r2=0.999", "--max", "mae=0.0001")
    assert code == 4
    assert "gate not met: r2 is" in told and "gate not met: mae is" in told
    code, out, told = command(*asked, "--min", "r=0.5")
    assert code == 2
    assert "there is no metric r of regression" in told and "did you mean r2?" in told
    assert '"metrics"' not in out


def test_an_unknown_metric_is_refused_before_an_experiment_is_trained(
    command: Callable[..., Said], table: Path, elsewhere: Path
) -> None:
    # An experiment of one's own, for `eval` trains none but experiments.
    (elsewhere / "conf" / "experiment").mkdir(parents=True)
    lines = ["# @package _global_", "defaults:", "  - override /task: regression"]
    lines += ["  - override /estimator: ridge", "  - override /dataset: table", "name: strength"]
    (elsewhere / "conf" / "experiment" / "strength.yaml").write_text("\n".join(lines))
    asked = ["eval", "+experiment=strength", f"dataset.path={table}", "task.folds=3"]
    code, _, told = command(*asked, "--max", "brier=0.1")
    assert code == 2
    assert "there is no metric brier of regression" in told
    assert not list(elsewhere.rglob("manifest.json"))
    code, out, _ = command(*asked, "--max", "rmse=0.001")
    assert code == 4
    assert json.loads(out)["less_is_better"] is True


def test_two_models_are_compared_by_the_difference_of_their_errors(
    ridge: Bundle, formula: Bundle, command: Callable[..., Said]
) -> None:
    found = compare(ridge, formula, "validation")
    sides = [read_judged(one)[0] for one in (ridge, formula)]
    errors = [np.abs(one.prediction.table[:, 0] - np.array(one.label, dtype=float)) for one in sides]
    mae = found.differences["mae"]
    assert mae.a == pytest.approx(errors[0].mean())
    assert mae.b == pytest.approx(errors[1].mean())
    assert mae.difference.value == pytest.approx(errors[0].mean() - errors[1].mean())
    assert found.better == "ridge@1"
    code, out, told = command("models", "compare", "ridge", "formula", "--on", "validation")
    assert code == 0
    assert "ridge@1 is better than formula@1 by" in told
    assert [json.loads(line)["metric"] for line in out.splitlines()] == ["mae", "rmse", "mape", "r2", "bias"]
    metres = msgspec.structs.replace(formula.manifest.decision, unit="m")
    manifest = msgspec.structs.replace(formula.manifest, decision=metres)
    with pytest.raises(UsageError, match="the units are % and m"):
        compare(ridge, Bundle(formula.folder, manifest, formula.files))


def test_the_parameters_of_a_formula_are_searched_for(table: Path, store: Path) -> None:
    space = "tuner.space={estimator.parameters.a: {suggest: float, low: 1, high: 100, log: true}}"
    search = ["tuner=optuna", "tuner.n_trials=8", "tuner.sampler=random", space]
    formula = ["estimator.value=a / laplacian_mean", "+estimator.parameters.a=10"]
    result = mmml.train([*words(table, "formula", *formula, *search), "store.publish=none"])
    study = msgspec.json.decode((result.bundle / STUDY).read_bytes(), type=Study)
    scores = [trial.scores[0] for trial in study.trials if trial.state == "complete"]
    best = next(trial for trial in study.trials if trial.number == study.chosen)
    assert study.metrics == ["mae"]
    assert best.scores[0] == min(scores) < max(scores)
    assert yaml.safe_load((result.bundle / "formula.yaml").read_bytes())["parameters"] == {
        "a": best.values["estimator.parameters.a"]
    }
    assert "figures/study.svg" in result.manifest.files


def test_the_report_shows_numbers_and_nothing_of_classes(ridge: Bundle) -> None:
    page = ridge.files["report.html"].decode()
    text = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())
    for said in (
        *("Says a number in %.", "MAE", "RMSE", "R²", "bias", "largest error, test"),
        *("Predicted against true", "Residuals", "Errors", "Permutation importance"),
        *("The weakest slices", "by kind", "The largest errors", "off by"),
    ):
        assert said in text, said
    for foreign in ("class", "threshold", "score", "onfusion", "ROC", "probabilit", "alibrat", "mistake"):
        assert foreign not in text, foreign
    assert page.count('<li class="card">') == 12
    assert {f"figures/{name}.svg" for name in ("predicted", "residuals", "errors", "importances")} == {
        name for name in ridge.files if name.startswith("figures/")
    }


def test_a_threshold_is_refused_in_words_that_fit(command: Callable[..., Said]) -> None:
    code, _, told = command("models", "threshold", "ridge", "--recall", "0.9")
    assert code == 2
    assert "ridge@1 has no threshold: it says a number, no class" in told
    code, _, told = command("predict", "x.jpg", "-m", "ridge", "--fail-on", "blurred")
    assert code == 2
    assert "no model says that" in told


def test_data_is_looked_over_by_range(command: Callable[..., Said], table: Path) -> None:
    asked = [
        "data",
        "check",
        "table",
        f"dataset.path={table}",
        "task=regression",
        "task.bins=3",
        "task.folds=3",
    ]
    code, out, _ = command(*asked)
    rows = json.loads(out)["labels"]
    assert code == 0
    assert rows[0]["label"] == "0"
    assert len(rows) == 4
    assert sum(row["train"] for row in rows) == 48
    assert all(row["test"] for row in rows)
    changed = table.with_name("broken.csv")
    changed.write_text(table.read_text().replace(",0.0000,", ",sharp,"))
    code, out, told = command("data", "check", "table", f"dataset.path={changed}", "task=regression")
    assert code == 1
    assert "the label 'sharp' is no number" in told


@pytest.mark.parametrize(
    ("estimator", "task", "said"),
    [
        ("logistic", "regression", "LogisticRegression is a classifier, which regression cannot use"),
        ("ridge", "classification", "Ridge is a regressor, which classification cannot use"),
    ],
)
def test_an_estimator_of_another_kind_is_refused_before_any_work(
    estimator: str, task: str, said: str, command: Callable[..., Said], elsewhere: Path
) -> None:
    asked = ["transformer=gradients", f"estimator={estimator}", f"task={task}", "name=x"]
    code, _, told = command("train", *asked, "dataset=table", "dataset.path=nowhere.csv")
    assert code == 2
    assert said in told and "hint: for numbers:" in told
    assert not list(elsewhere.rglob("manifest.json"))


def test_jobs_are_ranked_by_what_is_better() -> None:
    def job(name: str, value: float | None, metric: str = "mae") -> Job:
        metrics = {"validation": {metric: {"value": value}}}
        result = {"exit": 0, "metric": metric, "metrics": metrics, "less_is_better": metric == "mae"}
        return Job(Path(name), [], result)

    jobs = [job("a", 0.3), job("b", 0.1), Job(Path("failed"), [], {"exit": 1}), job("c", None), job("d", 0.2)]
    assert [one.folder.name for one in ranked(jobs)][:3] == ["b", "d", "a"]
    assert [one.folder.name for one in ranked([job("a", 0.3, "r2"), job("b", 0.1, "r2")])] == ["a", "b"]


def test_mlflow_gets_value_and_unit(ridge: Bundle, drawn: Path) -> None:
    import pandas

    from mmml.serve.pyfunc import PyfuncModel

    contents = [path.read_bytes() for path in sorted((drawn / "blurred").iterdir())[:2]]
    answer = PyfuncModel(ridge).predict(pandas.DataFrame({"content": contents}))
    assert answer["unit"].tolist() == ["%", "%"]
    assert all(isinstance(value, float) for value in answer["value"])
    assert answer["label"].tolist() == answer["score"].tolist() == [None, None]


@pytest.mark.parametrize("other", ["classification", "outlier"])
def test_a_bundle_whose_task_does_not_fit_its_decision_is_refused(
    ridge: Bundle, tmp_path: Path, other: str
) -> None:
    folder = Path(shutil.copytree(ridge.folder, tmp_path / "forged"))
    manifest = json.loads((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "task": {"name": other, "parameters": {}}}))
    with pytest.raises(MmmlError, match=f"{other} says a class, but the bundle names none"):
        _ = read_bundle(folder).task
    with pytest.raises(MmmlError, match="says a class"):
        verify(read_bundle(folder))
