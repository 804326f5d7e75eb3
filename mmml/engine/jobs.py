"""Jobs: what one run of ``mmml train`` or ``mmml eval`` does, from its config to its ``result.json``."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from omegaconf import DictConfig

from mmml.bundle.manifest import task_of
from mmml.config.build import build
from mmml.config.check import resolved
from mmml.config.launch import Run
from mmml.config.schema import EvalConfig
from mmml.engine.evaluate import Evaluation, evaluate
from mmml.engine.experiment import Experiment
from mmml.engine.extract import Extractor
from mmml.engine.models import load_model, with_built_in
from mmml.engine.reporting import left_out, report, write_pages
from mmml.engine.train import Result, train
from mmml.errors import Exit
from mmml.report.page import PAGE
from mmml.tracker.guard import tracked

log = logging.getLogger(__name__)


def train_run(config: DictConfig, run: Run, asked: Sequence[str] = ()) -> Result:
    """Train what a config describes, and publish the bundle unless the config or a sweep holds it back.

    Args:
        config: composed.
        run: where it runs.
        asked: metrics that somebody will ask for; an unknown one is refused before any work.
    """
    experiment = Experiment.from_config(config, run.choices.get("dataset", "dataset"))
    for name in asked:
        experiment.task.check_metric(name)
    tracker = experiment.tracker
    with tracked(tracker, experiment.name, experiment.parameters, run.folder):
        result = train(experiment, run.folder, tracker)
        tracker.trained(result.bundle, result.manifest)
        if experiment.publish == "all" or (experiment.publish == "best" and not run.swept):
            version = experiment.store.publish(result.bundle, experiment.name)
            result = replace(result, version=version)
            tracker.published(version)
    return replace(result, tracked=tracker.reference)


def train_job(config: DictConfig, run: Run, asked: Sequence[str] = ()) -> Mapping[str, Any]:
    """Train and return what is to be known of it; see `train_run`."""
    result = train_run(config, run, asked)
    manifest = result.manifest
    metric = manifest.task.parameters["metric"]
    return {
        "exit": Exit.SOME_INPUTS_FAILED if result.unreadable else Exit.DONE,
        "name": manifest.name,
        "version": result.version,
        "tracked": dict(result.tracked),
        "bundle": str(result.bundle),
        "metric": metric,
        "less_is_better": task_of(manifest).less_is_better(metric),
        "publish": config.store.get("publish", "best"),
        "seed": config.seed,
        "metrics": msgspec.to_builtins(manifest.metrics),
        "data": msgspec.to_builtins(manifest.data),
        "decision": msgspec.to_builtins(manifest.decision),
        "estimator": result.estimator,
        "tuned": manifest.tuned,
        "unreadable": [list(one) for one in result.unreadable],
        "merged": result.merged,
        "confusion": {true: dict(said) for true, said in result.confusion.items()},
        "report": str(result.report),
    }


def evaluate_run(config: DictConfig, run: Run, asked: Sequence[str] = ()) -> Evaluation:
    """Judge the model that a config names on its dataset, and write the report into the run folder.

    Args:
        config: composed.
        run: where it runs.
        asked: metrics that somebody will ask for; an unknown one is refused before any work.
    """
    plain = resolved(config, EvalConfig)
    store = with_built_in(build(plain["store"]["backend"], "store.backend"))
    bundle = load_model(plain["model"], store, plain["trust"])
    for name in asked:
        bundle.task.check_metric(name)
    data_name = run.choices.get("dataset", "")
    extractor = Extractor.from_config(plain)
    found = evaluate(
        bundle,
        build(plain["dataset"], "dataset"),
        data_name,
        extractor,
        seed=plain["seed"],
    )
    pages = report(
        bundle.manifest,
        bundle.estimator,
        [found.judged],
        metrics={found.judged.split: found.metrics},
        title=f"{bundle.name}{'' if bundle.version is None else f'@{bundle.version}'} on {data_name}",
        data_name=data_name,
        notes=left_out(found.unreadable, seen=found.left_out),
        extractor=extractor,
        seed=plain["seed"],
    )
    write_pages(run.folder, pages)
    return replace(found, report=run.folder / PAGE)


def evaluate_job(config: DictConfig, run: Run, asked: Sequence[str] = ()) -> Mapping[str, Any]:
    """Judge a model and return what is to be known of it; see `evaluate_run`."""
    found = evaluate_run(config, run, asked)
    return {
        "exit": Exit.SOME_INPUTS_FAILED if found.unreadable else Exit.DONE,
        "model": config.model,
        "dataset": run.choices.get("dataset"),
        "metrics": {"eval": msgspec.to_builtins(dict(found.metrics))},
        "decision": msgspec.to_builtins(found.decision),
        "labels": dict(found.labels),
        "confusion": {true: dict(said) for true, said in found.confusion.items()},
        "left_out": found.left_out,
        "unscored": found.unscored,
        "report": str(found.report),
        "unreadable": [list(one) for one in found.unreadable],
    }
