"""Which keys a config of ``train`` and ``eval`` has. Hydra refuses every other one."""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING


@dataclass
class Paths:
    """Folders, relative to where the command runs.

    Args:
        data: data sets.
        outputs: runs, sweeps and models.
    """

    data: str = "data"
    outputs: str = "outputs"


@dataclass
class Limits:
    """What a single input may cost; see `mmml.value.Limits`.

    Args:
        bytes: largest encoded size.
        pixels: largest decoded picture, or frame of a video.
        points: most points of a scan.
        seconds: longest recording that is decoded whole.
    """

    bytes: int = 1 << 30
    pixels: int = 150_000_000
    points: int = 10_000_000
    seconds: float = 3600.0


@dataclass
class Parallel:
    """How samples are worked on side by side.

    Args:
        backend: joblib's: ``threading`` or ``loky`` (processes).
        n_jobs: how many at once; -1 for one a processor.
    """

    backend: str = "threading"
    n_jobs: int = -1


@dataclass
class Cache:
    """What was measured before; see `mmml.engine.cache.FeatureCache`.

    Args:
        path: its folder; null to measure all anew.
        megabytes: size that it may grow to.
    """

    path: str | None = "${paths.outputs}/cache"
    megabytes: int = 2000


@dataclass
class TrainConfig:
    """The config of ``mmml train``.

    Args:
        name: name of the experiment and of its bundles.
        notes: what people must know of the model, a sentence each: what it has learned from, where it fails.
        seed: of everything that is drawn.
        dataset: one dataset.
        transformer: one or more transformers, by name.
        estimator: one estimator, or the steps of a pipeline by name.
        task: what is predicted.
        tuner: what searches for better values of estimator and transformers.
        store: where the bundle is published; ``publish``: best, all or none.
        tracker: what hears of each step.
        leave_out: facts in words, ``kind`` say: each of their values is left out of training in turn, so that
            the report tells how samples of a kind that was never seen are judged. The model stays as it is.
        parallel: how samples are worked on side by side.
        limits: what a single input may cost.
        cache: where measured features are kept.
        paths: folders.
    """

    name: str = MISSING
    notes: list[str] = field(default_factory=list)
    seed: int = 0
    dataset: dict[str, Any] = field(default_factory=dict)
    transformer: dict[str, Any] = field(default_factory=dict)
    estimator: dict[str, Any] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    tuner: dict[str, Any] = field(default_factory=dict)
    store: dict[str, Any] = field(default_factory=dict)
    tracker: dict[str, Any] = field(default_factory=dict)
    leave_out: list[str] = field(default_factory=list)
    parallel: Parallel = field(default_factory=Parallel)
    limits: Limits = field(default_factory=Limits)
    cache: Cache = field(default_factory=Cache)
    paths: Paths = field(default_factory=Paths)


@dataclass
class EvalConfig:
    """The config of ``mmml eval``.

    Args:
        model: reference to a bundle.
        seed: of the bootstrap.
        trust: modules outside mmml whose classes the bundle may use.
        dataset: what it is judged on.
        store: where the bundle is.
        parallel: how samples are worked on side by side.
        limits: what a single input may cost.
        cache: where measured features are kept.
        paths: folders.
    """

    model: str = MISSING
    seed: int = 0
    trust: list[str] = field(default_factory=list)
    dataset: dict[str, Any] = field(default_factory=dict)
    store: dict[str, Any] = field(default_factory=dict)
    parallel: Parallel = field(default_factory=Parallel)
    limits: Limits = field(default_factory=Limits)
    cache: Cache = field(default_factory=Cache)
    paths: Paths = field(default_factory=Paths)


def register() -> None:
    """Tell Hydra of the schemas."""
    from hydra.core.config_store import ConfigStore

    store = ConfigStore.instance()
    store.store(name="train_schema", node=TrainConfig)
    store.store(name="eval_schema", node=EvalConfig)
