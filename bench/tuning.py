"""What tuning costs over a bare loop of Optuna and scikit-learn, and what a second training still reads."""

import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.command import run
from bench.row import Row
from bench.workshop import Workshop

_SAMPLES, _TRIALS, _MOST = 1000, 60, 1.2
_ROUNDS = 3
_SPACE = {"estimator.clf.C": {"suggest": "float", "low": 1e-3, "high": 1e2, "log": True}}

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


def measure(workshop: Workshop) -> list[Row]:
    """Run the same search both ways in turn, on the same features and folds; then train twice."""
    # Trials are not given up early: both do the same number of fits, from one TPE each, into SQLite files.
    data = _data(workshop)
    turns: list[tuple[float, float]] = []
    for number in range(_ROUNDS + 1):
        took = {}
        for name, search in sorted({"ours": _ours, "bare": _bare}.items(), reverse=bool(number % 2)):
            started = time.perf_counter()
            search(workshop.folder / f"{name}-{number}", *data)
            took[name] = time.perf_counter() - started
        if number:  # the first round warms up
            turns.append((took["ours"], took["bare"]))
    ratio = median(ours / bare for ours, bare in turns)
    ours, bare = (median(times) for times in zip(*turns, strict=True))
    return [
        Row(
            f"{_TRIALS} trials of logistic on {_SAMPLES:,} samples, over a bare loop of Optuna and "
            "scikit-learn on the same folds",
            f"{ratio:.2f} ({ours:.1f} s, {bare:.1f} s)",
            f"at most {_MOST}",
            ratio <= _MOST,
        ),
        _second_training(workshop),
    ]


def _data(workshop: Workshop) -> tuple[Any, Any, list[Fold]]:
    from mmml.config.compose import compose_with_choices
    from mmml.config.launch import prepare
    from mmml.dataset.split import folds
    from mmml.engine.experiment import Experiment
    from mmml.engine.measured import measure_dataset

    prepare()
    config, choices = compose_with_choices(
        "train",
        [
            *(
                "+experiment=blur_gradients",
                "dataset=blur_drawn",
                f"dataset.count={_SAMPLES}",
                "tracker=none",
            ),
            *(f"paths.data={workshop.folder / 'tuned'}", "tuner=optuna", "cache.path=null"),
        ],
    )
    experiment = Experiment.from_config(config, choices["dataset"])
    learning = measure_dataset(experiment.dataset, experiment.features, experiment.extractor)
    parts = folds(learning.labels, learning.groups, experiment.task.folds, experiment.seed)
    return experiment, learning, parts


def _ours(folder: Path, experiment: Any, learning: Any, parts: list[Fold]) -> None:
    from mmml.engine.tune import FoldScores
    from mmml.tuner.base import Question
    from mmml.tuner.optuna import OptunaTuner

    tuner = OptunaTuner(_SPACE, n_trials=_TRIALS, pruner="none", storage=str(folder))
    objective = FoldScores(experiment, learning, parts)
    study = tuner.search(Question("bench", [False], {}, {"bench": folder.name}, objective, 0))
    assert len(study.trials) == _TRIALS


def _bare(folder: Path, experiment: Any, learning: Any, parts: list[Fold]) -> None:
    """What one would write without mmml: its score is of the labels that the estimator itself predicts."""
    import optuna
    from sklearn.base import clone
    from sklearn.metrics import balanced_accuracy_score
    from threadpoolctl import threadpool_limits

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir()
    labels = np.array(learning.labels)

    def objective(trial: optuna.Trial) -> float:
        estimator = clone(experiment.estimator)
        estimator.set_params(clf__C=trial.suggest_float("C", 1e-3, 1e2, log=True))
        scores = []
        for number, (fitted_on, held_out) in enumerate(parts):
            fitted = clone(estimator).fit(learning.features[fitted_on], labels[fitted_on])
            said = fitted.predict(learning.features[held_out])
            scores.append(balanced_accuracy_score(labels[held_out], said))
            trial.report(scores[-1], number)
        return float(np.mean(scores))

    study = optuna.create_study(
        direction="maximize",
        storage=f"sqlite:///{folder / 'bare.sqlite'}",
        sampler=optuna.samplers.TPESampler(seed=0),
    )
    # Its best setting: with more threads these small fits take longer, here too.
    with threadpool_limits(limits=1, user_api="blas"):
        study.optimize(objective, n_trials=_TRIALS)


def _second_training(workshop: Workshop) -> Row:
    """Train twice in processes of their own, and count what the second one decodes."""
    words = [
        *("train", "+experiment=blur_gradients", "dataset=blur_drawn", f"dataset.count={_SAMPLES}"),
        *(f"paths.data={workshop.folder / 'tuned'}", f"paths.outputs={workshop.outputs}", "tracker=none"),
    ]
    decoded = [int(run(sys.executable, "-m", "bench.decoded", *words)) for _ in range(2)]
    return Row(
        f"pictures decoded by a training on {_SAMPLES:,} samples, and by the same training again",
        f"{decoded[0]:,} and {decoded[1]:,}",
        "0 the second time",
        decoded[1] == 0,
    )
