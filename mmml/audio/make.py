"""Makers of recordings with known facts: decays in drawn rooms, good and bad recordings of drawn sounds."""

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mmml.audio.programme import NOISES, PROGRAMMES, mains_hum, steady_noise
from mmml.audio.room import OCTAVES, expected_time, impulse_response
from mmml.audio.value import Audio
from mmml.errors import MmmlError
from mmml.parameters import Parameters

Facts = dict[str, float | str]
Signal = NDArray[np.float64]

_RATES = (16_000, 22_050, 32_000, 44_100, 48_000)
#: Energy falls by 60 dB in so many of its time constants.
_LN_1E6 = math.log(1e6)
#: Before a source is heard, and after the decay has met the noise, seconds.
_LEAD, _TAIL = (0.1, 0.5), (0.2, 0.5)
#: Length of a clap, a burst and a steady noise, seconds.
_CLAP, _BURST, _NOISE = (0.003, 0.008), (0.0004, 0.0015), (0.6, 1.2)


class MakeDecay(Parameters):
    """Makes recordings of sounds that die away in rooms of known reverberation time.

    A clap (a few milliseconds of noise), a burst (a short pulse, as of a balloon) or a noise that stops is
    heard in a drawn room: direct sound, early reflections, and noise that decays in every octave at a rate of
    its own. The label is the reverberation time in seconds, told of the same decay without chance or noise
    (`mmml.audio.room.expected_time`). Ranges are (low, high), drawn uniformly where nothing else is said.

    Args:
        times: reverberation time at 1 kHz, seconds, drawn log-uniformly.
        bass: that at 125 Hz over that at 1 kHz; octaves between have values between.
        treble: that at 16 kHz over that at 1 kHz.
        sources: each as likely as the others: clap, burst, noise.
        direct: energy of the direct sound over that of the reverberation, dB.
        noise: how far the background noise lies below the beginning of the decay, dB.
        peak: of the recording, dB below full scale.
        rates: samples per second, each as likely as the others.
        longest: seconds after which a decay is cut off.
    """

    modality: ClassVar[str] = "audio"
    suffix: ClassVar[str] = ".flac"

    def __init__(
        self,
        times: Sequence[float] = (0.2, 4.0),
        bass: Sequence[float] = (0.9, 1.3),
        treble: Sequence[float] = (0.6, 1.0),
        sources: Sequence[str] = ("clap", "burst", "noise"),
        direct: Sequence[float] = (-10.0, 3.0),
        noise: Sequence[float] = (30.0, 80.0),
        peak: Sequence[float] = (-20.0, -1.0),
        rates: Sequence[int] = _RATES,
        longest: float = 5.0,
    ) -> None:
        self.times = times
        self.bass = bass
        self.treble = treble
        self.sources = sources
        self.direct = direct
        self.noise = noise
        self.peak = peak
        self.rates = rates
        self.longest = longest
        _check_ranges(self, "times", "bass", "treble", above=0)
        _check_ranges(self, "direct", "noise", "peak")
        if not sources or not set(sources) <= set(_SOURCES):
            raise MmmlError(f"sources is {list(sources)}", f"choose among {', '.join(_SOURCES)}")

    @property
    def labels(self) -> tuple[str, ...]:
        """The sources: what the folders are called. The label itself is a fact."""
        return tuple(self.sources)

    def __call__(self, rng: np.random.Generator, source: Audio | None, label: str) -> tuple[Audio, Facts]:
        """Make one recording.

        Args:
            rng: where all chance comes from.
            source: None; nothing is made out of other recordings.
            label: one of the `sources`.

        Returns:
            The recording, and its facts: ``label`` (reverberation time, seconds), ``rt60`` (the same),
            ``rt60_1000`` (at 1 kHz), ``source``, ``direct``, ``noise_down`` and ``noise`` (its kind).

        Raises:
            MmmlError: the label is another.
        """
        if label not in self.labels:
            raise MmmlError(f"MakeDecay makes no {label}", f"choose one of {', '.join(self.labels)}")
        recording, facts = self.record(rng, log_uniform(rng, *self.times), label)
        return recording, {"label": facts["rt60"], **facts}

    def record(self, rng: np.random.Generator, middle: float, source: str) -> tuple[Audio, Facts]:
        """Make a recording in a room of this reverberation time at 1 kHz, seconds; see `__call__`."""
        from scipy.signal import fftconvolve

        rate = int(rng.choice(self.rates))
        times = self._times(rng, middle)
        direct, down = _uniform(rng, self.direct), _uniform(rng, self.noise)
        # What is heard of the decay ends where the noise begins.
        heard = min(max(times) * min(down, 90.0) / 60 + _uniform(rng, _TAIL), self.longest)
        click = _SOURCES[source](rng, rate)
        room = impulse_response(rng, times, direct, int(heard * rate), rate)
        lead = np.zeros(int(_uniform(rng, _LEAD) * rate))
        sound = np.concatenate([lead, fftconvolve(click, room)[: click.size + room.size]])
        kind = str(rng.choice(list(NOISES)))
        steady = source == "noise"
        # The energy of reverberation when the source has just fallen silent.
        energy = float(np.mean(click**2)) * rate * times[3] / _LN_1E6 if steady else float(click @ click)
        background = steady_noise(rng, sound.size, rate, NOISES[kind])
        sound += background * math.sqrt(energy) * 10 ** (-down / 20)
        spectrum = np.abs(np.fft.rfft(click, 1 << max(12, click.size.bit_length()))) ** 2
        facts: Facts = {
            "rt60": expected_time(times, spectrum, rate, steady),
            "rt60_1000": middle,
            "source": source,
            "direct": direct,
            "noise_down": down,
            "noise": kind,
        }
        return _at_peak(sound, _uniform(rng, self.peak), rate), facts

    def _times(self, rng: np.random.Generator, middle: float) -> list[float]:
        bass, treble = _uniform(rng, self.bass), _uniform(rng, self.treble)
        known = [math.log2(OCTAVES[0]), math.log2(1000), math.log2(OCTAVES[-1])]
        factors = np.interp(np.log2(OCTAVES), known, [bass, 1.0, treble])
        return [float(middle * factor) for factor in factors]


