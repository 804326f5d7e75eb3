"""The cache of features: nothing is decoded twice, nothing old is taken for new, nothing breaks a run."""

import logging
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mmml
from mmml.cli.main import run
from mmml.engine.cache import FeatureCache
from mmml.engine.code import code_version
from mmml.engine.extract import Extractor, Input, _kind
from mmml.features import Features, Transformer
from mmml.image.gradients import Gradients, Laplacian
from mmml.image.value import Image

KEY = "ab" * 32


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache", 10_000_000)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What is decoded from here on."""
    seen: list[int] = []
    decode = Image._decode

    def watched(self: Image, flag: int) -> Any:
        seen.append(flag)
        return decode(self, flag)

    monkeypatch.setattr(Image, "_decode", watched)
    return seen


def test_a_second_run_of_the_same_training_does_not_decode_one_image(
    tiny: list[str], decoded: list[int]
) -> None:
    first = mmml.train(["+experiment=blur_gradients", *tiny])
    assert decoded
    decoded.clear()
    again = mmml.train(["+experiment=blur_gradients", *tiny])
    assert not decoded
    assert again.metrics == first.metrics
    assert again.manifest.files["samples.parquet"] == first.manifest.files["samples.parquet"]
    mmml.train(["+experiment=blur_gradients", *tiny, "transformer.gradients.long_side=128"])
    assert decoded


def test_an_evaluation_decodes_no_more_than_its_report_shows(tiny: list[str], decoded: list[int]) -> None:
    mmml.train(["+experiment=blur_gradients", *tiny])
    decoded.clear()
    words = [word for word in tiny if not word.startswith(("task.", "tracker"))]
    mmml.evaluate("blur_gradients", overrides=words)
    assert len(decoded) <= 12
    decoded.clear()
    mmml.evaluate("blur_gradients", overrides=words)
    assert not decoded


def test_without_a_path_nothing_is_kept(tiny: list[str], decoded: list[int], elsewhere: Path) -> None:
    for _ in range(2):
        decoded.clear()
        mmml.train(["+experiment=blur_laplacian", *tiny, "cache.path=null"])
        assert decoded
    assert not list(elsewhere.rglob("features.sqlite"))


def observe(cache: FeatureCache, photo: Path, *transformers: Transformer) -> dict[str, Features]:
    (one,) = Extractor(cache=cache).observe_all(
        [Input("photo", photo, "image")], {"image": transformers}, identity=True
    )
    assert one.error is None
    assert one.facts and one.fingerprint is not None and one.sha256
    return one.features


def test_what_comes_from_the_cache_is_what_was_measured(
    cache: FeatureCache, photo: Path, decoded: list[int]
) -> None:
    parts = (Gradients(), Laplacian(), Laplacian(long_side=64))
    first = observe(cache, photo, *parts)
    decoded.clear()
    again = observe(cache, photo, *parts)
    assert not decoded
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[key], again[key], equal_nan=True) for key in first)


