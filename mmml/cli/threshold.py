"""``mmml models threshold``: another threshold for a stored model, without training it again."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmml.cli.models import RefArgument, StoreOption, TrustOption
from mmml.cli.output import Format, FormatOption, chosen, print_rows
from mmml.errors import UsageError

if TYPE_CHECKING:
    from mmml.bundle.read import Bundle
    from mmml.judge.threshold import Wish
    from mmml.store.base import Store

_WISHES = "--recall, --precision, --metric, --miss with --false-alarm, or --at"


def threshold(
    ref: RefArgument,
    recall: Annotated[
        float | None, typer.Option("--recall", help="Find at least this share; fewest false alarms.")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option("--precision", help="At least this share of alarms is right; fewest misses."),
    ] = None,
    metric: Annotated[str | None, typer.Option("--metric", help="As much of it as there is: f1.")] = None,
    miss: Annotated[
        float | None, typer.Option("--miss", help="What a miss costs, such as 5; with --false-alarm.")
    ] = None,
    false_alarm: Annotated[
        float | None, typer.Option("--false-alarm", help="What a false alarm costs, such as 1; with --miss.")
    ] = None,
    at: Annotated[float | None, typer.Option("--at", help="This score itself, between 0 and 1.")] = None,
    store: StoreOption = None,
    trust: TrustOption = None,
    form: FormatOption = None,
) -> None:
    """Give a model another threshold, without training: `mmml models threshold blur_gradients --recall 0.95`.

    This publishes its next version. The threshold is chosen on the out-of-fold scores that the model keeps,
    and the model is judged anew. Scores stay as they are, and so do aliases; a rule gets the cut that the
    threshold means. A model of outliers needs samples that are known to be bad for anything but --at.
    """
    numbers = {"recall": recall, "precision": precision, "miss": miss, "false_alarm": false_alarm, "at": at}
    if metric is None and all(number is None for number in numbers.values()):
        raise UsageError("what shall the threshold reach?", f"give one of {_WISHES}")
    from mmml.engine.models import load_model, open_store
    from mmml.engine.rethreshold import publish_rethresholded
    from mmml.judge.threshold import Wish

    wish = Wish(metric=metric, **numbers)
    opened = open_store(store)
    before = load_model(ref, opened, trust or ())
    after = publish_rethresholded(before, wish, opened)
    if chosen(form) is Format.JSONL:
        print(json.dumps(_told(before, after)))
    elif chosen(form) is Format.CSV:
        print_rows(_numbers(before, after), form)
    else:
        _print(before, after, wish)
    _hint_at_production(after, opened)


def _print(before: "Bundle", after: "Bundle", wish: "Wish") -> None:
    from mmml.report.describe import estimator_in_words
    from mmml.report.page import PAGE

    now = after.manifest
    judged = before.manifest.metrics.get("test", {})
    rows = [
        {"metric": name, before.reference: str(judged.get(name, "")), after.reference: str(value)}
        for name, value in now.metrics["test"].items()
    ]
    print_rows(rows, Format.TABLE, "test split (95 % intervals over groups)")
    old, new = before.manifest.decision.threshold, now.decision.threshold
    print(f"{now.decision.positive} from a score of {new:.3f} on, not {old:.3f}: {wish}")
    if hasattr(after.estimator, "in_words"):
        print(estimator_in_words(after.estimator))
    print(f"published as {after.reference}")
    print(f"report: {after.folder / PAGE}")
    print(f"bundle: {after.folder}")


def _told(before: "Bundle", after: "Bundle") -> dict[str, Any]:
    import msgspec

    from mmml.report.page import PAGE

    then, now = before.manifest, after.manifest
    return {
        "model": after.reference,
        "name": now.name,
        "version": after.version,
        "made_from": before.reference,
        "task": msgspec.to_builtins(now.task.parameters),
        "threshold_before": then.decision.threshold,
        "decision": msgspec.to_builtins(now.decision),
        "metrics_before": msgspec.to_builtins(then.metrics),
        "metrics": msgspec.to_builtins(now.metrics),
        "report": str(after.folder / PAGE),
        "bundle": str(after.folder),
    }


def _numbers(before: "Bundle", after: "Bundle") -> list[dict[str, Any]]:
    from mmml.report.describe import metrics_in_numbers

    return [
        {"model": one.reference, "threshold": one.manifest.decision.threshold, **row}
        for one in (before, after)
        for row in metrics_in_numbers(one.manifest)
    ]


def _hint_at_production(after: "Bundle", store: "Store") -> None:
    from mmml.store.base import PRODUCTION

    for entry in store.entries():
        if entry.name == after.name and PRODUCTION in entry.aliases:
            print(
                f"hint: {after.name}@{PRODUCTION} is still version {entry.version}: "
                f"mmml models alias {after.reference} {PRODUCTION}",
                file=sys.stderr,
            )
