"""What a person can see of an input: a small picture of it, and maps of where transformers see what."""

import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Explanation, Transformer
from mmml.value import Value

#: Long side of the picture, pixels.
PIXELS = 800

_QUALITY = 95


@dataclass(frozen=True)
class Sight:
    """What was seen of a value while it was in memory.

    Args:
        encoded: the picture as JPEG, for many wait to be drawn; None where the value cannot be pictured.
        maps: where transformers see what, one of each title.
        notes: what could not be shown, and why.
    """

    encoded: bytes | None
    maps: tuple[Explanation, ...]
    notes: tuple[str, ...]

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """RGB, uint8, shape (h, w, 3)."""
        import PIL.Image

        return None if self.encoded is None else np.asarray(PIL.Image.open(io.BytesIO(self.encoded)))


def look(value: Value, transformers: Iterable[Transformer]) -> Sight:
    """Look at a value, with the eyes of transformers that accept it."""
    maps: dict[str, Explanation] = {}
    notes: list[str] = []
    blind: dict[str, dict[str, None]] = {}
    encoded: bytes | None = None
    try:
        encoded = _encoded(value.thumbnail(PIXELS))
    except MmmlError as error:
        notes.append(f"no picture: {error.message}")
    for transformer in transformers:
        try:
            explanation = transformer.explain(value)
        except MmmlError as error:
            # Another one may well show a map of the same title.
            blind.setdefault(error.message, {})[type(transformer).__name__] = None
            continue
        except Exception as error:  # noqa: BLE001  # a map is an extra: what fails in it must not cost the row
            reason = f"{type(error).__name__}: {error}"
            blind.setdefault(reason, {})[type(transformer).__name__] = None
            continue
        if explanation is not None:
            maps.setdefault(explanation.title, explanation)
    notes += [f"no map by {', '.join(names)}: {reason}" for reason, names in blind.items()]
    return Sight(encoded, tuple(maps.values()), tuple(notes))


def _encoded(pixels: NDArray[np.uint8]) -> bytes:
    import PIL.Image

    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
