"""The picture of a recording: its spectrogram, and below it its waveform."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.audio.spectrum import band_energies

#: Frequencies shown, Hz, at most; the scale is logarithmic.
_LOWEST, _HIGHEST = 60.0, 16_000.0
#: Levels shown, from the strongest down, dB.
_RANGE = 70.0
#: Height of the spectrogram and of all, as shares of the width.
_UPPER, _WHOLE = 0.5, 0.75
_BACKGROUND, _WAVE, _MEAN, _CLIPPED = (24, 24, 32), (88, 120, 168), (160, 200, 240), (235, 70, 60)
_FULL_SCALE = 0.999
#: Waveforms are drawn larger up to this peak; what is quieter shall look quiet.
_QUIET = 0.05


def draw(samples: NDArray[np.float32], rate: int, pixels: int) -> NDArray[np.uint8]:
    """Draw a recording.

    Args:
        samples: float32, shape (n,), full scale is 1.
        rate: samples per second.
        pixels: width.

    Returns:
        RGB uint8, shape (3/4 pixels, pixels, 3). Above: level by time (to the right) and frequency (up, 60 Hz
        to 16 kHz or half the rate, logarithmic), the strongest 70 dB. Below: peaks and RMS by time, scaled to
        the loudest, unless that is very quiet; red where samples are at full scale.
    """
    upper, height = max(1, round(_UPPER * pixels)), max(2, round(_WHOLE * pixels))
    canvas = np.full((height, pixels, 3), _BACKGROUND, dtype=np.uint8)
    canvas[:upper] = _spectrogram(samples, rate, pixels, upper)
    wave = canvas[upper:]
    edges = np.linspace(0, samples.size, pixels + 1).astype(np.intp)
    starts = np.minimum(edges[:-1], samples.size - 1)
    magnitude = np.abs(samples)
    peaks = np.maximum.reduceat(magnitude, starts)
    powers = np.add.reduceat(np.square(samples, dtype=np.float64), starts) / np.maximum(np.diff(edges), 1)
    scale = max(float(peaks.max()), _QUIET)
    away = np.abs(np.linspace(-1, 1, wave.shape[0]))[:, None]
    wave[away <= peaks / scale] = _WAVE
    wave[away <= np.sqrt(powers) / scale] = _MEAN
    wave[(away <= peaks / scale) & (away > 0.85) & (peaks >= _FULL_SCALE)] = _CLIPPED
    return canvas


def _spectrogram(samples: NDArray[np.float32], rate: int, width: int, height: int) -> NDArray[np.uint8]:
    highest = min(_HIGHEST, rate / 2)
    edges = np.geomspace(min(_LOWEST, highest / 2), highest, min(height, 96) + 1)
    hop = max(samples.size / rate / width, 1 / rate)
    # Frames may overlap, so that a short recording is not all one frame; nor may any sound fall between two.
    energies = band_energies(samples, rate, edges.tolist(), max(0.03, hop), hop)
    # Bands grow wider upwards; noise shall look even.
    level = 10 * np.log10(energies / np.diff(edges).astype(np.float32) + 1e-14)
    level = (level - level.max()) / np.float32(_RANGE) + 1
    gray = (255 * np.clip(level, 0, 1)).astype(np.uint8).T[::-1]
    gray = np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    coloured = cv2.applyColorMap(gray, cv2.COLORMAP_MAGMA)
    return np.asarray(cv2.cvtColor(coloured, cv2.COLOR_BGR2RGB), dtype=np.uint8)
