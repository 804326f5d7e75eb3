"""`Level` against sounds whose level, clipping, noise and hum are known."""

import math
from typing import Any

import numpy as np
import pytest

from mmml.audio.level import Level
from mmml.audio.programme import NOISES, PROGRAMMES, mains_hum, steady_noise
from mmml.audio.value import Audio
from mmml.errors import MmmlError

SECONDS = np.arange(96_000) / 48_000


def measured(samples: np.ndarray, rate: int = 48_000, **parameters: Any) -> dict[str, float]:
    transformer = Level(**parameters)
    frames = np.asarray(samples, dtype=np.float32).reshape(len(samples), -1)
    return dict(zip(transformer.names, transformer.extract(Audio(frames=frames, rate=rate)), strict=True))


def sixteen_bits(samples: np.ndarray) -> np.ndarray:
    return np.clip(np.round(samples * 32768) / 32768, -1, 1 - 1 / 32768)


def test_a_sine_at_full_scale_has_three_decibels_less_than_full_scale() -> None:
    numbers = measured(np.sin(2 * np.pi * 997 * SECONDS))
    assert numbers["level"] == pytest.approx(-3.01, abs=0.01)
    assert numbers["peak"] == pytest.approx(0, abs=0.01)
    assert numbers["clipped_share"] == 0
    assert numbers["dc_offset"] == pytest.approx(0, abs=1e-4)
    quiet = measured(np.sin(2 * np.pi * 997 * SECONDS) / 100)
    assert quiet["level"] == pytest.approx(-43.01, abs=0.01)
    assert quiet["peak"] == pytest.approx(-40, abs=0.01)


def test_an_offset_is_that_of_the_worst_channel() -> None:
    tone = 0.3 * np.sin(2 * np.pi * 997 * SECONDS)
    numbers = measured(np.stack([tone, tone - 0.2], axis=1))
    assert numbers["dc_offset"] == pytest.approx(0.2, abs=1e-3)


@pytest.mark.parametrize("gain", [1.0, 0.3])
@pytest.mark.parametrize("beyond", [1.02, 1.2, 3.0])
def test_the_clipped_share_of_a_sine_is_known(beyond: float, gain: float) -> None:
    clipped = gain * np.clip(beyond * np.sin(2 * np.pi * 441 * SECONDS), -1, 1)
    share = 2 / math.pi * math.acos(1 / beyond)
    assert measured(sixteen_bits(clipped))["clipped_share"] == pytest.approx(share, rel=0.05)


@pytest.mark.parametrize("name", PROGRAMMES)
@pytest.mark.parametrize("share", [0.003, 0.03])
def test_the_clipped_share_of_sounds_is_known(name: str, share: float) -> None:
    sound = PROGRAMMES[name](np.random.default_rng(3), 32_000, 16_000)
    ceiling = np.quantile(np.abs(sound), 1 - share)
    clipped = 0.7 * np.clip(sound / ceiling, -1, 1)
    assert measured(sixteen_bits(clipped), 16_000)["clipped_share"] == pytest.approx(share, rel=0.1)
    whole = 0.99 * sound / np.abs(sound).max()
    assert measured(sixteen_bits(whole), 16_000)["clipped_share"] < 0.001


@pytest.mark.parametrize("kind", ["OGG", "MP3"])
def test_clipping_is_seen_through_lossy_codes(kind: str, encode: Any) -> None:
    sound = PROGRAMMES["voice"](np.random.default_rng(3), 32_000, 16_000)
    sound /= np.abs(sound).max()
    clipped = Audio.read(encode(np.clip(4 * sound, -1, 1), kind))
    whole = Audio.read(encode(sound, kind))
    shares = [Level().extract(one)[Level().names.index("clipped_share")] for one in (clipped, whole)]
    assert shares[0] > 0.005
    assert shares[1] < 0.001


@pytest.mark.parametrize("hertz", [20, 50, 200, 997, 1000, 3001])
@pytest.mark.parametrize("peak", [1.0, 0.3, 0.001])
def test_tones_are_not_taken_for_clipped(hertz: int, peak: float) -> None:
    assert measured(sixteen_bits(peak * np.sin(2 * np.pi * hertz * SECONDS)))["clipped_share"] == 0


def test_a_clipped_channel_is_not_hidden_by_the_other() -> None:
    tone = np.sin(2 * np.pi * 441 * SECONDS)
    both = np.stack([np.clip(2 * tone, -1, 1), 0.1 * tone], axis=1)
    assert measured(both)["clipped_share"] == pytest.approx(math.acos(0.5) / math.pi, rel=0.05)


@pytest.mark.parametrize("name", PROGRAMMES)
@pytest.mark.parametrize("ratio", [0, 10, 20, 35])
def test_the_ratio_of_sound_to_noise_is_known(name: str, ratio: int) -> None:
    for seed, noise in enumerate(NOISES):
        rng = np.random.default_rng(seed)
        sound = PROGRAMMES[name](rng, 48_000, 16_000)
        background = steady_noise(rng, 48_000, 16_000, NOISES[noise])
        background *= 10 ** (-ratio / 20) * math.sqrt(in_band(sound) / in_band(background))
        numbers = measured((sound + background) / 100, 16_000)
        assert numbers["snr"] == pytest.approx(ratio, abs=3.5)
        level = 10 * math.log10(in_band(background) / 100**2)
        assert numbers["noise"] == pytest.approx(level, abs=3.5)


def in_band(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(power[np.fft.rfftfreq(sound.size, 1 / 16_000) > 80].sum() * 2 / sound.size**2)


def test_sound_without_noise_and_noise_without_sound_are_the_ends_of_the_scale() -> None:
    rng = np.random.default_rng(0)
    knocks = np.zeros(48_000)
    knocks[10_000:12_000] = knocks[30_000:31_000] = 0.1
    knocks *= rng.standard_normal(48_000)
    assert measured(knocks)["snr"] == 100
    assert measured(0.1 * rng.standard_normal(48_000))["snr"] < -10


@pytest.mark.parametrize("down", [40, 20, 3])
def test_hum_is_told_by_its_level(down: int) -> None:
    rng = np.random.default_rng(1)
    sound = PROGRAMMES["voice"](rng, 96_000, 16_000)
    sound = sound / math.sqrt(np.mean(sound**2)) + 1e-3 * rng.standard_normal(96_000)
    both = sound + 10 ** (-down / 20) * mains_hum(rng, 96_000, 16_000)
    expected = -down - 10 * math.log10(1 + 10 ** (-down / 10))
    assert measured(both / 100, 16_000)["hum"] == pytest.approx(expected, abs=2.5)
    assert measured(sound / 100, 16_000)["hum"] < -45
    assert math.isnan(measured(sound[:8000], 16_000)["hum"])


def test_silence_and_bandwidth_are_shares_of_time_and_spectrum() -> None:
    sound = 0.1 * np.random.default_rng(0).standard_normal(48_000)
    sound[12_000:] *= 1e-3
    numbers = measured(sound)
    assert numbers["silence_share"] == pytest.approx(0.75, abs=0.02)
    assert measured(sound, silence=-90)["silence_share"] == 0
    assert numbers["bandwidth"] == pytest.approx(0.99 * 24_000, rel=0.02)
    spectrum = np.fft.rfft(sound)
    spectrum[4000:] = 0
    assert measured(np.fft.irfft(spectrum))["bandwidth"] == pytest.approx(4000, rel=0.05)


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(MmmlError, match="band is 800 to 80"):
        Level(band=(800, 80))
