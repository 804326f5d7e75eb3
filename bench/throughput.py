"""How much longer it takes to predict phone photos than only to decode the same files to gray."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from bench.phone import make_photos
from bench.row import Row
from bench.workshop import Workshop
from mmml.bundle.read import Bundle
from mmml.engine.inputs import Inputs
from mmml.engine.models import all_models
from mmml.engine.predict import Predictor
from mmml.store.built_in import FOLDER
from mmml.store.local import LocalStore

# Many short turns, each beside one of the other kind: what else the machine does then hits both alike.
_FOLDERS, _PHOTOS, _ROUNDS = 3, 20, 4
_MOST, _MOST_BUILT_IN = 1.5, 2.0
# How much faster two threads must decode than one for their row to mean something.
_LEAST_GAIN = 1.5

_Work = Callable[[Path, int], None]


def measure(workshop: Workshop) -> list[Row]:
    """Decode and predict the same files in turn, on one thread and on two, in this process."""
    folders = [workshop.folder / "phone" / str(number) for number in range(_FOLDERS)]
    for number, folder in enumerate(folders):
        make_photos(workshop.photos, folder, _PHOTOS, seed=number)
    return [
        *_rows("both blur models", all_models(LocalStore(workshop.store)), folders, _MOST),
        *_rows("the models that come with mmml", all_models(LocalStore(FOLDER)), folders, _MOST_BUILT_IN),
    ]


def _rows(what: str, models: list[Bundle], folders: list[Path], most: float) -> list[Row]:
    one, two = (_pairs(folders, models, threads) for threads in (1, 2))
    # Where other work holds the second core, threads that wait for each other look as good as any.
    gain = median(decoding for _, decoding in one) / median(decoding for _, decoding in two)
    over = f"{what} on phone photos over decoding them to gray"
    return [
        _row(f"{over}, 1 thread", one, most, judged=True),
        _row(f"{over}, 2 threads", two, most, judged=gain >= _LEAST_GAIN),
    ]


def _row(what: str, pairs: list[tuple[float, float]], most: float, judged: bool) -> Row:
    ratio = median(predicting / decoding for predicting, decoding in pairs)
    speeds = [f"{_PHOTOS / median(times):.0f}" for times in zip(*pairs, strict=True)]
    return Row(
        what,
        f"{ratio:.2f} ({speeds[0]} and {speeds[1]} photos/s)",
        f"at most {most}",
        ratio <= most if judged else None,
    )


def _pairs(folders: list[Path], models: list[Bundle], threads: int) -> list[tuple[float, float]]:
    """Return seconds of predicting and of decoding, folder by folder and round after round."""
    pairs = []
    for number in range(_ROUNDS + 1):
        for folder in folders:
            turns: dict[str, _Work] = {"predict": partial(_predict, models), "decode": _decode}
            # Each goes first in turn, lest one of them always finds the caches as the other left them.
            order = sorted(turns, reverse=bool(number % 2))
            took = {turn: _took(turns[turn], folder, threads) for turn in order}
            # The first round warms up.
            if number:
                pairs.append((took["predict"], took["decode"]))
    return pairs


def _decode(folder: Path, threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        assert all(pool.map(_height, sorted(folder.iterdir())))


def _height(file: Path) -> int:
    gray = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    return 0 if gray is None else len(gray)


def _predict(models: list[Bundle], folder: Path, threads: int) -> None:
    rows = list(Predictor(models, n_jobs=threads).rows(Inputs([str(folder)])))
    assert len(rows) == _PHOTOS * len(models)
    assert all(row.error is None for row in rows)


def _took(work: _Work, folder: Path, threads: int) -> float:
    started = time.perf_counter()
    work(folder, threads)
    return time.perf_counter() - started
