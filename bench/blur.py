"""How well a blur model holds where it was not trained.

``python -m bench.blur [real=FOLDER] [key=value …]``: the keys are those of ``mmml train +experiment=blur``.
Every picture is judged by models that have not seen its photo; every kind of blur also by models that have
seen no blur of that kind. A folder of real photos (``sharp/…``, ``blurred/…``) is scored by a model of all.
"""

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from mmml.config.compose import compose_with_choices
from mmml.config.launch import prepare
from mmml.dataset.sample import Sample
from mmml.engine.experiment import Experiment
from mmml.features import Features, Transformer
from mmml.image.value import Image

_FOLDS = 8
_SLICES = {
    "long_side": (300, 450, 650, 1000, 1601),
    "on_screen": (0, 0.5, 1.0001, 2.6, 3.2, 4, 6, 10, 50),
    "soft_background": (0, 1e-9, 0.005, 0.01, 0.04),
    "noise": (0, 0.004, 0.01, 0.02, 0.031),
    "gain": (0, 0.08, 0.2001, 0.6, 1, 1.6),
    "jpeg_quality": (50, 60, 75, 90, 98),
    "veil": (0, 1e-9, 0.3, 0.7),
    "sharpen": (0, 1e-9, 0.8, 1.6),
    "smear": (0, 1e-9, 0.03, 0.2),
}
_SURE = ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0001))

Scores = NDArray[np.float64]


def main(arguments: Sequence[str]) -> None:
    """Print every table as Markdown."""
    real = [Path(word.removeprefix("real=")) for word in arguments if word.startswith("real=")]
    words = [word for word in arguments if not word.startswith("real=")]
    prepare()
    config, choices = compose_with_choices("train", ["+experiment=blur", "tracker=none", *words])
    experiment = Experiment.from_config(config, choices["dataset"])
    samples = experiment.dataset.samples()
    features = _measured(experiment.features, [sample.path for sample in samples])
    blurred = np.array([sample.label == "blurred" for sample in samples])
    groups = np.array([sample.group for sample in samples])
    kinds = np.array([str(sample.facts["kind"]) for sample in samples])
    scores = _out_of_fold(experiment.estimator, features, blurred, groups, np.ones(len(samples), dtype=bool))
    cut = _best_cut(scores, blurred)
    _say("all pictures, by models that have not seen the photo", scores, blurred, cut)
    _line(f"\none threshold for all: {cut:.3f}\n\n| score | pictures | blurred |\n|---|---|---|")
    for low, high in _SURE:
        inside = (scores >= low) & (scores < high)
        _line(f"| {low:.1f} to {min(high, 1):.1f} | {inside.sum()} | {blurred[inside].mean():.3f} |")
    _kinds(experiment.estimator, features, blurred, groups, kinds, scores >= cut)
    for name, edges in _SLICES.items():
        _slice(
            name, edges, np.array([float(sample.facts[name]) for sample in samples]), blurred, scores >= cut
        )
    for folder in real:
        model = _fitted(experiment.estimator, features, blurred)
        _real(folder, model, experiment.features, cut)


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _real(folder: Path, model: Any, transformer: Transformer, cut: float) -> None:
    samples = [Sample(path, path.parent.name) for path in sorted(folder.glob("*/*"))]
    scores = _scores(model, _measured(transformer, [sample.path for sample in samples]))
    blurred = np.array([sample.label == "blurred" for sample in samples])
    _line("")
    _say(folder.name, scores, blurred, cut)
    for sample, score in sorted(zip(samples, scores, strict=True), key=lambda pair: -pair[1]):
        wrong = (score >= cut) != (sample.label == "blurred")
        _line(f"- {score:.3f} {sample.label}/{sample.path.name}{'  WRONG' if wrong else ''}")


def _measured(transformer: Transformer, paths: Sequence[Path]) -> Features:
    def one(path: Path) -> Features:
        return transformer.extract(Image.read(path))

    return np.array(Parallel(n_jobs=-1, prefer="threads")(delayed(one)(path) for path in paths))


def _fitted(estimator: Any, features: Features, blurred: NDArray[np.bool_]) -> Any:
    from sklearn.base import clone

    return clone(estimator).fit(features, blurred)


def _scores(model: Any, features: Features) -> Scores:
    return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)


def _out_of_fold(
    estimator: Any, features: Features, blurred: NDArray[np.bool_], groups: Any, known: NDArray[np.bool_]
) -> Scores:
    """Score each picture by a model of other photos, and of those only the ``known`` pictures."""
    from sklearn.model_selection import GroupKFold

    scores = np.zeros(len(blurred))
    for train, test in GroupKFold(_FOLDS).split(features, blurred, groups):
        learned = train[known[train]]
        scores[test] = _scores(_fitted(estimator, features[learned], blurred[learned]), features[test])
    return scores


def _best_cut(scores: Scores, blurred: NDArray[np.bool_]) -> float:
    from sklearn.metrics import roc_curve

    false_alarms, recall, cuts = roc_curve(blurred, scores)
    return float(cuts[np.argmax(recall - false_alarms)])


def _say(title: str, scores: Scores, blurred: NDArray[np.bool_], cut: float) -> None:
    from sklearn.metrics import roc_auc_score

    found, alarms = (scores >= cut)[blurred].mean(), (scores >= cut)[~blurred].mean()
    _line(
        f"{title}: {len(blurred)} pictures, AUC {roc_auc_score(blurred, scores):.4f}, balanced accuracy "
        f"{(found + 1 - alarms) / 2:.4f}, found {found:.3f}, false alarms {alarms:.3f}"
    )


def _kinds(
    estimator: Any,
    features: Features,
    blurred: NDArray[np.bool_],
    groups: Any,
    kinds: NDArray[np.str_],
    called: NDArray[np.bool_],
) -> None:
    from sklearn.metrics import roc_auc_score

    _line("\n| kind of blur | found | found where never seen | AUC where never seen |\n|---|---|---|---|")
    for kind in sorted(set(kinds[blurred])):
        of_kind = kinds == kind
        unseen = _out_of_fold(estimator, features, blurred, groups, ~of_kind)
        judged = of_kind | ~blurred
        cut = _best_cut(unseen[~of_kind], blurred[~of_kind])
        auc = roc_auc_score(blurred[judged], unseen[judged])
        _line(
            f"| {kind} | {called[of_kind].mean():.3f} | {(unseen[of_kind] >= cut).mean():.3f} | {auc:.3f} |"
        )


def _slice(
    name: str, edges: Sequence[float], facts: Scores, blurred: NDArray[np.bool_], called: NDArray[np.bool_]
) -> None:
    _line(f"\n| {name} | blurred | found | sharp | false alarms |\n|---|---|---|---|---|")
    for low, high in pairwise(edges):
        inside = (facts >= low) & (facts < high)
        rates = [
            f"{of.sum()} | {called[of].mean():.3f}" if of.any() else "0 | "
            for of in (inside & blurred, inside & ~blurred)
        ]
        _line(f"| {low:.4g} to {high:.4g} | {rates[0]} | {rates[1]} |")


if __name__ == "__main__":
    main(sys.argv[1:])
