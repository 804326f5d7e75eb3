"""`Decay` against decays whose numbers are known."""

import math
from typing import Any

import numpy as np
import pytest

from mmml.audio.decay import Decay
from mmml.audio.schroeder import decay_curve
from mmml.audio.value import Audio
from mmml.errors import MmmlError


def measured(sound: Audio, *bands: int) -> dict[str, float]:
    transformer = Decay(bands=bands)
    return dict(zip(transformer.names, transformer.extract(sound).tolist(), strict=True))


def remarks(sound: Audio) -> list[str]:
    return [remark for remarks in sound.remarks.values() for remark in remarks]


@pytest.mark.parametrize("down", [90, 60, 40])
@pytest.mark.parametrize("time", [0.2, 0.5, 1.0, 2.0, 4.0])
def test_reverberation_time_is_right_within_five_percent(time: float, down: float, decaying: Any) -> None:
    for seed in range(3):
        numbers = measured(decaying(time, rate=32_000, down=down, seed=seed))
        assert numbers["rt60"] == pytest.approx(time, rel=0.05)
        assert numbers["t20"] == pytest.approx(time, rel=0.08)
        assert math.isnan(numbers["t30"]) if down == 40 else numbers["t30"] == numbers["rt60"]


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_the_rate_plays_no_part(rate: int, decaying: Any) -> None:
    numbers = measured(decaying(1.5, rate=rate, down=60), 2000, 4000)
    assert numbers["t30"] == pytest.approx(1.5, rel=0.04)
    assert numbers["t30_2000"] == pytest.approx(1.5, rel=0.08)
    assert math.isnan(numbers["t30_4000"]) == (rate < 11_314)


@pytest.mark.parametrize("time", [0.4, 1.0, 2.5])
def test_clarity_is_that_of_an_ideal_decay(time: float) -> None:
    # Energy without any chance: a decay of alternating signs, which lies far above any rumble.
    seconds = np.arange(int(1.2 * time * 48_000)) / 48_000
    ideal = 10 ** (-3 * seconds / time) * np.where(np.arange(seconds.size) % 2, -1, 1)
    numbers = measured(Audio.read(np.concatenate([np.zeros(4800), 0.5 * ideal])))
    fall = 6 * math.log(10) / time
    assert numbers["edt"] == pytest.approx(time, rel=0.01)
    assert numbers["t20"] == pytest.approx(time, rel=0.01)
    assert numbers["t30"] == pytest.approx(time, rel=0.01)
    assert numbers["c50"] == pytest.approx(10 * math.log10(math.expm1(fall * 0.05)), abs=0.1)
    assert numbers["c80"] == pytest.approx(10 * math.log10(math.expm1(fall * 0.08)), abs=0.1)
    assert numbers["d50"] == pytest.approx(-math.expm1(-fall * 0.05), abs=0.005)


def test_octave_bands_are_told_apart(decaying: Any) -> None:
    low, high = decaying(2.0, seed=1), decaying(0.6, seed=2)
    size = low.samples.size
    spectra = [np.fft.rfft(one.samples, size) for one in (low, high)]
    both = np.where(np.fft.rfftfreq(size, 1 / 48_000) < 700, *spectra)
    numbers = measured(Audio.read(np.fft.irfft(both, size)), 250, 500, 1000, 2000, 4000)
    for band in (250, 500):
        assert numbers[f"t30_{band}"] == pytest.approx(2.0, rel=0.1)
    for band in (2000, 4000):
        assert numbers[f"t30_{band}"] == pytest.approx(0.6, rel=0.1)


def test_filters_ring_before_a_click_not_after_it() -> None:
    click = np.zeros(48_000)
    click[10_000] = 0.9
    click += 1e-5 * np.random.default_rng(0).standard_normal(click.size)
    numbers = measured(Audio.read(click), 125, 250)
    # A filter that runs forwards alone would tell 0.04 seconds at 125 Hz.
    assert not numbers["edt_125"] > 0.02
    assert not numbers["edt_250"] > 0.02


@pytest.mark.parametrize("steady", [0.15, 0.5, 1.5])
@pytest.mark.parametrize("time", [0.3, 1.5])
def test_a_noise_that_stops_will_do(steady: float, time: float, decaying: Any) -> None:
    for seed in range(3):
        numbers = measured(decaying(time, down=60, steady=steady, seed=seed))
        assert numbers["t30"] == pytest.approx(time, rel=0.05)
        assert math.isnan(numbers["c80"])


