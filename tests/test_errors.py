"""Errors: what they carry, which exit code wins, and what the user may have meant."""

import pickle

import pytest

from mmml.errors import ContractError, Exit, MmmlError, UsageError, did_you_mean, worst


@pytest.mark.parametrize(
    ("kind", "code"), [(MmmlError, Exit.FAILED), (UsageError, Exit.USAGE), (ContractError, Exit.FAILED)]
)
def test_an_error_crosses_a_process_border_with_its_hint(kind: type[MmmlError], code: Exit) -> None:
    error = pickle.loads(pickle.dumps(kind("it broke", "mend it")))
    assert (type(error), str(error), error.message, error.hint) == (kind, "it broke", "it broke", "mend it")
    assert error.exit_code == code
    assert pickle.loads(pickle.dumps(kind("it broke"))).hint is None


@pytest.mark.parametrize(
    ("codes", "reported"),
    [
        ([], 0),
        ([0, 0], 0),
        ([3, 0], 3),
        ([3, 4], 4),
        ([4, 1, 3], 1),
        ([1, 2, 3, 4, 0], 2),
        ([3, 3], 3),
    ],
)
def test_of_several_exit_codes_the_gravest_is_reported(codes: list[int], reported: int) -> None:
    assert worst(Exit(code) for code in codes) == reported


def test_a_hint_names_the_nearest_word_or_all_or_none() -> None:
    assert did_you_mean("gradiants", ["gradients", "fourier"]) == "did you mean gradients?"
    assert did_you_mean("xyz", ["fourier", "gradients"]) == "choose one of: fourier, gradients"
    assert did_you_mean("xyz", iter(["b", "a", "b"])) == "choose one of: a, b"
    assert did_you_mean("xyz", []) == "there is nothing to choose from yet"