class MakeReverberant(MakeDecay):
    """Makes recordings of sounds that die away in rooms that are fine or too reverberant.

    Args:
        cut: reverberation time, seconds, above which a room is too reverberant; ``times`` are drawn on either
            side of it.
        times: as for `MakeDecay`, like all that follow.
        bass: see there.
        treble: see there.
        sources: see there.
        direct: see there.
        noise: see there. T30 needs some 45 dB.
        peak: see there.
        rates: see there.
        longest: see there.
    """

    def __init__(
        self,
        cut: float = 0.9,
        times: Sequence[float] = (0.3, 2.7),
        bass: Sequence[float] = (0.9, 1.3),
        treble: Sequence[float] = (0.6, 1.0),
        sources: Sequence[str] = ("clap", "burst", "noise"),
        direct: Sequence[float] = (-10.0, 3.0),
        noise: Sequence[float] = (50.0, 80.0),
        peak: Sequence[float] = (-20.0, -1.0),
        rates: Sequence[int] = _RATES,
        longest: float = 5.0,
    ) -> None:
        super().__init__(times, bass, treble, sources, direct, noise, peak, rates, longest)
        self.cut = cut
        if not times[0] < cut < times[1]:
            raise MmmlError(f"cut is {cut}", f"choose a time between {times[0]} and {times[1]} seconds")

    @property
    def labels(self) -> tuple[str, ...]:
        """The two classes."""
        return ("fine", "too_reverberant")

    def __call__(self, rng: np.random.Generator, source: Audio | None, label: str) -> tuple[Audio, Facts]:
        """Make one recording with this label; see `MakeDecay`."""
        if label not in self.labels:
            raise MmmlError(f"MakeReverberant makes no {label}", f"choose one of {', '.join(self.labels)}")
        low, high = (self.times[0], self.cut) if label == "fine" else (self.cut, self.times[1])
        while True:
            made, facts = self.record(rng, log_uniform(rng, low, high), str(rng.choice(list(self.sources))))
            # All octaves together may lie on the other side than the one of 1 kHz.
            if (float(facts["rt60"]) > self.cut) == (label == "too_reverberant"):
                return made, facts


