"""Reading a bundle: what was changed, cut short or lost is told before anything of it is used."""

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from mmml.bundle.read import read_bundle
from mmml.bundle.samples import read_samples
from mmml.errors import MmmlError

FILES = ("estimator.skops", "experiment.yaml", "samples.parquet", "golden.json", "golden/0.jpg")


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def made_longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def linked(path: Path) -> None:
    away = path.with_name(f"{path.name}.away")
    path.rename(away)
    path.symlink_to(away)


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def lost(path: Path) -> None:
    path.unlink()


CHANGES = (flipped, cut_short, emptied, made_longer, linked, made_a_folder, lost)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_what_it_was_is_named(
    bundle: Path, name: str, change: Callable[[Path], None]
) -> None:
    change(bundle / name)
    with pytest.raises(MmmlError, match=name.replace(".", r"\.")) as caught:
        read_bundle(bundle)
    assert caught.value.hint is not None and "train it again" in caught.value.hint


def test_every_file_of_a_bundle_is_in_its_manifest(bundle: Path) -> None:
    there = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}
    assert there == {*read_bundle(bundle).manifest.files, "manifest.json"}
    assert set(FILES) < there


def test_a_bundle_that_was_copied_elsewhere_says_the_same(trained_bundle: Path, bundle: Path) -> None:
    here, there = read_bundle(trained_bundle), read_bundle(bundle)
    features = np.random.default_rng(0).uniform(1, 100, (5, len(here.features.names)))
    assert here.predict(features).scores.tolist() == there.predict(features).scores.tolist()
    assert here.manifest == there.manifest


def test_files_that_the_manifest_does_not_list_are_not_read(bundle: Path) -> None:
    (bundle / "more.txt").write_text("hello")
    assert "more.txt" not in read_bundle(bundle).files


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}', b'{"format": true}'),
        *(b'{"format": 2}', b'{"format": "1"}', b"{}"),
    ],
    ids=range(11),
)
def test_a_manifest_that_is_none_is_refused(bundle: Path, content: bytes) -> None:
    (bundle / "manifest.json").write_bytes(content)
    with pytest.raises(MmmlError, match=str(bundle)):
        read_bundle(bundle)


@pytest.mark.parametrize("number", [0, 4, 99, None, "1"])
def test_another_format_is_named_and_refused(bundle: Path, forge: Any, number: object) -> None:
    with pytest.raises(MmmlError, match=f"bundle format {number}; this mmml reads format 1"):
        read_bundle(forge(bundle, format=number))


@pytest.mark.parametrize("number", [1, 2])
def test_bundles_from_before_numbers_had_units_are_read(bundle: Path, forge: Any, number: int) -> None:
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    del manifest["decision"]["unit"]
    old = read_bundle(forge(bundle, format=number, decision=manifest["decision"]))
    assert old.manifest.decision.unit is None
    assert old.task.name == "classification"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("surprise", 1), ("name", 5), ("task", "classification"), ("transformers", {}), ("features", None)),
        *(
            ("files", []),
            ("metrics", {"test": 0.9}),
            ("data", {}),
            ("versions", {"python": 3}),
            ("model", None),
        ),
        *(("transformers", [{"name": "a", "kind": "b"}]), ("files", {"a": {"size": "1", "sha256": ""}})),
        *(
            ("files", {"a": {"size": -1, "sha256": ""}}),
            ("files", {"a": {"size": 1, "sha256": "", "mode": 7}}),
            ("decision", {"classes": ["a", "a"]}),
        ),
        *(("decision", {"classes": ["sharp", "blurred"]}), ("task", {"name": "x", "parameters": {}, "y": 0})),
    ],
)
def test_a_manifest_with_other_keys_or_types_is_refused(
    bundle: Path, forge: Any, key: str, value: object
) -> None:
    with pytest.raises(MmmlError, match=r"manifest of .* is broken"):
        read_bundle(forge(bundle, **{key: value}))


