"""Stored estimators: the same predictions afterwards, and nothing foreign on the way."""

import copy
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
import yaml
from omegaconf import OmegaConf
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from mmml.config import folders
from mmml.config.build import build_estimator
from mmml.errors import MmmlError
from mmml.estimator import stored
from mmml.estimator.formula import Formula
from mmml.estimator.rule import Rule
from mmml.estimator.splines import Splines

NAMES = ("u", "v", "w")
CONFIGS = sorted(path.stem for path in (folders.packaged() / "estimator").glob("*.yaml"))
REGRESSORS = {"formula", "ridge", "boosting_regressor", "random_forest_regressor"}
FORMULA = {"value": "a * u + v", "parameters": {"a": 0.5}}
RULE = {"when": "u < cut and not v > 2", "then": "b", "otherwise": "a", "parameters": {"cut": 0.5}}


def configured(name: str) -> Any:
    config = OmegaConf.load(folders.packaged() / "estimator" / f"{name}.yaml")
    config = OmegaConf.merge(config, {"rule": RULE, "formula": FORMULA}.get(name, {}))
    node = OmegaConf.to_container(OmegaConf.create({"seed": 0, "estimator": config}), resolve=True)
    assert isinstance(node, dict)
    return build_estimator(node["estimator"], NAMES)


