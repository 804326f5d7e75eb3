"""Encoders for recordings, and sounds whose numbers are known."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from mmml.audio.value import Audio

Encode = Callable[..., bytes]
Decaying = Callable[..., Audio]


@pytest.fixture(scope="session")
def noise() -> np.ndarray:
    """A second of noise that swells and fades, 16,000 samples, -20 dB. Read only."""
    samples = 0.1 * np.random.default_rng(5).standard_normal(16_000)
    samples *= 1 + 0.5 * np.sin(np.arange(16_000) / 1000)
    samples.setflags(write=False)
    return samples


@pytest.fixture(scope="session")
def encode() -> Encode:
    """Encode samples (n,) or (n, channels): ``encode(samples, "WAV", "PCM_24", rate=8000)``."""

    def encoded(
        samples: np.ndarray, kind: str = "WAV", subtype: str | None = None, rate: int = 16_000
    ) -> bytes:
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
        return buffer.getvalue()

    return encoded


@pytest.fixture(scope="session")
def decaying() -> Decaying:
    """Make noise that decays by 60 dB within ``time`` seconds, with steady noise ``down`` dB below its start.

    ``before`` seconds of silence come first. As if a source were switched off where ``steady`` seconds are
    given, for which it sounded before.
    """

    def made(
        time: float,
        rate: int = 48_000,
        down: float = 90,
        seed: int = 0,
        before: float = 0.1,
        steady: float = 0,
    ) -> Audio:
        rng = np.random.default_rng(seed)
        seconds = np.arange(int((1.1 * time + 0.3) * rate)) / rate
        envelope = 10 ** (-3 * seconds / time)
        envelope = np.concatenate([np.zeros(int(before * rate)), np.ones(int(steady * rate)), envelope])
        sound = rng.standard_normal(envelope.size) * envelope
        sound += 10 ** (-down / 20) * rng.standard_normal(envelope.size)
        return Audio(frames=(0.2 * sound).astype(np.float32)[:, None], rate=rate)

    return made
