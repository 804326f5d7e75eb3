"""Makers of recordings: the facts are those of the recordings."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.audio.decay import Decay
from mmml.audio.make import MakeDecay, MakeRecording, MakeReverberant
from mmml.audio.room import OCTAVES, expected_time, reverberation
from mmml.audio.value import Audio
from mmml.errors import MmmlError

MAKERS = (MakeDecay, MakeReverberant, MakeRecording)
SMALL: dict[type, dict[str, Any]] = {
    MakeDecay: {"times": (0.2, 0.8)},
    MakeReverberant: {"times": (0.3, 1.2), "cut": 0.6},
    MakeRecording: {"seconds": (1.0, 1.5)},
}


@pytest.mark.parametrize("maker", MAKERS)
def test_the_same_chance_gives_the_same_small_file(maker: Any, tmp_path: Path) -> None:
    make = maker(**SMALL[maker])
    for label in make.labels:
        for name in ("a", "b"):
            sound, facts = make(np.random.default_rng(3), None, label)
            sound.write(tmp_path / f"{name}{make.suffix}")
        assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()
        assert (tmp_path / "a.flac").stat().st_size < 150_000
        again = Audio.read(tmp_path / "a.flac")
        assert again.rate == sound.rate
        assert again.facts()["level"] == pytest.approx(sound.facts()["level"], abs=0.5)
        assert all(isinstance(fact, float | str) for fact in facts.values())


@pytest.mark.parametrize("maker", MAKERS)
def test_other_labels_are_refused(maker: Any) -> None:
    with pytest.raises(MmmlError, match="makes no echo"):
        maker()(np.random.default_rng(0), None, "echo")


@pytest.mark.parametrize("source", ["clap", "burst", "noise"])
def test_rooms_have_the_reverberation_time_that_their_label_tells(source: str) -> None:
    make = MakeDecay(noise=(55, 70))
    errors = []
    for seed in range(12):
        sound, facts = make(np.random.default_rng(seed), None, source)
        assert facts["source"] == source
        assert facts["label"] == facts["rt60"]
        errors.append(Decay(bands=[]).extract(sound)[3] / facts["rt60"] - 1)
    assert abs(np.mean(errors)) < 0.02
    assert np.max(np.abs(errors)) < 0.1


def test_what_is_expected_of_octaves_that_decay_alike_is_their_own_time() -> None:
    spectrum = np.ones(2049)
    for time in (0.2, 1.0, 4.0):
        for steady in (False, True):
            assert expected_time([time] * 8, spectrum, 48_000, steady) == pytest.approx(time, rel=1e-3)
    times = [2.0 if octave < 2000 else 0.5 for octave in OCTAVES]
    low = np.where(np.arange(2049) * 24_000 / 2048 < 500, 1.0, 0.0)
    assert expected_time(times, low, 48_000) == pytest.approx(2.0, rel=1e-3)
    assert 0.5 < expected_time(times, spectrum, 48_000) < 2.0


def test_octaves_decay_at_their_own_rates_and_add_up_to_white_noise() -> None:
    times = [1e6] * 8
    flat = reverberation(np.random.default_rng(0), times, 50_000, 48_000)
    assert np.mean(flat**2) == pytest.approx(1, rel=0.02)
    times[3] = 0.1
    power = np.abs(np.fft.rfft(reverberation(np.random.default_rng(0), times, 48_000, 48_000)[24_000:])) ** 2
    assert power[500 - 50 : 500 + 50].mean() < 0.05 * power[2000:4000].mean()


def test_rooms_are_labelled_by_the_side_of_the_cut_they_are_on() -> None:
    make = MakeReverberant(cut=0.6, times=(0.3, 1.2))
    for label in make.labels:
        for seed in range(6):
            _, facts = make(np.random.default_rng(seed), None, label)
            assert (facts["rt60"] > 0.6) == (label == "too_reverberant")
            assert "label" not in facts


def test_recordings_are_bad_in_the_way_that_their_label_tells() -> None:
    make = MakeRecording(seconds=(1.0, 1.5))
    for seed in range(6):
        made = {label: make(np.random.default_rng(seed), None, label) for label in make.labels}
        peaks = {label: 20 * np.log10(np.abs(sound.samples).max()) for label, (sound, _) in made.items()}
        assert -60.1 < peaks["too_quiet"] < -29.9
        assert min(peaks["good"], peaks["noisy"], peaks["clipped"]) > -20.1
        facts = {label: facts for label, (_, facts) in made.items()}
        assert facts["noisy"]["snr"] <= 15 < 20 <= facts["good"]["snr"]
        assert facts["good"]["severity"] == 0 < facts["noisy"]["severity"]
        clipped = np.abs(made["clipped"][0].samples)
        at_top = np.mean(clipped >= clipped.max() * (1 - 1e-6))
        assert at_top == pytest.approx(facts["clipped"]["clipped_share"], rel=0.02, abs=2 / clipped.size)


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(MmmlError, match="times is 2 to 1"):
        MakeDecay(times=(2, 1))
    with pytest.raises(MmmlError, match="sources is"):
        MakeDecay(sources=["gong"])
    with pytest.raises(MmmlError, match="cut is 5"):
        MakeReverberant(cut=5)
    with pytest.raises(MmmlError, match="programmes is"):
        MakeRecording(programmes=["silence"])
    with pytest.raises(MmmlError, match="clipped is 0 to 1"):
        MakeRecording(clipped=(0, 1))
