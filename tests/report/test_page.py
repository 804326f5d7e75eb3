"""The page: what stands on it, that nothing on it runs or loads, and that odd material does not break it."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from mmml.report.material import Material
from mmml.report.page import render
from mmml.task.classification import Classification
from mmml.task.outlier import Outlier
from mmml.task.prediction import ClassPrediction
from mmml.tuner.study import Study
from tests.report.conftest import Make, decided, judged

EVIL = '<script>alert("1")</script>&\'"'


class Read(HTMLParser):
    """Tags, attributes and text of a page, as a browser takes them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def page(material: Material) -> str:
    return render(material)["report.html"].decode()


def test_the_page_says_what_was_trained_how_good_it_is_and_where_it_fails(make: Make) -> None:
    material = make(notes=["3 samples could not be read."])
    text = Read(page(material)).text
    for said in (
        "Trained on 80 samples of drawn, tested on 40",
        "balanced accuracy",
        "out of fold",
        "95 % interval",
        "Confusion matrix",
        "ROC curve",
        "Precision and recall",
        "Calibration",
        "Permutation importance",
        "The weakest slices",
        "The worst mistakes",
        "photos/test-",
        "3 samples could not be read.",
        "LogisticRegression()",
    ):
        assert said in text, said
    value = material.metrics["test"]["balanced_accuracy"].value
    assert f"{value:.3f}" in text


def test_every_figure_is_on_the_page_and_a_file_of_its_own(make: Make) -> None:
    files = render(make())
    names = {"confusion", "roc", "precision_recall", "calibration", "threshold", "scores", "importances"}
    assert set(files) == {"report.html", *(f"figures/{name}.svg" for name in names)}
    assert all(data.startswith(b"<?xml") for name, data in files.items() if name.endswith(".svg"))
    for name in names:
        assert f'id="figure-{name}"'.encode() in files["report.html"]
    assert sum(map(len, files.values())) < 600_000


def test_the_page_loads_nothing_and_runs_nothing(make: Make) -> None:
    written = page(make())
    read = Read(written)
    assert not {"script", "link", "iframe", "object", "base", "form"} & set(read.tags)
    for name, value in read.values:
        assert not name.startswith("on")
        if name in ("src", "href", "xlink:href", "action"):
            assert value.startswith(("#", "data:image/jpeg;base64,")), value
    policy = next(value for name, value in read.values if "default-src" in value)
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "http:" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", written)


def test_ids_are_unique_and_every_reference_is_met(make: Make, study: Callable[..., Study]) -> None:
    read = Read(page(make(study=study("f1", "brier"))))
    ids = [value for name, value in read.values if name == "id"]
    assert len(ids) == len(set(ids))
    asked = {value[1:] for name, value in read.values if name in ("href", "xlink:href")}
    asked |= {value[5:-1] for name, value in read.values if name == "clip-path"}
    assert asked <= set(ids)


def test_names_from_elsewhere_are_text_and_nothing_else(make: Make, study: Callable[..., Study]) -> None:
    classes = (f"ok{EVIL}", f"no{EVIL}")
    task = Classification(positive=classes[1])
    facts = {f"fact{EVIL}": EVIL, "source": EVIL}
    splits = [
        judged(
            task,
            decided(classes),
            split,
            list(classes) * 12,
            sure=0.3,
            facts=lambda i: facts if i % 2 else {},
        )
        for split in ("validation", "test")
    ]
    splits = [
        replace(one, path=[f"{EVIL}{i}.jpg" for i in range(24)], group=[f"{EVIL}{i // 4}" for i in range(24)])
        for one in splits
    ]
    searched = study("f1")
    material = make(
        classes, task=task, splits=splits, title=EVIL, notes=[EVIL], data_name=EVIL, study=searched
    )
    files = render(material)
    read = Read(files["report.html"].decode())
    assert not {"script", "alert"} & set(read.tags)
    assert EVIL in read.text
    assert re.search(re.escape(EVIL) + r"\d+\.jpg", read.text)
    for data in files.values():
        assert b"<script" not in data
        assert not re.search(rb"<[^>]*alert\(&?quot;?1[^>]*=", data)


def test_the_same_material_gives_the_same_bytes(make: Make, study: Callable[..., Study]) -> None:
    one, two = (render(make(study=study("balanced_accuracy", "brier"))) for _ in range(2))
    assert one == two
    assert "figures/tradeoff.svg" in one


def test_three_classes_have_a_curve_each_and_no_threshold(make: Make) -> None:
    files = render(make(("sharp", "motion", "defocus")))
    assert "figures/threshold.svg" not in files
    assert all(name in files["figures/roc.svg"].decode() for name in ("sharp", "motion", "defocus"))
    assert "the likeliest class" in Read(files["report.html"].decode()).text


def test_an_outlier_has_no_calibration_and_shows_what_the_bad_ones_were(make: Make) -> None:
    task, classes = Outlier(good="sharp", bad="unusual"), ("sharp", "unusual")
    labels = ["sharp", "torn", "wet"] * 12
    splits = [judged(task, decided(classes), split, labels, sure=0.4) for split in ("validation", "test")]
    files = render(make(classes, task=task, splits=splits))
    assert "figures/calibration.svg" not in files
    assert "torn (unusual)" in Read(files["report.html"].decode()).text


