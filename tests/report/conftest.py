"""Material for reports, drawn from nothing: as many classes, samples and facts as a test asks for."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from mmml.bundle.manifest import DataEntry, FeatureEntry, Importance, Manifest, TaskEntry
from mmml.bundle.samples import Judged
from mmml.judge.calibration import Calibration
from mmml.report.material import Material
from mmml.task.base import Task
from mmml.task.classification import Classification
from mmml.task.decision import Decision
from mmml.tuner.study import Study, Trial

Make = Callable[..., Material]


def decided(classes: Sequence[str]) -> Decision:
    """A decision between these classes."""
    if len(classes) > 2:
        return Decision(tuple(classes))
    return Decision(tuple(classes), classes[1], Calibration(1.0, 0.0), 0.5)


def judged(
    task: Task,
    decision: Decision,
    split: str,
    labels: Sequence[str],
    *,
    sure: float = 2.0,
    seed: int = 0,
    facts: Callable[[int], dict[str, Any]] = lambda i: {
        "kind": ("motion", "defocus")[i % 2],
        "width": 100.0 + i,
    },
) -> Judged:
    """A split whose raw scores lean to the truth; the larger ``sure``, the fewer mistakes."""
    rng = np.random.default_rng(seed)
    truth = [decision.classes.index(label) for label in task.truth(labels, decision)]
    n, k = len(labels), len(decision.classes)
    if k == 2:
        raw = sure * (2.0 * np.array(truth, dtype=float) - 1) + rng.normal(size=n)
    else:
        raw = np.exp(sure * np.eye(k)[truth] + rng.normal(size=(n, k)))
        raw /= raw.sum(axis=1, keepdims=True)
    return Judged(
        split=split,
        path=[f"photos/{split}-{i}.jpg" for i in range(n)],
        sha256=[f"{i:064x}" for i in range(n)],
        group=[f"scene-{split}-{i // 4}" for i in range(n)],
        label=list(labels),
        fold=np.arange(n) % 3,
        facts=[facts(i) for i in range(n)],
        raw=raw,
        prediction=task.predict(raw, decision),
    )


@pytest.fixture
def make() -> Make:
    """Return material; what is not said is two classes of 80 and 40 samples."""

    def made(
        classes: Sequence[str] = ("sharp", "blurred"),
        counts: tuple[int, int] = (80, 40),
        task: Task | None = None,
        splits: Sequence[Judged] | None = None,
        sure: float = 1.2,
        **fields: Any,
    ) -> Material:
        task = task or Classification(positive=classes[1] if len(classes) == 2 else None)
        decision = decided(classes)
        if splits is None:
            names = list(zip(("validation", "test"), counts, strict=True))
            labels = [[classes[i % len(classes)] for i in range(n)] for _, n in names]
            splits = [
                judged(task, decision, name, label, sure=sure, seed=seed)
                for seed, ((name, _), label) in enumerate(zip(names, labels, strict=True))
            ]
        metrics = {}
        for one in splits:
            rows = one.rows(one.scored)
            if rows.path:
                metrics[one.split] = task.judge(rows.prediction, rows.label, rows.group, decision)
        manifest = Manifest(
            format=3,
            name="blur",
            created="2026-11-24T12:00:00+00:00",
            task=TaskEntry(task.name, task.get_params()),
            modality="image",
            decision=decision,
            transformers=[],
            features=[
                FeatureEntry("edges", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
                FeatureEntry("never", None),
            ],
            metrics=metrics,
            data=DataEntry("drawn", "0" * 64, dict.fromkeys(classes, 60), 30, counts[0], counts[1]),
            model="estimator.skops",
            versions={"mmml": "0.1.0"},
            commit=None,
            files={},
            importances=fields.pop(
                "importances", {"edges": Importance(0.2, 0.01), "never": Importance(0.0, 0.0)}
            ),
        )
        return Material(
            title=fields.pop("title", "blur"),
            manifest=manifest,
            estimator="LogisticRegression()",
            splits=splits,
            metrics=fields.pop("metrics", metrics),
            **fields,
        )

    return made


@pytest.fixture
def study() -> Callable[..., Study]:
    """Return a study of some trials, every third of them pruned, with one or two metrics."""

    def searched(*metrics: str, trials: int = 12) -> Study:
        rng = np.random.default_rng(0)
        tried = [
            Trial(
                number=i,
                state="pruned" if i % 3 == 2 else "complete",
                values={"estimator.clf.C": float(i + 1)},
                scores=[float(x) for x in rng.uniform(0.5, 1, len(metrics))],
                folds=[0.5],
            )
            for i in range(trials)
        ]
        return Study("blur-1f", list(metrics), tried, 0, "the best there was", {"estimator.clf.C": 1.0})

    return searched
