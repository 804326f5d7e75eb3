"""In which unit the features of a scan state their lengths."""

from mmml.errors import UsageError
from mmml.scan.value import Scan

#: Relative to the diagonal of the bounding box, or in metres.
UNITS = ("diagonal", "m")


def check_unit(unit: str) -> None:
    """Refuse a unit that is none.

    Raises:
        UsageError: it is not one of `UNITS`.
    """
    if unit not in UNITS:
        raise UsageError(f"unit is {unit}", f"choose one of {', '.join(UNITS)}")


def scale_of(scan: Scan, unit: str) -> float:
    """Return what a length relative to the diagonal is multiplied by; NaN for metres that nobody knows."""
    if unit == "diagonal":
        return 1.0
    return scan.diagonal if scan.unit == "m" else float("nan")
