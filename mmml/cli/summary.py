"""What a person sees after a training, an evaluation or a sweep; in a pipe, the same as JSON Lines."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from mmml.cli.output import Format, chosen, print_rows
from mmml.config.launch import Job
from mmml.judge.interval import Interval
from mmml.report.describe import counts_in_words, decision_in_words, said_in_words
from mmml.task.decision import Decision

# More classes than this do not fit side by side.
_LEGIBLE = 5


def print_training(job: Job) -> None:
    """Print what came out of one training."""
    result = job.result
    if _is_told(job):
        return
    version = result["version"]
    stored = f"published as {result['name']}@{version}" if version else "not published"
    data = result["data"]
    _metrics(result["metrics"], f"{result['name']}: {stored}")
    print(f"{data['name']}: trained on {data['train']}, tested on {data['test']}, {data['groups']} groups")
    decision = msgspec.convert(result["decision"], Decision)
    if decision.threshold is not None:
        print(decision_in_words(decision))
    if not decision.classes:
        print(f"says {said_in_words(decision)}")
    if decision.calibration is not None and decision.calibration.note:
        print(f"calibration: {decision.calibration.note}")
    if result["tuned"]:
        print("tuned: " + ", ".join(f"{path}={_short(value)}" for path, value in result["tuned"].items()))
    if result["estimator"].startswith(("Rule(", "Formula(")):
        print(result["estimator"])
    _confusion(result["confusion"], "confusion, test")
    _left_out(result)
    print(f"bundle: {result['bundle']}")
    print(f"report: {result['report']}")


def print_evaluation(job: Job) -> None:
    """Print what came out of one evaluation."""
    result = job.result
    if _is_told(job):
        return
    labels, decision = result["labels"], msgspec.convert(result["decision"], Decision)
    counts = f"{sum(labels.values())} samples"
    if decision.classes:
        counts = counts_in_words(labels, decision.classes)
    _metrics(result["metrics"], f"{result['model']} on {result['dataset']}: {counts}")
    if not decision.classes:
        print(f"says {said_in_words(decision)}")
    _confusion(result["confusion"], "confusion")
    if result["left_out"]:
        print(f"left out, because the model was trained on them or their group: {result['left_out']}")
    if result["unscored"]:
        print(f"without a score, because a feature could not be measured: {result['unscored']}")
    _left_out(result)
    print(f"report: {result['report']}")


def print_sweep(jobs: Sequence[Job], published: Job | None, table: Path) -> None:
    """Print the jobs of a sweep, best first.

    Args:
        jobs: best first.
        published: the one whose bundle was published as the best; None where none was.
        table: the file with the same rows.
    """
    from mmml.engine.sweep import summary

    rows = summary(jobs)
    if chosen(None) is Format.TABLE:
        # What all jobs have in common tells none from another, and would fill the terminal.
        common = set.intersection(*(set(job.overrides) for job in jobs)) if len(jobs) > 1 else set()
        own = [" ".join(word for word in job.overrides if word not in common) for job in jobs]
        rows = [_in_words(row, words) for row, words in zip(rows, own, strict=True)]
    print_rows(rows, None, "jobs, best first (95 % intervals over groups, on folds of the training split)")
    print(f"the same table: {table}", file=sys.stderr)
    if published is not None and len(jobs) > 1:
        name = f"{published.result['name']}@{published.result['version']}"
        print(f"published the best as {name}; store.publish=all publishes every job", file=sys.stderr)


def _in_words(row: Mapping[str, Any], overrides: str) -> dict[str, Any]:
    judged = Interval(row["out_of_fold"], row["low"], row["high"])
    return {
        "job": row["job"],
        "overrides": overrides,
        "out of fold": f"{row['metric']} {judged}" if row["metric"] else "",
        "version": row["version"],
        "error": row["error"],
    }


def _is_told(job: Job) -> bool:
    """Print the whole result where no person looks; a job that failed has told its error already."""
    if chosen(None) is Format.JSONL:
        print(json.dumps({"run": str(job.folder), **job.result}))
        return True
    return "metrics" not in job.result


def _metrics(splits: Mapping[str, Mapping[str, Any]], title: str) -> None:
    names = next(iter(splits.values()))
    rows = [{"metric": name, **{s: _said(m[name]) for s, m in splits.items() if name in m}} for name in names]
    print_rows(rows, None, f"{title} (95 % intervals over groups)")


def _confusion(confusion: Mapping[str, Mapping[str, int]], title: str) -> None:
    """Print the confusion matrix, where there is one; of very many classes, the commonest mistakes."""
    if not confusion:
        return
    if len(confusion) <= _LEGIBLE:
        print_rows([{"true \\ said": true, **said} for true, said in confusion.items()], None, title)
        return
    pairs = [
        (count, true, said)
        for true, row in confusion.items()
        for said, count in row.items()
        if true != said and count
    ]
    worst = sorted(pairs, key=lambda pair: -pair[0])[:_LEGIBLE]
    rows = [{"true": true, "said": said, "samples": count} for count, true, said in worst]
    print_rows(rows, None, f"{title}: the commonest of {sum(count for count, _, _ in pairs):,} mistakes")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _said(interval: Mapping[str, Any]) -> str:
    return str(msgspec.convert(interval, Interval))


def _left_out(result: Mapping[str, Any]) -> None:
    if result["unreadable"]:
        print(f"left out, because they cannot be read: {len(result['unreadable'])}")
    if result.get("merged"):
        print(f"put into the group of a near-duplicate: {result['merged']}")
