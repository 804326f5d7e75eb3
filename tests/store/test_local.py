"""A store in a folder: what was published can be fetched, and half a bundle never."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from sklearn.base import clone

from mmml.bundle.manifest import FileEntry, read_manifest, written
from mmml.bundle.read import read_bundle
from mmml.bundle.verify import verify
from mmml.errors import MmmlError, UsageError
from mmml.store.base import Entry, Ref
from mmml.store.local import LocalStore


@pytest.fixture
def shelf(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "models")


@pytest.fixture
def folder(rule_bundle: Path, tmp_path: Path) -> Path:
    """A bundle with more files than a bundle usually has."""
    made = Path(shutil.copytree(rule_bundle, tmp_path / "made"))
    parts = {f"part{number}": bytes([number]) * 100_000 for number in range(20)}
    for name, content in parts.items():
        (made / name).write_bytes(content)
    listed = {name: FileEntry(len(part), hashlib.sha256(part).hexdigest()) for name, part in parts.items()}
    manifest = read_manifest(made)
    more = msgspec.structs.replace(manifest, files={**listed, **manifest.files})
    (made / "manifest.json").write_bytes(written(more))
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def versions(shelf: LocalStore) -> list[int]:
    return [entry.version for entry in shelf.entries()]


def test_a_published_bundle_comes_back_whole_and_verifies(shelf: LocalStore, trained_bundle: Path) -> None:
    assert shelf.publish(trained_bundle, "blur") == 1
    found, version = shelf.fetch(Ref("blur"))
    assert (version, contents(found)) == (1, contents(trained_bundle))
    assert verify(read_bundle(found))["scored"] == 8


def test_versions_count_up_and_the_newest_is_fetched(shelf: LocalStore, folder: Path) -> None:
    assert [shelf.publish(folder, "blur") for _ in range(11)] == list(range(1, 12))
    assert shelf.publish(folder, "other") == 1
    assert shelf.fetch(Ref("blur"))[1] == 11
    assert shelf.fetch(Ref("blur", 2)) == (shelf.root / "blur" / "2", 2)
    assert versions(shelf) == [*range(1, 12), 1]


def test_the_production_version_is_preferred_to_the_newest(shelf: LocalStore, folder: Path) -> None:
    for _ in range(3):
        shelf.publish(folder, "blur")
    shelf.alias(Ref("blur", 1), "production")
    assert shelf.fetch(Ref("blur"))[1] == 1
    shelf.alias(Ref("blur", 2), "production")
    shelf.alias(Ref("blur", 2), "tested")
    shelf.alias(Ref("blur", "tested"), "best_one")
    assert shelf.fetch(Ref("blur"))[1] == shelf.fetch(Ref("blur", "best_one"))[1] == 2
    aliased = [entry.aliases for entry in shelf.entries()]
    assert aliased == [(), ("best_one", "production", "tested"), ()]


def test_a_version_that_is_removed_is_never_given_again(shelf: LocalStore, folder: Path) -> None:
    for _ in range(3):
        shelf.publish(folder, "blur")
    shelf.alias(Ref("blur", 3), "production")
    assert shelf.remove(Ref("blur", "production")) == [Entry("blur", 3, ("production",))]
    assert shelf.fetch(Ref("blur"))[1] == 2
    assert shelf.publish(folder, "blur") == 4
    assert [entry.version for entry in shelf.remove(Ref("blur"))] == [1, 2, 4]
    assert versions(shelf) == []
    with pytest.raises(UsageError, match="there is no model blur"):
        shelf.fetch(Ref("blur"))
    assert shelf.publish(folder, "blur") == 5


def test_what_is_not_there_is_told_with_what_is(shelf: LocalStore, folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        shelf.fetch(Ref("blur"))
    assert caught.value.hint == "train one: mmml train"
    shelf.publish(folder, "blur")
    for ref, hint in (
        (Ref("blurr"), "did you mean blur?"),
        (Ref("blur", 7), "it has 1"),
        (Ref("blur", "production"), "there is nothing to choose from yet"),
    ):
        for ask in (shelf.fetch, shelf.remove, lambda ref: shelf.alias(ref, "production")):
            with pytest.raises(UsageError) as caught:
                ask(ref)
            assert caught.value.hint == hint


@pytest.mark.parametrize("alias", ["3", "", "a b", "../x", "a.b", ".x", "_x", "été", "a@b", "x\n"])
def test_an_alias_that_no_reference_could_name_is_refused(
    shelf: LocalStore, folder: Path, alias: str
) -> None:
    shelf.publish(folder, "blur")
    with pytest.raises(UsageError, match="cannot be an alias"):
        shelf.alias(Ref("blur"), alias)


@pytest.mark.parametrize("name", ["../up", "", "a/b", ".hidden", "blur@2", "-x"])
def test_a_name_that_no_reference_could_name_is_refused(shelf: LocalStore, folder: Path, name: str) -> None:
    with pytest.raises(UsageError):
        shelf.publish(folder, name)
    assert not shelf.root.exists()


def test_a_version_without_a_manifest_does_not_exist(shelf: LocalStore, folder: Path) -> None:
    shelf.publish(folder, "blur")
    shutil.copytree(folder, shelf.root / "blur" / "2")
    (shelf.root / "blur" / "2" / "manifest.json").unlink()
    (shelf.root / "new" / "1").mkdir(parents=True)
    (shelf.root / "stray").touch()
    assert list(shelf.entries()) == [Entry("blur", 1, ())]
    assert shelf.fetch(Ref("blur"))[1] == 1
    with pytest.raises(UsageError, match="has no version 2"):
        shelf.fetch(Ref("blur", 2))
    with pytest.raises(UsageError, match="there is no model new"):
        shelf.fetch(Ref("new"))
    assert shelf.publish(folder, "blur") == 3


def test_a_store_that_cannot_be_written_to_says_so_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "occupied").touch()
    blocked = LocalStore(tmp_path / "occupied")
    with pytest.raises(MmmlError, match="cannot publish blur") as caught:
        blocked.publish(folder, "blur")
    assert caught.value.hint is not None and str(folder) in caught.value.hint
    assert list(blocked.entries()) == []


def test_a_bundle_that_fails_half_way_is_invisible(shelf: LocalStore, folder: Path) -> None:
    (folder / "part7").unlink()
    with pytest.raises(MmmlError, match="lacks its file part7"):
        shelf.publish(folder, "blur")
    assert versions(shelf) == []


def test_only_what_the_manifest_lists_is_published_and_no_link_is_followed(
    shelf: LocalStore, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes((folder / "part7").read_bytes())
    (folder / "more").symlink_to(tmp_path / "secret")
    shelf.publish(folder, "blur")
    assert not (shelf.fetch(Ref("blur"))[0] / "more").exists()
    (folder / "part7").unlink()
    (folder / "part7").symlink_to(tmp_path / "secret")
    with pytest.raises(MmmlError, match="part7 is a link"):
        shelf.publish(folder, "blur")
    assert versions(shelf) == [1]


def test_an_alias_that_points_to_nothing_gives_way_to_the_newest(
    shelf: LocalStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        shelf.publish(folder, "blur")
    shelf.alias(Ref("blur", 1), "production")
    (shelf.root / "blur" / "1" / "manifest.json").unlink()
    assert shelf.fetch(Ref("blur"))[1] == 2
    assert "blur@production points to version 1" in caplog.text


def test_a_removal_that_breaks_off_leaves_no_alias_and_no_half_bundle(
    shelf: LocalStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.publish(folder, "blur")
    shelf.alias(Ref("blur"), "production")
    monkeypatch.setattr(shutil, "rmtree", lambda path: (_ for _ in ()).throw(OSError("broken off")))
    with pytest.raises(OSError, match="broken off"):
        shelf.remove(Ref("blur"))
    assert versions(shelf) == [] and not list((shelf.root / "blur" / "aliases").iterdir())
    assert shelf.publish(folder, "blur") == 2


PUBLISH = """
import sys
from pathlib import Path
from mmml.store.local import LocalStore
store = LocalStore(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    print(store.publish(Path(sys.argv[2]), "blur"))
"""

# Copies as usual, until the tenth file: then it tells that it is in the middle, and waits to be killed.
STALL = """
import sys
from pathlib import Path
from mmml.store.local import LocalStore
write, seen = Path.write_bytes, []
def stalling(path, data):
    seen.append(path)
    if len(seen) == 10:
        print("in the middle", flush=True)
        sys.stdin.read()
    return write(path, data)
Path.write_bytes = stalling
LocalStore(sys.argv[1]).publish(Path(sys.argv[2]), "blur")
"""


def started(code: str, shelf: LocalStore, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, str(shelf.root), str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_that_publish_at_once_get_versions_of_their_own(shelf: LocalStore, folder: Path) -> None:
    processes = [started(PUBLISH, shelf, folder) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    given = [int(line) for process in processes for line in process.communicate()[0].split()]
    assert sorted(given) == versions(shelf) == list(range(1, 21))
    expected = contents(folder)
    assert all(contents(shelf.root / "blur" / str(version)) == expected for version in given)


def test_a_publisher_that_is_killed_leaves_a_store_that_works(shelf: LocalStore, folder: Path) -> None:
    shelf.publish(folder, "blur")
    process = started(STALL, shelf, folder)
    assert process.stdout is not None and process.stdout.readline() == "in the middle\n"
    assert (shelf.root / "blur" / "2" / "part0").exists()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert versions(shelf) == [1]
    assert shelf.fetch(Ref("blur"))[1] == 1
    assert shelf.publish(folder, "blur") == 3
    assert contents(shelf.fetch(Ref("blur"))[0]) == contents(folder)


def test_a_store_is_an_object_like_those_of_scikit_learn(shelf: LocalStore) -> None:
    assert clone(shelf) == shelf
    assert LocalStore() == LocalStore("outputs/models")
