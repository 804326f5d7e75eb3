"""A model in words: what a report and ``mmml models show`` tell a person."""

from collections.abc import Mapping, Sequence
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
    data, decision = manifest.data, manifest.decision
    counts = counts_in_words(data.labels, decision.classes)
    transformers = [f"{part.kind}({_listed(part.parameters, '=')})" for part in manifest.transformers]
    tuned = {"tuned": _listed(manifest.tuned, " = ")} if manifest.tuned else {}
    notes = {"notes": "\n".join(manifest.notes)} if manifest.notes else {}
    return {
        "predicts": f"{manifest.task.name} of {manifest.modality}: {said_in_words(decision)}",
        "trained on": f"{data.name}: {counts}, in {data.groups} groups; "
        f"{data.train} to learn from, {data.test} to test on",
        **notes,
        "measures": "\n".join(transformers),
        "features": ", ".join(feature.name for feature in manifest.features),
        "model": estimator,
        **tuned,
        "decides": decision_in_words(decision),
        **({"calibration": _calibration(decision.calibration)} if decision.classes else {}),
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
    if hasattr(estimator, "in_words"):
        return str(estimator.in_words())
    steps = [step for _, step in estimator.steps] if hasattr(estimator, "steps") else [estimator]
    return "\n".join(" ".join(repr(step).split()) for step in steps)


def metric_in_words(name: str) -> str:
    """Return the name of a metric as people write it."""
    known = {"roc_auc": "ROC AUC", "f1": "F1", "brier": "Brier score"}
    known |= {"mae": "MAE", "rmse": "RMSE", "mape": "MAPE", "r2": "R²"}
    return known.get(name, name.replace("_", " "))


def said_in_words(decision: "Decision") -> str:
    """Return what can be said of a sample: the classes, or a number."""
    return " or ".join(decision.classes) or f"a number{f' in {decision.unit}' if decision.unit else ''}"


def decision_in_words(decision: "Decision") -> str:
    """Return how what is said comes about: when which class, or that the number stays as it is."""
    if not decision.classes:
        return f"{said_in_words(decision)}, as the model says it"
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


def counts_in_words(counts: Mapping[str, int], classes: Sequence[str]) -> str:
    """Return how many samples there are: ``12 sharp``, or of a range of numbers ``12 of 0.2 to 0.5``.

    Args:
        counts: number of samples by label or range.
        classes: those that the model says; none where it says a number.
    """
    between = " " if classes else " of "
    return ", ".join(f"{count}{between}{name}" for name, count in counts.items())


def _listed(named: Mapping[str, Any], between: str) -> str:
    return ", ".join(f"{name}{between}{_short(value)}" for name, value in named.items())


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
