"""The page of a report: one file that opens from disk, asks nothing of the network and runs no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mmml.judge.bins import figures
from mmml.judge.interval import Interval
from mmml.report.describe import described, metric_in_words
from mmml.report.figures import Drawing, drawn
from mmml.report.figures.style import inlined
from mmml.report.material import Material, in_words
from mmml.report.slices import facts, weakest, whole
from mmml.report.speech.base import Speech, Tile, speech_of
from mmml.report.unseen import tables

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
        unit: of its values; empty where they have none.
        main: whether models are chosen by it.
        values: its interval in each column; None where a column lacks it.
    """

    name: str
    says: str
    unit: str
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
    environment.globals["told"] = _told
    environment.filters["figures"] = figures
    return environment.get_template("page.html.jinja")


def _inlined(drawing: Drawing) -> Any:
    from markupsafe import Markup

    # matplotlib has escaped what is written in the figure.
    return Markup(inlined(drawing.image, f"{drawing.title}. {drawing.caption}"))


def _context(
    material: Material, judged: Sequence[Drawing], features: Sequence[Drawing], search: Sequence[Drawing]
) -> dict[str, Any]:
    speech, found, unseen = speech_of(material), facts(material), tables(material)
    columns = _columns(material)
    table = _measures(material, columns)
    cells = [cell for fact in found for one in fact.slices for cell in one.cells.values()]
    cells += [cell for table in unseen for row in table.rows for cell in (row.seen, row.unseen)]
    scale = speech.scale(cells)
    return {
        "material": material,
        "manifest": material.manifest,
        "entries": described(material.manifest, material.estimator),
        "columns": [name for name, _ in columns],
        "measures": table,
        "tiles": _tiles(material, speech, columns, table),
        "speech": speech,
        "judged": judged,
        "features": features,
        "search": search,
        "facts": found[:_OPEN],
        "more_facts": found[_OPEN:],
        "scale": scale,
        "slices_intro": speech.slices(scale),
        "weakest": weakest(found),
        "whole": whole(material),
        "unseen": unseen,
        "looks": speech.gallery(),
        "unscored": sum(int((~one.scored).sum()) for one in material.splits),
        "total": sum(len(one.path) for one in material.splits),
    }


def _columns(material: Material) -> list[tuple[str, Any]]:
    """Return the columns of the table of metrics; of an evaluation also what the training promised."""
    columns = [(in_words(split), values) for split, values in material.metrics.items() if values]
    promised = material.manifest.metrics.get("test", {})
    if "eval" in material.metrics and promised:
        columns.append(("test, when trained", promised))
    return columns


def _measures(material: Material, columns: Sequence[tuple[str, Any]]) -> list[Measure]:
    main, kind = material.task.metric, material.task.outcomes
    names = dict.fromkeys(name for _, values in columns for name in values)
    return [
        Measure(
            name=metric_in_words(name),
            says=kind.measures(name),
            unit=(material.decision.unit or "") if name in kind.in_unit else "",
            main=name == main,
            values=[values.get(name) for _, values in columns],
        )
        for name in sorted(names, key=lambda name: name != main)
    ]


def _tiles(
    material: Material, speech: Speech, columns: Sequence[tuple[str, Any]], table: Sequence[Measure]
) -> list[Tile]:
    """Return the main metric and what belongs beside it, of the split that counts, and what speech adds."""
    counts = 0 if material.data_name else -1
    beside = {metric_in_words(name) for name in speech.beside}
    tiles = []
    for measure in table:
        if measure.main or measure.name in beside:
            value, *bounds = _told(measure.values[counts], measure.unit)
            title = f"{measure.name}, {columns[counts][0]}"
            tiles.append(Tile(title, value, bounds[0] if bounds else ""))
    return [*tiles, *speech.tiles()]


def _told(interval: Interval | None, unit: str) -> list[str]:
    """Return a number with its unit, and its bounds where it has some; nothing where it is not defined."""
    if interval is None or interval.value is None:
        return ["not defined"]
    value, *bounds = interval.figures
    return [f"{value} {unit}".rstrip(), *([" – ".join(bounds)] if bounds else [])]
