"""The base of all values, which modalities exist, and which of them a file belongs to."""

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from io import BufferedReader
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError, did_you_mean

T = TypeVar("T")

Source = bytes | Path | NDArray[Any]

#: How the names of pictures end that explain a prediction: in folders they are no inputs and no samples.
EXPLAINED = ".explained.jpg"

#: How many first bytes of a file `Value.sniff` is given.
HEAD = 1024


@dataclass(frozen=True)
class Limits:
    """What a single input may cost before it is refused.

    Args:
        bytes: largest encoded size, bytes.
        pixels: largest decoded picture, or frame of a video, width times height.
        points: most points, or corners of a mesh, in a scan.
        seconds: longest recording that is decoded whole.
    """

    bytes: int = 1 << 30
    pixels: int = 150_000_000
    points: int = 10_000_000
    seconds: float = 3600.0


DEFAULT_LIMITS = Limits()


class view(Generic[T]):
    """A view of a value: computed when it is first asked for, then kept.

    Not `functools.cached_property`: before Python 3.12 all values share its lock, so that threads would
    decode their files one after the other.

    Args:
        compute: makes the view of a value.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, value: None, owner: type) -> Self: ...

    @overload
    def __get__(self, value: object, owner: type) -> T: ...

    def __get__(self, value: object | None, owner: type) -> Self | T:
        if value is None:
            return self
        # From now on the value's own attribute is found first.
        made = value.__dict__[self.name] = self.compute(value)
        return made


class Value(ABC):
    """One decoded input in memory, with views that are computed on first use and kept.

    A modality is one subclass, announced by an entry point of the group ``mmml.modalities``.

    Attributes:
        warnings: what was odd about the input though it could be read.
        remarks: by `Transformer.key`, what that transformer told of the input.
    """

    #: The name of the modality, as in configs: ``image``.
    modality: ClassVar[str]
    #: File name endings, lower case with the dot, that belong to the modality.
    suffixes: ClassVar[frozenset[str]]
    #: Two fingerprints at most this far apart (Euclidean) are of near-duplicates.
    fingerprint_radius: ClassVar[float] = 0.0
    #: Whether `read` is given paths, since it takes only parts of large files, or their neighbours too; where
    #: not, it is given the whole content of a file.
    opens_files: ClassVar[bool] = False
    #: Packages that the modality is read with; a bundle states their versions, where they are installed.
    libraries: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.remarks: dict[str, list[str]] = {}

    @classmethod
    @abstractmethod
    def read(cls, source: Source, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Open one input.

        Args:
            source: the encoded bytes, a path, or an array in the modality's own layout.
            limits: what the input may cost.

        Raises:
            MmmlError: the source is not of this modality, or beyond a limit. What is found broken only
                while decoding raises later, when a view is first used.
        """

    @classmethod
    def content_hash(cls, source: Source, limits: Limits = DEFAULT_LIMITS) -> str:
        """Return SHA-256 (hex) of all that `read` takes in; a file is not held in memory for it.

        Raises:
            MmmlError: the file cannot be read, or is larger than ``limits.bytes``.
        """
        if isinstance(source, Path):
            with opened(source, limits) as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        return hashlib.sha256(source if isinstance(source, bytes) else source.tobytes()).hexdigest()

    @classmethod
    @abstractmethod
    def sniff(cls, head: bytes) -> bool:
        """Tell whether a file that begins with ``head`` (up to `HEAD` bytes) is of this modality."""

    @abstractmethod
    def write(self, path: Path) -> None:
        """Write the value as a file in the format that the ending of ``path`` names."""

    @abstractmethod
    def thumbnail(self, pixels: int) -> NDArray[np.uint8]:
        """Return a small picture, RGB uint8 of shape (h, w, 3), long side at most ``pixels``."""

    @abstractmethod
    def facts(self) -> dict[str, float]:
        """Return what is plain to see of the value: size, brightness, duration. Reports slice by it."""

    def kind(self) -> str:
        """Return the kind of value within the modality; a modality of one kind has its own name here."""
        return self.modality

    def fingerprint(self) -> NDArray[np.float32] | None:
        """Return a short vector that near-duplicates share, or None where the value shows nothing."""
        return None


@cache
def modalities() -> Mapping[str, type[Value]]:
    """Return every modality that mmml and the installed packages announce, by name.

    A package whose libraries are missing is left out; ``mmml doctor`` names it.
    """
    found: dict[str, type[Value]] = {}
    for entry in entry_points(group="mmml.modalities"):
        try:
            found[entry.name] = entry.load()
        except ImportError:
            continue
    return found


def known_suffixes() -> list[str]:
    """Return the file name endings of all modalities, sorted."""
    return sorted(suffix for value in modalities().values() for suffix in value.suffixes)


def modality(name: str) -> type[Value]:
    """Return the value class of a modality.

    Raises:
        UsageError: no installed package announces it.
    """
    try:
        return modalities()[name]
    except KeyError:
        raise UsageError(f"there is no modality {name}", did_you_mean(name, modalities())) from None


def modality_of_bytes(head: bytes) -> str | None:
    """Return the modality whose files begin with ``head`` (up to `HEAD` bytes), or None."""
    return next((name for name, value in modalities().items() if value.sniff(head)), None)


def modality_of(path: Path) -> str | None:
    """Return the modality that a file belongs to, or None.

    What its first bytes say comes first; its ending decides for files that are empty, broken or cannot
    be opened, so that these are reported instead of passed over.
    """
    head = b""
    # Opening a named pipe would wait for somebody to write into it.
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                head = file.read(HEAD)
    sniffed = modality_of_bytes(head)
    if sniffed is not None:
        return sniffed
    suffix = path.suffix.lower()
    return next((name for name, value in modalities().items() if suffix in value.suffixes), None)


def shown(path: object) -> str:
    r"""Return a path as text that any stream can hold: bytes that are no UTF-8 become ``\xNN``."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[BufferedReader]:
    """Open a file for reading, in a ``with`` statement.

    Raises:
        MmmlError: it cannot be opened or read, is empty, is no regular file, or is larger than
            ``limits.bytes``.
    """
    try:
        if not path.is_file():
            if path.is_symlink():
                raise MmmlError("this link points to nothing")
            raise MmmlError("this is not a regular file" if path.exists() else "there is no such file")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limits.bytes:
                raise MmmlError(f"the file has {size:,} bytes; the limit is {limits.bytes:,}")
            if not size:
                raise MmmlError("the file is empty")
            yield file
    except OSError as error:
        raise MmmlError(f"cannot be read: {error.strerror or error}") from None


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Read a whole file.

    Raises:
        MmmlError: as for `opened`.
    """
    with opened(path, limits) as file:
        data = file.read()
    if not data:
        raise MmmlError("the file is empty")
    return data
