"""``mmml predict`` as a user meets it: odd files, formats, gates, pipes and signals."""

import csv
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pyarrow.parquet
import pytest

from mmml.cli.main import run

MMML = [sys.executable, "-c", "from mmml.cli.main import main; main()"]
Predict = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def predict(store: Path, capfd: pytest.CaptureFixture[str]) -> Predict:
    """Run ``mmml predict`` and return exit code, rows and stderr."""

    def ask(*words: object) -> tuple[int, list[dict[str, Any]], str]:
        code = run(["predict", "--store", str(store), *map(str, words)])
        told = capfd.readouterr()
        return code, [json.loads(line) for line in told.out.splitlines() if line.startswith("{")], told.err

    return ask


@pytest.fixture
def site(elsewhere: Path, photo: Path) -> Path:
    """A folder as it comes from the field: good photos and every kind of odd file."""
    folder = elsewhere / "site"
    (folder / "deep" / "er").mkdir(parents=True)
    shutil.copy(photo, folder / "a_good.jpg")
    shutil.copy(photo, folder / "deep" / "er" / "good too.JPG")
    data = photo.read_bytes()
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "truncated.jpg").write_bytes(data[: len(data) // 2])
    (folder / "text.png").write_text("this is no picture")
    (folder / "notes.txt").write_text("passed over")
    (folder / "link.jpg").symlink_to("nowhere.jpg")
    (folder / ".hidden.jpg").write_bytes(b"junk")
    bomb = np.zeros((2, 2), np.uint8)
    encoded = bytearray(cv2.imencode(".png", bomb)[1].tobytes())
    encoded[16:24] = (200_000).to_bytes(4, "big") * 2
    encoded[29:33] = zlib.crc32(encoded[12:29]).to_bytes(4, "big")
    (folder / "bomb.png").write_bytes(encoded)
    PIL.Image.new("L", (1, 1), 128).save(folder / "dot.png")
    return folder


def test_a_photo_gets_a_row_from_every_model(predict: Predict, photo: Path) -> None:
    code, rows, _ = predict(photo)
    assert code == 0
    assert [(row["model"], row["version"]) for row in rows] == [("blur_gradients", 1), ("blur_laplacian", 1)]
    for row in rows:
        assert row["path"] == str(photo)
        assert row["modality"] == "image"
        assert row["label"] in ("sharp", "blurred")
        assert 0 <= row["score"] <= 1
        assert (row["label"] == "blurred") == (row["score"] >= row["threshold"])
        assert row["error"] is None
        assert "features" not in row


def test_a_score_does_not_depend_on_the_other_models_or_on_the_neighbours(
    predict: Predict, photo: Path
) -> None:
    together = {row["model"]: row["score"] for row in predict(photo)[1]}
    for model, score in together.items():
        assert predict(photo, "-m", model)[1][0]["score"] == score
    many = predict(photo.parent, "-m", "blur_gradients")[1]
    assert next(row for row in many if row["path"] == str(photo))["score"] == together["blur_gradients"]


def test_odd_files_are_rows_with_a_reason_and_end_nothing(predict: Predict, site: Path) -> None:
    code, rows, told = predict(site, "-m", "blur_laplacian")
    assert code == 3
    errors = {Path(row["path"]).name: row["error"] for row in rows}
    assert list(errors) == sorted(errors, key=lambda name: (name == "good too.JPG", name))
    assert errors.pop("a_good.jpg") is None
    assert errors.pop("good too.JPG") is None
    assert errors == {
        "bomb.png": "the picture has 200,000 x 200,000 pixels; the limit is 150,000,000",
        "dot.png": "cannot be measured on this input: laplacian_var",
        "empty.jpg": "the file is empty",
        "link.jpg": "this link points to nothing",
        "text.png": "this is not a picture that can be read, or it is cut short",
        "truncated.jpg": "the picture is broken or cut short: its pixels cannot be decoded",
    }
    assert "passed over 1 files of no known kind (1 .txt)" in told


def test_of_many_features_that_cannot_be_measured_a_few_are_named(predict: Predict, site: Path) -> None:
    (row,) = predict(site / "dot.png", "-m", "blur_gradients")[1]
    assert row["error"] == (
        "cannot be measured on this input: "
        "sobel_mean, sobel_max, sobel_var, laplacian_mean, laplacian_max, and 1 more"
    )


def test_a_file_named_by_hand_is_told_even_if_it_is_no_picture(predict: Predict, site: Path) -> None:
    code, rows, _ = predict(
        site / "notes.txt", site / "missing.jpg", site / "a_good.jpg", "-m", "blur_laplacian"
    )
    assert code == 3
    assert [row["error"] for row in rows] == [
        "this is no file of a known kind",
        "there is no such file",
        None,
    ]


def test_strict_stops_at_the_first_failure(predict: Predict, site: Path) -> None:
    code, rows, told = predict(site, "--strict", "-m", "blur_laplacian")
    assert code == 1
    assert [row["error"] is None for row in rows] == [True, False]
    assert "bomb.png" in told


def test_fail_on_sets_a_gate_that_comes_before_failed_inputs(predict: Predict, site: Path) -> None:
    label = predict(site / "a_good.jpg", "-m", "blur_laplacian")[1][0]["label"]
    assert predict(site, "-m", "blur_laplacian", "--fail-on", label)[0] == 4
    other = {"sharp": "blurred", "blurred": "sharp"}[label]
    assert predict(site / "a_good.jpg", "-m", "blur_laplacian", "--fail-on", other)[0] == 0
    code, _, told = predict(site, "--fail-on", "blured")
    assert code == 2
    assert "did you mean blurred?" in told


def test_patterns_and_stdin_name_inputs(
    predict: Predict, site: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(predict(f"{site}/**/*.jpg", "-m", "blur_laplacian")[1]) == 4
    code, rows, _ = predict(f"{site}/*.heic")
    assert code == 3
    assert rows[0]["error"] == "nothing matches this pattern"
    listed = f"{site}/a_good.jpg\n{site}/empty.jpg\n".encode()
    ended = subprocess.run(
        [*MMML, "predict", "-", "-m", "blur_laplacian", "--store", str(store)],
        input=listed,
        capture_output=True,
    )
    assert ended.returncode == 3
    assert [json.loads(line)["error"] for line in ended.stdout.splitlines()] == [None, "the file is empty"]


def test_a_name_that_is_not_utf8_is_predicted_and_shown(site: Path, store: Path, photo: Path) -> None:
    odd = os.fsencode(site) + b"/caf\xe9.jpg"
    shutil.copy(photo, odd)
    for form in ("jsonl", "csv", "table"):
        ended = subprocess.run(
            [*MMML, "predict", odd, "-m", "blur_laplacian", "--store", str(store), "--format", form],
            capture_output=True,
            env={**os.environ, "LC_ALL": "C", "COLUMNS": "200"},
        )
        assert ended.returncode == 0, ended.stderr
        assert b"caf\\xe9.jpg" in ended.stdout.replace(b"\\\\", b"\\")


def test_formats_hold_the_same_rows(predict: Predict, site: Path, elsewhere: Path) -> None:
    _, rows, _ = predict(site, "--features")
    for ending in ("jsonl", "csv", "parquet"):
        assert predict(site, "--features", "--output", elsewhere / f"rows.{ending}")[0] == 3
    with (elsewhere / "rows.csv").open() as file:
        from_csv = list(csv.DictReader(file))
    from_parquet = pyarrow.parquet.read_table(elsewhere / "rows.parquet").to_pylist()
    for one, two, three in zip(rows, from_csv, from_parquet, strict=True):
        assert one["path"] == two["path"] == three["path"]
        assert one["label"] == (two["label"] or None) == three["label"]
        assert one["score"] == (float(two["score"]) if two["score"] else None) == three["score"]
        if "features" in one:
            assert json.loads(two["features"]) == one["features"]
            assert {name: three[f"features.{name}"] for name in one["features"]} == one["features"]


def test_features_and_probabilities_come_on_request(predict: Predict, photo: Path) -> None:
    row = predict(photo, "-m", "blur_gradients", "--features", "--probabilities")[1][0]
    assert "laplacian_var" in row["features"]
    assert sum(row["probabilities"].values()) == pytest.approx(1)
    assert row["probabilities"]["blurred"] == row["score"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x.jpg", "--formt", "csv"], "--format"),
        (["x.jpg", "--format", "xls"], "'table', 'jsonl', 'csv', 'parquet'"),
        (["x.jpg", "--output", "rows.xls"], "does not tell a format"),
        (["x.jpg", "-m", "blur_gradient"], "did you mean blur_gradients?"),
        (["x.jpg", "-m", "blur_gradients@9"], "has no version 9"),
        (["x.jpg", "-m", "a b"], "is no reference"),
        (["x.jpg", "-j", "0"], "--jobs is 0"),
        ([], "inputs"),
    ],
)
def test_wrong_words_are_refused_with_a_hint(predict: Predict, words: list[str], said: str) -> None:
    code, rows, told = predict(*words)
    assert code == 2
    assert not rows
    assert said in told


def test_an_empty_store_says_how_to_get_a_model(capfd: pytest.CaptureFixture[str], photo: Path) -> None:
    assert run(["predict", str(photo)]) == 2
    assert "mmml train +experiment=blur_gradients" in capfd.readouterr().err


def test_the_table_fits_a_small_terminal(
    predict: Predict,
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    store: Path,
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    run(["predict", str(site), "--store", str(store), "--format", "table"])
    lines = capfd.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert "sharp" in "".join(lines) or "blurred" in "".join(lines)


def test_ctrl_c_leaves_whole_rows(store: Path, photo: Path, elsewhere: Path) -> None:
    many = elsewhere / "many"
    many.mkdir()
    for number in range(600):
        (many / f"{number:03}.jpg").hardlink_to(_copy(photo, elsewhere))
    for form in ("jsonl", "csv"):
        output = elsewhere / f"rows.{form}"
        running = subprocess.Popen(
            [*MMML, "predict", str(many), "--store", str(store), "--output", str(output)],
            stderr=subprocess.PIPE,
        )
        while not (output.exists() and output.stat().st_size > 4000):
            assert running.poll() is None, "it was done before it could be stopped"
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=30)
        assert running.returncode == 130
        assert told.decode().strip() == "error: stopped"
        text = output.read_text()
        assert text.endswith("\n")
        rows = (
            list(csv.DictReader(text.splitlines()))
            if form == "csv"
            else list(map(json.loads, text.splitlines()))
        )
        assert 0 < len(rows) < 1200
        assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)


def test_parquet_is_written_whole_or_not_at_all(store: Path, photo: Path, elsewhere: Path) -> None:
    many = elsewhere / "many"
    many.mkdir()
    for number in range(600):
        (many / f"{number:03}.jpg").hardlink_to(_copy(photo, elsewhere))
    output = elsewhere / "rows.parquet"
    output.write_bytes(b"what was there before")
    running = subprocess.Popen(
        [*MMML, "predict", str(many), "-", "--store", str(store), "--output", str(output)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # It waits for paths on stdin by then, all rows of the folder in hand.
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert output.read_bytes() == b"what was there before"


def test_a_reader_that_has_had_enough_is_no_traceback(store: Path, photo: Path) -> None:
    command = " ".join([*map(repr, MMML[:2]), f'"{MMML[2]}"', "predict", repr(str(photo.parent))])
    ended = subprocess.run(
        ["bash", "-c", f"{command} --store {str(store)!r} | head -1"], capture_output=True, text=True
    )
    assert len(ended.stdout.splitlines()) == 1
    assert "Traceback" not in ended.stderr


def _copy(photo: Path, folder: Path) -> Path:
    copy = folder / photo.name
    if not copy.exists():
        shutil.copy(photo, copy)
    return copy


def test_closed_files_and_folders_are_rows_with_the_reason(site: Path, store: Path) -> None:
    for closed in (site / "a_good.jpg", site / "deep"):
        closed.chmod(0)
    # Root may read everything unless that right is taken away.
    lesser = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    command = [*lesser, *MMML, "predict", "-m", "blur_laplacian", "--store", store, site / "deep" / "x.jpg"]
    try:
        ended = subprocess.run([*command, site], capture_output=True, text=True)
        alone = subprocess.run(command, capture_output=True, text=True)
    finally:
        (site / "deep").chmod(0o755)
    assert alone.returncode == 3, alone.stderr
    assert ended.returncode == 3, ended.stderr
    errors = {row["path"]: row["error"] for row in map(json.loads, ended.stdout.splitlines())}
    assert errors[str(site / "a_good.jpg")] == "cannot be read: Permission denied"
    assert errors[str(site / "deep")] == "the folder cannot be opened: Permission denied"
    assert errors[str(site / "deep" / "x.jpg")] == "cannot be read: Permission denied"


def test_nothing_to_predict_is_no_success(predict: Predict, elsewhere: Path, site: Path) -> None:
    (elsewhere / "nothing").mkdir()
    (elsewhere / "nothing" / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic")
    code, rows, told = predict(elsewhere / "nothing", "--fail-on", "blurred")
    assert (code, rows) == (1, [])
    assert "there was nothing to predict" in told


def test_an_empty_path_is_not_the_whole_folder(predict: Predict, site: Path) -> None:
    code, rows, _ = predict(site / "a_good.jpg", "", "-m", "blur_laplacian")
    assert code == 3
    assert [row["error"] for row in rows] == [None, "the path is empty"]


def test_a_folder_in_the_way_does_not_hide_a_stored_model(
    predict: Predict, photo: Path, elsewhere: Path, trained_bundle: Path
) -> None:
    shutil.copytree(trained_bundle, elsewhere / "blur_laplacian")
    assert predict(photo, "-m", "blur_laplacian")[1][0]["model"] == "blur_laplacian"
    assert predict(photo, "-m", "./blur_laplacian")[1][0]["model"] == "blur_gradients"


def test_a_closed_stdout_is_no_traceback(store: Path, photo: Path) -> None:
    command = f"exec {shlex.join([*MMML, 'predict', str(photo), '--store', str(store)])} >&-"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
