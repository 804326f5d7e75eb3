"""Figures of a report: one file a figure, found by its name.

A file has ``TITLE``, ``caption(material)`` and ``draw(material)``, which returns None where the figure would
make no sense: a threshold of three classes, a curve of one.
"""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass

from mmml.report.figures.style import style, svg
from mmml.report.material import Material


@dataclass(frozen=True)
class Drawing:
    """A figure that was drawn.

    Args:
        name: of its file, here and in the bundle.
        title: what it shows.
        caption: how to read it.
        image: the SVG.
    """

    name: str
    title: str
    caption: str
    image: bytes


def drawn(names: Iterable[str], material: Material) -> list[Drawing]:
    """Draw figures by name; those that would make no sense are left out."""
    found = []
    for name in names:
        module = importlib.import_module(f"mmml.report.figures.{name}")
        with style(name):
            figure = module.draw(material)
            if figure is not None:
                found.append(Drawing(name, module.TITLE, module.caption(material), svg(figure, name)))
    return found
