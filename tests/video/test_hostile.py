"""`Video`: whatever a file says, no other file is opened for it, and nothing is asked of a network."""

import struct
from pathlib import Path
from typing import Any

import av
import pytest

from mmml.engine.extract import Extractor, Input
from mmml.errors import MmmlError
from mmml.image.gradients import Gradients
from mmml.value import modality_of
from mmml.video.per_frame import PerFrame
from mmml.video.value import Video

from .conftest import numbers

READERS = ("mov", "matroska", "avi", "ogg", "mpegts")


@pytest.fixture
def secret(tmp_path: Path, clip: Any) -> Path:
    """A clip that another file tries to have shown."""
    path = tmp_path / "secret.mov"
    path.write_bytes(clip(5, fmt="mov"))
    return path


def lists(path: Path) -> dict[str, str]:
    """What FFmpeg would follow, if it were left to find out by itself what a file is."""
    start = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,"
    return {
        "playlist of a neighbour": f"{start}\n{path.name}\n#EXT-X-ENDLIST\n",
        "playlist": f"{start}\n{path}\n#EXT-X-ENDLIST\n",
        "remote playlist": "#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "list of parts": f"ffconcat version 1.0\nfile '{path}'\n",
        "manifest": f"<?xml version='1.0'?><MPD><Period><BaseURL>file://{path}</BaseURL></Period></MPD>",
        "session": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 9 RTP/AVP 96\n",
        "images": "a%03d.png",
    }


@pytest.mark.parametrize("name", lists(Path()))
def test_a_list_that_is_called_a_clip_is_not_followed(name: str, secret: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text(lists(secret)[name])
    assert modality_of(path) == "video", "so that it is reported instead of passed over"
    seen = Extractor().observe(Input("list.mp4", path, "video"), [PerFrame(Gradients())])
    assert seen.error is not None and "not a video" in seen.error
    # Nor where somebody takes it for a clip all the same.
    for kind in READERS:
        for source in (path, path.read_bytes()):
            with pytest.raises(MmmlError):
                Video(source, kind).frames(2, 64)


@pytest.mark.parametrize(
    "name", ["concat:secret.mov|secret.mov", "subfile,,start,0,end,9,,:x.mp4", "http:x.mp4"]
)
def test_a_name_that_reads_like_an_address_is_a_name(name: str, clip: Any, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(clip(12))
    assert numbers(Video.read(Path(name)).frames(12, 64)) == list(range(12))


def boxed(kind: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def replaced(data: bytes, way: tuple[bytes, ...], new: bytes) -> bytes:
    """Return boxes with the one at the end of the way replaced; sizes on the way are set right."""
    out, place = b"", 0
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        box = data[place : place + size]
        if kind == way[0]:
            box = new if len(way) == 1 else boxed(kind, replaced(box[8:], way[1:], new))
        out, place = out + box, place + size
    return out


def elsewhere(name: bytes) -> bytes:
    """A reference to the data of another file: Apple's alias record, as FFmpeg reads it."""
    path = b"Disk:" + name
    record = struct.pack(">4xHHH", 150, 2, 0) + bytes([4]) + b"Disk".ljust(27, b"\0") + bytes(12)
    record += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + struct.pack(">hh", 1, 1) + bytes(16)
    record += struct.pack(">HH", 2, len(path)) + path + b"\0" * (len(path) % 2) + struct.pack(">hH", -1, 0)
    return boxed(b"dref", struct.pack(">II", 0, 1), boxed(b"alis", struct.pack(">I", 0), record))


def test_a_movie_whose_pictures_lie_in_another_file_shows_nothing(secret: Path, tmp_path: Path) -> None:
    way = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")
    trap = replaced(secret.read_bytes(), way, elsewhere(secret.name.encode()))
    path = tmp_path / "trap.mov"
    path.write_bytes(trap)
    # The trap works: FFmpeg follows it where it is allowed to.
    with av.open(str(path), format="mov", options={"enable_drefs": "1"}) as careless:
        assert len(list(careless.decode(video=0))) == 5
    for source in (path, trap):
        with pytest.raises(MmmlError, match="no frame"):
            Video.read(source).frames(5, 64)
