"""A check from a folder outside the repository: one class and two YAML files, as the README says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MMML = [sys.executable, "-c", "from mmml.cli.main import main; main()"]

CLASS = '''
import numpy as np
from mmml.features import Transformer

class Darkness(Transformer):
    """Share of dark pixels, 0 to 1."""

    modality = "image"

    def __init__(self, below=64):
        self.below = below

    @property
    def names(self):
        return ("dark_share", "detail")

    def extract(self, value):
        gray = value.gray
        return np.array([(gray < self.below).mean(), np.abs(np.diff(gray.astype(float), axis=0)).mean()])
'''

TRANSFORMER = """
darkness:
  _target_: darkness.Darkness
  below: 50
"""

EXPERIMENT = """
# @package _global_
defaults:
  - override /transformer: darkness
  - override /estimator: logistic
  - override /dataset: blur_drawn
name: darkness
task:
  positive: blurred
"""


@pytest.fixture
def own(elsewhere: Path) -> Path:
    for path, text in {
        "checks/darkness.py": CLASS,
        "conf/mmml.yaml": "python_path: [checks]\n",
        "conf/transformer/darkness.yaml": TRANSFORMER,
        "conf/experiment/darkness.yaml": EXPERIMENT.lstrip(),
    }.items():
        file = elsewhere / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return elsewhere


def mmml(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MMML, *map(str, words)], capture_output=True, text=True)


def test_a_check_of_ones_own_trains_and_predicts_where_it_is_trusted(
    own: Path, tiny: list[str], photo: Path
) -> None:
    trained = mmml("train", "+experiment=darkness", *tiny)
    assert trained.returncode == 0, trained.stderr
    assert json.loads(trained.stdout)["version"] == 1

    refused = mmml("predict", photo)
    assert refused.returncode == 1
    assert "code from outside mmml: darkness.Darkness" in refused.stderr
    assert "--trust darkness" in refused.stderr

    trusted = mmml("predict", photo, "--trust", "darkness", "--features")
    assert trusted.returncode == 0, trusted.stderr
    assert set(json.loads(trusted.stdout)["features"]) == {"dark_share", "detail"}

    judged = mmml(
        "eval",
        "darkness",
        *[word for word in tiny if not word.startswith(("task.", "tracker="))],
        "trust=[darkness]",
    )
    assert judged.returncode == 0, judged.stderr


@pytest.mark.parametrize(
    ("measured", "said"),
    [("np.inf", "Darkness measured infinity: dark_share"), ("np.nan", "measured on no sample: dark_share")],
)
def test_features_that_mean_nothing_are_told_before_anything_is_written(
    own: Path, tiny: list[str], measured: str, said: str
) -> None:
    file = own / "checks" / "darkness.py"
    file.write_text(file.read_text().replace("(gray < self.below).mean()", measured))
    ended = mmml("train", "+experiment=darkness", *tiny)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert not list(own.rglob("manifest.json"))


def test_a_class_with_a_mistake_is_told_for_what_it_is(own: Path, tiny: list[str]) -> None:
    file = own / "checks" / "darkness.py"
    file.write_text(file.read_text().replace("gray = value.gray", "gray = value.grey"))
    ended = mmml("train", "+experiment=darkness", *tiny)
    assert ended.returncode == 1
    assert "none of the 60 samples could be measured" in ended.stderr
    assert "'Image' object has no attribute 'grey'" in ended.stderr
    file.write_text("import nonsense\n")
    ended = mmml("train", "+experiment=darkness", *tiny)
    assert ended.returncode == 2
    assert "No module named 'nonsense'" in ended.stderr
