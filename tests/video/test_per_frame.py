"""`PerFrame`: what is measured on frames, summed up over the clip."""

import json
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from mmml.bundle.manifest import TransformerEntry
from mmml.bundle.transformers import rebuild
from mmml.errors import MmmlError
from mmml.features import Features, Transformer, kind_of
from mmml.image.gradients import Gradients, Laplacian
from mmml.image.scene import draw_scene
from mmml.image.sharpness import Sharpness
from mmml.video.per_frame import PerFrame
from mmml.video.value import Video


class Told(Transformer):
    """Answers the mean luma, and a half of it where it is above 100."""

    modality = "image"

    @property
    def names(self) -> tuple[str, ...]:
        return ("luma", "bright")

    def extract(self, value: Any) -> Features:
        mean = float(value.gray.mean())
        return np.array([mean, mean / 2 if mean > 100 else np.nan])


def steps(*levels: int) -> Video:
    """A clip whose frames have these levels."""
    return Video.read(np.stack([np.full((32, 32, 3), level, np.uint8) for level in levels]))


def measured(video: Video, **options: Any) -> dict[str, float]:
    check = PerFrame(Told(), frames=10, long_side=32, **options)
    return dict(zip(check.names, check.extract(video).tolist(), strict=True))


LEVELS = (10, 20, 30, 40, 50, 60, 70, 80, 90, 200)


def test_statistics_over_the_frames() -> None:
    found = measured(steps(*LEVELS), statistics=("median", "p10", "p90", "mean", "min", "max"))
    expected = {"median": 55, "p10": 19, "p90": 101, "mean": 65, "min": 10, "max": 200}
    assert list(found) == [f"{feature}_{name}" for feature in ("luma", "bright") for name in expected]
    assert {name: found[f"luma_{name}"] for name in expected} == pytest.approx(expected)


def test_shares_of_the_frames() -> None:
    found = measured(
        steps(*LEVELS), statistics=(), below={"luma": 45}, above={"luma": 75}, dropped={"luma": 0.5}
    )
    # The 90th percentile is 101.
    assert found == {"luma_below": 0.4, "luma_above": 0.3, "luma_dropped": 0.5}


def test_frames_on_which_a_feature_cannot_be_measured_do_not_count() -> None:
    found = measured(steps(*LEVELS), statistics=("median",), above={"bright": 90})
    assert found == {"luma_median": 55, "bright_median": 100, "bright_above": 1.0}
    dark = measured(steps(1, 2, 3), statistics=("p10",), below={"bright": 1}, dropped={"bright": 0.5})
    assert dark["luma_p10"] == pytest.approx(1.2)
    assert np.isnan([dark["bright_p10"], dark["bright_below"], dark["bright_dropped"]]).all()


def test_the_share_that_dropped_is_the_share_that_is_blurred() -> None:
    import cv2

    scene = draw_scene(np.random.default_rng(0), 128)
    blurred = np.asarray(cv2.GaussianBlur(scene, (0, 0), 2))
    check = PerFrame(Laplacian(), frames=20, long_side=128, statistics=(), dropped={"laplacian_var": 0.5})
    for share in (0, 4, 15):
        clip = Video.read(np.stack([blurred] * share + [scene] * (20 - share)))
        assert check.extract(clip).tolist() == [share / 20]


def test_one_frame_is_enough() -> None:
    found = measured(steps(120), dropped={"luma": 0.5})
    assert found["luma_median"] == found["luma_p10"] == found["luma_p90"] == 120
    assert found["luma_dropped"] == 0


def test_what_frames_cannot_be_measured_by_is_told_of_the_clip() -> None:
    check, clip = PerFrame(Sharpness(), frames=2, long_side=512), steps(*[128] * 3)
    blank = Video.read(np.full((3, 96, 128, 3), 128, np.uint8))
    for value, reason in ((blank, "there are no edges"), (clip, "a side under 64 pixels")):
        assert np.isnan(check.extract(value)).all()
        (remark,) = value.remarks[check.key()]
        assert reason in remark
    moving = Video.read(np.stack([draw_scene(np.random.default_rng(1), 512) for _ in range(2)]))
    assert np.isfinite(check.extract(moving)).any()
    assert not moving.remarks


def test_it_keeps_scikit_learns_contract() -> None:
    check = PerFrame(Laplacian(256), frames=8, below={"laplacian_var": 100.0})
    copy = clone(check)
    assert copy == check and copy is not check and copy.transformer is not check.transformer
    copy.set_params(transformer__long_side=128, frames=4)
    assert (copy.transformer, copy.frames, check.transformer.long_side) == (Laplacian(128), 4, 256)
    assert copy.key() != check.key()


def test_a_bundle_keeps_it_as_plain_json() -> None:
    check = PerFrame(Gradients(5, 256), frames=8, statistics=["p10"], below={"laplacian_var": 100.0})
    written = json.loads(json.dumps(check.plain_parameters()))
    (again,) = rebuild([TransformerEntry("a", kind_of(check), written)]).parts.values()
    assert again == check
    assert again.key() == check.key()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"transformer": PerFrame(Laplacian())}, "measures no pictures"),
        ({"transformer": "mmml.image.gradients.Laplacian"}, "measures no pictures"),
        ({"statistics": ["p100"]}, "no statistic p100"),
        ({"below": {"laplacian": 1}}, "no frame has a feature laplacian"),
        ({"frames": 0}, "frames is 0"),
        ({"frames": 1000}, "frames is 1000"),
        ({"long_side": 100_000}, "long_side is 100000"),
    ],
)
def test_wrong_arguments_are_told(words: dict[str, Any], reason: str) -> None:
    with pytest.raises(MmmlError, match=reason):
        PerFrame(**{"transformer": Laplacian(), **words})
