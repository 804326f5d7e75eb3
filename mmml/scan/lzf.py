"""LZF, the compression inside PCD files (M. A. Lehmann's LibLZF)."""

from mmml.errors import MmmlError

_BROKEN = "the compressed numbers of the file are broken"


def decompressed(data: bytes, size: int) -> bytes:
    """Undo the compression.

    Args:
        data: compressed.
        size: how many bytes must come out.

    Raises:
        MmmlError: other than that come out.
    """
    out = bytearray()
    at, end = 0, len(data)
    while at < end and len(out) <= size:
        control = data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        length = (control >> 5) + 2
        if length == 9 and at < end:
            length += data[at]
            at += 1
        if at >= end:
            raise MmmlError(_BROKEN)
        back = len(out) - (((control & 31) << 8) | data[at]) - 1
        at += 1
        if back < 0:
            raise MmmlError(_BROKEN)
        # What is repeated may reach into what it makes.
        piece = out[back : back + length]
        while len(piece) < length:
            piece += piece[: length - len(piece)]
        out += piece
    if len(out) != size:
        raise MmmlError(_BROKEN)
    return bytes(out)
