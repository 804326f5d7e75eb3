"""Reports of real trainings and evaluations: where they lie, what they show, what is told beside them."""

import json
from pathlib import Path

import pytest

import mmml
from mmml.bundle.read import read_bundle
from mmml.bundle.samples import read_judged
from mmml.cli.main import run
from mmml.engine.reporting import left_out, report, write_pages


def test_a_bundle_holds_its_report_and_figures_and_vouches_for_them(trained_bundle: Path) -> None:
    bundle = read_bundle(trained_bundle)
    names = {"confusion", "roc", "precision_recall", "calibration", "threshold", "scores", "importances"}
    assert {f"figures/{name}.svg" for name in names} <= set(bundle.files)
    page = bundle.files["report.html"].decode()
    assert "Trained on 48 samples of blur_drawn, tested on 12" in " ".join(page.split())
    assert bundle.manifest.importances
    assert max(one.mean for one in bundle.manifest.importances.values()) > 0


def test_the_report_of_a_bundle_can_be_made_again_from_it(trained_bundle: Path) -> None:
    bundle = read_bundle(trained_bundle)
    pages = report(bundle.manifest, bundle.estimator, read_judged(bundle))
    assert pages["figures/roc.svg"] == bundle.files["figures/roc.svg"]
    assert pages["report.html"] == bundle.files["report.html"]


def test_the_gallery_shows_the_photos(trained_bundle: Path) -> None:
    assert read_bundle(trained_bundle).files["report.html"].count(b"data:image/jpeg;base64,/9j/") >= 1


def test_training_and_evaluation_leave_a_report_in_their_run_folders(
    tiny: list[str], elsewhere: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "+experiment=blur_laplacian", *tiny]) == 0
    trained = json.loads(capfd.readouterr().out)
    page = Path(trained["report"])
    assert page == Path(trained["run"], "report.html")
    assert page.read_bytes() == Path(trained["bundle"], "report.html").read_bytes()
    assert sum(count for row in trained["confusion"].values() for count in row.values()) == 12
    data = [word for word in tiny if word.startswith("dataset")]
    assert run(["eval", "blur_laplacian", *data]) == 0
    judged = json.loads(capfd.readouterr().out)
    assert judged["confusion"] == trained["confusion"]
    folder = Path(judged["run"])
    assert Path(judged["report"]) == folder / "report.html"
    assert (folder / "figures" / "roc.svg").is_file()
    said = " ".join(Path(judged["report"]).read_text().split())
    assert "Judged on 12 samples of blur_drawn" in said
    assert "48 samples were left out" in said
    assert "test, when trained" in said
    assert not [file for file in folder.rglob(".*") if file.is_file() and file.parent == folder]


def test_python_has_the_report_too(store: Path, drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMML_STORE", str(store))
    words = ["dataset.count=60", f"dataset.folder={drawn}"]
    found = [mmml.evaluate("blur_gradients", overrides=words).report for _ in range(2)]
    assert all(page is not None and page.is_file() for page in found)
    assert found[0] != found[1]


def test_the_terminal_shows_the_confusion_matrix_and_where_the_report_is(
    tiny: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")  # no colours, which would count as characters
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["train", "+experiment=blur_laplacian", *tiny]) == 0
    out = capsys.readouterr().out
    assert "true \\ said" in out
    assert "report: " in out
    assert not [
        line
        for line in out.splitlines()
        if len(line) > 80 and not line.startswith(("Rule", "bundle", "report"))
    ]


def test_notes_name_what_was_left_out_and_count_what_is_too_much() -> None:
    notes = left_out([(f"{i}.jpg", "the file is empty") for i in range(7)], merged=2, seen=1500)
    assert notes[0].startswith("1,500 samples were left out")
    assert "0.jpg: the file is empty" in notes[1]
    assert "and 2 more" in notes[1]
    assert notes[2].startswith("2 samples look like")
    assert left_out([]) == []


def test_pages_replace_those_of_the_same_name_and_leave_nothing_else(elsewhere: Path) -> None:
    write_pages(elsewhere / "run", {"report.html": b"old", "figures/a.svg": b"a"})
    write_pages(elsewhere / "run", {"report.html": b"new"})
    files = {
        str(file.relative_to(elsewhere / "run")) for file in (elsewhere / "run").rglob("*") if file.is_file()
    }
    assert files == {"report.html", "figures/a.svg"}
    assert (elsewhere / "run" / "report.html").read_bytes() == b"new"
