"""`Audio`: bad input has a reason, and odd input a warning."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.audio.decay import Decay
from mmml.audio.level import Level
from mmml.audio.value import Audio
from mmml.engine.extract import Extractor, Input
from mmml.errors import MissingLibrary, MmmlError
from mmml.value import Limits, modality_of


@pytest.mark.parametrize("keep", [0.9, 0.6])
@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64", "FLAC", "OGG"])
def test_a_file_that_is_cut_short_gives_what_could_be_read_and_says_so(
    kind: str, keep: float, noise: np.ndarray, encode: Any
) -> None:
    whole = encode(np.tile(noise, 4), kind)
    sound = Audio.read(whole[: int(len(whole) * keep)])
    assert 1 < sound.seconds < 4 * keep + 0.1
    (warning,) = sound.warnings
    assert warning.startswith(f"the recording is cut short or broken: {sound.seconds:.2f} ")
    if kind != "OGG":
        assert warning.endswith("of 4.00 seconds could be read")
        assert np.abs(sound.samples - np.tile(noise, 4)[: len(sound.samples)]).max() < 1 / 32768


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_file_of_which_hardly_anything_is_left_is_refused_or_says_so(
    kind: str, noise: np.ndarray, encode: Any
) -> None:
    whole = encode(noise, kind)
    for size in (0, 1, 4, 12, 30, 44, 60, 100, 200, 400):
        try:
            sound = Audio.read(whole[:size])
            assert sound.samples.size < noise.size
            assert sound.warnings
        except MmmlError as error:
            assert error.message


def test_garbage_in_the_middle_never_escapes(noise: np.ndarray, encode: Any) -> None:
    rng = np.random.default_rng(0)
    for kind in ("WAV", "FLAC", "OGG"):
        whole = bytearray(encode(noise, kind))
        for _ in range(20):
            broken = bytearray(whole)
            at = int(rng.integers(len(broken) - 20))
            broken[at : at + 20] = rng.bytes(20)
            try:
                assert np.isfinite(Audio.read(bytes(broken)).samples).all()
            except MmmlError as error:
                assert error.message


@pytest.mark.parametrize("kind", ["WAV", "OGG", "FLAC"])
def test_a_recording_of_no_seconds_is_refused(kind: str, noise: np.ndarray, encode: Any) -> None:
    with pytest.raises(MmmlError, match="empty"):
        Audio.read(encode(noise[:0], kind) or b"fLaC")
    with pytest.raises(MmmlError, match="0 seconds"):
        Audio.read(np.zeros(0))


@pytest.mark.parametrize("content", [b"", b"\0", b"hello\n" * 100, b"<html>404</html>", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_only_has_the_name_of_a_recording_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "capture.wav"
    path.write_bytes(content)
    if not content.startswith(b"\x89PNG"):
        assert modality_of(path) == "audio", "so that it is reported instead of passed over"
    with pytest.raises(MmmlError, match="no recording in WAV" if content else "empty"):
        Audio.read(path)


def test_limits_hold_before_anything_is_decoded(noise: np.ndarray, encode: Any, tmp_path: Path) -> None:
    data = encode(noise)
    Audio.read(data, Limits(seconds=1))
    with pytest.raises(MmmlError, match=r"1\.0 seconds of 1 channels at 16,000 Hz; the limit is 0 seconds"):
        Audio.read(data, Limits(seconds=0.5))
    with pytest.raises(MmmlError, match="of 100 channels"):
        Audio.read(encode(np.zeros((16_000, 100))), Limits(seconds=10))
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(MmmlError, match="bytes; the limit is"):
        Audio.read(tmp_path / "a.wav", Limits(bytes=len(data) - 1))


def test_nine_channels_are_one_in_their_mean(noise: np.ndarray, encode: Any) -> None:
    nine = noise[:, None] * np.arange(1, 10) / 9
    sound = Audio.read(encode(nine, "WAV", "FLOAT"))
    assert (sound.channels, sound.facts()["channels"]) == (9, 9)
    assert np.allclose(sound.samples, noise * 5 / 9, atol=1e-6)
    assert sound.warnings == []


def test_channels_that_cancel_each_other_are_told(noise: np.ndarray, encode: Any) -> None:
    against = Audio.read(encode(np.stack([noise, -noise], axis=1), "WAV", "FLOAT"))
    assert not against.samples.any()
    nearly = Audio.read(encode(np.stack([noise, -0.9 * noise], axis=1)))
    assert nearly.samples.any()
    apart = Audio.read(encode(np.stack([noise, noise[::-1]], axis=1)))
    assert apart.samples.any()
    assert "cancel each other wholly" in against.warnings[0]
    assert "cancel each other by 26 dB" in nearly.warnings[0]
    assert apart.warnings == []


def test_samples_that_are_no_numbers_are_refused(noise: np.ndarray, encode: Any) -> None:
    for bad in (np.nan, np.inf, -np.inf):
        spoilt = noise.copy()
        spoilt[100:103] = bad
        with pytest.raises(MmmlError, match="3 of 16,000 samples are no numbers"):
            _ = Audio.read(encode(spoilt, "WAV", "FLOAT")).samples
        with pytest.raises(MmmlError, match="3 of 16,000 samples are no numbers"):
            Audio.read(spoilt)
    _ = Audio.read(encode(np.full(1000, 3e38), "WAV", "FLOAT")).samples


def test_arrays_are_recordings_at_48_kilohertz(noise: np.ndarray) -> None:
    assert Audio.read(noise).rate == 48_000
    assert np.array_equal(Audio.read(noise).samples, noise.astype(np.float32))
    assert Audio.read(np.zeros((10, 2)) + 0.1).channels == 2
    for wrong in (np.zeros((2, 3, 4)), np.zeros(100, dtype=np.int16), np.zeros((5, 5), dtype=np.uint8)):
        with pytest.raises(MmmlError, match="is no recording"):
            Audio.read(wrong)


def test_a_silent_recording_has_a_reason_and_no_numbers(encode: Any) -> None:
    silent = encode(np.zeros(16_000), "FLAC")
    for transformer in (Level(), Decay()):
        seen = Extractor().observe(Input("a", silent, "audio"), [transformer], identity=True)
        assert np.isnan(seen.features[transformer.key()]).all()
        assert "the recording is silent: every sample is 0" in seen.warnings
        assert seen.error is None
        assert seen.fingerprint is None
        assert seen.facts["level"] == -120
    assert Audio.read(silent).thumbnail(64).shape == (48, 64, 3)


@pytest.mark.parametrize("size", [1, 2, 7, 160])
def test_the_shortest_recordings_are_no_trouble(size: int, noise: np.ndarray, encode: Any) -> None:
    seen = Extractor().observe(Input("a", encode(noise[:size]), "audio"), [Level(), Decay()], identity=True)
    assert seen.error is None
    level, decay = seen.features.values()
    assert np.isfinite(level[:4]).all()
    assert np.isnan(decay).all()
    reason = "no decay can be heard in the recording"
    assert reason in seen.told([Decay().key()]) and reason not in seen.told([Level().key()])
    assert Audio.read(encode(noise[:size])).thumbnail(40).shape == (30, 40, 3)


@pytest.mark.parametrize("rate", [100, 500, 8000, 192_000])
def test_any_rate_can_be_measured(rate: int, noise: np.ndarray, encode: Any) -> None:
    seen = Extractor().observe(Input("a", encode(noise, rate=rate), "audio"), [Level(), Decay()], True)
    assert seen.error is None
    assert seen.facts["seconds"] == pytest.approx(16_000 / rate)


def test_near_duplicates_have_near_fingerprints_and_others_have_not(noise: np.ndarray, encode: Any) -> None:
    rng = np.random.default_rng(1)
    sounds = [noise * np.repeat(rng.uniform(0.1, 1, 20), 800) for _ in range(6)]
    prints = [Audio.read(encode(sound)).fingerprint() for sound in sounds]
    for sound, own in zip(sounds, prints, strict=True):
        for twin in (encode(sound / 4), encode(sound, "OGG"), encode(np.stack([sound] * 2, axis=1))):
            assert np.linalg.norm(Audio.read(twin).fingerprint() - own) <= Audio.fingerprint_radius
    others = [np.random.default_rng(seed).standard_normal(16_000) / 9 for seed in range(20, 26)]
    prints += [Audio.read(encode(other)).fingerprint() for other in others]
    for i, one in enumerate(prints[5:]):
        for other in prints[5 + i + 1 :]:
            assert np.linalg.norm(one - other) > Audio.fingerprint_radius


def test_the_thumbnail_shows_when_and_how_high_a_sound_is() -> None:
    seconds = np.arange(48_000) / 48_000
    tone = np.where(
        seconds > 0.5, np.sin(2 * np.pi * 7900 * seconds), 0.5 * np.sin(2 * np.pi * 200 * seconds)
    )
    picture = Audio.read(tone).thumbnail(200).astype(int)
    assert picture.shape == (150, 200, 3)
    light = picture[:100].sum(axis=2)
    assert light[:30, 110:].max() > 3 * light[:30, :90].max(), "high and late"
    assert light[60:, :90].max() > 3 * light[60:, 110:].max(), "low and early"
    red = (picture[100:, :, 0] > 200) & (picture[100:, :, 1] < 100)
    assert red[:, 110:].any()
    assert not red[:, :90].any()


def test_no_sound_library_is_needed_to_know_recordings_and_its_lack_is_told(
    noise: np.ndarray, encode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ", ".join(f"mmml.audio.{part}" for part in ("value", "decay", "level", "make"))
    code = f"import sys, {parts}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"soundfile", "scipy", "sklearn"} & set(done.stdout.split())
    data = encode(noise)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert Audio.sniff(data[:1024])
    with pytest.raises(MissingLibrary) as caught:
        Audio.read(data)
    assert caught.value.hint == "pip install 'mmml[audio]'"
