"""Table: what a spreadsheet's export, a data frame or JSON Lines say, or a message that names the row."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from mmml.dataset.table import Table
from mmml.errors import MmmlError, UsageError

CONF = Path(__file__).parents[2] / "conf" / "dataset"
ROWS: list[dict[str, Any]] = [
    {"path": "a.jpg", "label": 1, "group": 7, "split": "train", "iso": 100, "phone": "P20"},
    {"path": "b.jpg", "label": 0, "group": 8, "split": "test", "iso": None, "phone": "8"},
]


@pytest.fixture(autouse=True)
def photos(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()


def csv_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "photos.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def written(folder: Path, ending: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / f"photos{ending}"
    if ending == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif ending == ".csv":
        lines = [",".join("" if entry is None else str(entry) for entry in row.values()) for row in rows]
        path.write_text("\n".join([",".join(rows[0]), *lines]) + "\n")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl", ".ndjson"])
def test_the_same_rows_in_every_format(tmp_path: Path, ending: str) -> None:
    first, second = Table(written(tmp_path, ending, ROWS)).samples()
    assert (first.path, first.label, first.group, first.split) == (tmp_path / "a.jpg", "1", "7", "train")
    assert (second.label, second.group, second.split) == ("0", "8", "test")
    assert first.facts == {"iso": 100.0, "phone": "P20"}
    assert second.facts == {"phone": "8"}


def test_labels_and_groups_stay_as_they_are_written(tmp_path: Path) -> None:
    (sample,) = Table(csv_file(tmp_path, "path,label,group\na.jpg,01,007\n")).samples()
    assert (sample.label, sample.group, sample.split) == ("01", "007", None)


def test_a_spreadsheets_export_with_mark_line_ends_and_quotes(tmp_path: Path) -> None:
    text = '\ufeffpath,label,remark\r\na.jpg,sharp,"wet, cold"\r\n\r\n"b, c.jpg", blurred ,\r\n'
    first, second = Table(csv_file(tmp_path, text)).samples()
    assert (first.label, first.facts) == ("sharp", {"remark": "wet, cold"})
    assert (second.path.name, second.label, second.facts) == ("b, c.jpg", "blurred", {})


def test_relative_paths_start_from_the_table_or_from_root(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    text = f"path,label\na.jpg,x\n{tmp_path}/b.jpg,y\n"
    table = csv_file(tmp_path / "tables", text)
    paths = [sample.path for sample in Table(table, root=str(tmp_path)).samples()]
    assert paths == [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    (tmp_path / "tables" / "a.jpg").touch()
    assert Table(table).samples()[0].path == tmp_path / "tables" / "a.jpg"


def test_a_wrong_root_is_told_before_thousands_of_files_fail(tmp_path: Path) -> None:
    with pytest.raises(MmmlError, match="none of the 1 files named in") as caught:
        Table(csv_file(tmp_path, "path,label\na.jpg,x\n"), root=tmp_path / "elsewhere").samples()
    assert "dataset.root" in str(caught.value.hint)


def test_columns_of_other_names(tmp_path: Path) -> None:
    table = csv_file(tmp_path, "file,quality,label\na.jpg,good,printed\n")
    (sample,) = Table(table, columns={"path": "file", "label": "quality"}).samples()
    assert (sample.path.name, sample.label, sample.facts) == ("a.jpg", "good", {"label": "printed"})


def test_through_its_config(tmp_path: Path) -> None:
    config = OmegaConf.load(CONF / "table.yaml")
    overrides = {
        "path": str(csv_file(tmp_path, "path,quality\na.jpg,good\n")),
        "columns": {"label": "quality"},
    }
    (sample,) = instantiate(OmegaConf.merge(config, overrides), _convert_="all").samples()
    assert sample.label == "good"


def test_a_missing_column_is_named_with_those_found(tmp_path: Path) -> None:
    with pytest.raises(MmmlError, match="no column label; its columns are: path, labels, iso") as caught:
        Table(csv_file(tmp_path, "path,labels,iso\na.jpg,x,1\n")).samples()
    assert str(caught.value.hint).startswith("did you mean labels?")
    assert "dataset.columns={label: NAME}" in str(caught.value.hint)


def test_an_optional_column_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(MmmlError, match="no column scene"):
        Table(csv_file(tmp_path, "path,label\na.jpg,x\n"), columns={"group": "scene"}).samples()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\n", "has no rows"),
        ("", "has no rows"),
        ("path,label\na.jpg,x\nb.jpg,\n", "line 3: the column label is empty"),
        ("path,label\n,x\n", "line 2: the column path is empty"),
        ("path,label,split\na.jpg,x,Train\n", "line 2: there is no split Train"),
        ("path,label\na.jpg,x\n./a.jpg,y\n", "line 3: .* stands in line 2 already"),
        ("path,label\na.jpg,x,y\n", "line 2 has 3 entries, the header 2"),
        ('path,label\na.jpg,"x\n', "is broken: line 2"),
        ("path,label,label\na.jpg,x,y\n", "a column name stands twice"),
        ("path,label\na.jpg,grün\n".encode("latin-1"), "is not UTF-8"),
    ],
    ids=lambda case: case if isinstance(case, str) and "line" in case else None,
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(MmmlError, match=message):
        Table(csv_file(tmp_path, text)).samples()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"path": "a.jpg", "label": "x"}\n\n{"path": \n', "line 3 is not JSON"),
        ("[1, 2]\n", "line 1 is not a JSON object"),
        ('{"path": "a.jpg", "label": "x"}\n{"path": "b.jpg"}\n', "line 2: the column label is empty"),
        ('{"path": "a.jpg", "label": NaN}\n', "line 1: the column label is empty"),
    ],
)
def test_json_lines_that_make_no_sense_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "photos.jsonl").write_text(text)
    with pytest.raises(MmmlError, match=message):
        Table(tmp_path / "photos.jsonl").samples()


@pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing", b"PAR1" + bytes(64) + b"PAR1"])
def test_a_broken_parquet_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "photos.parquet").write_bytes(content)
    with pytest.raises(MmmlError, match=r"photos\.parquet"):
        Table(tmp_path / "photos.parquet").samples()


def test_an_empty_label_in_parquet_is_named_by_its_row(tmp_path: Path) -> None:
    rows = [{"path": "a.jpg", "label": "x"}, {"path": "b.jpg", "label": None}]
    with pytest.raises(MmmlError, match="row 2: the column label is empty"):
        Table(written(tmp_path, ".parquet", rows)).samples()


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.parquet", "nowhere.jsonl"])
def test_a_missing_table_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(MmmlError, match=f"{name} cannot be read") as caught:
        Table(tmp_path / name).samples()
    assert "dataset.path" in str(caught.value.hint)


def test_an_unknown_ending_column_key_or_modality_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match=r"photos\.xlsx is no table") as caught:
        Table("photos.xlsx")
    assert ".parquet" in str(caught.value.hint)
    with pytest.raises(UsageError, match="unknown key lable") as caught:
        Table("photos.csv", columns={"lable": "quality"})
    assert caught.value.hint == "did you mean label?"
    with pytest.raises(UsageError, match="there is no modality sound"):
        Table("photos.csv", modality="sound")
