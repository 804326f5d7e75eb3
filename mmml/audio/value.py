"""`Audio`: a recording, decoded at most once, at its own rate."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mmml.audio.fingerprint import fingerprint
from mmml.audio.formats import FORMATS, is_recording, missing_share
from mmml.audio.picture import draw
from mmml.errors import MmmlError
from mmml.extras import imported
from mmml.value import DEFAULT_LIMITS, HEAD, Limits, Source, Value, read_bytes, view

Samples = NDArray[np.float32]

#: The rate of arrays, which do not tell theirs; samples per second.
ARRAY_RATE = 48_000

#: A limit in seconds is meant for stereo at 48 kHz: more channels or a higher rate take as much of it.
_VALUES_PER_SECOND = 96_000
#: Frames decoded at once; of a broken file, what lies before the broken block is kept.
_BLOCK = 4096
#: MP3 states its length in whole frames, and decoders differ in what they cut off at either end.
_SLACK = 4096
#: From here on, dB, channels are said to cancel each other; independent ones lose 10 log10(channels).
_CANCELLED = 15.0
#: What facts say of digital silence, dB.
_SILENT = -120.0

_SUBTYPES = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS")}
_SUBTYPES |= {".opus": ("OGG", "OPUS"), ".mp3": ("MP3", "MPEG_LAYER_III")}
_SAME = {"WAVEX": "WAV", "RF64": "WAV"}


class Audio(Value):
    """A recording: float32, full scale is 1, at the rate of the file.

    Args:
        data: the encoded file, or None where frames are given.
        frames: float32, shape (n, channels).
        rate: samples per second and channel.
        length: how many frames the file says to hold.
    """

    modality: ClassVar[str] = "audio"
    libraries: ClassVar[tuple[str, ...]] = ("soundfile",)
    suffixes: ClassVar[frozenset[str]] = frozenset(
        {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3"}
    )
    # A hash of 256 bits as a vector of zeros and ones: up to 40 bits differ. Lossy codes change about 20;
    # recordings of one kind of sound in one kind of room differ by 48 and more, others by 80.
    fingerprint_radius: ClassVar[float] = 6.4

    def __init__(
        self,
        data: bytes | None = None,
        frames: Samples | None = None,
        rate: int = ARRAY_RATE,
        length: int = 0,
    ) -> None:
        super().__init__()
        self._data = data
        self._length = length
        self.rate = rate
        if frames is not None:
            self.frames = frames

    @classmethod
    def read(cls, source: Source, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Open a recording without decoding it.

        Args:
            source: an encoded file as bytes, a path, or samples at 48,000 per second, floating point, of
                shape (n,) or (n, channels). Wrap samples of another rate yourself: `Audio` (frames=, rate=).
            limits: largest file (bytes) and longest recording (seconds of stereo at 48 kHz, or as many
                samples in other channels and rates).

        Raises:
            MmmlError: not a recording, an unknown format, empty, or beyond a limit.
        """
        if isinstance(source, np.ndarray):
            return cls(frames=_checked(source))
        data = read_bytes(source, limits) if isinstance(source, Path) else source
        if not data:
            raise MmmlError("the file is empty")
        if not is_recording(data[:HEAD]):
            raise MmmlError("this is no recording in WAV, FLAC, Ogg (Vorbis or Opus) or MP3")
        with _opened(data) as file:
            if file.format not in FORMATS:
                raise MmmlError(f"recordings in {file.format} are not read", "convert it to WAV or FLAC")
            length, rate, channels = file.frames, file.samplerate, file.channels
        if length <= 0 or rate <= 0:
            raise MmmlError("the recording is empty: it holds 0 seconds of sound")
        if length / rate > limits.seconds or length * channels > limits.seconds * _VALUES_PER_SECOND:
            raise MmmlError(
                f"the recording has {length / rate:,.1f} seconds of {channels} channels at {rate:,} Hz; "
                f"the limit is {limits.seconds:,.0f} seconds of 2 channels at 48,000 Hz"
            )
        return cls(data, rate=rate, length=length)

    @classmethod
    def sniff(cls, head: bytes) -> bool:
        """Tell a recording by its first bytes."""
        return is_recording(head)

    @view
    def frames(self) -> Samples:
        """All channels, float32, shape (n, channels), full scale is 1.

        A file that is cut short gives what could be read, and a warning.

        Raises:
            MmmlError: nothing can be decoded, or a sample is no number.
        """
        assert self._data is not None
        found, broken = 0, False
        with _opened(self._data) as file:
            frames = np.empty((self._length, file.channels), dtype=np.float32)
            try:
                while len(block := file.read(out=frames[found : found + _BLOCK])):
                    found += len(block)
            except RuntimeError:
                broken = True
        if not found:
            raise MmmlError("the recording is broken or cut short: no sound can be decoded")
        frames = frames[:found]
        _refuse_no_numbers(frames)
        self._tell_missing(found, broken)
        return frames

    @view
    def samples(self) -> Samples:
        """The mean of all channels, float32, shape (n,), full scale is 1.

        Where channels cancel each other, so that their mean is far below them, a warning says so.
        """
        if not self.frames.any():
            self.warnings.append("the recording is silent: every sample is 0")
        if self.channels == 1:
            return self.frames[:, 0]
        mono = np.asarray(self.frames.mean(axis=1), dtype=np.float32)
        each, mean = mean_square(self.frames), mean_square(mono)
        lost = 10 * math.log10(each / mean) if each and mean else math.inf if each else 0.0
        if lost > _CANCELLED + 10 * math.log10(self.channels):
            how = "wholly" if math.isinf(lost) else f"by {lost:.0f} dB"
            self.warnings.append(
                f"the channels cancel each other {how} in their mean, which is what is measured"
            )
        return mono

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return int(self.frames.shape[1])

    @property
    def seconds(self) -> float:
        """Duration of what could be decoded."""
        return len(self.frames) / self.rate

    def write(self, path: Path) -> None:
        """Write the recording; the file as it was read where it came encoded and the format stays.

        WAV and FLAC hold 16 bits, WAV floating point where samples go beyond full scale; Ogg holds Vorbis.

        Raises:
            MmmlError: the ending of ``path`` names no format that can be written.
        """
        suffix = path.suffix.lower()
        if suffix not in _SUBTYPES:
            raise MmmlError(f"cannot write recordings as {path.suffix or 'a file without an ending'}")
        kind, subtype = _SUBTYPES[suffix]
        if self._data is not None:
            with _opened(self._data) as file:
                there = _SAME.get(file.format, file.format), file.subtype
            if kind == there[0] and (kind != "OGG" or subtype == there[1]):
                path.write_bytes(self._data)
                return
        if suffix == ".wav" and float(np.abs(self.frames).max()) > 1:
            subtype = "FLOAT"
        encoded = io.BytesIO()
        sound = imported("soundfile", "audio")
        try:
            with sound.SoundFile(encoded, "w", self.rate, self.channels, subtype, format=kind) as file:
                # libsndfile runs out of stack where it is given much at once to write as Vorbis.
                for first in range(0, len(self.frames), _BLOCK):
                    file.write(self.frames[first : first + _BLOCK])
        except (RuntimeError, ValueError):
            raise MmmlError(
                f"{self.channels} channels at {self.rate:,} Hz cannot be written as {suffix}"
            ) from None
        path.write_bytes(encoded.getvalue())

    def fingerprint(self) -> NDArray[np.float32] | None:
        """Return a hash, zeros and ones of shape (256,): see `mmml.audio.fingerprint`."""
        return fingerprint(self.samples, self.rate)

    def thumbnail(self, pixels: int) -> NDArray[np.uint8]:
        """Return a spectrogram above the waveform: RGB, shape (3/4 pixels, pixels, 3)."""
        return draw(self.samples, self.rate, pixels)

    def facts(self) -> dict[str, float]:
        """Return seconds, samples per second (rate), channels, and the RMS level in dB below full scale."""
        energy = mean_square(self.samples)
        level = 10 * math.log10(energy) if energy else _SILENT
        return {
            "seconds": self.seconds,
            "rate": float(self.rate),
            "channels": float(self.channels),
            "level": max(level, _SILENT),
        }

    def _tell_missing(self, found: int, broken: bool) -> None:
        assert self._data is not None
        missing = missing_share(self._data)
        if not math.isnan(missing):
            missing = max(missing, 1 - (found + _SLACK) / self._length)
        if broken or not missing <= 0:
            whole = max(self._length, found / (1 - missing)) if missing > 0 else self._length
            of = f" of {whole / self.rate:.2f}" if whole > found else ""
            self.warnings.append(
                f"the recording is cut short or broken: {found / self.rate:.2f}{of} seconds could be read"
            )


