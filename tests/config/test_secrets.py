"""What a config keeps to itself."""

import os

import pytest
from omegaconf import OmegaConf

from mmml.config.secrets import flat_parameters, hidden, masked, written


def test_passwords_of_addresses_are_masked() -> None:
    assert masked("no http://ann:secret@host:5000/x") == "no http://…@host:5000/x"
    assert (
        masked("postgresql+psycopg://u:p%40ss@h/db, s3://:key@b") == "postgresql+psycopg://…@h/db, s3://…@b"
    )
    assert masked("http://host:5000/a@b and C:/x") == "http://host:5000/a@b and C:/x"


def test_a_password_that_was_typed_moves_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    words = hidden(["+experiment=x", "tracker.uri='http://ann:secret@host:5000'", "k=[a://b:c@d,e://f:g@h]"])
    assert words[0] == "+experiment=x"
    assert words[1] == "tracker.uri='${oc.env:MMML_ADDRESS_1}'"
    assert words[2] == "k=[${oc.env:MMML_ADDRESS_2},${oc.env:MMML_ADDRESS_3}]"
    assert os.environ["MMML_ADDRESS_1"] == "http://ann:secret@host:5000"


def test_parameters_are_resolved_but_for_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    config = OmegaConf.create(
        {
            "seed": 7,
            "own": {"seed": "${seed}", "sizes": [1, 2], "parts": [{"name": "a"}], "empty": {}},
            "token": "${oc.env:TOKEN}",
            "path": "${token}/models",
            "other": "${oc.env:NOT_SET,${path}}",
            "all": "${own}",
            "uri": "http://ann:secret@host",
        }
    )
    assert flat_parameters(config) == {
        "seed": 7,
        "own.seed": 7,
        "own.sizes": [1, 2],
        "own.parts.0.name": "a",
        "own.empty": {},
        "token": "${oc.env:TOKEN}",
        "path": "${oc.env:TOKEN}/models",
        "other": "${oc.env:NOT_SET,${path}}",
        "all.seed": 7,
        "all.sizes": [1, 2],
        "all.parts.0.name": "a",
        "all.empty": {},
        "uri": "http://…@host",
    }


def test_no_way_round_leads_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    config = OmegaConf.create({"token": "${oc.env:TOKEN}", "number": "${oc.decode:${token}}", "seed": 3})
    told = flat_parameters(config)
    assert "secret" not in str(told)
    assert told["seed"] == 3


def test_a_bundle_is_not_told_where_it_is_kept() -> None:
    config = OmegaConf.create(
        {"name": "a", "store": {"path": "/srv"}, "tracker": {"uri": "x"}, "data": "s3://me:secret@bucket"}
    )
    assert written(config) == {"name": "a", "data": "s3://…@bucket"}
