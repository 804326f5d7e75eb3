"""MakeBlur: what the pictures look like and what their facts say."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mmml.errors import MmmlError
from mmml.image.blur import BLURS, disc, trail
from mmml.image.make import MakeBlur
from mmml.image.scene import draw_scene
from mmml.image.value import Image


@pytest.fixture(scope="module")
def photo() -> Image:
    return Image.read(draw_scene(np.random.default_rng(7), 640))


def make(seed: int, source: Image | None, label: str, **parameters: Any) -> tuple[Image, dict[str, Any]]:
    return MakeBlur(**{"long_side": (200, 400), **parameters})(np.random.default_rng(seed), source, label)


def steepness(picture: Image) -> float:
    return float(cv2.Laplacian(picture.gray, cv2.CV_64F).var())


@pytest.mark.parametrize("label", ["blurred", "sharp"])
def test_the_same_chance_gives_the_same_file(photo: Image, label: str, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        make(3, photo, label)[0].write(tmp_path / name)
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


@pytest.mark.parametrize("kind", BLURS)
def test_a_blurred_picture_has_less_detail_than_its_sharp_twin(photo: Image, kind: str) -> None:
    for seed in range(6):
        parameters: dict[str, Any] = {"kinds": [kind], "soft_background": 0.0, "noise": (1e-4, 1e-4)}
        sharp, sharp_facts = make(seed, photo, "sharp", **parameters)
        blurred, facts = make(seed, photo, "blurred", **parameters)
        assert facts["kind"] == kind
        assert {"crop": facts["crop"], "gain": facts["gain"]}.items() <= sharp_facts.items()
        assert sharp.size == blurred.size
        assert steepness(blurred) < 0.7 * steepness(sharp)


@pytest.mark.parametrize("kind", BLURS)
def test_a_stronger_blur_leaves_less_detail_and_the_same_light(photo: Image, kind: str) -> None:
    light = np.asarray(photo.rgb, dtype=np.float32) / 255
    results = [BLURS[kind](np.random.default_rng(0), light, size) for size in (3, 6, 12)]
    details = [cv2.Laplacian(result, cv2.CV_32F).std() for result in results]
    assert details == sorted(details, reverse=True)
    assert [result.mean() for result in results] == pytest.approx([light.mean()] * 3, rel=0.02)


@pytest.mark.parametrize("size", [2.5, 3.0, 7.3, 38.0])
def test_kernels_have_the_size_they_state_and_keep_the_light(size: float) -> None:
    kernel = disc(size)
    reach = kernel.shape[0] // 2
    place = np.arange(-reach, reach + 1)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    # Along each axis a disc deviates by a quarter of its diameter; pixels are squares of their own width.
    assert np.sqrt((kernel.sum(axis=0) * place**2).sum()) == pytest.approx(
        np.sqrt((size / 4) ** 2 + 1 / 12), abs=0.1
    )
    path = trail(np.random.default_rng(0), size)
    assert path.sum() == pytest.approx(1, abs=1e-5)
    assert path.shape[0] <= size + 5


def test_facts_keep_to_the_ranges(photo: Image) -> None:
    for seed in range(20):
        for label in MakeBlur.labels:
            picture, facts = make(seed, photo, label)
            long_side = max(picture.size)
            assert 0.4 <= facts["gain"] <= 1.5
            assert 0.002 <= facts["noise"] <= 0.02
            assert 60 <= facts["jpeg_quality"] <= 95
            assert 0 < facts["crop"] <= 1
            assert 0 < facts["scale"] <= 0.8
            assert long_side <= 401
            if label == "blurred":
                assert facts["kind"] in BLURS
                assert 3.0 / long_side - 1e-9 <= facts["strength"] <= 0.03
                assert facts["soft_background"] == facts["sharp_share"] == 0
            else:
                assert (facts["kind"], facts["strength"]) == ("none", 0)
                assert 0.1 < facts["sharp_share"] <= 1


def test_some_sharp_pictures_have_a_soft_background_and_a_sharp_subject(photo: Image) -> None:
    parameters: dict[str, Any] = {"noise": (1e-4, 1e-4), "strength": (0.03, 0.03)}
    soft, facts = make(1, photo, "sharp", soft_background=1.0, **parameters)
    sharp, _ = make(1, photo, "sharp", soft_background=0.0, **parameters)
    blurred, _ = make(1, photo, "blurred", **parameters)
    assert facts["soft_background"] == pytest.approx(0.03)
    assert 0.1 < facts["sharp_share"] < 0.9
    assert steepness(blurred) < 0.5 * steepness(soft) < 0.5 * steepness(sharp)

    share = np.mean([make(seed, photo, "sharp")[1]["soft_background"] > 0 for seed in range(80)])
    assert 0.1 < share < 0.4


def test_brightness_follows_the_gain_in_linear_light() -> None:
    grey = Image.read(np.full((300, 400, 3), 186, dtype=np.uint8))  # half of white, in light
    for label in MakeBlur.labels:
        picture, _ = make(0, grey, label, gain=(0.5, 0.5), noise=(1e-5, 1e-5))
        assert picture.gray.mean() == pytest.approx(137, abs=1.5)  # a quarter of white


def test_nothing_is_scaled_up() -> None:
    small = Image.read(draw_scene(np.random.default_rng(0), 100))
    picture, facts = make(0, small, "sharp")
    assert max(picture.size) <= 80
    assert facts["scale"] <= 0.8 + 1e-9


def test_gray_and_tiny_and_flat_photos_are_no_trouble() -> None:
    for shape in ((9, 7), (1, 1), (64, 1000)):
        flat = Image.read(np.full(shape, 90, dtype=np.uint8))
        for label in MakeBlur.labels:
            for seed in range(4):
                assert min(make(seed, flat, label, soft_background=1.0)[0].size) >= 1


def test_scenes_are_drawn_where_there_is_no_photo() -> None:
    scenes = [make(seed, None, "sharp", soft_background=0.0)[0] for seed in range(6)]
    assert len({scene.gray.tobytes() for scene in scenes}) == 6
    assert all(scene.gray.std() > 10 and steepness(scene) > 50 for scene in scenes)


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(MmmlError, match="makes no dark"):
        make(0, None, "dark")
    with pytest.raises(MmmlError, match=r"gain is 2 to 1"):
        MakeBlur(gain=(2, 1))
    with pytest.raises(MmmlError, match="kinds"):
        MakeBlur(kinds=("shake",))
    with pytest.raises(MmmlError, match="scale is 2"):
        MakeBlur(scale=2)


def test_what_is_drawn_does_not_depend_on_what_its_thread_has_done_before() -> None:
    # One of few that Intel's IPP makes otherwise.
    def drawn() -> bytes:
        return make(9, None, "blurred")[0].gray.tobytes()

    with ThreadPoolExecutor(1) as pool:
        in_a_new_thread = pool.submit(drawn).result()
    cv2.ipp.setUseIPP(False)
    assert drawn() == in_a_new_thread
