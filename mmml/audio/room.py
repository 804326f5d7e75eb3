"""Drawn rooms: impulse responses whose reverberation time is known, and sounds to fill them with."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmml.audio.schroeder import DecayCurve

Signal = NDArray[np.float64]

#: Middles of the octave bands that a room's decay is drawn in, Hz.
OCTAVES = (125, 250, 500, 1000, 2000, 4000, 8000, 16000)

#: Amplitude falls by 60 dB in so many of its time constants.
_LN_1000 = math.log(1000)
_STEP = 0.001


def octave_weights(size: int, rate: int) -> Signal:
    """Return how much each octave lets pass of the frequencies of a real FFT.

    Amplitudes; neighbours fade over into each other, and the squares add up to 1. What lies beyond the lowest
    or highest octave belongs to it.

    Returns:
        float64, shape (8, size // 2 + 1).
    """
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    place = np.log2(np.maximum(frequencies, 1) / OCTAVES[0])
    place = np.clip(place, 0, len(OCTAVES) - 1)
    away = np.abs(place - np.arange(len(OCTAVES))[:, None])
    return np.asarray(np.cos(np.pi / 2 * np.clip(away, 0, 1)))


def reverberation(rng: np.random.Generator, times: Sequence[float], size: int, rate: int) -> Signal:
    """Return noise that decays in each octave as a diffuse sound field does.

    Args:
        rng: draws the noise.
        times: reverberation time of each of the `OCTAVES`, seconds.
        size: samples to make.
        rate: samples per second.

    Returns:
        float64, shape (size,); the expected energy of the first sample is 1.
    """
    from scipy.fft import irfft, next_fast_len

    quick = next_fast_len(size, real=True)
    seconds = np.arange(size) / rate
    made = np.zeros(size)
    for weights, time in zip(octave_weights(quick, rate), times, strict=True):
        # Each octave has chance of its own: where neighbours overlap, energies add up, not amplitudes.
        there = np.flatnonzero(weights)
        spectrum = np.zeros(weights.size, dtype=np.complex128)
        chance = rng.standard_normal((2, there.size)) * math.sqrt(quick / 2)
        spectrum[there] = (chance[0] + 1j * chance[1]) * weights[there]
        made += irfft(spectrum, quick)[:size] * np.exp(-_LN_1000 * seconds / time)
    return made


def impulse_response(
    rng: np.random.Generator, times: Sequence[float], direct: float, size: int, rate: int
) -> Signal:
    """Return the answer of a room to a click: direct sound, early reflections, reverberation.

    Args:
        rng: draws noise and reflections.
        times: reverberation time of each of the `OCTAVES`, seconds.
        direct: energy of the direct sound over that of the reverberation, dB.
        size: samples to make; the direct sound is the first one.
        rate: samples per second.
    """
    late = reverberation(rng, times, size, rate)
    # Reflections come one by one before they are too many to be told apart, each as strong as all that
    # arrives within about a millisecond: that leaves the decay straight.
    for after in rng.uniform(0.003, 0.05, rng.integers(4, 10)):
        at = int(after * rate)
        if at < size:
            strength = math.exp(-_LN_1000 * after / times[3]) * math.sqrt(rate * _STEP)
            late[at] += strength * rng.choice((-1, 1)) * rng.uniform(0.5, 1)
    late[0] = math.sqrt(float(late @ late)) * 10 ** (direct / 20)
    return late


def expected_time(times: Sequence[float], spectrum: Signal, rate: int, steady: bool = False) -> float:
    """Return the reverberation time that the noise-free, infinitely many times averaged decay shows, seconds.

    Where octaves decay at different rates, their sum decays along a curve: its T30 after ISO 3382.

    Args:
        times: reverberation time of each of the `OCTAVES`, seconds.
        spectrum: energy of the source by frequency, of a real FFT of any size.
        rate: samples per second.
        steady: whether the source sounds on until every octave is as loud as it gets, and then stops.
    """
    shares = (octave_weights(2 * (spectrum.size - 1), rate) ** 2) @ spectrum
    step = min(_STEP, min(times) / 200)
    seconds = np.arange(0, max(times), step)
    falls = 2 * _LN_1000 / np.asarray(times)
    if steady:
        shares = shares / falls
    remaining = (shares / falls) @ np.exp(-falls[:, None] * seconds)
    level = 10 * np.log10(remaining / remaining[0])
    return DecayCurve(level, step, math.inf).reverberation_time(-5, -35)
