"""A row: what is said of one input by one model. The command line, the service and Python give the same."""

import msgspec


class Row(msgspec.Struct, kw_only=True):
    """One input and what one model says of it.

    Args:
        path: the input as it was given.
        modality: whose it is.
        model: name of the bundle; None where the input could not be read.
        version: the bundle's version in its store.
        label: the class said.
        score: probability, 0 to 1, of the positive class; of ``label`` where there are more than two classes.
        threshold: from this score on the positive class is said.
        value: the number predicted, for regression.
        unit: its unit.
        ms: reading, decoding and measuring the input, milliseconds; shared by its rows.
        warning: what was odd about the input.
        error: why there is no prediction.
        features: name to number, on request; None for what could not be measured.
        probabilities: class to probability, on request.
    """

    path: str
    modality: str | None = None
    model: str | None = None
    version: int | None = None
    label: str | None = None
    score: float | None = None
    threshold: float | None = None
    value: float | None = None
    unit: str | None = None
    ms: float | None = None
    warning: str | None = None
    error: str | None = None
    features: dict[str, float | None] | msgspec.UnsetType = msgspec.UNSET
    probabilities: dict[str, float] | msgspec.UnsetType = msgspec.UNSET