def test_another_content_under_the_same_name_is_measured(
    cache: FeatureCache, photo: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(photo.read_bytes())
    first = observe(cache, copy, Laplacian())
    copy.write_bytes((photo.parent / "arles-amphitheatre.jpg").read_bytes())
    assert observe(cache, copy, Laplacian()) != first


def test_a_file_that_changes_under_a_known_hash_is_an_error(cache: FeatureCache, photo: Path) -> None:
    item = Input("photo", photo, "image", sha256=KEY)
    assert "changed" in str(Extractor(cache=cache).observe(item, [Laplacian()]).error)


def test_values_that_a_transformer_does_not_take_are_remembered_too(
    cache: FeatureCache, photo: Path, decoded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Laplacian, "accepts", lambda self, value: False)
    assert observe(cache, photo, Laplacian()) == {}
    decoded.clear()
    assert observe(cache, photo, Laplacian()) == {}
    assert not decoded


def test_changed_code_measures_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks, lent = tmp_path / "checks", tmp_path / "elsewhere" / "lent"
    checks.mkdir()
    lent.mkdir(parents=True)
    for place in (checks, lent.parent):
        monkeypatch.syspath_prepend(place)
    (lent / "__init__.py").write_text("K = 1\n")
    source = (
        "import lent\nfrom mmml.features import Transformer\nclass Mine(Transformer):\n    names = ('x',)\n"
    )
    (checks / "mine.py").write_text(f"{source}    def extract(self, value): return [1]\n")
    kind = __import__("mine").Mine

    def told() -> str | None:
        code_version.cache_clear()
        return code_version(kind)

    versions = [told()]
    assert versions == [told()]
    (checks / "mine.py").write_text(f"{source}    def extract(self, value): return [2]\n")
    versions.append(told())
    # A neighbour, and a module of the user's own from elsewhere, may be part of what measures.
    (checks / "neighbour.py").write_text("factor = 3\n")
    versions.append(told())
    (lent / "__init__.py").write_text("K = 2\n")
    versions.append(told())
    assert len(set(versions)) == 4
    code_version.cache_clear()


def test_changed_code_of_a_transformer_inside_another_one_measures_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("outer", "inner"):
        (tmp_path / name).mkdir()
        monkeypatch.syspath_prepend(tmp_path / name)
        (tmp_path / name / f"its_{name}.py").write_text(
            "from mmml.features import Transformer\nclass Mine(Transformer):\n    modality = 'image'\n"
            "    names = ('x',)\n    def __init__(self, part=None): self.part = part\n"
            "    def extract(self, value): return [1]\n"
        )
    outer = __import__("its_outer").Mine(__import__("its_inner").Mine())
    kinds = []
    for comment in ("", "# new", ""):
        (tmp_path / "inner" / "neighbour.py").write_text(comment)
        code_version.cache_clear()
        kinds.append(_kind(outer))
    code_version.cache_clear()
    assert None not in kinds
    assert kinds[0] == kinds[2] != kinds[1]


def test_classes_without_a_file_are_never_remembered() -> None:
    kind = type("Typed", (Laplacian,), {"__module__": "__main__"})
    assert code_version(kind) is None


def test_the_cache_stays_within_its_bounds_and_forgets_the_oldest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FeatureCache(tmp_path, 400_000)
    today = 20_000.0
    monkeypatch.setattr("mmml.engine.cache.time.time", lambda: today * 86_400)
    for day in range(40):
        today += 1
        cache.put([(f"{day:064x}", f"kind {n}", bytes(1000)) for n in range(50)])
    info = cache.info()
    assert info.bytes <= 600_000
    assert 0 < info.entries < 400
    assert cache.get(f"{39:064x}", ["kind 0"])
    assert not cache.get(f"{0:064x}", ["kind 0"])


WRITE = """
import sys
from pathlib import Path
from mmml.engine.cache import FeatureCache
number = int(sys.argv[2])
cache = FeatureCache(Path(sys.argv[1]), 100_000_000)
for turn in range(20):
    cache.put([(f"{number:032x}{turn:032x}", "kind", bytes([number] * 100))])
"""


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    words = [sys.executable, "-W", "error", "-c", WRITE, str(tmp_path)]
    workers = [subprocess.Popen([*words, str(number)]) for number in range(4)]
    assert [one.wait(60) for one in workers] == [0] * 4
    cache = FeatureCache(tmp_path, 100_000_000)
    assert cache.info().entries == 80
    assert cache.get(f"{3:032x}{19:032x}", ["kind"]) == {"kind": bytes([3] * 100)}


@pytest.mark.parametrize("fault", ["no database", "no folder", "other table"])
def test_a_cache_that_cannot_be_used_costs_a_warning_and_nothing_else(
    fault: str, tiny: list[str], elsewhere: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = elsewhere / "outputs" / "cache"
    if fault == "no folder":
        place.parent.mkdir()
        place.write_text("a file is in the way")
    else:
        place.mkdir(parents=True)
        file = place / "features.sqlite"
        if fault == "no database":
            file.write_bytes(b"this is not what it should be" * 100)
        else:
            with sqlite3.connect(file) as other:
                other.execute("CREATE TABLE entries (thing TEXT)")
    caplog.set_level(logging.WARNING)
    result = mmml.train(["+experiment=blur_laplacian", *tiny])
    assert result.version == 1
    assert caplog.text.count("going on without the cache") == 1
    assert "mmml data cache clear" in caplog.text


def test_processes_too_tell_of_a_broken_cache_but_once_each(
    tiny: list[str], elsewhere: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = elsewhere / "outputs" / "cache"
    place.mkdir(parents=True)
    (place / "features.sqlite").write_bytes(b"this is not what it should be" * 100)
    words = ["parallel=processes", "parallel.n_jobs=2"]
    assert run(["train", "+experiment=blur_laplacian", *tiny, *words]) == 0
    assert 1 <= capfd.readouterr().err.count("going on without the cache") <= 3


def test_entries_of_a_wrong_length_are_measured_again(
    cache: FeatureCache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = observe(cache, photo, Gradients())
    with sqlite3.connect(cache.path) as forged:
        forged.execute("UPDATE entries SET value = x'00ff00'")
    again = observe(FeatureCache(cache.path.parent, 10_000_000), photo, Gradients())
    assert all(np.array_equal(first[key], again[key]) for key in first)
