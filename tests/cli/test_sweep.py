"""``mmml train -m``: sweeps as a user types them."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MMML = [sys.executable, "-c", "from mmml.cli.main import main; main()"]
Mmml = Callable[..., tuple[int, list[dict[str, Any]], str]]


def test_a_sweep_publishes_the_best_and_survives_a_failed_job(
    mmml: Mmml, tiny: list[str], elsewhere: Path
) -> None:
    code, rows, told = mmml(
        "train",
        "-m",
        "+experiment=blur_gradients",
        "estimator=logistic,svc",
        "seed=0",
        *tiny,
        "task.folds=3,50",
    )
    assert code == 1
    assert len(rows) == 4
    assert [row["error"] is None for row in rows] == [True, True, False, False]
    assert [row["version"] for row in rows] == [1, None, None, None]
    assert "published the best as blur_gradients@1" in told
    assert [row["rank"] for row in rows] == [1, 2, None, None]
    assert all(row["low"] <= row["out_of_fold"] <= row["high"] for row in rows[:2])
    with (Path(rows[0]["run"]).parent / "summary.csv").open(newline="") as file:
        assert [row["job"] for row in csv.DictReader(file)] == [row["job"] for row in rows]
    assert len(list((elsewhere / "outputs" / "models" / "blur_gradients").glob("*/manifest.json"))) == 1


def test_a_sweep_runs_side_by_side_and_ranks_on_the_training_split(
    mmml: Mmml, tiny: list[str], elsewhere: Path
) -> None:
    words = ["-m", "+experiment=blur_gradients", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    code, rows, told = mmml("train", *words, "estimator=logistic,nonsense,svc", *tiny)
    assert code == 2
    code, rows, told = mmml(
        "train", *words, "estimator=logistic,boosting", "transformer=gradients,fourier", *tiny
    )
    assert code == 0, told
    assert len(rows) == 4
    scores = [row["out_of_fold"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    results = [json.loads(Path(row["run"], "result.json").read_text()) for row in rows]
    for row, result in zip(rows, results, strict=True):
        assert row["out_of_fold"] == result["metrics"]["validation"]["balanced_accuracy"]["value"]
    assert [row["version"] for row in rows] == [1, None, None, None]
    assert len(list((elsewhere / "outputs" / "models").rglob("manifest.json"))) == 1


@pytest.mark.parametrize(("publish", "versions"), [("all", {1, 2}), ("none", {None})])
def test_a_sweep_publishes_what_it_is_told_to(
    mmml: Mmml, tiny: list[str], publish: str, versions: set[int | None]
) -> None:
    words = ["-m", "+experiment=blur_laplacian", "transformer.laplacian.long_side=128,256"]
    code, rows, _ = mmml("train", *words, *tiny, f"store.publish={publish}")
    assert code == 0
    assert {row["version"] for row in rows} == versions


def test_a_sweep_of_unlike_numbers_publishes_nothing(mmml: Mmml, tiny: list[str], elsewhere: Path) -> None:
    code, rows, _ = mmml("train", "-m", "+experiment=blur_laplacian", "task.metric=recall,precision", *tiny)
    assert code == 0
    assert [row["version"] for row in rows] == [None, None]
    assert not (elsewhere / "outputs" / "models").exists()


def test_ctrl_c_in_a_sweep_keeps_the_table_of_what_is_done(tiny: list[str], elsewhere: Path) -> None:
    words = ["train", "-m", "+experiment=blur_laplacian", *tiny, "seed=" + ",".join(map(str, range(40)))]
    running = subprocess.Popen([*MMML, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    # Not through all folders: that of a bundle is renamed meanwhile.
    while len(list(elsewhere.glob("outputs/multirun/*/*/*/result.json"))) < 2:
        assert running.poll() is None
        assert time.monotonic() < deadline
        os.sched_yield()
    running.send_signal(signal.SIGINT)
    out, told = running.communicate(timeout=60)
    assert running.returncode == 130
    rows = [json.loads(line) for line in out.splitlines()]
    assert 1 <= len(rows) < 40
    assert all(row["out_of_fold"] is not None for row in rows)
    assert len(list(elsewhere.rglob("summary.csv"))) == 1
    assert told.strip().endswith("error: stopped")
