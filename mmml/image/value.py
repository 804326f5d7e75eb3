"""`Image`: a photograph, decoded at most once to gray and once to colour."""

import io
import struct
import threading
import warnings
from pathlib import Path
from typing import Any, ClassVar, Self

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.value import DEFAULT_LIMITS, Limits, Source, Value, read_bytes, view

Gray = NDArray[np.uint8]
Rgb = NDArray[np.uint8]

# OpenCV tells of every broken file on stderr; mmml has a row for it.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
# Files are worked on side by side; threads inside one file would only get in each other's way.
cv2.setNumThreads(1)

#: The formats that are opened, by Pillow's names. Not among them: those that start other programs (EPS).
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF")

_SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP  ",
    b"\xff\x4f\xff\x51",
)

# Pillow's readers raise whatever their parsing runs into.
_PILLOW_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    NotImplementedError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
)

_HEADERS = threading.Lock()

_HASH_SIDE = 8
_FLAT = 4.0


class Image(Value):
    """A still picture; of an animated one, its first frame.

    Decoding obeys the EXIF orientation. 16-bit samples are scaled to 8 bits, transparency is dropped.

    Args:
        data: the encoded file, or None where pixels are given.
        pixels: gray uint8 of shape (H, W) or RGB uint8 of shape (H, W, 3).
    """

    modality: ClassVar[str] = "image"
    libraries: ClassVar[tuple[str, ...]] = ("opencv-python-headless",)
    suffixes: ClassVar[frozenset[str]] = frozenset(
        {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"}
        | {".ppm", ".pgm", ".pnm", ".jp2", ".avif"}
    )
    # A 63-bit hash as a vector of zeros and ones: up to eight bits differ. That finds a second shot with a
    # slightly other frame; photos of unlike scenes differ by 16 bits and more.
    fingerprint_radius: ClassVar[float] = 2.9

    def __init__(self, data: bytes | None = None, pixels: NDArray[np.uint8] | None = None) -> None:
        super().__init__()
        self._data = data
        self._pixels = pixels
        self._scaled: dict[tuple[str, int], NDArray[np.uint8]] = {}

    @classmethod
    def read(cls, source: Source, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Open a picture without decoding it.

        Args:
            source: an encoded file as bytes, a path, or pixels: gray (H, W) or RGB (H, W, 3), uint8.
            limits: largest file (bytes) and largest picture (pixels).

        Raises:
            MmmlError: not a picture, an unknown format, or beyond a limit.
        """
        make_repeatable()
        if isinstance(source, np.ndarray):
            return cls(pixels=_checked(source))
        data = read_bytes(source, limits) if isinstance(source, Path) else source
        if not data:
            raise MmmlError("the file is empty")
        width, height = _stated_size(data)
        if width * height > limits.pixels:
            raise MmmlError(f"the picture has {width:,} x {height:,} pixels; the limit is {limits.pixels:,}")
        return cls(data=data)

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Tell a picture by its first bytes."""
        riff = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
        avif = head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis")
        # Two letters are too few to tell a picture from a text.
        bitmap = head[:2] == b"BM" and head[6:10] == b"\0\0\0\0"
        pnm = head[:2] in (b"P5", b"P6") and head[2:3].isspace()
        return head.startswith(_SIGNATURES) or riff or avif or bitmap or pnm

    @view
    def gray(self) -> Gray:
        """Luma, uint8, shape (H, W), range 0 to 255."""
        if self._pixels is None:
            return self._decode(cv2.IMREAD_GRAYSCALE)
        if self._pixels.ndim == 2:
            return self._pixels
        return np.asarray(cv2.cvtColor(self._pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)

    @view
    def rgb(self) -> Rgb:
        """Colour, uint8, shape (H, W, 3), order red, green, blue."""
        if self._pixels is None:
            return np.asarray(cv2.cvtColor(self._decode(cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), dtype=np.uint8)
        if self._pixels.ndim == 3:
            return self._pixels
        return np.asarray(cv2.cvtColor(self._pixels, cv2.COLOR_GRAY2RGB), dtype=np.uint8)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, after the EXIF orientation."""
        # Whichever view is there already; the other one need not be decoded for this.
        pixels = self.rgb if "rgb" in self.__dict__ else self.gray
        return int(pixels.shape[1]), int(pixels.shape[0])

    def gray_at(self, long_side: int | None) -> Gray:
        """Return `gray` scaled down so that its long side is ``long_side`` pixels; never scaled up."""
        return self._at("gray", self.gray, long_side)

    def rgb_at(self, long_side: int | None) -> Rgb:
        """Return `rgb` scaled down so that its long side is ``long_side`` pixels; never scaled up."""
        return self._at("rgb", self.rgb, long_side)

    def write(self, path: Path) -> None:
        """Write the picture; the file as it was read where it came encoded and the format stays.

        Raises:
            MmmlError: the ending of ``path`` names no format that can be written.
        """
        if self._data is not None and PIL.Image.open(io.BytesIO(self._data), formats=FORMATS).format == (
            PIL.Image.registered_extensions().get(path.suffix.lower())
        ):
            path.write_bytes(self._data)
            return
        try:
            done, encoded = cv2.imencode(path.suffix, cv2.cvtColor(self.rgb, cv2.COLOR_RGB2BGR))
        except cv2.error:
            done = False
        if not done:
            raise MmmlError(f"cannot write pictures as {path.suffix or 'a file without an ending'}")
        path.write_bytes(encoded.tobytes())

    def fingerprint(self) -> NDArray[np.float32] | None:
        """Return the perceptual hash, zeros and ones of shape (63,); None for a flat picture.

        The signs of the lowest 8 x 8 cosine terms (but the mean) of the picture at 32 x 32 pixels, against
        their median: C. Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010.
        """
        small = cv2.resize(self.gray, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
        if float(small.std()) < _FLAT:
            return None
        terms = cv2.dct(small)[:_HASH_SIDE, :_HASH_SIDE].ravel()[1:]
        return np.asarray(terms > np.median(terms), dtype=np.float32)

    def thumbnail(self, pixels: int) -> Rgb:
        """Return the picture in RGB with a long side of at most ``pixels``."""
        height, width = self.rgb.shape[:2]
        ratio = min(1.0, pixels / max(width, height))
        size = max(1, round(width * ratio)), max(1, round(height * ratio))
        return np.asarray(cv2.resize(self.rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def facts(self) -> dict[str, float]:
        """Return width and height in pixels and the mean luma, 0 to 255."""
        width, height = self.size
        return {"width": width, "height": height, "brightness": float(cv2.mean(self.gray)[0])}

    def _at(self, name: str, pixels: NDArray[np.uint8], long_side: int | None) -> NDArray[np.uint8]:
        height, width = pixels.shape[:2]
        if long_side is None or max(width, height) <= long_side:
            return pixels
        if (name, long_side) not in self._scaled:
            ratio = long_side / max(width, height)
            size = max(1, round(width * ratio)), max(1, round(height * ratio))
            self._scaled[name, long_side] = _shrink(pixels, size)
        return self._scaled[name, long_side]

    def _decode(self, flag: int) -> NDArray[np.uint8]:
        assert self._data is not None
        try:
            pixels: NDArray[Any] | None = cv2.imdecode(np.frombuffer(self._data, np.uint8), flag)
        except cv2.error:
            pixels = None
        if pixels is None:
            raise MmmlError("the picture is broken or cut short: its pixels cannot be decoded")
        return np.asarray(pixels, dtype=np.uint8)


def make_repeatable() -> None:
    """Let OpenCV give the same numbers for the same picture, in this thread.

    Intel's IPP sums in an order that depends on where the memory lies: the same photo would not measure the
    same twice. OpenCV keeps this setting for each thread. Without IPP all comes as quickly.
    """
    cv2.ipp.setUseIPP(False)


def _shrink(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    # Means over whole 2 x 2 blocks are several times quicker than OpenCV's area means of odd sizes: halve
    # while that fits, then do the rest, which is then small.
    while pixels.shape[1] >= 2 * size[0] and pixels.shape[0] >= 2 * size[1]:
        height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
        whole = pixels[: 2 * height, : 2 * width]
        pixels = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _checked(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise MmmlError(
            f"an array of {pixels.dtype} and shape {pixels.shape} is no picture",
            "pass uint8: gray of shape (H, W) or RGB of shape (H, W, 3)",
        )
    if pixels.size == 0:
        raise MmmlError("the picture has no pixels")
    return pixels


def _stated_size(data: bytes) -> tuple[int, int]:
    # Pillow reads the header only. Its own limit on pixels is lifted meanwhile, for ours can be chosen and is
    # named in the message. That limit and the filters of warnings belong to the whole process: one at a time.
    with _HEADERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            with PIL.Image.open(io.BytesIO(data), formats=FORMATS) as header:
                return header.size
        except _PILLOW_ERRORS:
            raise MmmlError("this is not a picture that can be read, or it is cut short") from None
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = limit
