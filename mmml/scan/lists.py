"""Lists of numbers, each after its own length, as binary PLY holds the corners of faces."""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmml.scan.geometry import cut_short

#: The types of a list: of its length and of its items, as NumPy writes them without byte order; of a single
#: number the first is None.
Kinds = tuple[str | None, str]

_CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I"}


def lists(
    data: bytes, at: int, rows: int, kinds: Sequence[Kinds], order: str, wanted: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Read one of the lists of each row.

    Args:
        data: the file.
        at: where the first row begins.
        rows: how many there are.
        kinds: of all lists and numbers of a row, in their order.
        order: ``<`` or ``>``.
        wanted: which of ``kinds`` to read; None for none, to find the end.

    Returns:
        The items of all rows, one after the other; how many each row has; where what follows begins.

    Raises:
        MmmlError: the file ends before the rows do.
    """
    nothing = np.empty(0, dtype=np.int64)
    if not rows:
        return nothing, nothing, at
    starts, lengths, end = _walked(data, at, rows, 1, kinds, order)
    # Nearly always all rows are alike: then there is no need to walk from one to the next.
    stride = end - at
    alike = at + rows * stride <= len(data) and all(
        (np.ndarray(rows, order + kind[0], data, start - np.dtype(kind[0]).itemsize, (stride,)) == n).all()
        for kind, start, n in zip(kinds, starts[0].tolist(), lengths[0].tolist(), strict=True)
        if kind[0] is not None
    )
    if alike:
        end = at + rows * stride
    else:
        starts, lengths, end = _walked(data, at, rows, rows, kinds, order)
    if wanted is None:
        return nothing, nothing, end
    kind = np.dtype(order + kinds[wanted][1])
    if alike:
        n = int(lengths[0, wanted])
        start = int(starts[0, wanted])
        found = np.ndarray((rows, n), kind, data, start, (stride, kind.itemsize))
        return found.reshape(-1).astype(np.int64), np.full(rows, n), end
    each = lengths[:, wanted]
    step = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    place = np.repeat(starts[:, wanted], each) + step * kind.itemsize
    octets = np.frombuffer(data, np.uint8)[place[:, None] + np.arange(kind.itemsize)]
    return octets.view(kind).reshape(-1).astype(np.int64), each, end


def _walked(
    data: bytes, at: int, stated: int, rows: int, kinds: Sequence[Kinds], order: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return where the items of each list begin and how many they are, int64, (rows, kinds), and the end."""
    steps = [
        (None if length is None else struct.Struct(order + _CODES[length]), np.dtype(item).itemsize)
        for length, item in kinds
    ]
    starts: list[int] = []
    lengths: list[int] = []
    for row in range(rows):
        for length, size in steps:
            n = 1
            if length is not None:
                if at + length.size > len(data):
                    raise cut_short(stated, "faces", row)
                n = length.unpack_from(data, at)[0]
                at += length.size
            starts.append(at)
            lengths.append(n)
            at += n * size
            if n < 0 or at > len(data):
                raise cut_short(stated, "faces", row)
    shape = (rows, len(kinds))
    return np.array(starts).reshape(shape), np.array(lengths).reshape(shape), at
