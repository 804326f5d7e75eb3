"""Code from outside: none runs for a bundle that nobody vouched for, whoever made its hashes right."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml import trust
from mmml.bundle.read import read_bundle
from mmml.errors import MmmlError

MODULE = """
from pathlib import Path

Path("ran").touch()

import numpy as np

from mmml.features import Transformer


class Size(Transformer):
    modality = "image"

    def __init__(self, unit=1.0):
        self.unit = unit

    @property
    def names(self):
        return tuple(f"size_{i}" for i in range(6))

    def extract(self, value):
        return np.full(6, value.size[0] * self.unit)
"""


@pytest.fixture
def checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a user's module, importable, that leaves a mark when it is imported."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "users_checks.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield "users_checks"
    sys.modules.pop("users_checks", None)


def asking_for(kind: str, **parameters: Any) -> dict[str, Any]:
    names = [{"name": f"size_{i}", "quantiles": None} for i in range(6)]
    return {
        "transformers": [{"name": "size", "kind": kind, "parameters": parameters}],
        "features": names,
    }


@pytest.mark.parametrize(
    "kind",
    [
        *("os.system", "subprocess.Popen", "posix.system", "builtins.eval", "shutil.rmtree"),
        *("users_checks.Size", "users_checks.missing", "nowhere.to.Find", "mmmlx.gradients.Gradients"),
        *("mmml.image.gradients.np.save", "mmml.errors.MmmlError", "mmml.features.measure", "mmml.no.Thing"),
        *("mmml.features.Path", "mmml", "", "..", "os.", ".system", "os..system", "mmml.image.", "a b.c"),
        *("mmml.engine.extract.Transformer", "mmml.features.SideBySide", "mmml.features.Transformer"),
    ],
)  # fmt: skip
def test_a_transformer_that_is_none_of_ours_is_refused_unseen(
    bundle: Path, forge: Any, kind: str, checks: str, tmp_path: Path
) -> None:
    arguments = {"command": f"touch {tmp_path}/ran", "args": ["touch", f"{tmp_path}/ran"]}
    with pytest.raises(MmmlError):
        _ = read_bundle(forge(bundle, **asking_for(kind, **arguments))).features
    with pytest.raises(MmmlError):
        _ = read_bundle(forge(bundle, **asking_for(kind, parts={"a": "b"}))).features
    assert not (tmp_path / "ran").exists()
    assert checks not in sys.modules


def test_a_users_transformer_loads_where_its_module_is_trusted(
    bundle: Path, forge: Any, checks: str, tmp_path: Path
) -> None:
    forge(bundle, **asking_for(f"{checks}.Size", unit=2.0))
    with pytest.raises(MmmlError, match=r"code from outside mmml: users_checks\.Size") as caught:
        _ = read_bundle(bundle).features
    assert caught.value.hint is not None and "--trust users_checks" in caught.value.hint
    assert not (tmp_path / "ran").exists()
    with pytest.raises(MmmlError):
        _ = read_bundle(bundle, trust=("users_check", "users", "checks")).features
    assert not (tmp_path / "ran").exists()
    loaded = read_bundle(bundle, trust=(checks,))
    assert (tmp_path / "ran").exists() is False, "reading runs nothing yet"
    assert loaded.features.names == tuple(f"size_{i}" for i in range(6))
    assert (tmp_path / "ran").exists()
    assert loaded.predict(np.ones((1, 6))).labels[0] in ("sharp", "blurred")


AROUND = """
from mmml.features import Transformer


class Around(Transformer):
    modality = "image"

    def __init__(self, parts):
        self.parts = parts

    @property
    def names(self):
        return tuple(f"size_{i}" for i in range(6))

    def extract(self, value):
        return self.parts["inner"].extract(value)
