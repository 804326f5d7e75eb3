"""Tasks by name, as manifests hold them: only mmml's own, with arguments that fit."""

from typing import Any

import msgspec
import pytest

from mmml.errors import MmmlError
from mmml.judge.calibration import Calibration
from mmml.task.base import task_named
from mmml.task.classification import Classification
from mmml.task.decision import Decision
from mmml.task.outlier import Outlier


def test_a_task_comes_back_from_its_name_and_parameters() -> None:
    for task in (Classification("blurred", "f1", 3, 0.3), Outlier("fine", "odd", 0.01)):
        assert task_named(task.name, task.get_params()) == task


@pytest.mark.parametrize(
    "name",
    [
        "os",
        "../x",
        "base",
        "decision",
        "",
        "Classification",
        "mmml.task.outlier",
        "outlier.Outlier",
        "__init__",
    ],
)
def test_other_names_are_no_tasks(name: str) -> None:
    with pytest.raises(MmmlError, match="there is no task"):
        task_named(name, {})


@pytest.mark.parametrize("parameters", [{"fold": 3}, {"folds": "many"}, {"metric": None}, {"folds": 0}])
def test_parameters_that_do_not_fit_are_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(MmmlError):
        task_named("classification", parameters)


CALIBRATION = {"slope": 1.0, "intercept": 0.0, "note": None}
GOOD = {"classes": ["a", "b"], "positive": "b", "calibration": CALIBRATION, "threshold": 0.4}


def test_a_decision_comes_back_from_json() -> None:
    assert msgspec.convert(GOOD, Decision) == Decision(("a", "b"), "b", Calibration(1.0, 0.0), 0.4)


@pytest.mark.parametrize(
    "change",
    [
        {"classes": ["b", "b"]},
        {"classes": ["b", "a"]},
        {"positive": "c"},
        {"positive": None},
        {"calibration": None},
        {"threshold": None},
        {"threshold": 1.5},
        {"threshold": "0.5"},
        {"treshold": 0.5},
        {"calibration": {**CALIBRATION, "slop": 2}},
    ],
)
def test_a_decision_that_does_not_hold_together_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**GOOD, **change}, Decision)


def test_a_moved_threshold_changes_labels_without_training() -> None:
    import numpy as np

    decision = msgspec.convert(GOOD, Decision)
    strict = msgspec.structs.replace(decision, threshold=0.9)
    raw = np.array([-3.0, 0.0, 3.0])
    assert Classification().predict(raw, decision).labels == ["a", "b", "b"]
    assert Classification().predict(raw, strict).labels == ["a", "a", "b"]
