"""The formats of clips: told by the first bytes of a file, written by its ending."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Brands of the same family of boxes that hold no clips: pictures, and sound alone.
_OTHER_BRANDS = (
    *(b"avif", b"avis", b"mif1", b"msf1", b"heic", b"heix", b"hevc", b"heim", b"heis", b"crx ", b"jp2 "),
    *(b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "),
)
# Clips of old cameras begin with one of these boxes. Their size is below 16 million bytes, which a text
# whose fifth letter begins such a word never says.
_OLD_BOXES = (b"moov", b"wide", b"free", b"skip", b"pnot")
# A packet of a transport stream has 188 bytes, with four more before each one on camcorders.
_PACKETS = ((0, 188), (4, 192))
_SYNC = 0x47


def format_of(head: bytes) -> str | None:
    """Return FFmpeg's name of the format of a clip that begins with ``head``; None for anything else."""
    box = head[4:8]
    if box == b"ftyp":
        return None if head[8:12] in _OTHER_BRANDS else "mov"
    if box == b"mdat" or (box in _OLD_BOXES and head[:1] == b"\0"):
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3") and (b"matroska" in head[:64] or b"webm" in head[:64]):
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"OggS") and (b"\x80theora" in head or b"OVP80\x01" in head):
        return "ogg"
    for first, step in _PACKETS:
        syncs, controls = head[first::step], head[first + 3 :: step]
        # Each packet says that it holds data, or padding, or both.
        if len(controls) >= 5 and set(syncs) == {_SYNC} and all(control & 0x30 for control in controls):
            return "mpegts"
    return None


@dataclass(frozen=True)
class Written:
    """How a clip is written.

    Args:
        reader: FFmpeg's name of the format where such files are read.
        container: its name where they are written.
        codec: the encoder.
        pixels: the format of its pixels. Where colour is stored at half the size, sides are even.
        options: of the encoder.
    """

    reader: str
    container: str
    codec: str
    pixels: str = "yuv420p"
    options: Mapping[str, str] = field(default_factory=dict)


# Without macroblock trees, whose sums in x264 take in memory that nothing was written to: the same frames
# would now and then give other bytes.
_H264 = {"crf": "20", "preset": "veryfast", "mbtree": "0"}
_VP9 = {"crf": "30", "b:v": "0", "deadline": "realtime", "cpu-used": "8"}

#: By the ending of the file.
WRITTEN = {
    ".mp4": Written("mov", "mp4", "libx264", options=_H264),
    ".m4v": Written("mov", "mp4", "libx264", options=_H264),
    ".mov": Written("mov", "mov", "libx264", options=_H264),
    ".mkv": Written("matroska", "matroska", "libx264", options=_H264),
    ".webm": Written("matroska", "webm", "libvpx-vp9", options=_VP9),
    ".avi": Written("avi", "avi", "mpeg4", options={"qmin": "2", "qmax": "4"}),
}

#: Nothing is lost, and it takes no time.
LOSSLESS = Written("avi", "avi", "huffyuv", pixels="rgb24")
