"""Verifying a bundle: does it still say what it said when it was made?"""

import msgspec
import numpy as np

from mmml.bundle.manifest import GOLDEN
from mmml.bundle.read import Bundle
from mmml.bundle.write import GoldenRow
from mmml.errors import MmmlError
from mmml.value import modality

# Other versions of the libraries may round otherwise; more is a change.
_CLOSE = 1e-6


def golden_rows(bundle: Bundle) -> list[GoldenRow]:
    """Return the golden rows of a bundle.

    Raises:
        MmmlError: there are none, or they cannot be read.
    """
    try:
        rows = msgspec.json.decode(bundle.files[GOLDEN], type=list[GoldenRow])
    except (KeyError, ValueError, msgspec.DecodeError) as error:
        raise MmmlError(f"the bundle {bundle.folder} has no golden rows that can be read: {error}") from None
    if not rows:
        raise MmmlError(f"the bundle {bundle.folder} has no golden rows")
    return rows


def verify(bundle: Bundle) -> dict[str, int]:
    """Measure and score the golden rows again. The files were held against the manifest on reading.

    Returns:
        How many rows were scored and how many inputs were measured again.

    Raises:
        MmmlError: a feature or a score differs from what the bundle says.
    """
    rows = golden_rows(bundle)
    try:
        columns = np.array([row.features for row in rows], dtype=np.float64)
        stated = np.array([row.said for row in rows], dtype=np.float64)
        inputs = {i: bundle.files[row.input] for i, row in enumerate(rows) if row.input is not None}
    except (KeyError, ValueError) as error:
        raise MmmlError(f"the bundle {bundle.folder} has no golden rows that can be read: {error}") from None
    for what, table, width in (
        ("features", columns, len(bundle.manifest.features)),
        ("scores", stated, bundle.manifest.decision.width),
    ):
        if table.shape != (len(rows), width):
            raise MmmlError(f"the golden rows of {bundle.folder} do not have {width} {what} each")
    said = bundle.predict(columns).table
    same = np.isclose(said, stated, rtol=0, atol=_CLOSE, equal_nan=True).all(axis=1)
    if not same.all():
        first = int(np.argmin(same))
        now, then = said[first].round(6).tolist(), stated[first].round(6).tolist()
        raise MmmlError(
            f"golden row {first} scores {now}, the bundle says {then}",
            f"it was made with {bundle.manifest.versions}; train it again with these libraries",
        )
    for i, content in inputs.items():
        value = modality(bundle.manifest.modality).read(content)
        measured = bundle.features.extract(value)
        if not np.allclose(measured, columns[i], rtol=_CLOSE, atol=_CLOSE, equal_nan=True):
            raise MmmlError(
                f"{rows[i].input} measures {measured.tolist()}, the bundle says {columns[i].tolist()}",
                "the transformers or their libraries have changed; train it again",
            )
    return {"scored": len(rows), "measured": len(inputs)}
