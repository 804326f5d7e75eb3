"""How a page speaks of numbers: how near they come, and where they do not."""

from collections.abc import Sequence

import numpy as np

from mmml.judge.bins import figures
from mmml.judge.interval import Interval
from mmml.report.describe import said_in_words
from mmml.report.gallery import MOST, Card, card
from mmml.report.material import Shown
from mmml.report.slices import Cell
from mmml.report.speech.base import Gallery, Scale, Speech, Tile


class Numbers(Speech):
    """Speaks of numbers."""

    lacking = "number"
    beside = ("r2", "bias")
    figures = (
        "How near it comes",
        "What was said against what is true, and what is left between them.",
    )
    unseen = (
        "The mean absolute error on samples of a kind that was never seen: out of fold, by models that were "
        "fitted to other kinds alone. Beside it, and as the upright mark, the same samples where others of "
        "their kind were learned from; red lies surely above that."
    )
    alone = "its samples are drawn one by one, which makes the interval too narrow"

    @property
    def lead(self) -> str:
        """That it says a number, and in what unit."""
        return f"Says {said_in_words(self.material.decision)}."

    @property
    def out_of_fold(self) -> str:
        """How the numbers out of fold came about, and what rests on them."""
        said = (
            "Every training sample is judged by a model that was fitted without its part of the data; the "
            "parts hold small and large numbers alike."
        )
        if self.material.study:
            said += (
                " The values that the search took rest on these; so they look a little better than they are."
            )
        return said

    def tiles(self) -> list[Tile]:
        """Return the largest error."""
        if not self.material.shown:
            return []
        last = self.material.shown[-1]
        largest = self._with_unit(figures(float(last.outcome.quality.max())))
        return [Tile(f"largest error, {last.name}", largest, f"of {len(last.judged.path):,} samples")]

    def scale(self, cells: Sequence[Cell]) -> Scale:
        """Return a scale from 0 to the largest mean error of a slice."""
        most = max((cell.mean.value or 0.0 for cell in cells), default=0.0)
        return Scale(0.0, most or 1.0)

    def slices(self, scale: Scale) -> str:
        """Return what is shown of the slices, and how to read it."""
        return (
            "The mean absolute error on parts of the data, the largest first. Bars run from 0 to "
            f"{self._with_unit(figures(scale.high))}; the upright mark is the error on all samples, and red "
            "is what lies surely above it."
        )

    def fared(self, interval: Interval) -> tuple[str, str]:
        """Return the mean absolute error with its unit."""
        value, *bounds = interval.figures
        return self._with_unit(value), " – ".join(bounds)

    def gallery(self) -> Gallery:
        """Return the samples with the largest errors."""
        cards, intro = [], ""
        for shown in self.material.shown[-1:]:
            worst = np.argsort(-shown.outcome.quality, kind="stable")
            cards = [self._card(shown, i) for i in worst[:MOST].tolist()]
            intro = (
                f"Of {len(worst):,} samples of the {shown.name} split the {len(cards)} that are furthest "
                "off. Look for what they share, and for labels that are wrong."
            )
        return Gallery("Errors", "The largest errors", intro, cards, wrong=False)

    def _card(self, shown: Shown, place: int) -> Card:
        outcome = shown.estimated
        return card(
            self.material,
            shown,
            place,
            true=self._with_unit(figures(float(outcome.truth[place]))),
            said=self._with_unit(figures(float(outcome.said[place]))),
            note=f"off by {self._with_unit(signed(float(outcome.residual[place])))}",
        )

    def _with_unit(self, number: str) -> str:
        unit = self.material.decision.unit
        return f"{number} {unit}" if unit else number


def signed(number: float) -> str:
    """Return a number as `figures` does, with its sign."""
    return f"{'+' if number > 0 else ''}{figures(number)}"


SPEECH = Numbers
