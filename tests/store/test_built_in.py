"""The models that come with mmml lie behind the user's own: found, hidden by a name, never changed."""

from pathlib import Path

import pytest

from mmml.errors import UsageError
from mmml.store.base import Entry, Ref
from mmml.store.built_in import WithBuiltIn
from mmml.store.local import LocalStore


@pytest.fixture
def own(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "own")


@pytest.fixture
def shelves(own: LocalStore, tmp_path: Path, rule_bundle: Path) -> WithBuiltIn:
    """Behind an empty store: blur in two versions, and exposure."""
    behind = LocalStore(tmp_path / "behind")
    for name in ("blur", "blur", "exposure"):
        behind.publish(rule_bundle, name)
    return WithBuiltIn(own, behind)


def listed(shelves: WithBuiltIn) -> list[tuple[str, int, bool]]:
    return [(entry.name, entry.version, entry.built_in) for entry in shelves.entries()]


def test_what_is_built_in_is_listed_and_fetched(shelves: WithBuiltIn, tmp_path: Path) -> None:
    assert listed(shelves) == [("blur", 1, True), ("blur", 2, True), ("exposure", 1, True)]
    assert shelves.fetch(Ref("blur")) == (tmp_path / "behind" / "blur" / "2", 2)
    assert not (tmp_path / "own").exists()


def test_a_name_of_the_front_store_hides_all_of_it(
    shelves: WithBuiltIn, tmp_path: Path, rule_bundle: Path
) -> None:
    assert shelves.publish(rule_bundle, "blur") == 1
    assert shelves.publish(rule_bundle, "crack") == 1
    assert listed(shelves) == [("blur", 1, False), ("crack", 1, False), ("exposure", 1, True)]
    assert shelves.fetch(Ref("blur")) == (tmp_path / "own" / "blur" / "1", 1)
    with pytest.raises(UsageError, match="blur has no version 2"):
        shelves.fetch(Ref("blur", 2))
    assert shelves.remove(Ref("blur")) == [Entry("blur", 1, ())]
    assert ("blur", 2, True) in listed(shelves)


def test_it_is_never_changed(shelves: WithBuiltIn, own: LocalStore, rule_bundle: Path) -> None:
    for change in (lambda: shelves.remove(Ref("blur")), lambda: shelves.alias(Ref("blur", 1), "production")):
        with pytest.raises(UsageError, match="blur is built in and") as refused:
            change()
        assert "MMML_BUILTIN=off" in (refused.value.hint or "")
    assert len(listed(shelves)) == 3
    shelves.publish(rule_bundle, "blur")
    shelves.alias(Ref("blur"), "production")
    assert [entry.aliases for entry in own.entries()] == [("production",)]


def test_a_misspelt_name_is_compared_with_both(shelves: WithBuiltIn, rule_bundle: Path) -> None:
    shelves.publish(rule_bundle, "crack")
    for wrong, right in (("blurr", "blur"), ("crac", "crack")):
        with pytest.raises(UsageError) as missing:
            shelves.fetch(Ref(wrong))
        assert missing.value.hint == f"did you mean {right}?"
    with pytest.raises(UsageError) as missing:
        shelves.fetch(Ref("crack", "nope"))
    assert missing.value.message == "crack has no alias nope"


def test_a_broken_neighbour_in_front_is_nothing_to_others(
    shelves: WithBuiltIn, own: LocalStore, rule_bundle: Path
) -> None:
    own.publish(rule_bundle, "good")
    own.publish(rule_bundle, "other")
    own.alias(Ref("other", 1), "best")
    (alias,) = own.root.glob("other/aliases/*")
    alias.write_bytes(b"\xff\xfe")
    assert shelves.fetch(Ref("good", 1))[1] == 1
