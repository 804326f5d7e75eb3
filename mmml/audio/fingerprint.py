"""The fingerprint of a recording, by which it is known again in other loudness, rate or coding."""

import numpy as np
from numpy.typing import NDArray

from mmml.audio.spectrum import band_energies, mel_edges

_SLICES, _BANDS = 17, 17
#: Hz; what even the poorest codes and telephones keep.
_LOWEST, _HIGHEST = 150.0, 3600.0
_FRAME, _HOP = 0.032, 0.016


def fingerprint(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32] | None:
    """Return a hash, zeros and ones of shape (256,); None for a recording in which nothing changes.

    Signs of how the energy differences between neighbouring bands (150 to 3,600 Hz) change from each 17th of
    the recording to the next: J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", ISMIR
    2002.

    Args:
        samples: float32, shape (n,).
        rate: samples per second.
    """
    # Short recordings have slices shorter than a frame.
    hop = min(_HOP, samples.size / rate / (4 * _SLICES))
    energies = band_energies(samples, rate, mel_edges(_LOWEST, _HIGHEST, _BANDS).tolist(), _FRAME, hop)
    if len(energies) < _SLICES:
        return None
    slices = np.stack([part.mean(axis=0) for part in np.array_split(energies, _SLICES)])
    change = np.diff(np.diff(slices, axis=1), axis=0)
    return np.asarray(change > 0, dtype=np.float32).ravel() if change.any() else None