def _checked(samples: NDArray[Any]) -> Samples:
    if samples.ndim not in (1, 2) or samples.dtype.kind != "f":
        raise MmmlError(
            f"an array of {samples.dtype} and shape {samples.shape} is no recording",
            "pass floating point of shape (n,) or (n, channels), full scale 1, at 48,000 per second",
        )
    if samples.size == 0:
        raise MmmlError("the recording is empty: it holds 0 seconds of sound")
    frames = samples.astype(np.float32).reshape(len(samples), -1)
    _refuse_no_numbers(frames)
    return frames


def _refuse_no_numbers(frames: Samples) -> None:
    # A sum is no number as soon as one sample is none; it may overflow, though, for large ones.
    with np.errstate(over="ignore", invalid="ignore"):
        suspect = not np.isfinite(frames.sum())
    count = int((~np.isfinite(frames)).sum()) if suspect else 0
    if count:
        raise MmmlError(f"{count:,} of {frames.size:,} samples are no numbers (NaN or infinity)")


def mean_square(samples: Samples) -> float:
    """Return the mean of the squares; full scale is 1."""
    flat = samples.ravel()
    # Summed up in float64, yet without a copy of an hour in it.
    return float(np.einsum("i,i->", flat, flat, dtype=np.float64)) / samples.size


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    sound = imported("soundfile", "audio")
    try:
        file = sound.SoundFile(io.BytesIO(data))
    except (RuntimeError, TypeError, ValueError):
        raise MmmlError("the recording is broken, empty or cut short: it cannot be opened") from None
    with file:
        yield file
