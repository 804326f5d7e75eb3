"""References to models, as people type them."""

import pytest

from mmml.errors import UsageError
from mmml.store.base import Ref, parse_ref


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("blur", Ref("blur")),
        ("blur@3", Ref("blur", 3)),
        ("blur@production", Ref("blur", "production")),
        ("blur-2.small_x@v2", Ref("blur-2.small_x", "v2")),
        ("3d@12", Ref("3d", 12)),
    ],
)
def test_a_reference_is_a_name_with_or_without_a_version(text: str, ref: Ref) -> None:
    assert parse_ref(text) == ref
    assert str(ref) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "@3", "blur@", "a b", "../blur", "/blur", "a/b", ".blur", "-blur", "_blur", "blur@@3"),
        *(
            "blur@3@4",
            "blur@-1",
            "blur@ 3",
            " blur",
            "blur\n",
            "blur@../x",
            "a\0b",
            "bl\N{BULLET}ur",
            "blur@.3",
        ),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no reference to a model"):
        parse_ref(text)


def test_raised_digits_are_no_number() -> None:
    assert parse_ref("blur@1\N{SUPERSCRIPT TWO}").version == "1\N{SUPERSCRIPT TWO}"
