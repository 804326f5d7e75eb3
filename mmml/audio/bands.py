"""Filters: octave bands after IEC 61260, and everything above rumble, run backwards in time."""

import numpy as np

from mmml.audio.value import Samples

#: Base-10 octaves (IEC 61260-1:2014): the middle frequencies are exactly 1000 · 10^(0.3 k) Hz.
_OCTAVE = 10**0.3
#: Sixth-order Butterworth filters keep the limits of class 1.
_ORDER = 3
#: A band filter has settled after so many times the inverse of its width.
_SETTLED = 4.0


def octave_edges(nominal: float) -> tuple[float, float]:
    """Return the lower and upper border, Hz, of the octave band with this nominal middle, Hz."""
    middle = 1000 * _OCTAVE ** round(np.log(nominal / 1000) / np.log(_OCTAVE))
    return float(middle / _OCTAVE**0.5), float(middle * _OCTAVE**0.5)


def octave_band(samples: Samples, rate: int, nominal: float) -> Samples:
    """Return what is in an octave band.

    The filter runs backwards in time, so that it rings before each sound, not into its decay (F. Jacobsen and
    J. H. Rindel, "Time reversed decay measurements", Journal of Sound and Vibration, 1987).

    Args:
        samples: float32, shape (n,).
        rate: samples per second; above twice the upper border of the band.
        nominal: middle of the band, Hz: 125, 250, ….
    """
    from scipy.signal import butter

    low, high = octave_edges(nominal)
    sections = butter(_ORDER, (low, high), "bandpass", fs=rate, output="sos")
    return _backwards(sections, samples, round(_SETTLED * rate / (high - low)))


def above(samples: Samples, rate: int, lowest: float) -> Samples:
    """Return what is above ``lowest`` Hz, by a filter that runs backwards in time."""
    from scipy.signal import butter

    sections = butter(4, lowest, "highpass", fs=rate, output="sos")
    return _backwards(sections, samples, round(_SETTLED * rate / lowest))


def _backwards(sections: np.ndarray, samples: Samples, settle: int) -> Samples:
    from scipy.signal import sosfilt

    # It starts in the mirrored end, so that it has settled where the recording ends.
    settle = min(settle, samples.size - 1)
    mirrored = np.pad(samples, (0, settle), "reflect")
    filtered = sosfilt(sections, mirrored[::-1])[::-1]
    return np.asarray(filtered[: samples.size], dtype=np.float32)
