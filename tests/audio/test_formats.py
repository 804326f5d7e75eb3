"""Recordings of every kind: the samples are those that were written, and the first bytes tell them."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.audio.value import Audio
from mmml.errors import MmmlError
from mmml.value import modality_of, modality_of_bytes

EXACT = {
    "WAV": ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"),
    "WAVEX": ("PCM_16", "PCM_24"),
    "RF64": ("PCM_16", "PCM_24"),
    "FLAC": ("PCM_16", "PCM_24"),
}
ROUGH = {
    "WAV": ("PCM_U8", "ULAW", "ALAW", "IMA_ADPCM"),
    "OGG": ("VORBIS", "OPUS"),
    "MP3": ("MPEG_LAYER_III",),
}


def pairs(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(kind, subtype) for kind, subtypes in table.items() for subtype in subtypes]


@pytest.mark.parametrize(("kind", "subtype"), pairs(EXACT))
def test_exact_formats_come_back_as_they_were_written(
    kind: str, subtype: str, noise: np.ndarray, encode: Any
) -> None:
    sound = Audio.read(encode(noise, kind, subtype))
    assert (sound.rate, sound.channels, sound.seconds) == (16_000, 1, 1.0)
    assert sound.samples.dtype == np.float32
    assert np.abs(sound.samples - noise).max() < 1 / 32768
    assert sound.warnings == []


@pytest.mark.parametrize(("kind", "subtype"), pairs(ROUGH))
def test_rough_formats_sound_much_the_same(kind: str, subtype: str, noise: np.ndarray, encode: Any) -> None:
    sound = Audio.read(encode(noise, kind, subtype))
    assert sound.rate == 16_000
    assert sound.seconds == pytest.approx(1.0, abs=0.05)
    assert sound.facts()["level"] == pytest.approx(Audio(frames=noise[:, None]).facts()["level"], abs=3)
    assert sound.warnings == []


@pytest.mark.parametrize(("kind", "subtype"), pairs(EXACT) + pairs(ROUGH))
def test_a_recording_is_known_by_its_first_bytes_whatever_its_name(
    kind: str, subtype: str, noise: np.ndarray, encode: Any, tmp_path: Path
) -> None:
    path = tmp_path / "capture.dat"
    path.write_bytes(encode(noise, kind, subtype))
    assert modality_of(path) == "audio"


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 32_000, 44_100, 48_000])
def test_mp3_of_every_rate_is_known_without_a_tag(rate: int, noise: np.ndarray, encode: Any) -> None:
    data = encode(noise, "MP3", rate=rate)
    assert data[0] == 0xFF
    assert modality_of_bytes(data[:1024]) == "audio"
    assert Audio.read(data).rate == rate


def test_mp3_with_a_tag_before_it_is_read(noise: np.ndarray, encode: Any) -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x0f\x76" + bytes(0x0F << 7 | 0x76)
    assert modality_of_bytes(tag[:1024]) == "audio"
    assert Audio.read(tag + encode(noise, "MP3")).seconds == pytest.approx(1.0, abs=0.05)


STRANGERS = {
    "a text of two letters more than a mark": "\ufeffhello, this is text".encode("utf-16-le") * 40,
    "a text about tags": b"ID3 tags come first in many files. " * 30,
    "jpeg": b"\xff\xd8\xff\xe0" + bytes(1000),
    "aac": b"\xff\xf1\x50\x80" + bytes(1000),
    "ones": b"\xff" * 1024,
    "picture in riff": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(1000),
    "film in riff": b"RIFF\x24\0\0\0AVI LIST" + bytes(1000),
    "film in ogg": b"OggS\0\x02" + bytes(20) + b"\x01\x2a\x80theora" + bytes(900),
    "half a header": b"RIFF",
    "nothing": b"",
}


@pytest.mark.parametrize("name", STRANGERS)
def test_other_files_are_not_taken_for_recordings(name: str) -> None:
    assert not Audio.sniff(STRANGERS[name])
    with pytest.raises(MmmlError, match="empty" if name == "nothing" else "no recording in WAV"):
        Audio.read(STRANGERS[name])


def test_chance_is_hardly_ever_taken_for_mpeg() -> None:
    chance = np.random.default_rng(0).bytes(4_000_000)
    heads = [chance[at : at + 1024] for at in range(len(chance) - 1024) if chance[at] == 0xFF]
    assert len(heads) > 15_000
    assert sum(map(Audio.sniff, heads)) < 80


@pytest.mark.parametrize("ending", [".wav", ".flac", ".ogg", ".opus", ".mp3"])
def test_what_is_written_is_read_back(ending: str, noise: np.ndarray, tmp_path: Path) -> None:
    Audio(frames=noise[:, None], rate=16_000).write(tmp_path / f"a{ending}")
    again = Audio.read(tmp_path / f"a{ending}")
    assert again.rate == 16_000
    assert len(again.samples) == pytest.approx(16_000, abs=1200)
    if ending in (".wav", ".flac"):
        assert np.abs(again.samples - noise).max() < 1 / 32768
    again.write(tmp_path / f"b{ending}")
    assert (tmp_path / f"b{ending}").read_bytes() == (tmp_path / f"a{ending}").read_bytes()


def test_beyond_full_scale_is_kept_where_the_format_can(noise: np.ndarray, tmp_path: Path) -> None:
    loud = Audio(frames=noise.astype(np.float32)[:, None] * 20)
    loud.write(tmp_path / "loud.wav")
    assert np.array_equal(Audio.read(tmp_path / "loud.wav").samples, loud.samples)
    loud.write(tmp_path / "loud.flac")
    assert np.abs(Audio.read(tmp_path / "loud.flac").samples).max() <= 1


def test_a_minute_can_be_written_as_vorbis(tmp_path: Path) -> None:
    long = Audio(frames=np.zeros((48_000 * 60, 1), dtype=np.float32))
    long.write(tmp_path / "long.ogg")
    assert Audio.read(tmp_path / "long.ogg").seconds == 60


@pytest.mark.parametrize(
    ("name", "rate"), [("a.txt", 16_000), ("a", 16_000), ("a.aiff", 16_000), ("a.mp3", 96_000)]
)
def test_what_cannot_be_written_is_refused(name: str, rate: int, noise: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(MmmlError, match="cannot"):
        Audio(frames=noise[:, None], rate=rate).write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_formats_that_only_the_library_knows_are_refused(noise: np.ndarray, encode: Any) -> None:
    for kind in ("AIFF", "AU", "CAF"):
        data = encode(noise, kind)
        assert not Audio.sniff(data[:1024])
        with pytest.raises(MmmlError, match="no recording in WAV"):
            Audio.read(io.BytesIO(data).getvalue())
