"""Sweeps: what several trainings are worth beside each other, and publishing the best of them."""

import csv
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mmml.config.build import build
from mmml.config.launch import Job
from mmml.engine.experiment import build_tracker

log = logging.getLogger(__name__)

#: The table of a sweep, in its folder.
SUMMARY = "summary.csv"


def ranked(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs of a sweep, best first by their metric out of fold; failed ones come last."""

    def worth(job: Job) -> float:
        metric = job.result.get("metric")
        value = job.result.get("metrics", {}).get("validation", {}).get(metric, {}).get("value")
        if value is None:
            return float("-inf")
        return -float(value) if job.result["less_is_better"] else float(value)

    return sorted(jobs, key=worth, reverse=True)


def publish_best(jobs: Sequence[Job]) -> Job | None:
    """Publish the best bundle of a sweep, where its jobs were told to publish the best.

    Returns:
        The job whose bundle was published, its result completed by the version; None where none was.
    """
    trained = [job for job in ranked(jobs) if job.result.get("publish") == "best"]
    if not trained:
        return None
    if len({_comparable(job) for job in trained}) > 1:
        log.warning(
            "nothing was published: the jobs differ in metric, data or split, so that none is the best"
        )
        log.warning("hint: store.publish=all publishes every job")
        return None
    best = trained[0]
    if best.result["metrics"].get("validation", {}).get(best.result["metric"], {}).get("value") is None:
        log.warning("nothing was published: the metric is not defined on any of the jobs")
        return None
    config = OmegaConf.load(best.folder / ".hydra" / "config.yaml")
    store = build(_plain(config.store.backend), "store.backend")
    best.result["version"] = store.publish(Path(best.result["bundle"]), best.result["name"])
    if best.result["tracked"]:
        tracker = build_tracker(_plain(config.tracker))
        tracker.resume(best.result["tracked"])
        tracker.published(best.result["version"])
        best.result["tracked"] = dict(tracker.reference)
    return best


def _plain(node: DictConfig) -> dict[str, Any]:
    plain = OmegaConf.to_container(node, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def _comparable(job: Job) -> tuple[object, ...]:
    """Return what must be the same of two jobs before one of them can be called the better."""
    data, decision = job.result["data"], job.result["decision"]
    said = (tuple(decision["classes"]), decision["positive"], decision["unit"])
    return job.result["metric"], said, data["fingerprint"], data["train"], data["groups"], job.result["seed"]


def summary(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Return a row a job, in their order.

    The metric is the one on folds of the training split, with its 95 % interval: whoever chooses by the test
    split has none left to tell how good the choice is.
    """
    rows = []
    for rank, job in enumerate(jobs, start=1):
        metric = job.result.get("metric")
        found = job.result.get("metrics", {}).get("validation", {}).get(metric, {})
        rows.append(
            {
                "rank": rank if found.get("value") is not None else None,
                "job": job.folder.name,
                "overrides": " ".join(job.overrides),
                "metric": metric,
                "out_of_fold": found.get("value"),
                "low": found.get("low"),
                "high": found.get("high"),
                "name": job.result.get("name"),
                "version": job.result.get("version"),
                "error": job.result.get("error"),
                "run": str(job.folder),
            }
        )
    return rows


def write_summary(jobs: Sequence[Job]) -> Path:
    """Write the table of a sweep into its folder, whole or not at all; return its path.

    Raises:
        OSError: the disk is full, or the folder may not be written to.
    """
    path = jobs[0].folder.parent / SUMMARY
    rows = summary(jobs)
    coming = path.with_name(f".{SUMMARY}.{os.getpid()}")
    try:
        with coming.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, rows[0], lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        coming.replace(path)
    finally:
        coming.unlink(missing_ok=True)
    return path