"""


def test_a_transformer_inside_another_one_must_be_trusted_as_well(
    bundle: Path, forge: Any, checks: str, tmp_path: Path
) -> None:
    (tmp_path / "site" / "users_around.py").write_text(AROUND)
    inner = {"_transformer_": f"{checks}.Size", "parameters": {"unit": 2.0}}
    forge(bundle, **asking_for("users_around.Around", parts={"inner": inner}))
    with pytest.raises(MmmlError, match=r"code from outside mmml: users_checks\.Size"):
        _ = read_bundle(bundle, trust=("users_around",)).features
    assert checks not in sys.modules
    assert not (tmp_path / "ran").exists()
    features = read_bundle(bundle, trust=("users_around", checks)).features
    (around,) = features.parts.values()
    assert around.plain_parameters() == {"parts": {"inner": inner}}
    sys.modules.pop("users_around", None)


@pytest.mark.parametrize(
    "inner",
    [
        *(
            {"_transformer_": kind, "parameters": {}}
            for kind in ("os.system", "users_checks.Size", "", 5, None)
        ),
        {"_transformer_": "mmml.image.gradients.Laplacian"},
        {"_transformer_": "mmml.image.gradients.Laplacian", "parameters": [1]},
        {"_transformer_": "mmml.image.gradients.Laplacian", "parameters": {}, "more": 1},
        {"_transformer_": "mmml.image.gradients.Laplacian", "parameters": {"side": 1}},
    ],
    ids=str,
)
def test_what_is_no_transformer_of_ours_is_refused_inside_parameters(
    bundle: Path, forge: Any, inner: Any, checks: str, tmp_path: Path
) -> None:
    for place in (inner, [inner], {"a": [{"b": inner}]}):
        forge(bundle, **asking_for("mmml.image.gradients.Gradients", kernel=place))
        with pytest.raises(MmmlError):
            _ = read_bundle(bundle).features
    assert checks not in sys.modules
    assert not (tmp_path / "ran").exists()


def test_parameters_within_parameters_without_end_are_refused(bundle: Path, forge: Any) -> None:
    deep: Any = 3
    for _ in range(700):
        deep = [deep]
    forge(bundle, **asking_for("mmml.image.gradients.Gradients", kernel=3, long_side=deep))
    with pytest.raises(MmmlError, match="recursion"):
        _ = read_bundle(bundle).features


def test_parameters_that_a_transformer_does_not_take_are_refused(bundle: Path, forge: Any) -> None:
    entry = json.loads((bundle / "manifest.json").read_bytes())["transformers"][0]
    for parameters in ({"kernal": 3}, {"kernel": 4}, {"kernel": {}}, {"kernel": "3"}, {"": 1}):
        with pytest.raises(MmmlError):
            _ = read_bundle(forge(bundle, transformers=[{**entry, "parameters": parameters}])).features
    with pytest.raises(MmmlError):
        _ = read_bundle(forge(bundle, transformers=[])).features


@pytest.mark.parametrize(
    "target", ["os.system", "users_checks.Size", "mmmlx.Thing", "sklearn_evil.Thing", "", "mmml_evil"]
)
def test_an_experiment_that_names_foreign_code_is_refused(
    bundle: Path, forge: Any, target: str, checks: str, tmp_path: Path
) -> None:
    text = f"a: [{{b: {{_target_: '{target}', command: 'touch ran'}}}}]".encode()
    with pytest.raises(MmmlError, match="names code from outside mmml"):
        read_bundle(forge(bundle, {"experiment.yaml": text}))
    assert not (tmp_path / "ran").exists()


def test_an_experiment_may_name_what_the_user_trusts(bundle: Path, forge: Any, checks: str) -> None:
    forge(bundle, {"experiment.yaml": b"{a: {_target_: users_checks.Size}, b: {_target_: sklearn.svm.SVC}}"})
    assert read_bundle(bundle, trust=(checks,)).name == "blur_gradients"
    assert checks not in sys.modules


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch ran']",
        "a: [",
        "a: *b",
        "? [1]\n: 2",
        "[" * 50_000,
        "{a: " * 50_000,
        "- " * 50_000,
        "a: !!binary eA==",
        "_target_: [os.system]",
        "a: " + "1" * 200_000,
    ],
)
def test_an_experiment_that_cannot_be_read_is_refused(
    bundle: Path, forge: Any, text: str, tmp_path: Path
) -> None:
    with pytest.raises(MmmlError, match=r"experiment\.yaml of .* is broken"):
        read_bundle(forge(bundle, {"experiment.yaml": text.encode()}))
    assert not (tmp_path / "ran").exists()


MERGES = "a: &a {x: 1}\n" + "".join(
    f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n"
    for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True)
)


@pytest.mark.parametrize(
    "text", [LAUGHS, MERGES, "&a [*a]", "&a {b: *a}", "", "5", "a: 2001-99-99"], ids=range(7)
)
def test_an_experiment_that_refers_to_itself_or_says_nothing_does_no_harm(
    bundle: Path, forge: Any, text: str
) -> None:
    assert read_bundle(forge(bundle, {"experiment.yaml": text.encode()})).name == "blur_gradients"


@pytest.mark.parametrize(
    "when",
    [
        *("__import__('os').system('touch ran') < 1", "laplacian_var.__class__ < 1", "open('ran', 'w') < 1"),
        *(
            "[].append(1) < 1",
            "laplacian_var ** 9 ** 9 < 1",
            "(lambda: 1)() < 1",
            "f'{open(1)}' < 1",
            "other < 1",
        ),
    ],
)
def test_a_hostile_condition_in_a_rule_is_refused(ruled: Path, forge: Any, when: str, tmp_path: Path) -> None:
    import yaml

    rule = {**yaml.safe_load((ruled / "rule.yaml").read_bytes()), "when": when}
    with pytest.raises(MmmlError):
        _ = read_bundle(forge(ruled, {"rule.yaml": yaml.safe_dump(rule).encode()})).estimator
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["os", "base", "../x", "outlier.Outlier"])
def test_a_task_that_is_none_of_ours_is_refused(bundle: Path, forge: Any, name: str) -> None:
    with pytest.raises(MmmlError, match="there is no task"):
        _ = read_bundle(forge(bundle, task={"name": name, "parameters": {}})).task


def test_a_target_is_found_behind_merges_and_aliases(bundle: Path, forge: Any) -> None:
    for text in (b"a: {<<: {_target_: os.system}}", b"a: &a _target_\nb: {*a : os.system}"):
        with pytest.raises(MmmlError, match=r"names code from outside mmml: os\.system"):
            read_bundle(forge(bundle, {"experiment.yaml": text}))


def test_a_package_vouches_for_the_module_that_it_announces_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    announced = EntryPoint("size", "users.checks:Size", trust.GROUP)
    monkeypatch.setattr(trust, "entry_points", lambda group: [announced] if group == trust.GROUP else [])
    assert trust.vouched_for("users.checks.Size") and trust.vouched_for("users.checks.deep.Size")
    assert not trust.vouched_for("users.other.Size") and not trust.vouched_for("users.checks_evil.Size")
    assert trust.vouched_for("other.Size", ["other.Size"]) and not trust.vouched_for(
        "other.Sizes", ["other.S"]
    )