def test_a_manifest_that_lacks_a_key_is_refused(bundle: Path) -> None:
    whole = json.loads((bundle / "manifest.json").read_bytes())
    # Bundles of the first format had neither tuned values nor importances.
    for key in set(whole) - {"format", "tuned", "importances", "notes"}:
        (bundle / "manifest.json").write_text(json.dumps({k: v for k, v in whole.items() if k != key}))
        with pytest.raises(MmmlError, match=key):
            read_bundle(bundle)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../secret",
            "golden/../../secret",
            "/etc/passwd",
            "..",
            ".",
            "",
            ".hidden",
            "a/b/c",
            "a//b",
            "./a",
        ),
        *(
            "golden/",
            "a\\..\\b",
            "C:\\x",
            "a\0b",
            "a\n",
            "~/.ssh",
            "manifest.json",
            "golden/..",
            "a b",
            "-rf",
        ),
    ],
)
def test_a_file_name_that_could_lead_out_of_the_bundle_is_refused(
    bundle: Path, forge: Any, name: str
) -> None:
    (bundle.parent / "secret").write_bytes(b"")
    files = json.loads((bundle / "manifest.json").read_bytes())["files"]
    with pytest.raises(MmmlError, match="not allowed"):
        read_bundle(forge(bundle, files={**files, name: {"size": 0, "sha256": ""}}))


def test_a_model_that_is_not_among_the_files_is_refused(bundle: Path, forge: Any) -> None:
    for model in ("model.onnx", "../estimator.skops", "/estimator.skops"):
        with pytest.raises(MmmlError, match="does not list its model"):
            read_bundle(forge(bundle, model=model))


def test_a_file_that_is_listed_but_not_there_is_missed(bundle: Path, forge: Any) -> None:
    files = json.loads((bundle / "manifest.json").read_bytes())["files"]
    with pytest.raises(MmmlError, match=r"lacks its file extra\.txt"):
        read_bundle(forge(bundle, files={**files, "extra.txt": {"size": 0, "sha256": ""}}))


def test_what_is_no_bundle_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "vast").mkdir()
    (tmp_path / "folder" / "manifest.json").mkdir(parents=True)
    with (tmp_path / "vast" / "manifest.json").open("wb") as file:
        os.truncate(file.fileno(), 1 << 40)
    for name in ("nothing", "file", "folder", "vast"):
        with pytest.raises(MmmlError, match=name):
            read_bundle(tmp_path / name)


def test_a_model_of_other_features_is_refused(bundle: Path, ruled: Path, forge: Any) -> None:
    read_bundle(bundle)
    features = json.loads((bundle / "manifest.json").read_bytes())["features"]
    fewer = read_bundle(forge(bundle, features=features[:-1]))
    with pytest.raises(MmmlError, match=r"takes 6 features, its manifest names 5"):
        _ = fewer.estimator
    with pytest.raises(MmmlError, match="but its model was trained on"):
        _ = fewer.features
    two = (ruled / "rule.yaml").read_text().replace("- laplacian_var", "- laplacian_var\n- other")
    with pytest.raises(MmmlError, match="takes 2 features, its manifest names 1"):
        _ = read_bundle(forge(ruled, {"rule.yaml": two.encode()})).estimator


def test_features_in_another_order_are_refused(bundle: Path, forge: Any) -> None:
    features = json.loads((bundle / "manifest.json").read_bytes())["features"]
    with pytest.raises(MmmlError, match="but its model was trained on"):
        _ = read_bundle(forge(bundle, features=features[::-1])).features


def test_a_bundle_without_a_manifest_is_none(bundle: Path) -> None:
    shutil.move(bundle / "manifest.json", bundle / "manifest.json.part")
    with pytest.raises(MmmlError, match=r"is no bundle: it has no manifest\.json"):
        read_bundle(bundle)


