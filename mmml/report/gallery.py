"""Samples to look at, as cards with a picture."""

import base64
from dataclasses import dataclass

from mmml.report.material import Material, Shown

#: So many are shown; a page must not grow without end.
MOST = 12


@dataclass(frozen=True)
class Card:
    """One sample of the gallery.

    Args:
        split: in words.
        path: of the sample.
        group: of the sample.
        true: what is true, in words.
        said: what the model said, in words.
        note: how sure it was, or how far off: ``score 0.930``.
        picture: a data URI; None where the file is gone or was changed.
    """

    split: str
    path: str
    group: str
    true: str
    said: str
    note: str
    picture: str | None


def card(material: Material, shown: Shown, place: int, *, true: str, said: str, note: str) -> Card:
    """Return the card of one sample of a split; see `Card`."""
    judged = shown.judged
    jpeg = material.thumbnail(judged.path[place], judged.sha256[place])
    return Card(
        split=shown.name,
        path=judged.path[place],
        group=judged.group[place],
        true=true,
        said=said,
        note=note,
        picture=None if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}",
    )
