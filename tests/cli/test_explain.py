"""``mmml predict --explain``: a picture an input, whole ones, and rows as without it."""

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pytest

from mmml.cli.main import run

MMML = [sys.executable, "-c", "from mmml.cli.main import main; main()"]
Explain = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def explain(store: Path, capfd: pytest.CaptureFixture[str]) -> Explain:
    """Run ``mmml predict`` with pictures into ``why`` and return exit code, rows and stderr."""

    def ask(*words: object) -> tuple[int, list[dict[str, Any]], str]:
        code = run(["predict", "--store", str(store), "--explain", "why", *map(str, words)])
        told = capfd.readouterr()
        return code, [json.loads(line) for line in told.out.splitlines()], told.err

    return ask


@pytest.fixture
def site(elsewhere: Path, photo: Path) -> Path:
    """Pictures of every shape, two of them called alike, and files that cannot be read."""
    folder = elsewhere / "site"
    (folder / "a").mkdir(parents=True)
    whole = PIL.Image.open(photo)
    whole.save(folder / "a" / "door.jpg")
    whole.save(folder / "a_door.jpg")
    whole.resize((1000, 100)).save(folder / "panorama.png")
    PIL.Image.new("L", (1, 1), 128).save(folder / "dot.png")
    PIL.Image.new("RGB", (300, 200), "grey").save(folder / "flat серый.png")
    (folder / "broken.jpg").write_bytes(photo.read_bytes()[:5000])
    (folder / "notes.txt").write_text("passed over")
    return folder


def pictures() -> list[Path]:
    return sorted(Path("why").iterdir())


def test_every_input_that_can_be_read_has_a_picture(explain: Explain, site: Path) -> None:
    code, rows, told = explain("site")
    assert code == 3
    read = {row["path"] for row in rows if row["model"] is not None}
    assert len(read) == 5
    assert f"wrote {len(read)} pictures to why" in told
    assert sorted(file.name.rpartition("-")[0] for file in pictures()) == sorted(
        ["site_a_door", "site_a_door", "site_panorama", "site_dot", "site_flat_серый"]
    )
    for file in pictures():
        picture = PIL.Image.open(io.BytesIO(file.read_bytes()))
        picture.load()
        assert picture.width == 1000


def test_rows_are_as_without_pictures(explain: Explain, site: Path, store: Path, capfd: Any) -> None:
    rows = explain("site", "--features")[1]
    run(["predict", "site", "--features", "--store", str(store)])
    plain = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    for row in (*rows, *plain):
        del row["ms"]
    assert rows == plain


def test_pictures_are_no_inputs_and_are_drawn_anew(explain: Explain, site: Path) -> None:
    names = [row["path"] for row in explain(".")[1]]
    before = pictures()
    PIL.Image.new("L", (9, 9)).save("more.png")
    code, rows, told = explain(".")
    assert code == 3
    assert {row["path"] for row in rows} == {*names, "more.png"}
    assert "5 .explained.jpg" in told
    assert len(pictures()) == len(before) + 1
    # Whoever names one means it.
    assert explain(before[0], "-m", "blur_laplacian")[1][0]["error"] is None


def test_a_sharp_subject_is_told_from_its_background(explain: Explain, elsewhere: Path, photo: Path) -> None:
    whole = cv2.imread(str(photo))
    middle = whole.shape[1] // 2
    whole[:, middle:] = cv2.GaussianBlur(whole, (0, 0), 8)[:, middle:]
    cv2.imwrite("half.png", whole)
    assert explain("half.png")[0] == 0
    (file,) = pictures()
    shown = np.asarray(PIL.Image.open(file), dtype=np.int16)
    height = round(461 * whole.shape[0] / whole.shape[1])
    panel = shown[100 : 100 + height, 510:970]
    # Viridis: the sharp end is yellow, which has little blue.
    yellow = panel[..., 0] - panel[..., 2] > 60
    assert yellow[:, :200].mean() > 0.3
    assert yellow[:, 260:].mean() < 0.1


def test_an_input_that_comes_twice_has_one_picture(explain: Explain, photo: Path) -> None:
    code, rows, told = explain(photo, photo)
    assert (code, len(rows)) == (0, 4)
    assert "wrote 1 picture to why" in told
    assert len(pictures()) == 1


def test_an_empty_name_is_not_this_folder(explain: Explain, photo: Path) -> None:
    code, rows, told = explain(photo, "--explain", "")
    assert (code, rows) == (2, [])
    assert "--explain names no folder" in told
    assert not list(Path().glob("*.explained.jpg"))


@pytest.mark.parametrize("place", ["why", "why/deeper"])
def test_a_folder_that_cannot_be_is_refused_before_anything_is_read(
    explain: Explain, site: Path, place: str
) -> None:
    Path("why").write_text("a file of somebody")
    code, rows, told = explain("site", "--explain", place)
    assert (code, rows) == (2, [])
    assert f"no pictures can go to {place}" in told
    assert Path("why").read_text() == "a file of somebody"


def test_a_folder_that_may_not_be_written_to_is_refused(
    explain: Explain, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever runs the tests as root may write anywhere.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    code, rows, told = explain("site")
    assert (code, rows) == (2, [])
    assert "no pictures can go to why: it may not be written to" in told


def test_ctrl_c_leaves_whole_pictures(store: Path, photo: Path, elsewhere: Path) -> None:
    many = elsewhere / "many"
    many.mkdir()
    (elsewhere / "photo.jpg").write_bytes(photo.read_bytes())
    for number in range(300):
        (many / f"{number:03}.jpg").hardlink_to(elsewhere / "photo.jpg")
    words = ["predict", "many", "--explain", "why", "--store", str(store), "-o", "rows.jsonl"]
    running = subprocess.Popen([*MMML, *words, "-m", "blur_laplacian"], stderr=subprocess.PIPE)
    while not (Path("why").is_dir() and len(list(Path("why").glob("*.jpg"))) > 3):
        assert running.poll() is None, "it was done before it could be stopped"
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert (running.returncode, told.decode().strip()) == (130, "error: stopped")
    rows = [json.loads(line) for line in Path("rows.jsonl").read_text().splitlines()]
    assert 0 < len(rows) <= len(pictures()) < 300
    for file in pictures():
        assert file.name.endswith(".explained.jpg")
        PIL.Image.open(file).load()
