"""`MakeClip`: clips whose facts are true."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.dataset.made import Made
from mmml.errors import MmmlError
from mmml.image.gradients import Laplacian
from mmml.image.scene import draw_scene
from mmml.image.value import Image
from mmml.video.make import FAULTS, MakeClip
from mmml.video.motion import Motion
from mmml.video.pan import stretches
from mmml.video.value import Video

TINY: dict[str, Any] = {"long_side": (96, 128), "seconds": (1, 1.4)}


@pytest.fixture(scope="module")
def photo() -> Image:
    return Image.read(draw_scene(np.random.default_rng(7), 480))


def make(seed: int, source: Image | None, label: str, **options: Any) -> tuple[Video, dict[str, float | str]]:
    return MakeClip(**{**TINY, **options})(np.random.default_rng(seed), source, label)


def test_facts_say_what_was_done(photo: Image) -> None:
    for label in MakeClip().labels:
        for seed in range(4):
            video, facts = make(seed, photo, label)
            said = video.facts()
            assert 0.9 <= said["seconds"] <= 1.5
            assert 9.9 <= said["frames_per_second"] <= 12.1
            assert 80 <= max(said["width"], said["height"]) <= 128
            assert facts["kind"] in ("none", *(kind for kinds in FAULTS.values() for kind in kinds))
            if label == "good":
                assert facts["share"] <= 0.2
                assert (facts["kind"] == "none") == (facts["share"] == 0)
            else:
                assert facts["kind"] in FAULTS[label]
                assert 0.35 <= facts["share"] <= 1


def test_the_same_chance_makes_the_same_clip_to_the_byte(photo: Image, tmp_path: Path) -> None:
    for name in ("a", "b"):
        make(3, photo, "blurred")[0].write(tmp_path / f"{name}.mp4")
    make(4, photo, "blurred")[0].write(tmp_path / "c.mp4")
    a, b, c = ((tmp_path / f"{name}.mp4").read_bytes() for name in "abc")
    assert a == b != c


def test_the_stated_share_is_blurred(photo: Image) -> None:
    seen = set()
    for seed in range(8):
        options: dict[str, Any] = {"noise": (1e-4, 1e-4), "strength": (0.06, 0.06), "bad_share": (0.4, 0.7)}
        video, facts = make(seed, photo, "blurred", **options)
        sharpness = np.array([Laplacian().extract(frame)[0] for frame in video.frames(40, 128)])
        if facts["kind"] == "defocus":
            assert np.mean(sharpness < 0.3 * sharpness.max()) == pytest.approx(facts["share"], abs=0.2)
        else:
            # What lies along a movement stays sharp.
            assert np.median(sharpness) < 0.6 * sharpness.max()
        seen.add(facts["kind"])
    assert seen == set(FAULTS["blurred"])


def test_the_stated_share_is_dark_or_bright(photo: Image) -> None:
    for label, worse in (("too_dark", -1), ("too_bright", 1)):
        video, facts = make(1, photo, label, highlights=(30, 30), beyond=(0.8, 0.8), bad_share=(0.5, 0.6))
        levels = np.array([frame.gray.mean() for frame in video.frames(40, 128)])
        middle = (levels.min() + levels.max()) / 2
        assert np.mean(worse * levels > worse * middle) == pytest.approx(facts["share"], abs=0.15)
        assert levels.max() - levels.min() > 60


def test_the_stated_speed_is_seen(photo: Image) -> None:
    for seed in range(6):
        video, facts = make(
            seed,
            photo,
            "good",
            tremble=(1e-6, 1e-6),
            shutter=(0.001, 0.001),
            speed=(0.05, 0.2),
            good_share=(1e-6, 1e-6),
        )
        motion = Motion(frames=8, long_side=128)
        assert motion.extract(video)[0] == pytest.approx(facts["speed"], abs=0.03)


def test_a_clip_has_little_room_for_chance_in_where_it_goes_wrong() -> None:
    rng = np.random.default_rng(0)
    for count in (2, 3, 10, 25):
        for share in (0.0, 0.1, 0.5, 0.95, 1.0):
            wrong = stretches(rng, count, share, 3)
            assert wrong.shape == (count,) and wrong.min() >= 0 and wrong.max() <= 1
            assert np.sum(wrong > 0.5) == round(share * count)
    runs = [np.sum(np.diff((stretches(rng, 25, 0.5, 3) > 0.5).astype(int)) == 1) for _ in range(60)]
    assert set(runs) == {0, 1, 2}


def test_scenes_are_drawn_where_there_is_no_photo_and_tiny_photos_are_no_trouble() -> None:
    assert make(0, None, "blurred")[0].facts()["seconds"] > 0.9
    for shape in ((9, 7, 3), (1, 1, 3), (20, 400, 3)):
        flat = Image.read(np.full(shape, 90, np.uint8))
        assert min(make(0, flat, "too_bright")[0].frames(1, 128)[0].size) >= 2


def test_a_set_of_clips_is_made_out_of_photos(photo: Image, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("barn.jpg", "crane.jpg"):
        photo.write(tmp_path / "photos" / name)
    (tmp_path / "photos" / "clip.mp4").write_bytes(b"\0\0\0\x20ftypisom")
    made = Made(tmp_path / "set", MakeClip(**TINY, faults=["blurred"]), tmp_path / "photos", per_source=2)
    samples = made.samples()
    assert made.modality == "video"
    assert [sample.label for sample in samples] == ["good", "blurred"] * 2
    # One photo twice: one group.
    assert len({sample.group for sample in samples}) == 1
    assert all(Video.read(sample.path).facts()["seconds"] > 0.9 for sample in samples)


def test_wrong_arguments_are_told() -> None:
    for words, reason in (
        ({"faults": ["shaky"]}, r"faults is \['shaky'\]"),
        ({"faults": []}, r"faults is \[\]"),
        ({"good": "blurred"}, "are called blurred"),
        ({"speed": (0.3, 0.1)}, "speed is 0.3 to 0.1"),
        ({"scale": 2}, "scale is 2"),
    ):
        with pytest.raises(MmmlError, match=reason):
            MakeClip(**words)  # type: ignore[arg-type]  # each of them is wrong
    with pytest.raises(MmmlError, match="makes no dark"):
        make(0, None, "dark")
