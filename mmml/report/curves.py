"""What curves are drawn of: the positive class on every split, or each class against the rest."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmml.report.figures.style import CLASSES, FOLD, TEST, named
from mmml.report.material import Material, Shown

# As many classes as a figure can tell apart.
_MOST = len(CLASSES)


@dataclass(frozen=True)
class Curve:
    """What one curve is drawn of.

    Args:
        name: in the legend.
        colour: of the line.
        dashes: its style, matplotlib's.
        truth: whether a sample is of the class, shape (n,).
        score: probability of the class, shape (n,).
    """

    name: str
    colour: str
    dashes: str
    truth: NDArray[np.bool_]
    score: NDArray[np.float64]


def curves(material: Material) -> list[Curve]:
    """Return a curve for each split where there is a positive class; else one for each class.

    Classes are drawn on the last split alone, that of samples kept away until the end; of very many, those
    with the most samples. What has samples of one side only gives no curve.
    """
    if material.decision.positive is not None:
        found = [_of_split(shown, is_last=shown is material.shown[-1]) for shown in material.shown]
    else:
        found = list(_of_classes(material))
    return [curve for curve in found if 0 < curve.truth.sum() < len(curve.truth)]


def note(material: Material) -> str:
    """Return what a caption must say of the curves: which split, and which classes, were drawn."""
    if material.decision.positive is not None or not material.shown:
        return ""
    count = len(material.decision.classes)
    left_out = f", the {_MOST} most frequent of {count}" if count > _MOST else ""
    return f" Each class against the rest{left_out}; {material.shown[-1].name} split."


def _of_split(shown: Shown, is_last: bool) -> Curve:
    outcome = shown.classified
    assert outcome.positive is not None
    return Curve(
        name=shown.name,
        colour=TEST if is_last else FOLD,
        dashes="-" if is_last else "--",
        truth=outcome.truth == outcome.positive,
        score=outcome.probability[:, outcome.positive],
    )


def _of_classes(material: Material) -> Iterator[Curve]:
    if not material.shown:
        return
    outcome = material.shown[-1].classified
    counts = np.bincount(outcome.truth, minlength=len(material.decision.classes))
    frequent = np.sort(np.argsort(-counts, kind="stable")[:_MOST])
    for place, code in enumerate(frequent.tolist()):
        name = named(material.decision.classes[code])
        yield Curve(name, CLASSES[place], "-", outcome.truth == code, outcome.probability[:, code])
