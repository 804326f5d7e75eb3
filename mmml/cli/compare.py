"""``mmml models compare``: whether two models differ by more than chance."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmml.cli import complete
from mmml.cli.models import StoreOption, TrustOption
from mmml.cli.output import Format, FormatOption, chosen, print_rows

if TYPE_CHECKING:
    from mmml.engine.compare import Comparison
    from mmml.judge.comparison import Difference
    from mmml.judge.interval import Interval


class Split(StrEnum):
    """Which samples two models are compared on."""

    TEST = "test"
    VALIDATION = "validation"


def _model(metavar: str) -> Any:
    return typer.Argument(
        metavar=metavar, help="name, name@3, name@production or a folder.", autocompletion=complete.models
    )


def compare(
    a: Annotated[str, _model("A")],
    b: Annotated[str, _model("B")],
    on: Annotated[
        Split, typer.Option("--on", help="The test samples of both, or those that both scored out of fold.")
    ] = Split.TEST,
    store: StoreOption = None,
    trust: TrustOption = None,
    form: FormatOption = None,
) -> None:
    """Test whether two models differ on the samples that neither has learned from (paired bootstrap)."""
    from mmml.engine.compare import compare as compare_bundles
    from mmml.engine.models import load_model, open_store

    opened = open_store(store)
    one, other = (load_model(ref, opened, trust or ()) for ref in (a, b))
    found = compare_bundles(one, other, on.value)
    for_people = chosen(form) is Format.TABLE
    if for_people:
        title = f"A {found.a}, B {found.b}: {_samples(found)} (95 % intervals over groups)"
        print_rows([_in_words(name, one) for name, one in found.differences.items()], form, title)
    else:
        print_rows([_in_numbers(found, name) for name in found.differences], form)
    for line in _sentences(found):
        print(line, file=sys.stdout if for_people else sys.stderr)


def _in_words(name: str, one: "Difference") -> dict[str, str]:
    p = "" if one.p is None else f"{one.p:.3f}"
    return {"metric": name, "A": _figure(one.a), "B": _figure(one.b), "A - B": str(one.difference), "p": p}


def _in_numbers(found: "Comparison", name: str) -> dict[str, Any]:
    one = found.differences[name]
    return {
        "metric": name,
        "a": one.a,
        "b": one.b,
        "difference": one.difference.value,
        "low": one.difference.low,
        "high": one.difference.high,
        "p": one.p,
        "model_a": found.a,
        "model_b": found.b,
        "split": found.split,
        "samples": found.samples,
        "groups": found.groups,
        "alike": found.alike,
    }


def _sentences(found: "Comparison") -> list[str]:
    main = found.differences[found.metric]
    lines = [_verdict(found, main)]
    if found.unscored:
        lines.append(f"left out, because one of the two has no score: {found.unscored}")
    if len(found.differences) > 1:
        lines.append(
            "each p-value is for its metric alone: they are not corrected for looking at "
            f"{len(found.differences)} metrics, of which one may be below 0.05 by chance"
        )
    return lines


def _verdict(found: "Comparison", main: "Difference") -> str:
    where = f"on these {_samples(found)}"
    if found.better is None:
        level = f"{found.a} and {found.b} are level in {found.metric}{_bounds(main)} {where}"
        return f"{level}; they say the same of {found.alike}"
    worse = found.b if found.better == found.a else found.a
    said = f"{found.better} is better than {worse} by {_apart(main)} in {found.metric}"
    if main.p is None:
        return f"{said}; {where} it cannot be told whether that is chance"
    return f"{said}; {where} this is {'' if main.beyond_chance else 'not '}more than chance at 5 %"


def _apart(main: "Difference") -> "Interval":
    """Return by how much the better one is better; above 0."""
    from mmml.judge.interval import Interval

    one = main.difference
    if one.value is None or one.value >= 0:
        return one
    bounds = () if one.low is None or one.high is None else (-one.high, -one.low)
    return Interval(-one.value, *bounds)


def _bounds(main: "Difference") -> str:
    low, high = main.difference.low, main.difference.high
    return "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"


def _samples(found: "Comparison") -> str:
    split = "test" if found.split == Split.TEST else "out-of-fold"
    return f"{found.samples} {split} samples of {found.groups} groups"


def _figure(value: float | None) -> str:
    from mmml.judge.interval import Interval

    return str(Interval(value))
