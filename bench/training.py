"""How fast samples are measured, and how long a training takes; for the record, without a target."""

import time
from itertools import cycle, islice
from statistics import median

from bench.command import MMML, ROOT, seconds
from bench.row import Row
from bench.workshop import Workshop
from mmml.engine.extract import Extractor, Input
from mmml.engine.predict import processors
from mmml.image.gradients import Gradients

_SAMPLES = 1000


def measure(workshop: Workshop) -> list[Row]:
    """Measure photos as training does; train on the demo set where it has been made."""
    rows = [_features(workshop)]
    if (ROOT / "data" / "blur_demo").is_dir():
        words = (MMML, "train", "+experiment=blur_gradients", "store.publish=none", "tracker=none")
        what, place = (
            "`mmml train +experiment=blur_gradients`, demo set, untracked",
            f"paths.outputs={workshop.outputs}",
        )
        first = median(seconds(*words, place, "cache.path=null") for _ in range(3))
        again = [seconds(*words, place) for _ in range(4)][1:]
        rows.append(Row(what, f"{first:.1f} s"))
        rows.append(Row("the same again, with its features in the cache", f"{median(again):.1f} s"))
    return rows


def _features(workshop: Workshop) -> Row:
    photos = islice(cycle(workshop.photos), _SAMPLES)
    inputs = [Input(str(photo), photo, "image") for photo in photos]
    started = time.perf_counter()
    extractor = Extractor(n_jobs=processors())
    seen = extractor.observe_all(inputs, {"image": [Gradients()]}, identity=True)
    assert all(one.error is None for one in seen)
    per_second = _SAMPLES / (time.perf_counter() - started)
    what = f"features of {_SAMPLES:,} photos of about a megapixel, {processors()} threads"
    return Row(what, f"{per_second:.0f} photos/s")