class MakeRecording(Parameters):
    """Makes good recordings, and clipped, too quiet and noisy ones, of drawn voices, music, tools and knocks.

    What makes a recording bad is drawn with a severity of its own; all else is as in the good ones. Ranges
    are (low, high), drawn uniformly; what lies between good and bad is left out.

    Args:
        programmes: each as likely as the others: voice, music, machine, knocks.
        seconds: duration.
        rates: samples per second, each as likely as the others.
        snr: mean energy of the sound over that of the noise, dB, of all but the noisy ones.
        noisy: the same of the noisy ones.
        peak: dB below full scale, of all but the quiet ones.
        quiet: the same of the quiet ones.
        clipped: share of the samples that are cut off, drawn log-uniformly.
        turned_down: share of the clipped ones that were turned down afterwards, to ``peak``.
        hum: share of the recordings with some hum of the mains among their noise.
    """

    modality: ClassVar[str] = "audio"
    labels: ClassVar[tuple[str, ...]] = ("clipped", "good", "noisy", "too_quiet")
    suffix: ClassVar[str] = ".flac"

    def __init__(
        self,
        programmes: Sequence[str] = ("voice", "music", "machine", "knocks"),
        seconds: Sequence[float] = (1.5, 4.0),
        rates: Sequence[int] = _RATES,
        snr: Sequence[float] = (20.0, 60.0),
        noisy: Sequence[float] = (-5.0, 15.0),
        peak: Sequence[float] = (-20.0, -1.0),
        quiet: Sequence[float] = (-60.0, -30.0),
        clipped: Sequence[float] = (0.001, 0.1),
        turned_down: float = 0.5,
        hum: float = 0.3,
    ) -> None:
        self.programmes = programmes
        self.seconds = seconds
        self.rates = rates
        self.snr = snr
        self.noisy = noisy
        self.peak = peak
        self.quiet = quiet
        self.clipped = clipped
        self.turned_down = turned_down
        self.hum = hum
        _check_ranges(self, "seconds", "clipped", above=0)
        _check_ranges(self, "snr", "noisy", "peak", "quiet")
        if not programmes or not set(programmes) <= set(PROGRAMMES):
            raise MmmlError(f"programmes is {list(programmes)}", f"choose among {', '.join(PROGRAMMES)}")

    def __call__(self, rng: np.random.Generator, source: Audio | None, label: str) -> tuple[Audio, Facts]:
        """Make one recording.

        Args:
            rng: where all chance comes from.
            source: None; nothing is made out of other recordings.
            label: ``clipped``, ``good``, ``noisy`` or ``too_quiet``.

        Returns:
            The recording, and its facts: ``kind`` of sound and of ``noise``, ``snr`` (dB), ``peak`` (dB),
            ``clipped_share``, and ``severity``: 0 for good, up to 1 for the worst that is made.

        Raises:
            MmmlError: the label is another.
        """
        if label not in self.labels:
            raise MmmlError(f"MakeRecording makes no {label}", f"choose one of {', '.join(self.labels)}")
        rate = int(rng.choice(self.rates))
        size = int(_uniform(rng, self.seconds) * rate)
        kind, noise = str(rng.choice(list(self.programmes))), str(rng.choice(list(NOISES)))
        severity = 0.0 if label == "good" else rng.random()
        snr, peak = _uniform(rng, self.snr), _uniform(rng, self.peak)
        if label == "noisy":
            snr = _between(self.noisy, 1 - severity)
        if label == "too_quiet":
            peak = _between(self.quiet, 1 - severity)
        sound = PROGRAMMES[kind](rng, size, rate)
        background = steady_noise(rng, size, rate, NOISES[noise])
        if rng.random() < self.hum:
            background += rng.uniform(0.3, 1) * mains_hum(rng, size, rate)
        sound = _with_noise(sound, background, snr)
        cut = 0.0
        if label == "clipped":
            cut = math.exp(_between([math.log(share) for share in self.clipped], severity))
            ceiling = float(np.quantile(np.abs(sound), 1 - cut))
            sound = np.clip(sound, -ceiling, ceiling)
            peak = peak if rng.random() < self.turned_down else 0.0
        facts: Facts = {
            "kind": kind,
            "noise": noise,
            "snr": snr,
            "peak": peak,
            "clipped_share": cut,
            "severity": severity,
        }
        return _at_peak(sound, peak, rate), facts


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform between those of ``low`` and ``high``."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _clap(rng: np.random.Generator, rate: int) -> Signal:
    """Return a few milliseconds of dying noise, most of it around 1 to 3 kHz, energy 1."""
    from scipy.signal import butter, sosfilt

    length = _uniform(rng, _CLAP)
    at = np.arange(int(2 * length * rate))
    sections = butter(1, (600, min(4000, 0.4 * rate)), "bandpass", fs=rate, output="sos")
    sound = sosfilt(sections, rng.standard_normal(at.size) * np.exp(-3 * at / (length * rate)))
    return np.asarray(sound / math.sqrt(float(sound @ sound)))


def _burst(rng: np.random.Generator, rate: int) -> Signal:
    """Return a pulse that falls from pressure to suction, energy 1."""
    size = max(2, round(_uniform(rng, _BURST) * rate))
    sound = np.linspace(1, -1, size)
    return sound / math.sqrt(float(sound @ sound))


def _noise(rng: np.random.Generator, rate: int) -> Signal:
    """Return white noise of mean square 1."""
    return steady_noise(rng, int(_uniform(rng, _NOISE) * rate), rate, NOISES["white"])


_SOURCES = {"clap": _clap, "burst": _burst, "noise": _noise}


def _with_noise(sound: Signal, background: Signal, snr: float) -> Signal:
    energy, quiet = float(np.mean(sound**2)), float(np.mean(background**2))
    return sound + background * math.sqrt(energy / quiet) * 10 ** (-snr / 20)


def _at_peak(sound: Signal, peak: float, rate: int) -> Audio:
    scaled = sound * (10 ** (peak / 20) / float(np.abs(sound).max()))
    return Audio(frames=scaled.astype(np.float32)[:, None], rate=rate)


def _uniform(rng: np.random.Generator, bounds: Sequence[float]) -> float:
    low, high = bounds
    return float(rng.uniform(low, high))


def _between(bounds: Sequence[float], share: float) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * share


def _check_ranges(maker: Parameters, *names: str, above: float = -math.inf) -> None:
    for name in names:
        low, high = getattr(maker, name)
        if not above < low <= high:
            raise MmmlError(f"{name} is {low} to {high}", "give a low and a high number, in this order")
