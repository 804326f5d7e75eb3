"""The unit of length that a file states in a comment: most formats have no field for it."""

import re

_METRES = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), 1.0),
    **dict.fromkeys(("dm", "decimetre", "decimetres", "decimeter", "decimeters"), 0.1),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), 0.01),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), 0.001),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), 1000.0),
    **dict.fromkeys(("in", "inch", "inches"), 0.0254),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
}
_STATED = re.compile(r"\bunits?\b\s*[:=]?\s*\"?([a-z]+)", re.IGNORECASE)


def metres_in(text: bytes) -> float | None:
    """Return how many metres the unit is that a comment states; None where it states none that is known.

    Read are ``unit m``, ``units: mm``, ``UNITS=cm``, ``File units = inches`` and the like.
    """
    for match in _STATED.finditer(text.decode("latin-1")):
        if match[1].lower() in _METRES:
            return _METRES[match[1].lower()]
    return None