def test_a_test_split_of_one_class_keeps_the_curve_out_of_fold(make: Make) -> None:
    task, classes = Classification(positive="blurred"), ("sharp", "blurred")
    splits = [
        judged(task, decided(classes), "validation", list(classes) * 30),
        judged(task, decided(classes), "test", ["sharp"] * 20),
    ]
    files = render(make(splits=splits))
    assert b"out of fold" in files["figures/roc.svg"]
    assert b">test" not in files["figures/roc.svg"]
    assert "not defined" in Read(files["report.html"].decode()).text


def test_samples_without_a_score_are_counted_and_left_out(make: Make) -> None:
    whole = make()
    test = whole.splits[1]
    said = test.prediction
    scores, chances, labels = said.scores.copy(), said.probabilities.copy(), list(said.labels)
    scores[:5], chances[:5], labels[:5] = np.nan, np.nan, [None] * 5
    holed = replace(test, prediction=ClassPrediction(labels, scores, chances))
    text = Read(page(make(splits=[whole.splits[0], holed]))).text
    assert "5 of 120 samples have no score" in text
    assert "of 35 samples" in text


def test_a_page_without_any_score_says_so(make: Make) -> None:
    whole = make()
    empty = [
        replace(one, prediction=ClassPrediction([None] * n, np.full(n, np.nan), np.full((n, 2), np.nan)))
        for one, n in zip(whole.splits, (80, 40), strict=True)
    ]
    files = render(make(splits=empty, importances={}))
    assert set(files) == {"report.html"}
    assert "No sample has a score" in Read(files["report.html"].decode()).text


@pytest.mark.parametrize("counts", [(4, 2), (2, 1), (6, 0)])
def test_tiny_data_makes_a_page(make: Make, counts: tuple[int, int]) -> None:
    assert "Confusion matrix" in page(make(counts=counts))


def test_odd_names_of_classes_make_a_page(make: Make) -> None:
    classes = ("_hidden", r"$\frac{", "x" * 500, "模糊 🌫", "line\nbreak\x1b[31m\x00", "")
    for several in (classes, classes[:2]):
        files = render(make(several))
        assert all(b"\x00" not in data for name, data in files.items() if name.endswith("svg"))
        assert b"_hidden" in files["figures/confusion.svg"]
        assert rb"$\frac{" in files["figures/confusion.svg"]
    assert b"_hidden" in files["figures/scores.svg"]


def test_fifty_classes_stay_legible_and_small(make: Make) -> None:
    files = render(make([f"class {i:02}" for i in range(50)], counts=(300, 150)))
    assert "12 of 50 classes" in Read(files["report.html"].decode()).text
    assert len(files["report.html"]) < 600_000


def test_without_mistakes_the_most_doubtful_are_shown(make: Make) -> None:
    text = Read(page(make(sure=50))).text
    assert "There is no mistake" in text
    assert "The worst mistakes" not in text


def test_the_worst_mistakes_come_first_those_of_the_test_split_before_others(make: Make) -> None:
    text = page(make(sure=0.5, counts=(80, 12)))
    cards = re.findall(r'class="score">score ([\d.]+) <span class="muted">· ([\w ]+)</span>', text)
    assert len(cards) == 12
    splits = [split for _, split in cards]
    assert splits == sorted(splits, reverse=True)
    sure = [max(float(score), 1 - float(score)) for score, split in cards if split == "test"]
    assert sure == sorted(sure, reverse=True)


def test_thumbnails_lie_on_the_page_itself(make: Make) -> None:
    asked = []

    def thumbnail(path: str, sha256: str) -> bytes | None:
        asked.append((path, sha256))
        return b"jpeg" if len(asked) == 1 else None

    text = page(make(thumbnail=thumbnail))
    assert '<img src="data:image/jpeg;base64,anBlZw=="' in text
    assert "the file is gone or was changed" in text
    assert all(path.startswith("photos/") and len(sha256) == 64 for path, sha256 in asked)


def test_an_evaluation_stands_beside_what_the_training_promised(make: Make) -> None:
    trained = make()
    found = replace(trained.splits[1], split="eval")
    material = replace(
        trained, splits=[found], metrics={"eval": trained.metrics["validation"]}, data_name="my_photos"
    )
    written = page(material)
    assert "Judged on 40 samples of my_photos" in " ".join(Read(written).text.split())
    columns = re.findall(r'<th scope="col">([^<]+)</th>', written)
    assert columns[:3] == ["metric", "evaluation", "test, when trained"]


def test_a_search_is_told_with_its_choice(make: Make, study: Callable[..., Study]) -> None:
    files = render(make(study=study("balanced_accuracy")))
    assert {"figures/study.svg", "figures/study_importances.svg"} <= set(files)
    assert "figures/tradeoff.svg" not in files
    text = Read(files["report.html"].decode()).text
    assert "12 trials of blur-1f: 8 complete, 4 pruned. Trial 0 was taken: the best there was." in text
    assert "estimator.clf.C" in text