@pytest.mark.parametrize("name", ["manifest.json", "experiment.yaml", "golden/0.jpg"])
def test_devices_and_pipes_are_refused_at_once(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    os.mkfifo(bundle / name)
    with pytest.raises(MmmlError, match="is no regular file"):
        read_bundle(bundle)
    (bundle / name).unlink()
    (bundle / name).symlink_to("/dev/zero")
    with pytest.raises(MmmlError, match="is a link"):
        read_bundle(bundle)


def test_a_folder_that_leads_out_of_the_bundle_is_refused(bundle: Path) -> None:
    (bundle / "golden").rename(bundle.parent / "away")
    (bundle / "golden").symlink_to(bundle.parent / "away")
    with pytest.raises(MmmlError, match=r"golden/\d\.jpg is a link"):
        read_bundle(bundle)
    (bundle.parent / "link").symlink_to(bundle)
    with pytest.raises(MmmlError, match=r"golden/\d\.jpg is a link"):
        read_bundle(bundle.parent / "link")


def test_a_bundle_behind_a_link_is_one(bundle: Path) -> None:
    (bundle.parent / "link").symlink_to(bundle)
    assert read_bundle(bundle.parent / "link").name == read_bundle(bundle).name


def test_files_that_are_too_large_are_refused_unread(bundle: Path, forge: Any) -> None:
    files = json.loads((bundle / "manifest.json").read_bytes())["files"]
    for name, size in (("experiment.yaml", 1_000_001), ("golden/0.jpg", 16_000_001), ("more", 1 << 40)):
        with pytest.raises(MmmlError, match=f"{name} of .* has .* bytes, more than"):
            read_bundle(forge(bundle, files={**files, name: {"size": size, "sha256": ""}}))
    many = {f"more{i}": {"size": 16_000_000, "sha256": ""} for i in range(200)}
    with pytest.raises(MmmlError, match="have more than 3,000,000,000 bytes"):
        read_bundle(forge(bundle, files={**files, **many}))


@pytest.mark.parametrize("name", ["experiment.yaml", "samples.parquet", "golden.json"])
def test_a_manifest_lists_what_every_bundle_has(bundle: Path, forge: Any, name: str) -> None:
    files = json.loads((bundle / "manifest.json").read_bytes())["files"]
    del files[name]
    with pytest.raises(MmmlError, match=f"does not list {name}"):
        read_bundle(forge(bundle, files=files))


def test_the_table_of_samples_has_the_rows_that_the_manifest_says(bundle: Path, forge: Any) -> None:
    loaded = read_bundle(bundle)
    rows = read_samples(loaded, ["sha256", "split"])
    assert set(rows) == {"sha256", "split"} and set(rows["split"]) == {"train", "test"}
    with pytest.raises(MmmlError, match="is broken"):
        read_samples(loaded, ["nothing"])
    entry = json.loads((bundle / "manifest.json").read_bytes())["data"]
    with pytest.raises(MmmlError, match="its manifest speaks of"):
        read_samples(read_bundle(forge(bundle, data={**entry, "train": entry["train"] + 1})), ["split"])
    with pytest.raises(MmmlError, match="is broken"):
        read_samples(read_bundle(forge(bundle, {"samples.parquet": b"PAR1PAR1"})), ["split"])


@pytest.mark.parametrize("column", ["path", "raw"])
def test_a_table_that_unpacks_to_far_more_than_it_is_is_refused(
    bundle: Path, forge: Any, column: str
) -> None:
    table = pyarrow.parquet.read_table(bundle / "samples.parquet").to_pydict()
    rows = len(table["path"])
    table[column] = ["x" * 10_000_000] * rows if column == "path" else [[0.0] * 100_000] * rows
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(table), buffer, compression="zstd")
    forge(bundle, {"samples.parquet": buffer.getvalue()})
    with pytest.raises(MmmlError, match=r"samples.parquet of .* is broken: it holds"):
        read_samples(read_bundle(bundle), [column])
