"""Draw a picture for each modality of the README: samples of a test split, and what a model says of them.

Run by ``make pictures``. Models that are not there yet are trained first.
"""

import sys
from pathlib import Path

import matplotlib
import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

import mmml
from mmml.bundle.read import Bundle
from mmml.bundle.samples import Judged, read_judged
from mmml.errors import UsageError
from mmml.value import modality

EXPERIMENTS = ("exposure", "scan_quality", "reverberation", "video_blur")

_SHOWN, _PIXELS, _GAP, _TEXT = 4, 220, 16, 48
_PAPER, _INK, _MUTED = (255, 255, 255), (28, 37, 54), (95, 107, 126)
_FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def main() -> None:
    """Write ``docs/MODALITY.jpg`` for every experiment above."""
    for name in EXPERIMENTS:
        bundle = _trained(name)
        target = Path(__file__).with_name(f"{bundle.manifest.modality}.jpg")
        _strip(bundle, read_judged(bundle)[1]).save(target, quality=82, optimize=True)
        sys.stderr.write(f"{target}\n")


def _trained(name: str) -> Bundle:
    try:
        return mmml.load(name).bundle
    except UsageError:
        mmml.train([f"+experiment={name}", "tracker=none"])
        return mmml.load(name).bundle


def _strip(bundle: Bundle, test: Judged) -> PIL.Image.Image:
    """Draw samples of each label in turn; of numbers, samples spread over the range."""
    width = _SHOWN * (_PIXELS + _GAP) + _GAP
    strip = PIL.Image.new("RGB", (width, _PIXELS + _TEXT + 2 * _GAP), _PAPER)
    draw = PIL.ImageDraw.Draw(strip)
    font = PIL.ImageFont.truetype(str(_FONT), 14)
    value = modality(bundle.manifest.modality)
    for place, i in enumerate(_chosen(bundle, test)):
        left, top = _GAP + place * (_PIXELS + _GAP), _GAP
        picture = PIL.Image.fromarray(value.read(Path(test.path[i])).thumbnail(_PIXELS))
        inside = (left + (_PIXELS - picture.width) // 2, top + (_PIXELS - picture.height) // 2)
        strip.paste(picture, inside)
        said, true = _says(bundle, test, i)
        draw.text((left, top + _PIXELS + 8), said, _INK, font)
        draw.text((left, top + _PIXELS + 28), true, _MUTED, font)
    return strip


def _chosen(bundle: Bundle, test: Judged) -> list[int]:
    classes = bundle.manifest.decision.classes
    if not classes:
        order = np.argsort([float(label) for label in test.label])
        return [int(order[k]) for k in np.linspace(0, len(order) - 1, _SHOWN).round().astype(int)]
    of_class = [[i for i, label in enumerate(test.label) if label == name] for name in classes]
    # Neighbours in the table often come from the same source.
    turns = [rows[k * len(rows) // _SHOWN] for k in range(_SHOWN) for rows in of_class if rows]
    return turns[:_SHOWN]


def _says(bundle: Bundle, test: Judged, i: int) -> tuple[str, str]:
    said = test.at(np.array([i])).prediction
    decision = bundle.manifest.decision
    if not decision.classes:
        return f"says {said.values[0]:.2f} {decision.unit}", f"is {float(test.label[i]):.2f} {decision.unit}"
    return f"says {said.labels[0]}, {said.scores[0]:.2f}", f"is {test.label[i]}"


if __name__ == "__main__":
    main()
