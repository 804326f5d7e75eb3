"""A search that costs nothing: what values are worth is a formula."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mmml.tuner.base import Question, Report, Scores
from mmml.tuner.optuna import OptunaTuner

SPACE = {
    "estimator.clf.C": {"suggest": "float", "low": 1e-3, "high": 1e3, "log": True},
    "estimator.clf.depth": {"suggest": "int", "low": 1, "high": 9},
}


class Hill:
    """Highest at C = 10, depth = 4; tells what it was asked."""

    def __init__(self, metrics: int = 1) -> None:
        self.asked: list[dict[str, Any]] = []
        self.metrics = metrics
        self.interrupt_at: int | None = None

    def __call__(self, values: Mapping[str, Any], report: Report) -> Scores:
        self.asked.append(dict(values))
        if self.interrupt_at == len(self.asked):
            raise KeyboardInterrupt
        height = -abs(math.log10(values["estimator.clf.C"]) - 1) - abs(values["estimator.clf.depth"] - 4) / 10
        folds = [height + jitter for jitter in (0.01, 0.0, -0.01)]
        for number, score in enumerate(folds):
            report(number, score)
        return Scores([height, -values["estimator.clf.depth"]][: self.metrics], folds)


Ask = Callable[..., Question]


@pytest.fixture
def ask() -> Ask:
    """Ask a question about a hill."""

    def asked(hill: Hill, **changes: Any) -> Question:
        given: dict[str, Any] = {
            "name": "hill",
            "less_is_better": [False] * hill.metrics,
            "current": {"estimator.clf.C": 1.0, "estimator.clf.depth": 5},
            "identity": {"data": "d", "folds": "f", "config": "c"},
            "objective": hill,
            "seed": 0,
        }
        return Question(**{**given, **changes})

    return asked


@pytest.fixture
def tuner(tmp_path: Path) -> Callable[..., OptunaTuner]:
    """A tuner with its studies in a folder of the test's own."""

    def made(**changes: Any) -> OptunaTuner:
        return OptunaTuner(
            **{"space": SPACE, "storage": str(tmp_path / "studies"), "n_trials": 12, **changes}
        )

    return made
