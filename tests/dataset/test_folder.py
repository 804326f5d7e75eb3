"""Folder: one folder per class, whatever else lies about in it."""

import logging
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from mmml.dataset.folder import Folder
from mmml.errors import MmmlError, UsageError

CONF = Path(__file__).parents[2] / "conf" / "dataset"
PNG = cv2.imencode(".png", np.zeros((2, 2), dtype=np.uint8))[1].tobytes()


def tree(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(PNG)
    return root


def below(dataset: Folder) -> list[tuple[str, str]]:
    return [(sample.path.relative_to(dataset.path).as_posix(), sample.label) for sample in dataset.samples()]


def composed(name: str, **overrides: Any) -> Any:
    config = {
        "paths": {"data": overrides.pop("data", None)},
        "dataset": OmegaConf.load(CONF / f"{name}.yaml"),
    }
    merged = OmegaConf.merge(config, {"dataset": overrides})
    return instantiate(merged.dataset, _convert_="all")


def test_every_folder_is_a_class(tmp_path: Path) -> None:
    dataset = Folder(tree(tmp_path, "sharp/b.png", "sharp/a.png", "blurred/site/2/c.png"))
    assert below(dataset) == [
        ("blurred/site/2/c.png", "blurred"),
        ("sharp/a.png", "sharp"),
        ("sharp/b.png", "sharp"),
    ]
    assert all(sample.group is None and sample.split is None for sample in dataset.samples())


def test_the_kaggle_blur_set_through_its_config(tmp_path: Path) -> None:
    tree(
        tmp_path / "blur_kaggle",
        *(f"sharp/{n}_HONOR-10_S.jpg" for n in (0, 12, 2)),
        *(f"defocused_blurred/{n}_HONOR-10_F.jpg" for n in (0, 12, 2)),
        *(f"motion_blurred/{n}_HONOR-10_M.jpg" for n in (0, 12, 2)),
    )
    samples = composed("blur_kaggle", data=str(tmp_path)).samples()
    assert len(samples) == 9
    assert {(s.path.parent.name, s.label) for s in samples} == {
        ("sharp", "sharp"),
        ("defocused_blurred", "blurred"),
        ("motion_blurred", "blurred"),
    }
    assert {s.path.name for s in samples if s.group == "12"} == {
        "12_HONOR-10_S.jpg",
        "12_HONOR-10_F.jpg",
        "12_HONOR-10_M.jpg",
    }


def test_the_config_of_a_folder_needs_a_path_only(tmp_path: Path) -> None:
    tree(tmp_path, "sharp/a.png")
    assert below(composed("folder", path=str(tmp_path))) == [("sharp/a.png", "sharp")]


def test_folders_without_a_class_are_left_out_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tree(tmp_path, "sharp/a.png", "shaky/b.png", "unsorted/c.png", "later/d.png")
    assert below(Folder(tmp_path, classes={"sharp": "good", "shaky": "bad"})) == [
        ("shaky/b.png", "bad"),
        ("sharp/a.png", "good"),
    ]
    assert [record.getMessage().split(": ")[-1] for record in caplog.records] == ["later, unsorted"]


def test_other_files_are_counted_in_one_warning_and_hidden_ones_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tree(tmp_path, "sharp/a.png", "sharp/.b.png", "sharp/.trash/c.png", "sharp/.d.png.partial", ".git/e.png")
    (tmp_path / "sharp" / "notes.txt").write_text("windy")
    (tmp_path / "sharp" / "README").write_text("see notes")
    with caplog.at_level(logging.WARNING):
        assert below(Folder(tmp_path)) == [("sharp/a.png", "sharp")]
    (record,) = caplog.records
    assert "left out 2 files that are not of modality image" in record.getMessage()
    assert "1 .txt" in record.getMessage()


def test_pictures_that_explain_others_are_no_samples(tmp_path: Path) -> None:
    dataset = Folder(tree(tmp_path, "sharp/a.png", "sharp/a-5e8b1c2a.explained.jpg", "blurred/b.png"))
    assert below(dataset) == [("blurred/b.png", "blurred"), ("sharp/a.png", "sharp")]


def test_a_broken_picture_is_still_a_sample(tmp_path: Path) -> None:
    tree(tmp_path, "sharp/a.png")
    (tmp_path / "sharp" / "cut.jpg").write_bytes(b"")
    assert [name for name, _ in below(Folder(tmp_path))] == ["sharp/a.png", "sharp/cut.jpg"]


def test_an_empty_folder_is_no_class(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tree(tmp_path, "sharp/a.png")
    (tmp_path / "blurred").mkdir()
    assert below(Folder(tmp_path)) == [("sharp/a.png", "sharp")]
    assert "no class blurred" in caplog.text
    with pytest.raises(MmmlError, match="blurred holds no image files"):
        Folder(tmp_path, classes={"sharp": "sharp", "blurred": "blurred"}).samples()


def test_a_link_to_a_parent_is_not_followed_for_ever(tmp_path: Path) -> None:
    tree(tmp_path, "sharp/a.png")
    (tmp_path / "sharp" / "again").symlink_to(tmp_path / "sharp")
    assert below(Folder(tmp_path)) == [("sharp/a.png", "sharp")]


@pytest.mark.parametrize(
    ("group", "found"), [(r"^(\d+)_", "12"), (r"^\d+_", "12_"), (r"(?:x|12)_(\w+)", "a")]
)
def test_the_group_is_the_first_bracket_or_all_that_matches(tmp_path: Path, group: str, found: str) -> None:
    (sample,) = Folder(tree(tmp_path, "sharp/12_a.png"), group=group).samples()
    assert sample.group == found


@pytest.mark.parametrize("group", [r"^(\d+)_", r"^(\d+)?"])
def test_a_file_without_a_group_is_named(tmp_path: Path, group: str) -> None:
    tree(tmp_path, "sharp/12_a.png", "sharp/roof.png")
    with pytest.raises(MmmlError, match=r"dataset\.group=.* does not match the file .*roof\.png"):
        Folder(tmp_path, group=group).samples()


def test_a_part_of_the_path_may_prescribe_the_split(tmp_path: Path) -> None:
    tree(tmp_path, "sharp/test/a.png", "sharp/b.png")
    assert [sample.split for sample in Folder(tmp_path, split="/test/").samples()] == ["train", "test"]


@pytest.mark.parametrize("argument", ["group", "split"])
def test_a_bad_expression_is_refused_at_once(tmp_path: Path, argument: str) -> None:
    with pytest.raises(UsageError, match=rf"dataset\.{argument}=\(.* is not a regular expression"):
        Folder(tmp_path, **{argument: "("})


def test_an_unknown_modality_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="imagee") as caught:
        Folder(tmp_path, modality="imagee")
    assert caught.value.hint == "did you mean image?"


def test_a_folder_that_is_named_but_missing(tmp_path: Path) -> None:
    tree(tmp_path, "sharp/a.png", "blurred/b.png")
    with pytest.raises(MmmlError, match="has no folder blured") as caught:
        Folder(tmp_path, classes={"sharp": "sharp", "blured": "blurred"}).samples()
    assert caught.value.hint == "did you mean blurred?"


def test_a_missing_path_and_an_empty_one_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MmmlError, match=r"there is no folder .*nowhere") as caught:
        Folder(tmp_path / "nowhere").samples()
    assert "dataset.path" in str(caught.value.hint)
    (tmp_path / "loose.png").write_bytes(PNG)
    with pytest.raises(MmmlError, match="holds no image files in folders of classes") as caught:
        Folder(tmp_path).samples()
    assert "one folder per class" in str(caught.value.hint)


def test_names_that_are_not_utf8_can_be_read_and_written_down(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/gr\xfcn"
    os.mkdir(folder)  # noqa: PTH102  # a Path cannot be made of bytes
    Path(os.fsdecode(folder + b"/m\xfcde_1.png")).write_bytes(PNG)
    (sample,) = Folder(tmp_path, group="^(.+)_").samples()
    assert sample.path.read_bytes() == PNG
    assert (sample.label, sample.group) == (r"gr\xfcn", r"m\xfcde")
