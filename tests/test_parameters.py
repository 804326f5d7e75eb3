"""Parameters: scikit-learn's contract without scikit-learn."""

import subprocess
import sys

import pytest
from sklearn.base import clone

from mmml.errors import UsageError
from mmml.parameters import Parameters


class Cup(Parameters):
    def __init__(self, size: int = 3, colour: str = "red") -> None:
        self.size = size
        self.colour = colour


class Mug(Cup):
    pass


class Table(Parameters):
    def __init__(self, cup: Cup, legs: int = 4) -> None:
        self.cup = cup
        self.legs = legs


def test_parameters_are_read_set_and_cloned() -> None:
    cup = Cup(5)
    assert cup.get_params() == cup.get_params(deep=False) == {"size": 5, "colour": "red"}
    assert cup.set_params(colour="blue") is cup
    copy = clone(cup)
    assert copy == cup and copy is not cup
    assert repr(cup) == "Cup(size=5, colour='blue')"


def test_an_unknown_parameter_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="Cup has no parameter color") as caught:
        Cup().set_params(color="blue")
    assert caught.value.hint == "did you mean colour?"


def test_equal_means_the_same_class_with_the_same_parameters() -> None:
    assert Cup() == Cup(3, "red")
    assert Cup() != Cup(4)
    assert Cup() != Mug()
    assert Cup() != {"size": 3, "colour": "red"}
    assert len({Cup(), Cup(3), Cup(4)}) == 2


def test_an_object_with_parameters_does_not_bring_in_scikit_learn() -> None:
    code = "import sys; from mmml.estimator.rule import Rule; from mmml.image.gradients import Gradients\n"
    code += "Gradients(5).set_params(kernel=3).get_params(); Rule('a < 1', 'b', 'c').get_params()\n"
    code += "print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_class_without_init_has_no_parameters() -> None:
    class Plain(Parameters):
        pass

    assert Plain().get_params() == {}
    assert clone(Plain()) == Plain()


def test_parameters_of_parameters_have_two_names_joined() -> None:
    table = Table(Cup(5))
    assert table.get_params(deep=False) == {"cup": Cup(5), "legs": 4}
    assert table.get_params() == {"cup": Cup(5), "cup__size": 5, "cup__colour": "red", "legs": 4}
    copy = clone(table).set_params(cup__size=6)
    assert (copy.cup.size, table.cup.size) == (6, 5)
    assert clone(table) == table != copy
    for wrong in ("cup__sise", "cup__", "legs__size", "__size"):
        with pytest.raises(UsageError, match="has no parameter"):
            table.set_params(**{wrong: 1})
