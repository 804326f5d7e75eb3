"""Transformers side by side, and the contract that each is held to."""

import json
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from mmml.engine.extract import Extractor, Input
from mmml.errors import ContractError, MmmlError
from mmml.features import Explanation, SideBySide, Transformer, measure
from mmml.image.fourier import Fourier
from mmml.image.gradients import Gradients, Laplacian
from mmml.image.value import Image

PICTURE = np.arange(4096, dtype=np.uint8).reshape(64, 64)


class Stub(Transformer):
    """Returns what it is told to."""

    modality = "image"

    def __init__(self, answer: Any = (1.0, 2.0), accepting: bool = True) -> None:
        self.answer = answer
        self.accepting = accepting

    @property
    def names(self) -> tuple[str, ...]:
        return ("one", "two")

    def accepts(self, value: Any) -> bool:
        return self.accepting

    def extract(self, value: Any) -> Any:
        return self.answer


class Sound(Stub):
    modality = "audio"


class Many(Stub):
    def __init__(self, parts: Any, unit: float = 1.0) -> None:
        self.parts = parts
        self.unit = unit


def test_a_transformer_among_the_parameters_is_written_as_plain_json() -> None:
    many = Many([Gradients(), {"inner": Many(Laplacian(32))}], unit=2.0)
    inner = {"_transformer_": "mmml.image.gradients.Laplacian", "parameters": {"long_side": 32}}
    written = json.loads(json.dumps(many.plain_parameters()))
    assert written["unit"] == 2.0
    assert written["parts"][0]["parameters"] == {"kernel": 3, "long_side": 1024}
    assert written["parts"][1]["inner"]["parameters"]["parts"] == inner
    assert [type(part) for part in many.nested()] == [Gradients, Many, Laplacian]


def test_the_key_tells_what_is_nested() -> None:
    keys = {Many(part).key() for part in (Laplacian(32), Laplacian(64), Gradients(), 32, None)}
    assert len(keys) == 5
    assert Many(Laplacian(32)).key() == clone(Many(Laplacian(32))).key()


def test_features_keep_their_names_unless_several_have_them() -> None:
    both = SideBySide({"gradients": Gradients(), "fourier": Fourier(above=[0.1])})
    assert both.names == (*Gradients().names, "spectrum_slope", "energy_above_0_1")
    clashing = SideBySide({"all": Gradients(), "small": Laplacian(32)})
    assert clashing.names == (*Gradients().names[:-1], "all__laplacian_var", "small__laplacian_var")


def test_the_columns_are_in_the_order_of_the_names() -> None:
    both = SideBySide({"small": Laplacian(32), "all": Gradients()})
    picture = Image.read(PICTURE)
    expected = [*Laplacian(32).extract(picture), *Gradients().extract(picture)]
    assert both.extract(picture).tolist() == expected
    assert both.transform([picture, picture]).shape == (2, 7)
    assert both.get_feature_names_out().tolist() == list(both.names)


def test_the_same_transformer_under_two_names_is_measured_once_and_stands_twice() -> None:
    twice = SideBySide({"a": Laplacian(), "b": Laplacian()})
    assert twice.names == ("a__laplacian_var", "b__laplacian_var")
    assert len({part.key() for part in twice.parts.values()}) == 1
    found = twice.extract(Image.read(PICTURE))
    assert found[0] == found[1]


def test_other_parameters_make_another_key() -> None:
    keys = {one.key() for one in (Laplacian(), Laplacian(512), Gradients(), Gradients(5), Gradients())}
    assert len(keys) == 4


def test_several_side_by_side_are_one_transformer_again() -> None:
    one = SideBySide({"gradients": Gradients(5)})
    assert clone(one) == one
    assert (one.modality, one.accepts(Image.read(PICTURE))) == ("image", True)
    assert not SideBySide({"a": Stub(), "b": Stub(accepting=False)}).accepts(Image.read(PICTURE))


def test_none_and_those_of_several_modalities_are_refused() -> None:
    with pytest.raises(MmmlError, match="no transformer is given"):
        SideBySide({})
    with pytest.raises(MmmlError, match="several modalities stand side by side: audio, image"):
        SideBySide({"a": Stub(), "b": Sound()})


@pytest.mark.parametrize("answer", [[1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]], 5.0, []])
def test_another_number_of_features_than_named_breaks_the_contract(answer: Any) -> None:
    with pytest.raises(ContractError, match=r"Stub returned shape .* but names 2 features"):
        measure(Stub(answer), Image.read(PICTURE))


@pytest.mark.parametrize("endless", [np.inf, -np.inf])
def test_infinity_breaks_the_contract_and_nan_does_not(endless: float) -> None:
    with pytest.raises(ContractError, match="Stub measured infinity: two") as caught:
        measure(Stub([1.0, endless]), Image.read(PICTURE))
    assert caught.value.hint is not None and "NaN" in caught.value.hint
    assert np.isnan(measure(Stub([1.0, np.nan]), Image.read(PICTURE))[1])


def test_whole_numbers_become_floats() -> None:
    assert measure(Stub([1, 2]), Image.read(PICTURE)).dtype == np.float64


def test_a_broken_contract_is_told_from_a_broken_input() -> None:
    seen = Extractor().observe(Input("a", PICTURE, "image"), [Stub([1.0])])
    assert isinstance(seen.fault, ContractError)
    assert seen.error == seen.fault.message


def test_what_a_transformer_does_not_accept_is_not_measured() -> None:
    both = [Stub(accepting=False), Laplacian()]
    seen = Extractor().observe(Input("a", PICTURE, "image"), both, True)
    assert (list(seen.features), seen.error) == ([Laplacian().key()], None)
    assert seen.facts["width"] == 64
    assert seen.sha256 is not None


def test_a_mistake_in_a_transformer_ends_one_row_only() -> None:
    class Wrong(Stub):
        def extract(self, value: Any) -> Any:
            return 1 // 0

    seen = Extractor().observe(Input("a", PICTURE, "image"), [Wrong()])
    assert seen.error is not None
    assert seen.error.startswith(
        "ZeroDivisionError: integer division or modulo by zero (test_features.py, line "
    )


def test_a_map_says_nothing_beyond_its_ends() -> None:
    holed = np.array([[0.0, np.nan], [0.5, 1.0]], np.float32)
    assert Explanation("sharpness", holed, "blurred", "sharp").map is holed
    for wrong in (holed + 0.1, holed - 0.1, np.full((1, 1), np.inf, np.float32), holed[0], holed[:0]):
        with pytest.raises(ContractError, match="the map of sharpness"):
            Explanation("sharpness", wrong, "blurred", "sharp")


def test_a_transformer_explains_nothing_unless_it_says_so() -> None:
    assert Stub().explain(Image.read(PICTURE)) is None
