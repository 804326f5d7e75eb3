"""The base of all ways to speak: what a page must be able to say, whatever is predicted."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from mmml.judge.interval import Interval
from mmml.report.gallery import Card
from mmml.report.material import Material
from mmml.report.slices import Cell


@dataclass(frozen=True)
class Tile:
    """One large number, or word, at the top of the page.

    Args:
        title: what it is.
        value: the number or word.
        below: what is written below it in small letters; empty for nothing.
        word: whether the value is a word.
    """

    title: str
    value: str
    below: str = ""
    word: bool = False


@dataclass(frozen=True)
class Gallery:
    """Samples to look at.

    Args:
        name: in the list of sections.
        title: over the samples.
        intro: which they are, and what to look for.
        cards: the samples.
        wrong: whether what was said of them is wrong.
    """

    name: str
    title: str
    intro: str
    cards: Sequence[Card]
    wrong: bool


@dataclass(frozen=True)
class Scale:
    """Where the bars of the slices begin and end."""

    low: float
    high: float

    def place(self, number: float) -> str:
        """Return where a number lies on a bar, in CSS: ``12.5%``."""
        share = (max(number, self.low) - self.low) / (self.high - self.low)
        return f"{100 * min(share, 1):.1f}%"


class Speech(ABC):
    """How a page speaks of one kind of prediction.

    Args:
        material: of the page.
    """

    #: What a sample without a prediction lacks.
    lacking: ClassVar[str]
    #: Metrics that stand at the top of the page, besides the main one.
    beside: ClassVar[tuple[str, ...]]
    #: Title and introduction of the figures.
    figures: ClassVar[tuple[str, str]]
    #: What is shown of values that were left out of training, and how to read it.
    unseen: ClassVar[str]
    #: What is said of intervals of slices that lie in one group.
    alone: ClassVar[str]

    def __init__(self, material: Material) -> None:
        self.material = material

    @property
    @abstractmethod
    def lead(self) -> str:
        """What the model says, in a sentence."""

    @property
    @abstractmethod
    def out_of_fold(self) -> str:
        """How the numbers out of fold came about, and what rests on them."""

    @abstractmethod
    def tiles(self) -> list[Tile]:
        """Return what stands at the top of the page besides metrics."""

    @abstractmethod
    def scale(self, cells: Sequence[Cell]) -> Scale:
        """Return where the bars begin and end."""

    @abstractmethod
    def slices(self, scale: Scale) -> str:
        """Return what is shown of the slices, and how to read it."""

    @abstractmethod
    def fared(self, interval: Interval) -> tuple[str, str]:
        """Return how the model fares on a slice, and between which bounds (empty for none), in words."""

    @abstractmethod
    def gallery(self) -> Gallery:
        """Return the samples to look at; maybe none."""


def speech_of(material: Material) -> Speech:
    """Return how to speak of what the task of some material says: the class in the module that it names."""
    module = importlib.import_module(f"mmml.report.speech.{material.task.speech}")
    speech: type[Speech] = module.SPEECH
    return speech(material)
