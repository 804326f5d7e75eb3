"""How a page speaks of classes: what was right, what was mixed up, from which score on."""

from collections.abc import Sequence

import numpy as np

from mmml.judge.interval import Interval
from mmml.report.gallery import MOST, Card, card
from mmml.report.material import Shown
from mmml.report.slices import Cell
from mmml.report.speech.base import Gallery, Scale, Speech, Tile

# More classes are counted, and long names cut.
_FEW, _LONGEST = 6, 60


class Classes(Speech):
    """Speaks of classes."""

    lacking = "score"
    beside = ("roc_auc",)
    figures = (
        "How well it tells them apart",
        "What is right and what is wrong, over all thresholds and at the chosen one.",
    )
    unseen = (
        "The share that is said right of samples of a kind that was never seen: out of fold, by models that "
        "were fitted to other kinds alone, and decided as this model decides. Beside it, and as the upright "
        "mark, the same samples where others of their kind were learned from; red lies surely below that."
    )
    alone = "its samples are taken for independent ones (Wilson), which makes the interval too narrow"

    @property
    def lead(self) -> str:
        """The classes, where there are few."""
        names = self.material.decision.classes
        if len(names) >= _FEW:
            return f"Says one of {len(names)} classes."
        short = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
        return f"Says {' or '.join(short)}."

    @property
    def out_of_fold(self) -> str:
        """How the numbers out of fold came about, and what rests on them."""
        searched = " and the values that the search took" if self.material.study else ""
        return (
            "Every training sample is judged by a model that was fitted without its part of the data, with "
            "a threshold (and, of two classes, a calibration) chosen on the other parts: each part has its "
            "own, so the one line drawn for the final threshold need not part these scores exactly. Choices "
            f"such as the threshold{searched} rest on these; so they look a little better than they are."
        )

    def tiles(self) -> list[Tile]:
        """Return the number of mistakes, and how the model decides."""
        tiles = []
        if self.material.shown:
            last = self.material.shown[-1]
            wrong = int((last.outcome.quality < 1).sum())
            tiles.append(
                Tile(f"mistakes, {last.name}", f"{wrong:,}", f"of {len(last.judged.path):,} samples")
            )
        decision = self.material.decision
        if decision.threshold is None:
            return [*tiles, Tile("decides", "the likeliest class", word=True)]
        below = f"from here on {decision.positive}"
        return [*tiles, Tile("threshold", f"{decision.threshold:.3f}", below)]

    def scale(self, cells: Sequence[Cell]) -> Scale:
        """Return a scale up to 1; from 0 on, shares near to 1 could not be told apart."""
        least = min((cell.mean.value or 0.0 for cell in cells), default=0.0)
        return Scale(0.5 if least >= 0.5 else 0.0, 1.0)

    def slices(self, scale: Scale) -> str:
        """Return what is shown of the slices, and how to read it."""
        return (
            "The share that is said right on parts of the data, the weakest first. Bars run from "
            f"{100 * scale.low:.0f} to 100 %; the upright mark is the share of all samples, and red is what "
            "lies surely below it."
        )

    def fared(self, interval: Interval) -> tuple[str, str]:
        """Return the share that is right, in per cent."""
        assert interval.value is not None
        bounds = interval.low is not None and interval.high is not None
        between = f"{100 * interval.low:.1f} – {100 * interval.high:.1f}" if bounds else ""  # type: ignore[operator]  # both are there
        return f"{100 * interval.value:.1f} %", between

    def gallery(self) -> Gallery:
        """Return the worst mistakes; where there is none, what was right but least surely."""
        several = self.material.shown
        wrong = [(shown, i) for shown in reversed(several) for i in _sorted(shown, wrong=True)]
        cards = [self._card(shown, i) for shown, i in wrong[:MOST]]
        if not cards:
            right = [(shown, i) for shown in several[-1:] for i in _sorted(shown, wrong=False)]
            cards = [self._card(shown, i) for shown, i in right[:MOST]]
            intro = "There is no mistake. These were said right, but least surely."
            return Gallery("Doubtful", "The most doubtful", intro, cards, wrong=False)
        of = f"{MOST} of {len(wrong):,} mistakes" if len(wrong) > MOST else f"All {len(wrong)} mistakes"
        intro = (
            f"{of}, where the model was surest first; those of the {several[-1].name} split come "
            "before others. Look for what they share, and for labels that are wrong."
        )
        return Gallery("Mistakes", "The worst mistakes", intro, cards, wrong=True)

    def _card(self, shown: Shown, place: int) -> Card:
        outcome, names = shown.classified, self.material.decision.classes
        label, stands_for = shown.judged.label[place], names[outcome.truth[place]]
        return card(
            self.material,
            shown,
            place,
            true=label if label == stands_for else f"{label} ({stands_for})",
            said=names[outcome.said[place]],
            note=f"score {outcome.score[place]:.3f}",
        )


def _sorted(shown: Shown, wrong: bool) -> list[int]:
    """Return row numbers of mistakes, the surest first; or of what is right, the least sure first."""
    outcome = shown.classified
    order = np.argsort(-outcome.sure if wrong else outcome.sure, kind="stable")
    return [int(i) for i in order if (outcome.truth[i] != outcome.said[i]) == wrong]


SPEECH = Classes
