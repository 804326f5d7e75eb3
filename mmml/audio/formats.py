"""The formats of recordings: what their first bytes look like, and how much sound a file says it holds."""

import struct

#: Those that are opened, by libsndfile's names.
FORMATS = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3"})

_OGG_CODECS = (b"\x01vorbis", b"OpusHead")
#: kbit/s of MPEG-1 layers I, II and III and of MPEG-2 layers I and II/III, by the index in the header.
_BITRATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)

_OGG_PAGE = 65_307
_LAST_PAGE = 4
#: What a program writes that does not know yet how long the recording will be.
_UNKNOWN = 0xFFFF_FF00


def is_recording(head: bytes) -> bool:
    """Tell WAV, FLAC, Ogg with Vorbis or Opus, and MP3 by the first bytes of a file."""
    riff = head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"
    return riff or head.startswith(b"fLaC") or _is_ogg(head) or _is_tagged(head) or _is_mpeg(head)


def _is_ogg(head: bytes) -> bool:
    # The first page names the codec; a film begins with its pictures.
    if not head.startswith(b"OggS") or len(head) < 28:
        return False
    return head[27 + head[26] :].startswith(_OGG_CODECS) and b"\x80theora" not in head


def _is_tagged(head: bytes) -> bool:
    # ID3v2: version 2 to 4, flags, and a size in bytes below 128.
    known = head.startswith(b"ID3") and len(head) >= 10
    return known and 2 <= head[3] <= 4 and not head[5] & 0x0F and max(head[6:10]) < 128


def _is_mpeg(head: bytes) -> bool:
    """Tell MPEG audio by the header of its first frame and, where it can be seen, of the second.

    One header is four bytes: texts in UTF-16 begin with as much. Their second one is never in its place.
    """
    length = _frame_bytes(head)
    if not length:
        return False
    following = head[length : length + 4]
    return len(following) < 4 or (_frame_bytes(following) > 0 and (head[1] ^ following[1]) & 0xFE == 0)


def _frame_bytes(head: bytes) -> int:
    """Return the length that the header of an MPEG audio frame states (ISO/IEC 11172-3), or 0."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate, rate, emphasis = head[2] >> 4, head[2] >> 2 & 3, head[3] & 3
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3 or emphasis == 2:
        return 0
    generation = 1 if version == 3 else 2
    bits = 1000 * _BITRATES[generation, layer if generation == 1 else min(layer, 2)][bitrate - 1]
    hertz = _RATES[rate] >> (3 - version if version else 2)
    padding = head[2] >> 1 & 1
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    return (72 if layer == 3 and generation == 2 else 144) * bits // hertz + padding


def missing_share(data: bytes) -> float:
    """Return which share of the sound, 0 to 1, the file says to hold but does not; 0 where it does not say.

    libsndfile plays WAV files that are cut short without a word. Ogg marks its last page, but does not say
    how much is missing where that mark is: then it is NaN.
    """
    if data.startswith(b"OggS"):
        return 0.0 if _ends_with_last_page(data) else float("nan")
    if data[:4] not in (b"RIFF", b"RF64"):
        return 0.0
    at, large = 12, None
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"ds64" and at + 24 <= len(data):
            large = struct.unpack_from("<Q", data, at + 16)[0]
        if name == b"data":
            stated = large if large is not None and size >= _UNKNOWN else size
            there = len(data) - at - 8
            return 0.0 if stated <= there or (stated >= _UNKNOWN and large is None) else 1 - there / stated
        at += 8 + size + size % 2
    return 0.0


def _ends_with_last_page(data: bytes) -> bool:
    at = data.rfind(b"OggS", -_OGG_PAGE)
    if at < 0 or len(data) < at + 27:
        return False
    segments = data[at + 27 : at + 27 + data[at + 26]]
    whole = len(segments) == data[at + 26] and len(data) >= at + 27 + len(segments) + sum(segments)
    return whole and bool(data[at + 5] & _LAST_PAGE)
