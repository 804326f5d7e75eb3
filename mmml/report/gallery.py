"""The worst mistakes: where a model is surest of what is wrong."""

import base64
from dataclasses import dataclass

import numpy as np

from mmml.report.material import Material, Shown

# So many are shown; a page must not grow without end.
_MOST = 12


@dataclass(frozen=True)
class Card:
    """One sample of the gallery.

    Args:
        split: in words.
        path: of the sample.
        group: of the sample.
        true: its label; with the class that it stands for, where that is another word.
        said: the class that the model said.
        score: as in a row: probability of the positive class, or of the class said.
        sure: probability of the class said, 0 to 1.
        picture: a data URI; None where the file is gone or was changed.
    """

    split: str
    path: str
    group: str
    true: str
    said: str
    score: float
    sure: float
    picture: str | None


def mistakes(material: Material) -> tuple[list[Card], int]:
    """Return the worst mistakes, those of the last split first, and how many mistakes there are at all."""
    found = [(shown, int(i)) for shown in reversed(material.shown) for i in _sorted(shown, wrong=True)]
    return [_card(material, shown, i) for shown, i in found[:_MOST]], len(found)


def doubtful(material: Material) -> list[Card]:
    """Return what the model said right, but least surely, on the last split."""
    if not material.shown:
        return []
    shown = material.shown[-1]
    return [_card(material, shown, i) for i in _sorted(shown, wrong=False)[:_MOST]]


def _sorted(shown: Shown, wrong: bool) -> list[int]:
    """Return row numbers of mistakes, the surest first; or of what is right, the least sure first."""
    outcome = shown.outcome
    sure = _sure(shown)
    order = np.argsort(-sure if wrong else sure, kind="stable")
    return [int(i) for i in order if (outcome.truth[i] != outcome.said[i]) == wrong]


def _sure(shown: Shown) -> np.ndarray:
    outcome = shown.outcome
    return outcome.probability[np.arange(len(outcome.said)), outcome.said]


def _card(material: Material, shown: Shown, i: int) -> Card:
    judged, outcome = shown.judged, shown.outcome
    label, stands_for = judged.label[i], material.decision.classes[outcome.truth[i]]
    jpeg = material.thumbnail(judged.path[i], judged.sha256[i])
    return Card(
        split=shown.name,
        path=judged.path[i],
        group=judged.group[i],
        true=label if label == stands_for else f"{label} ({stands_for})",
        said=str(judged.prediction.labels[i]),
        score=float(judged.prediction.scores[i]),
        sure=float(_sure(shown)[i]),
        picture=None if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}",
    )
