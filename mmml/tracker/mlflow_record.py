"""What a run of MLflow holds: parameters, metrics with intervals, trials and artifacts."""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mmml.bundle.manifest import Manifest
from mmml.config.secrets import masked
from mmml.tuner.study import STUDY, Study, Trial

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

T = TypeVar("T")

# MLflow's own limits: characters, and parameters in one request.
_LONGEST_KEY, _LONGEST_VALUE, _LONGEST_TAG = 250, 6000, 8000
_MOST_AT_ONCE = 100
# What a name may not hold; classes of a dataset, say, are keys of a config too.
_FOREIGN = re.compile(r"[^\w. :-]")


def log_parameters(client: "MlflowClient", run_id: str, parameters: Mapping[str, Any]) -> None:
    """Keep every value of a config; what is longer than MLflow takes is cut, and ends in three dots."""
    for some in _at_once(_params(parameters)):
        client.log_batch(run_id, params=some)


def log_metrics(client: "MlflowClient", run_id: str, manifest: Manifest, model_id: str | None) -> None:
    """Keep ``test.f1``, ``test.f1.low``, ``test.f1.high`` and so on, and say what was learned from.

    Args:
        client: of MLflow.
        run_id: the run.
        manifest: of the bundle.
        model_id: the model of MLflow that they belong to as well.
    """
    from mlflow.entities import RunTag

    now = _now()
    values = {
        f"{split}.{name}{end}": value
        for split, metrics in manifest.metrics.items()
        for name, interval in metrics.items()
        for end, value in (("", interval.value), (".low", interval.low), (".high", interval.high))
        if value is not None
    }
    tags = {
        "mmml.data": manifest.data.name,
        "mmml.data.fingerprint": manifest.data.fingerprint,
        "mmml.commit": manifest.commit,
        # Where MLflow itself looks for it.
        "mlflow.source.git.commit": manifest.commit,
        "mmml.tuned": json.dumps(manifest.tuned, default=str) if manifest.tuned else None,
    }
    client.log_batch(
        run_id,
        metrics=[_metric(name, value, now, model_id=model_id) for name, value in values.items()],
        tags=[RunTag(name, value[:_LONGEST_TAG]) for name, value in tags.items() if value],
    )


def log_bundle(client: "MlflowClient", run_id: str, bundle: Path, manifest: Manifest) -> None:
    """Keep the bundle as a folder, and what people look at of it a second time, at the top."""
    shown = [name for name in manifest.files if name == STUDY or name.endswith(".html")]
    for name in shown:
        client.log_artifact(run_id, str(bundle / name))
    if (bundle / "figures").is_dir():
        client.log_artifacts(run_id, str(bundle / "figures"), "figures")
    client.log_artifacts(run_id, str(bundle), "bundle")


def log_trials(client: "MlflowClient", experiment_id: str, run_id: str, study: Study, seconds: float) -> int:
    """Keep each trial of a study as a run inside the run, the chosen one first.

    Args:
        client: of MLflow.
        experiment_id: the experiment of the run.
        run_id: the run.
        study: what was tried.
        seconds: how long this may take; what is left then is in the bundle's ``study.json`` only.

    Returns:
        How many trials were kept.
    """
    from mlflow.entities import RunTag

    until = time.monotonic() + seconds
    chosen = {"mmml.study": study.name, "mmml.chosen": str(study.chosen), "mmml.choice": study.choice}
    tags = [RunTag(name, masked(text)[:_LONGEST_TAG]) for name, text in chosen.items()]
    client.log_batch(run_id, tags=tags)
    ordered = sorted(study.trials, key=lambda trial: trial.number != study.chosen)
    for kept, trial in enumerate(ordered):
        if time.monotonic() > until:
            return kept
        _log_trial(client, experiment_id, run_id, study, trial)
    return len(ordered)


def _log_trial(client: "MlflowClient", experiment_id: str, run_id: str, study: Study, trial: Trial) -> None:
    now = _now()
    tags = {"mlflow.parentRunId": run_id, "mlflow.source.name": "mmml train", "mmml.state": trial.state}
    if trial.number == study.chosen:
        tags["mmml.chosen"] = "true"
    started = now - round(1000 * (trial.seconds or 0))
    run = client.create_run(experiment_id, start_time=started, tags=tags, run_name=f"trial {trial.number}")
    metrics = [_metric(name, x, now) for name, x in zip(study.metrics, trial.scores, strict=False)]
    folds = f"{study.metrics[0]}.fold"
    metrics += [
        _metric(folds, score, now, step=number)
        for number, score in enumerate(trial.folds)
        if score is not None
    ]
    if trial.seconds is not None:
        metrics.append(_metric("seconds", trial.seconds, now))
    client.log_batch(run.info.run_id, metrics=metrics, params=_params(trial.values))
    client.set_terminated(run.info.run_id, "FINISHED", end_time=now)


def _params(values: Mapping[str, Any]) -> list["Param"]:
    from mlflow.entities import Param

    told = {_cut(_FOREIGN.sub("_", key), _LONGEST_KEY): value for key, value in values.items()}
    return [Param(key, _cut(_text(value), _LONGEST_VALUE)) for key, value in told.items()]


def _metric(name: str, value: float, now: int, step: int = 0, model_id: str | None = None) -> "Metric":
    from mlflow.entities import Metric

    return Metric(name, value, now, step, model_id=model_id)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _at_once(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _MOST_AT_ONCE):
        yield items[start : start + _MOST_AT_ONCE]


def _now() -> int:
    return round(time.time() * 1000)