def test_of_several_claps_the_clearest_counts(decaying: Any) -> None:
    loud = decaying(1.2, down=90).samples
    quiet = 0.1 * decaying(1.2, down=90, seed=1).samples
    hidden = loud[: loud.size // 4]  # the next clap comes too early
    rng = np.random.default_rng(2)
    claps = np.concatenate([quiet, hidden, loud, quiet])
    claps += 1e-5 * rng.standard_normal(claps.size).astype(np.float32)
    assert measured(Audio.read(claps))["t30"] == pytest.approx(1.2, rel=0.04)


def test_direct_sound_reflections_and_a_late_bump_do_not_disturb(decaying: Any) -> None:
    sound = decaying(1.0, down=60).samples.copy()
    sound[4800] = 20 * np.abs(sound).max()
    sound[[5300, 5900, 7000]] += 0.8
    bump = slice(60_000, 61_000)
    sound[bump] += 4e-4 * np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    assert measured(Audio.read(sound))["t30"] == pytest.approx(1.0, rel=0.05)


def test_a_recording_that_ends_within_the_decay_tells_what_it_can(decaying: Any) -> None:
    whole = decaying(1.0, down=90, before=0.0)
    for decayed, known in (
        (30, {"edt", "rt60"}),
        (40, {"edt", "t20", "rt60"}),
        (55, {"edt", "t20", "t30", "rt60"}),
    ):
        sound = Audio(frames=whole.frames[: int(48_000 * decayed / 60)], rate=48_000)
        numbers = measured(sound)
        assert {name for name in ("edt", "t20", "t30", "rt60") if not math.isnan(numbers[name])} == known
        assert numbers["rt60"] == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize(
    ("down", "missing", "needed"),
    [
        (52, "", ""),
        (42, "T30", "45"),
        (31, "T20, T30", "35, 45"),
        (15, "EDT, T20, T30, RT60", "20, 35, 45, 25"),
    ],
)
def test_what_lacks_range_is_not_measured_and_says_why(
    down: int, missing: str, needed: str, decaying: Any
) -> None:
    sound = decaying(1.0, down=down)
    numbers = measured(sound)
    assert {name for name in ("edt", "t20", "t30", "rt60") if math.isnan(numbers[name])} == {
        name.lower() for name in missing.split(", ") if name
    }
    if not missing:
        assert remarks(sound) == []
        return
    (warning,) = remarks(sound)
    words = warning.split(" only ")
    assert words[0] == f"{missing}:"
    # With so little to go by, rather less is told than there is.
    assert abs(int(words[1].split()[0]) - down) <= (1 if down > 30 else 6)
    assert warning.endswith(f"dB above the noise; {needed} dB are needed")
    measured(sound)
    assert remarks(sound) == [warning], "told once, however often it is looked at"


@pytest.mark.parametrize("name", ["noise", "tone", "click", "never stops"])
def test_where_nothing_decays_nothing_is_measured(name: str, decaying: Any) -> None:
    sounds = {
        "noise": 0.1 * np.random.default_rng(0).standard_normal(48_000),
        "tone": 0.1 * np.sin(np.arange(48_000) / 10),
        "click": np.eye(1, 48_000, 20_000)[0],
        "never stops": decaying(1.0, steady=1.0).samples[: int(1.1 * 48_000)].astype(float),
    }
    sound = Audio.read(sounds[name])
    numbers = measured(sound, 1000)
    assert all(math.isnan(number) for number in numbers.values())
    assert len(remarks(sound)) == 1


def test_speech_and_music_give_numbers_or_reasons_but_never_break() -> None:
    from mmml.audio.programme import PROGRAMMES

    for name, draw in PROGRAMMES.items():
        for seed in range(3):
            sound = Audio(frames=draw(np.random.default_rng(seed), 24_000, 16_000)[:, None] / 50, rate=16_000)
            numbers = np.array(list(measured(sound, 125, 4000).values()))
            assert not np.isinf(numbers).any(), name
            assert not (numbers[:4] <= 0).any()


def test_the_curve_of_an_exact_decay_is_straight() -> None:
    energies = 10 ** (-6 * np.arange(2000) / 1000) + 1e-7
    curve = decay_curve(energies, 0.001)
    assert curve is not None
    assert curve.range == pytest.approx(70, abs=0.3)
    assert np.allclose(curve.level[:900], -0.06 * np.arange(900), atol=0.02)
    assert curve.energy_after(0.5) == pytest.approx(1e-3, rel=0.01)


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(MmmlError, match="bands is"):
        Decay(bands=[0])
    with pytest.raises(MmmlError, match="lowest is 0"):
        Decay(lowest=0)
