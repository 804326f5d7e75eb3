"""The page of a report: one file that opens from disk, asks nothing of the network and runs no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mmml.judge import metrics as judge
from mmml.judge.interval import Interval
from mmml.report.describe import described, metric_in_words
from mmml.report.figures import Drawing, drawn
from mmml.report.figures.style import inlined
from mmml.report.gallery import doubtful, mistakes
from mmml.report.material import Material, in_words
from mmml.report.slices import Fact, facts, figures, weakest, whole

#: The page, and the folder of its figures, in a bundle or a run folder.
PAGE, FIGURES = "report.html", "figures"

# So many facts are laid open, the others folded in.
_OPEN = 6

# Besides what the task names.
_OF_FEATURES = ("importances",)
_OF_SEARCH = ("study", "tradeoff", "study_importances")


@dataclass(frozen=True)
class Measure:
    """A row of the table of metrics.

    Args:
        name: in words.
        says: what it measures.
        main: whether models are chosen by it.
        values: its interval in each column; None where a column lacks it.
    """

    name: str
    says: str
    main: bool
    values: Sequence[Interval | None]


def render(material: Material) -> dict[str, bytes]:
    """Return the page and its figures, by file name: ``report.html``, ``figures/NAME.svg``.

    The same material gives the same bytes. Whatever the material says is text on the page, never markup.
    """
    judged = drawn(material.task.figures, material)
    features = drawn(_OF_FEATURES, material)
    search = drawn(_OF_SEARCH, material)
    page = _template().render(_context(material, judged, features, search))
    files = {f"{FIGURES}/{one.name}.svg": one.image for one in (*judged, *features, *search)}
    # A name of a file may hold what no encoding knows.
    return {PAGE: page.encode("utf-8", "backslashreplace"), **files}


@cache
def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["inlined"] = _inlined
    environment.filters["figures"] = figures
    return environment.get_template("page.html.jinja")


def _inlined(drawing: Drawing) -> Any:
    from markupsafe import Markup

    # matplotlib has escaped what is written in the figure.
    return Markup(inlined(drawing.image, f"{drawing.title}. {drawing.caption}"))


def _context(
    material: Material, judged: Sequence[Drawing], features: Sequence[Drawing], search: Sequence[Drawing]
) -> dict[str, Any]:
    found = facts(material)
    wrong, wrong_total = mistakes(material)
    columns = _columns(material)
    table = _measures(material, columns)
    return {
        "material": material,
        "manifest": material.manifest,
        "entries": described(material.manifest, material.estimator),
        "columns": [name for name, _ in columns],
        "measures": table,
        "tiles": [measure for measure in table if measure.main or measure.name == metric_in_words("roc_auc")],
        "last": material.shown[-1] if material.shown else None,
        "judged": judged,
        "features": features,
        "search": search,
        "facts": found[:_OPEN],
        "more_facts": found[_OPEN:],
        "floor": _floor(found),
        "weakest": weakest(found),
        "whole": whole(material),
        "wrong": wrong,
        "wrong_total": wrong_total,
        "doubtful": [] if wrong else doubtful(material),
        "unscored": sum(int((~one.scored).sum()) for one in material.splits),
        "total": sum(len(one.path) for one in material.splits),
    }


def _floor(found: Sequence[Fact]) -> float:
    """Return where the bars of the slices begin: from 0 on, shares near to 1 could not be told apart."""
    shares = [share for fact in found for one in fact.slices for share in one.shares.values()]
    return 0.5 if min((share.right.value or 0.0 for share in shares), default=0.0) >= 0.5 else 0.0


def _columns(material: Material) -> list[tuple[str, Any]]:
    """Return the columns of the table of metrics; of an evaluation also what the training promised."""
    columns = [(in_words(split), values) for split, values in material.metrics.items() if values]
    promised = material.manifest.metrics.get("test", {})
    if "eval" in material.metrics and promised:
        columns.append(("test, when trained", promised))
    return columns


def _measures(material: Material, columns: Sequence[tuple[str, Any]]) -> list[Measure]:
    main = material.task.get_params().get("metric")
    names = dict.fromkeys(name for _, values in columns for name in values)
    return [
        Measure(
            name=metric_in_words(name),
            says=(getattr(judge, name, None).__doc__ or "").partition(";")[0].partition("\n")[0].rstrip("."),
            main=name == main,
            values=[values.get(name) for _, values in columns],
        )
        for name in sorted(names, key=lambda name: name != main)
    ]
