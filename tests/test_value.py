"""Modalities by name and by file, and paths as text."""

import os
from pathlib import Path

import pytest

from mmml.errors import UsageError
from mmml.image.value import Image
from mmml.value import modalities, modality, modality_of, shown


def test_a_modality_is_found_by_its_name() -> None:
    assert modality("image") is Image
    assert all(kind.modality == name for name, kind in modalities().items())
    with pytest.raises(UsageError, match="there is no modality imago") as caught:
        modality("imago")
    assert caught.value.hint == "did you mean image?"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"\xff\xd8\xff\xe0", "image"),
        ("noending", b"\x89PNG\r\n\x1a\n", "image"),
        ("a.JPG", b"", "image"),
        ("a.jpeg", b"<html>", "image"),
        ("a.txt", b"BAM", None),
        ("a.csv", b"", None),
        ("a.jpg.txt", b"hello", None),
    ],
)
def test_first_bytes_come_before_the_ending(name: str, content: bytes, expected: str | None) -> None:
    Path(name).write_bytes(content)
    assert modality_of(Path(name)) == expected


def test_what_cannot_be_opened_is_known_by_its_ending() -> None:
    os.mkfifo("pipe")
    Path("folder.jpg").mkdir()
    assert modality_of(Path("pipe")) is None
    assert modality_of(Path("folder.jpg")) == "image"
    assert modality_of(Path("missing.PNG")) == "image"
    assert modality_of(Path("nul\0byte.txt")) is None


def test_every_path_can_be_shown() -> None:
    assert shown(Path("a/ü.jpg")) == "a/ü.jpg"
    assert shown(os.fsdecode(b"caf\xe9.jpg")) == r"caf\xe9.jpg"
