"""A model in words: what a report and ``mmml models show`` tell a person."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmml.bundle.manifest import Manifest
    from mmml.judge.calibration import Calibration
    from mmml.task.decision import Decision


def described(manifest: "Manifest", estimator: str) -> dict[str, str]:
    """Return what is to be known of a model, entry by entry.

    Args:
        manifest: of its bundle.
        estimator: as `estimator_in_words` returns it.
    """
    data = manifest.data
    transformers = [f"{part.kind}({_listed(part.parameters, '=')})" for part in manifest.transformers]
    tuned = {"tuned": _listed(manifest.tuned, " = ")} if manifest.tuned else {}
    return {
        "predicts": f"{manifest.task.name} of {manifest.modality}: {' or '.join(manifest.decision.classes)}",
        "trained on": f"{data.name}: {_listed(data.labels, ' ', reverse=True)}, in {data.groups} groups; "
        f"{data.train} to learn from, {data.test} to test on",
        "measures": "\n".join(transformers),
        "features": ", ".join(feature.name for feature in manifest.features),
        "model": estimator,
        **tuned,
        "decides": decision_in_words(manifest.decision),
        "calibration": _calibration(manifest.decision.calibration),
        "task": _listed(manifest.task.parameters, "="),
        "created": f"{manifest.created}{f', commit {manifest.commit[:12]}' if manifest.commit else ''}",
        "made with": _listed(manifest.versions, " "),
    }


def metrics_in_words(manifest: "Manifest") -> list[dict[str, Any]]:
    """Return a row a metric: its name, and each split's value with its interval."""
    names = dict.fromkeys(name for metrics in manifest.metrics.values() for name in metrics)
    return [
        {"metric": name, **{split: str(metrics.get(name, "")) for split, metrics in manifest.metrics.items()}}
        for name in names
    ]


def metrics_in_numbers(manifest: "Manifest") -> list[dict[str, Any]]:
    """Return a row a split and metric."""
    return [
        {"split": split, "metric": name, "value": one.value, "low": one.low, "high": one.high}
        for split, metrics in manifest.metrics.items()
        for name, one in metrics.items()
    ]


def estimator_in_words(estimator: Any) -> str:
    """Return a fitted estimator in words: a rule as a sentence, a pipeline as a line a step."""
    if hasattr(estimator, "when"):
        constants = _listed(estimator.parameters or {}, " = ")
        return (
            f"{estimator.then} when {estimator.when}, otherwise {estimator.otherwise}"
            f"{f'; {constants}' if constants else ''}"
        )
    steps = [step for _, step in estimator.steps] if hasattr(estimator, "steps") else [estimator]
    return "\n".join(" ".join(repr(step).split()) for step in steps)


def metric_in_words(name: str) -> str:
    """Return the name of a metric as people write it."""
    return {"roc_auc": "ROC AUC", "f1": "F1", "brier": "Brier score"}.get(name, name.replace("_", " "))


def decision_in_words(decision: "Decision") -> str:
    """Return when which class is said."""
    if decision.threshold is None:
        return "the class with the highest probability"
    return f"{decision.positive} from a score of {decision.threshold:.3f} on"


def _calibration(calibration: "Calibration | None") -> str:
    if calibration is None:
        return "none: the probabilities are the model's own"
    sign = "-" if calibration.intercept < 0 else "+"
    logit = f"{calibration.slope:.4g} raw {sign} {abs(calibration.intercept):.4g}"
    note = f"; {calibration.note}" if calibration.note else ""
    return f"score = 1 / (1 + exp(-({logit}))){note}"


def _listed(named: Mapping[str, Any], between: str, reverse: bool = False) -> str:
    pairs = ((value, name) if reverse else (name, value) for name, value in named.items())
    return ", ".join(f"{_short(left)}{between}{_short(right)}" for left, right in pairs)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