def data(classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    which = np.arange(90) % classes
    features = rng.normal(size=(90, 3)) + which[:, None]
    features[4, 1] = np.nan
    return features, np.array(["a", "b", "c"])[which]


def said(estimator: Any, features: np.ndarray) -> np.ndarray:
    for ask in ("decision_function", "predict_proba", "score_samples", "predict"):
        if hasattr(estimator, ask):
            return np.asarray(getattr(estimator, ask)(features))
    raise AssertionError("an estimator without scores")


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", CONFIGS)
def test_every_estimator_that_comes_with_mmml_scores_the_same_once_stored(name: str, classes: int) -> None:
    features, labels = data(2 if name == "rule" else classes)
    if name in REGRESSORS:
        labels = features[:, 0] ** 2
    # On a busy machine OpenMP's threads wait for each other a hundred times longer than they work.
    with threadpool_limits(1):
        fitted = configured(name).fit(features, labels)
        again = stored.load(*stored.dump(fitted))
        assert np.array_equal(said(again, features), said(fitted, features), equal_nan=True)
    assert type(again) is type(fitted)


def test_a_rule_is_stored_as_text_that_people_can_read() -> None:
    file, content = stored.dump(configured("rule"))
    assert file == "rule.yaml"
    assert yaml.safe_load(content) == {**RULE, "fit_cut": True, "feature_names": list(NAMES)}


def test_a_formula_is_stored_as_text_that_people_can_read() -> None:
    file, content = stored.dump(configured("formula"))
    assert file == "formula.yaml"
    assert yaml.safe_load(content) == {**FORMULA, "feature_names": list(NAMES)}


@pytest.mark.parametrize(
    "estimator",
    [
        KNeighborsClassifier(3, algorithm="brute"),
        MLPClassifier((4,), max_iter=5, random_state=0),
        make_pipeline(Rule(**RULE, feature_names=NAMES)),
        make_pipeline(Formula(**FORMULA, feature_names=NAMES)),
        make_pipeline(Splines(extrapolation="periodic"), LogisticRegression()),
        make_pipeline(Splines(knots="quantile", extrapolation="continue"), LogisticRegression()),
    ],
    ids=["neighbours", "network", "rule in a pipeline", "formula in a pipeline", "rounds", "curves"],
)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:UserWarning")
def test_other_estimators_can_be_stored_as_well(estimator: Any) -> None:
    features, labels = data(2)
    features = np.nan_to_num(features)
    fitted = estimator.fit(features, labels)
    assert (stored.load(*stored.dump(fitted)).predict(features) == fitted.predict(features)).all()


class Foreign(ClassifierMixin, BaseEstimator):
    """Leaves a trace as soon as it is set up or unpacked."""

    def __init__(self, trace: str = "trace") -> None:
        self.trace = trace

    def fit(self, features: Any, labels: Any) -> "Foreign":
        self.classes_ = np.unique(labels)
        return self

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        Path(state["trace"]).touch()
        self.__dict__.update(state)


def test_an_estimator_of_a_foreign_class_is_stored_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored.dump(Foreign(str(tmp_path / "trace")).fit(*data(2)))
    assert "loads only with --trust" in caplog.text and "Foreign" in caplog.text


def test_a_foreign_class_in_a_file_is_refused_and_does_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    packed = skops.io.dumps(Foreign(str(trace)).fit(*data(2)))
    trace.unlink(missing_ok=True)
    with pytest.raises(MmmlError, match=r"types that nobody vouches for: .*Foreign") as caught:
        stored.load("estimator.skops", packed)
    assert not trace.exists()
    assert caught.value.hint is not None and "--trust" in caught.value.hint
    assert isinstance(stored.load("estimator.skops", packed, trust=[Foreign.__module__]), Foreign)
    assert trace.exists()


FORGED: dict[str, Callable[[Any], Any]] = {
    "falling": lambda knots: knots[:, ::-1],
    "no numbers": lambda knots: knots * np.nan,
    "too few": lambda knots: knots[:, :5],
    "far too many": lambda knots: np.tile(np.arange(30_000.0), (len(knots), 1)),
    "flat": lambda knots: knots.ravel(),
    "other": lambda knots: knots.astype(object),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_curves_with_forged_knots_are_refused(
    forge: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = Splines().fit(np.eye(4)).__getstate__()
    monkeypatch.setattr(Splines, "__getstate__", lambda self: {**state, "knots_": forge(state["knots_"])})
    with pytest.raises(MmmlError, match="is broken"):
        stored.load(*stored.dump(Splines()))


@pytest.mark.parametrize("degree", [50, -1, -30_000, 2.5, "3", None])
def test_curves_of_a_forged_degree_are_refused(degree: Any) -> None:
    forged = Splines().fit(np.eye(4))
    forged.degree = degree
    with pytest.raises(MmmlError, match="is broken"):
        stored.load(*stored.dump(forged))


@pytest.mark.parametrize("extrapolation", ["constant", "linear", "continue", "periodic"])
def test_a_feature_that_never_changed_has_curves_that_are_stored(extrapolation: str) -> None:
    seen = np.column_stack([np.linspace(0, 1, 20), np.full(20, 7.0)])
    fitted = make_pipeline(Splines(extrapolation=extrapolation), LogisticRegression())
    fitted.fit(seen, seen[:, 0] > 0.5)
    again = stored.load(*stored.dump(fitted))
    other = seen + np.array([0, 3])
    for features in (seen, other):
        chances = fitted.predict_proba(features)
        assert np.isfinite(chances).all()
        assert np.array_equal(again.predict_proba(features), chances)
        assert np.array_equal(copy.deepcopy(fitted).predict_proba(features), chances)


def tampered(change: dict[str, Any]) -> bytes:
    """Return a stored pipeline in which the first scikit-learn object is something else."""
    packed = skops.io.dumps(LogisticRegression().fit(np.eye(4), list("abab")))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                content = json.dumps({**json.loads(content), **change}).encode()
            new.writestr(name, content)
    return out.getvalue()


def bomb(inner: bytes | None = None) -> bytes:
    """Return a ZIP file of a few kilobytes that unpacks to 100 MB, or one that holds another."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", inner or bytes(100_000_000))
    return out.getvalue()


LOADERS = ("ObjectNode", "FunctionNode", "TypeNode", "ReduceNode", "MethodNode", "PartialNode", "DictNode")


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    "where", [("os", "system"), ("posix", "system"), ("subprocess", "Popen"), ("builtins", "exec")]
)
def test_a_file_that_names_a_command_is_refused(
    where: tuple[str, str], loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Any] = []
    for name in ("os.system", "subprocess.Popen"):
        monkeypatch.setattr(name, lambda *words, **options: ran.append(words))
    content = {
        "__class__": "str",
        "__module__": "builtins",
        "__loader__": "JsonNode",
        "content": '"touch trace"',
    }
    content |= {"is_json": True, "__id__": 1}
    change = {"__module__": where[0], "__class__": where[1], "__loader__": loader, "content": content}
    with pytest.raises(MmmlError):
        stored.load("estimator.skops", tampered(change))
    assert not ran
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.pkl", pickle_of_nothing := b"\x80\x04N."),
        ("../rule.yaml", b""),
        ("estimator.skops", pickle_of_nothing),
        ("estimator.skops", b""),
        ("estimator.skops", tampered({})[:300]),
        ("estimator.skops", tampered({"__loader__": "Nonsense"})),
        ("rule.yaml", b""),
        ("rule.yaml", b"[1, 2]"),
        ("rule.yaml", b"when: v < 1"),
        ("rule.yaml", b"{when: 5, then: a, otherwise: b}"),
        ("rule.yaml", b"{when: v < 1, then: a, otherwise: b, parameters: [1]}"),
        ("rule.yaml", b"{when: v < 1, then: a, otherwise: b, more: 1}"),
        ("rule.yaml", b'{when: \'__import__("os").system("touch trace") < 1\', then: a, otherwise: b}'),
        ("rule.yaml", b"!!python/object/apply:os.system ['touch trace']"),
        ("rule.yaml", b"[" * 5000),
        ("rule.yaml", b"\xff\xfe"),
        ("rule.yaml", b"{when: &a v < 1, then: *a, otherwise: b}"),
        ("rule.yaml", b"[" * 50_000),
        ("rule.yaml", b"#" * 1_000_001),
        ("estimator.skops", bomb()),
        ("estimator.skops", bomb(bomb())),
        ("formula.yaml", b""),
        ("formula.yaml", b"value"),
        ("formula.yaml", b"{parameters: {a: 1}}"),
        ("formula.yaml", b"{value: u < 1}"),
        ("formula.yaml", b"{value: [u, v]}"),
        ("formula.yaml", b"{value: a * u, parameters: [1]}"),
        ("formula.yaml", b"{value: a * u, parameters: {a: .inf}}"),
        ("formula.yaml", b"{value: 9 ** 9 ** 9}"),
        ("formula.yaml", b"{value: u, more: 1}"),
        ("formula.yaml", b"{when: u < 1, then: a, otherwise: b}"),
        ("formula.yaml", b'{value: \'__import__("os").system("touch trace")\'}'),
        ("formula.yaml", b"{value: u.__class__}"),
        ("formula.yaml", b"!!python/object/apply:os.system ['touch trace']"),
        ("formula.yaml", b"{value: &a u, feature_names: [*a]}"),
        ("formula.yaml", b"[" * 50_000),
        ("formula.yaml", b"#" * 1_000_001),
    ],
    ids=range(37),
)
def test_files_that_hold_no_model_are_refused(file: str, content: bytes) -> None:
    with pytest.raises(MmmlError):
        stored.load(file, content)
    assert not list(Path().iterdir())
