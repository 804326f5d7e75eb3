"""Small pictures of samples, for those who look at a report."""

import io
from pathlib import Path

from mmml.engine.code import code_version
from mmml.engine.extract import Extractor
from mmml.errors import MmmlError
from mmml.value import Limits, modality, read_bytes

#: Long side, pixels.
PIXELS = 160

_QUALITY = 80


def thumbnail(path: str, sha256: str, kind: str, extractor: Extractor) -> bytes | None:
    """Return a small picture of a sample.

    Args:
        path: of the sample.
        sha256: content hash (hex) that it had when it was judged.
        kind: its modality.
        extractor: what it may cost, and what was drawn before.

    Returns:
        A JPEG with a long side of at most `PIXELS`; None where the file is gone, is another one now, or
        cannot be drawn.
    """
    cache, version = extractor.cache, code_version(modality(kind))
    entry = f"thumbnail {PIXELS} {_QUALITY} {version}"
    if cache is None or version is None:
        return _drawn(path, sha256, kind, extractor.limits)
    known = cache.get(sha256, [entry]).get(entry)
    if known is None and (known := _drawn(path, sha256, kind, extractor.limits)) is not None:
        cache.put([(sha256, entry, known)])
    return known


def _drawn(path: str, sha256: str, kind: str, limits: Limits) -> bytes | None:
    import PIL.Image

    try:
        value = modality(kind)
        source = Path(path) if value.opens_files else read_bytes(Path(path), limits)
        if value.content_hash(source, limits) != sha256:
            return None
        pixels = value.read(source, limits).thumbnail(PIXELS)
        buffer = io.BytesIO()
        PIL.Image.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY, optimize=True)
        return buffer.getvalue()
    except (MmmlError, OSError, ValueError, MemoryError):
        # A report is whole without a picture; what was trained must not be lost for it.
        return None
