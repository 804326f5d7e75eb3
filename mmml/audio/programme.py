"""Drawn sounds: voices, music, machines and knocks, and the noises that lie under them."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

#: First two formants of vowels, Hz (G. E. Peterson and H. L. Barney, "Control methods used in a study of the
#: vowels", JASA 1952, men), and a third one for all.
_VOWELS = (
    (270, 2290),
    (390, 1990),
    (530, 1840),
    (660, 1720),
    (730, 1090),
    (570, 840),
    (440, 1020),
    (300, 870),
)
_THIRD = 2500.0
#: Steps of a scale that sounds well whatever follows, in semitones.
_PENTATONIC = (0, 2, 4, 7, 9)


def voice(rng: np.random.Generator, size: int, rate: int) -> Signal:
    """Draw syllables: a buzz that glides through formants, hisses between them, and pauses."""
    from scipy.signal import butter, lfilter, sosfilt

    made = np.zeros(size)
    pitch = rng.uniform(90, 240)
    at = int(rng.uniform(0, 0.3) * rate)
    while at < size:
        length = min(int(rng.uniform(0.1, 0.3) * rate), size - at)
        seconds = np.arange(length) / rate
        glide = pitch * 2 ** (rng.uniform(-0.3, 0.3) + rng.uniform(-0.2, 0.2) * seconds / 0.2)
        cycles = np.cumsum(glide) / rate
        # One pulse a cycle, smoothed as the vocal folds do.
        pulses = np.diff(np.floor(cycles), prepend=0.0)
        buzz = lfilter([1.0], [1, -0.9], pulses - pulses.mean())
        for formant in (*_VOWELS[rng.integers(len(_VOWELS))], _THIRD):
            if formant < 0.45 * rate:
                buzz = _resonant(buzz, formant, formant / 8 + 40, rate)
        made[at : at + length] += rng.uniform(0.4, 1) * _even(buzz) * _swell(length, 0.03 * rate)
        at += length
        if rng.random() < 0.4 and at < size:
            length = min(int(rng.uniform(0.05, 0.12) * rate), size - at)
            edge = min(rng.uniform(2500, 4000), 0.4 * rate)
            hiss = sosfilt(butter(2, edge, "highpass", fs=rate, output="sos"), rng.standard_normal(length))
            made[at : at + length] += 0.25 * _even(hiss) * _swell(length, 0.02 * rate)
            at += length
        at += int((rng.uniform(0.15, 0.6) if rng.random() < 0.3 else rng.uniform(0, 0.05)) * rate)
    return made


def music(rng: np.random.Generator, size: int, rate: int) -> Signal:
    """Draw plucked notes of one scale, each a sum of dying harmonics."""
    made = np.zeros(size)
    beat = rng.uniform(0.15, 0.45)
    root = rng.uniform(110, 220)
    at = int(rng.uniform(0, beat) * rate)
    while at < size:
        for _ in range(rng.integers(1, 4)):
            semitones = rng.choice(_PENTATONIC) + 12 * rng.integers(0, 3)
            pitch = root * 2 ** (semitones / 12)
            seconds = np.arange(min(int(1.2 * rate), size - at)) / rate
            note = np.zeros(seconds.size)
            for harmonic in range(1, 7):
                if harmonic * pitch < 0.45 * rate:
                    fall = np.exp(-seconds * (1.5 + harmonic) * rng.uniform(1, 1.5))
                    phase = rng.uniform(0, 2 * math.pi)
                    note += fall / harmonic * np.sin(2 * math.pi * harmonic * pitch * seconds + phase)
            made[at : at + seconds.size] += rng.uniform(0.4, 1) * note * np.minimum(seconds / 0.004, 1)
        at += max(1, int(beat * rng.choice((1, 1, 2)) * rate))
    return made


def machine(rng: np.random.Generator, size: int, rate: int) -> Signal:
    """Draw a tool at work: a motor with harmonics and grinding noise, in strokes with breaks between."""
    from scipy.signal import butter, sosfilt

    seconds = np.arange(size) / rate
    turns = rng.uniform(30, 120)
    motor = np.zeros(size)
    for harmonic in range(1, 12):
        if harmonic * turns < 0.45 * rate:
            motor += np.sin(2 * math.pi * harmonic * turns * seconds + rng.uniform(0, 6)) * rng.uniform(0, 1)
    low = rng.uniform(400, 1500)
    sections = butter(2, (low, min(3 * low, 0.45 * rate)), "bandpass", fs=rate, output="sos")
    grinding = sosfilt(sections, rng.standard_normal(size))
    sound = _even(motor) + rng.uniform(0.5, 1.5) * _even(grinding)
    load = np.zeros(size)
    at = int(rng.uniform(0, 0.3) * rate)
    while at < size:
        length = min(int(rng.uniform(0.2, 0.9) * rate), size - at)
        load[at : at + length] = rng.uniform(0.5, 1) * _swell(length, 0.03 * rate)
        at += length + int(rng.uniform(0.15, 0.5) * rate)
    return np.asarray(sound * load)


def knocks(rng: np.random.Generator, size: int, rate: int) -> Signal:
    """Draw blows on something that rings: hammer, door, pipe."""
    made = np.zeros(size)
    modes = rng.uniform(150, min(4000, 0.4 * rate), rng.integers(3, 7))
    falls = rng.uniform(8, 60, modes.size)
    at = int(rng.uniform(0, 0.3) * rate)
    while at < size:
        seconds = np.arange(min(int(0.6 * rate), size - at)) / rate
        blow = 0.4 * rng.standard_normal(seconds.size) * np.exp(-seconds * 300)
        for mode, fall in zip(modes, falls, strict=True):
            blow += rng.uniform(0.2, 1) * np.exp(-seconds * fall) * np.sin(2 * math.pi * mode * seconds)
        made[at : at + seconds.size] += rng.uniform(0.4, 1) * blow
        at += int(rng.uniform(0.2, 0.7) * rate)
    return made


#: Every kind of sound by the name that it has in configs and facts.
PROGRAMMES: dict[str, Callable[[np.random.Generator, int, int], Signal]] = {
    "voice": voice,
    "music": music,
    "machine": machine,
    "knocks": knocks,
}

#: Every kind of steady noise: by how many dB its spectrum falls with each octave.
NOISES = {"white": 0.0, "pink": 3.0, "brown": 6.0}


def steady_noise(rng: np.random.Generator, size: int, rate: int, fall: float) -> Signal:
    """Draw noise of mean square 1; its spectrum falls by ``fall`` dB an octave above 60 Hz, is flat below."""
    from scipy.fft import irfft, next_fast_len, rfft

    quick = next_fast_len(size, real=True)
    frequencies = np.fft.rfftfreq(quick, 1 / rate)
    shape = (np.maximum(frequencies, 60) / 1000) ** (-fall / (20 * math.log10(2)))
    shape[0] = 0
    return _even(irfft(rfft(rng.standard_normal(quick)) * shape, quick)[:size])


def mains_hum(rng: np.random.Generator, size: int, rate: int) -> Signal:
    """Draw the hum of 50 or 60 Hz mains with multiples, mean square 1."""
    seconds = np.arange(size) / rate
    mains = rng.choice((50, 60))
    made = np.zeros(size)
    for multiple in range(1, 6):
        strength = rng.uniform(0.3, 1) / multiple
        made += strength * np.sin(2 * math.pi * mains * multiple * seconds + rng.uniform(0, 6))
    return _even(made)


def _even(signal: Signal) -> Signal:
    """Scale to a mean square of 1."""
    power = float(np.mean(np.square(signal)))
    return signal / math.sqrt(power) if power > 0 else signal


def _swell(size: int, ramp: float) -> Signal:
    at = np.arange(size)
    edge = np.minimum(np.minimum(at, at[::-1]) / max(1.0, ramp), 1)
    return np.asarray(np.sin(edge * math.pi / 2) ** 2)


def _resonant(signal: Signal, hertz: float, width: float, rate: int) -> Signal:
    from scipy.signal import lfilter

    radius = math.exp(-math.pi * width / rate)
    poles = [1, -2 * radius * math.cos(2 * math.pi * hertz / rate), radius * radius]
    return np.asarray(lfilter([sum(poles)], poles, signal))
