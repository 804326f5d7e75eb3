"""MakeExposure: pictures that are damaged as their facts say; natural darks and whites that stay good."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import mmml
from mmml.errors import MmmlError
from mmml.estimator.rule import Rule
from mmml.image.badly_lit import bright_gain, compressed, curved, dark_gain, veiled
from mmml.image.camera import to_levels, to_light
from mmml.image.exposure import Exposure
from mmml.image.extremes import draw_night, draw_white_wall, under_white_sky
from mmml.image.make_exposure import KINDS, MakeExposure
from mmml.image.scene import draw_scene
from mmml.image.value import Image

ROOT = Path(__file__).parents[2]
PHOTOS, CONF = ROOT / "data" / "photos", ROOT / "conf"
LABELS = tuple(KINDS)


@pytest.fixture(scope="module")
def scene() -> Image:
    return Image.read(draw_scene(np.random.default_rng(7), 500))


def make(seed: int, source: Image | None, label: str, **parameters: Any) -> tuple[Image, dict[str, Any]]:
    maker = MakeExposure(**{"long_side": (150, 300), "extremes": 0.0, **parameters})
    return maker(np.random.default_rng(seed), source, label)


def luma(picture: Image, *parts: float) -> list[float]:
    return [float(level) for level in np.percentile(picture.gray, parts)]


@pytest.mark.parametrize("label", LABELS)
def test_the_same_chance_gives_the_same_file_and_the_same_frame(
    scene: Image, label: str, tmp_path: Path
) -> None:
    made = [make(3, scene, label) for _ in range(2)]
    for name, (picture, _) in zip("ab", made, strict=True):
        picture.write(tmp_path / f"{name}.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()
    assert made[0][1] == made[1][1]
    good = make(3, scene, "good")[1]
    assert all(good[name] == made[0][1][name] for name in ("crop", "scale", "noise", "jpeg_quality"))


def test_dark_pictures_keep_as_little_light_as_they_say(scene: Image) -> None:
    for seed in range(12):
        picture, facts = make(seed, scene, "too_dark", highlights=(60, 60), noise=(1e-4, 1e-4))
        assert facts["kind"] in ("gain", "gamma")
        assert facts["gain"] < 1 and (facts["gamma"] > 1) == (facts["kind"] == "gamma")
        assert luma(picture, 98) == pytest.approx([60], abs=6)


def test_bright_pictures_are_beyond_white_as_far_as_they_say(scene: Image) -> None:
    light = to_light(scene.rgb)
    for beyond in (0.35, 0.6, 0.9):
        for gamma in (1.0, 0.5):
            gain, used = bright_gain(light, beyond, gamma)
            brighter = to_levels(curved(light, used) * np.float32(gain))
            assert (Image.read(brighter).gray >= 250).mean() == pytest.approx(beyond, abs=0.15)
    for seed in range(12):
        picture, facts = make(seed, scene, "too_bright", beyond=(0.6, 0.6))
        good, _ = make(seed, scene, "good")
        assert (facts["gamma"] < 1) == (facts["kind"] == "gamma")
        assert luma(picture, 60)[0] > 240 > luma(good, 60)[0]


def test_pictures_of_low_contrast_have_the_spread_they_say(scene: Image) -> None:
    for seed in range(12):
        picture, facts = make(
            seed, scene, "low_contrast", spread=(40, 40), noise=(1e-4, 1e-4), good_gain=(1, 1)
        )
        dark, light = luma(picture, 5, 95)
        assert light - dark == pytest.approx(40, abs=8)
        assert (facts["veil"] > 0) == (facts["kind"] == "veil")
        assert (facts["contrast"] < 1) == (facts["kind"] == "compression")


def test_a_veil_adds_its_own_light_and_compression_keeps_the_pivot(scene: Image) -> None:
    light, air = to_light(scene.rgb), np.array([0.5, 0.6, 0.7], np.float32)
    hazy, veil = veiled(light, air, 40)
    assert np.allclose(hazy, (1 - veil) * light + veil * air, atol=1e-5)
    pressed, contrast = compressed(np.full((9, 9, 3), 0.2, np.float32), 0.2, 40)
    assert pressed == pytest.approx(0.2)
    assert 0 <= contrast <= 1


def test_a_picture_that_is_dark_or_flat_already_is_damaged_all_the_same() -> None:
    dark = np.full((60, 80, 3), 0.01, np.float32)
    dark[:, 40:] = 0.03
    assert 0.03 * dark_gain(dark, 90) == pytest.approx(0.015, rel=0.05)
    assert np.ptp(Image.read(to_levels(veiled(dark, np.full(3, 0.5, np.float32), 60)[0])).gray) < 20
    gain, gamma = bright_gain(dark, 0.9, 1.0)
    assert gain == pytest.approx(16) and gamma < 1


def test_severe_damage_leaves_less_than_mild(scene: Image) -> None:
    for label in ("low_contrast", "too_bright", "too_dark"):
        made = sorted((make(seed, scene, label) for seed in range(30)), key=lambda pair: pair[1]["severity"])
        entropies = [entropy(picture) for picture, _ in made]
        assert np.mean(entropies[:10]) > np.mean(entropies[-10:]) + 0.5
        assert 0 <= made[0][1]["severity"] < made[-1][1]["severity"] <= 1


def entropy(picture: Image) -> float:
    shares = np.bincount(picture.gray.ravel(), minlength=256) / picture.gray.size
    return float(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum())


def test_good_pictures_vary_a_little_and_clip_hardly_more(scene: Image) -> None:
    light = Image.read(np.maximum(scene.rgb, 180))
    gains = []
    for seed in range(20):
        picture, facts = make(seed, light, "good", noise=(1e-4, 1e-4))
        assert (facts["kind"], facts["severity"], facts["veil"], facts["gamma"]) == ("none", 0, 0, 1)
        assert (picture.gray >= 253).mean() < 0.15
        gains.append(facts["gain"])
    assert 0.75 <= min(gains) < 0.85
    assert len(set(gains)) == 20


def test_only_the_labels_and_kinds_asked_for_are_made(scene: Image) -> None:
    maker = MakeExposure(labels=["good", "too_dark"], kinds=["gamma"])
    assert maker.labels == ("good", "too_dark")
    with pytest.raises(MmmlError, match="makes no too_bright here"):
        maker(np.random.default_rng(0), scene, "too_bright")
    kinds = {make(seed, scene, "low_contrast", kinds=("gain", "veil"))[1]["kind"] for seed in range(8)}
    assert kinds == {"veil"}


def test_extremes_are_drawn_for_every_label(scene: Image) -> None:
    for label in LABELS:
        scenes = {make(seed, scene, label, extremes=0.9)[1]["scene"] for seed in range(30)}
        assert scenes == {"photo", "wall", "night", "sky"}
    assert make(0, None, "good")[1]["scene"] == "drawn"


def test_a_drawn_wall_is_white_and_a_drawn_night_black_and_neither_is_lost() -> None:
    rng = np.random.default_rng(0)
    for _ in range(8):
        wall, night = (Image.read(draw(rng, 320)) for draw in (draw_white_wall, draw_night))
        assert luma(wall, 50)[0] > 190
        assert wall.gray.max() < 251
        assert luma(night, 25)[0] < 60
        assert luma(night, 99)[0] > 120
        under = to_levels(under_white_sky(rng, np.full((240, 320, 3), 0.2, np.float32)))
        assert (under[:20] >= 245).mean() > 0.7 > 0.3 > (under[-20:] >= 245).mean()


def test_gray_and_tiny_and_flat_photos_are_no_trouble() -> None:
    for shape, level in (((9, 7), 90), ((1, 1), 200), ((64, 1000), 0), ((30, 30), 255)):
        flat = Image.read(np.full(shape, level, dtype=np.uint8))
        for label in LABELS:
            for seed in range(4):
                assert min(make(seed, flat, label, extremes=0.3)[0].size) >= 1


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"labels": ["good", "dim"]}, "labels is"),
        ({"kinds": ["gain"]}, "none makes a picture low_contrast"),
        ({"extremes": 1.5}, "extremes is 1.5"),
        ({"good_gain": (2, 1)}, "good_gain is 2 to 1"),
        ({"highlights": (12, 0)}, "highlights is 0 to 12"),
        ({"beyond": (0.3, 1.2)}, r"beyond \[0.3, 1.2\]"),
    ],
)
def test_wrong_arguments_are_told(parameters: dict[str, Any], told: str) -> None:
    with pytest.raises(MmmlError, match=told):
        MakeExposure(**parameters)


#: Nights, stages and dusk; white walls, snow and white skies. None of them takes part in the training.
DARK = (
    *("gateway-of-india-night", "hotel-facade-night-bw", "brandenburg-gate-evening", "stage-musicians-dark"),
    *("opera-stage-dark", "swans-black-water", "boats-lake-dusk", "rocket-launch-pad-dusk"),
)
WHITE = (
    *("white-facade-windows", "polar-bear-snow", "person-lake-white-sky", "texture-cracked-plaster-wall"),
    *("geometric-metal-facade", "museum-hall-interior"),
)


def photo(name: str) -> Image:
    return Image.read(PHOTOS / f"{name}.jpg")


def darkened(name: str) -> Image:
    light = to_light(photo(name).rgb)
    return Image.read(to_levels(light * np.float32(dark_gain(light, 40))))


def test_nights_and_white_walls_that_the_model_has_not_seen_stay_good(elsewhere: Path) -> None:
    others = elsewhere / "others"
    others.mkdir()
    sources = [path for path in sorted(PHOTOS.glob("*.jpg")) if path.stem not in (*DARK, *WHITE)]
    for path in sources[::4]:
        (others / path.name).symlink_to(path)
    data = [f"dataset.source={others}", "dataset.folder=made", "dataset.per_source=6"]
    words = ["dataset.make.long_side=[160,256]", "tracker=none", "task.folds=3"]
    mmml.train(["+experiment=exposure", *data, *words])
    model = mmml.load("exposure")
    rows = model.predict([PHOTOS / f"{name}.jpg" for name in (*DARK, *WHITE)])
    assert {Path(row.path).stem: row.label for row in rows if row.label != "good"} == {}
    for name in DARK:
        darkened(name).write(elsewhere / f"{name}.png")
    rows = model.predict(sorted(elsewhere.glob("*.png")))
    assert [row.label for row in rows] == ["too_dark"] * len(DARK)
    lost = [model.predict(np.full((300, 400, 3), level, np.uint8))[0].label for level in (0, 128, 255)]
    assert lost == ["too_dark", "low_contrast", "too_bright"]


def test_the_rule_of_brightness_keeps_nights_as_it_is_written() -> None:
    estimator = yaml.safe_load((CONF / "experiment" / "brightness.yaml").read_text())["estimator"]
    rule = Rule(**estimator, feature_names=Exposure().names)
    assert rule.predict(Exposure().transform(map(photo, (*DARK, *WHITE)))).tolist() == ["good"] * 14
    assert rule.predict(Exposure().transform(map(darkened, DARK))).tolist() == ["too_dark"] * 8
