"""A trained check of recordings from the outside: a class, or the reason why there is none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mmml
from mmml.audio.value import Audio
from mmml.engine.rows import Row


@pytest.fixture(scope="module")
def ask(
    tmp_path_factory: pytest.TempPathFactory, tiny_twin: Callable[[str], list[str]]
) -> Callable[[Audio | bytes], Row]:
    """Write a recording and return what a model that was trained for it says: ``ask(sound)``."""
    folder = tmp_path_factory.mktemp("site")
    outputs = [f"paths.outputs={folder}", f"store.backend.path={folder}/models"]
    result = mmml.train(["+experiment=too_reverberant", *tiny_twin("too_reverberant"), *outputs])
    model = mmml.load(str(result.bundle))

    def asked(sound: Audio | bytes) -> Row:
        path = folder / "capture.wav"
        if isinstance(sound, Audio):
            sound.write(path)
        else:
            path.write_bytes(sound)
        (row,) = model.predict(path)
        return row

    return asked


def test_where_the_decay_drowns_in_noise_the_row_says_why(ask: Any, decaying: Any) -> None:
    assert ask(decaying(2.0, down=60)).label == "too_reverberant"
    assert ask(decaying(0.4, down=60)).label == "fine"
    row = ask(decaying(2.0, down=40))
    assert (row.label, row.score) == (None, None)
    assert row.error.startswith("cannot be measured on this input: t30; T30: only ")
    assert row.error.endswith("dB above the noise; 45 dB are needed")


def test_bad_input_is_a_row_with_the_reason(ask: Any, noise: np.ndarray, encode: Any) -> None:
    reasons = {
        b"": "empty",
        b"hello\n" * 100: "no recording",
        encode(noise[:0]): "0 seconds",
        encode(np.zeros(16_000)): "silent",
        encode(noise)[:40]: "broken, empty or cut short",
        encode(np.full(100, np.nan), "WAV", "FLOAT"): "no numbers",
    }
    for data, reason in reasons.items():
        row = ask(data)
        assert reason in row.error
        assert row.label is None
    short = ask(encode(np.tile(noise, 2))[:-20_000])
    assert "1.38 of 2.00 seconds could be read" in short.warning
