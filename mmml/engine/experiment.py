"""An experiment: the objects that a composed config describes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from omegaconf import DictConfig, OmegaConf

from mmml.config.build import build, build_estimator, build_features
from mmml.config.check import resolved
from mmml.config.paths import check_searched
from mmml.config.schema import TrainConfig
from mmml.config.secrets import flat_parameters, written
from mmml.dataset.sample import Dataset
from mmml.engine.extract import Extractor
from mmml.errors import UsageError, did_you_mean
from mmml.features import SideBySide
from mmml.store.base import Store, parse_ref
from mmml.task.base import Task
from mmml.tracker.base import Tracker
from mmml.tracker.guard import Guarded
from mmml.tuner.base import Tuner

#: When a trained bundle is published; see conf/store/local.yaml.
PUBLISH = ("best", "all", "none")


@dataclass(frozen=True)
class Experiment:
    """Everything that a training needs.

    Args:
        name: of the bundle.
        seed: of all draws.
        dataset: labelled samples.
        data_name: the dataset's name in the config.
        features: the transformers.
        estimator: unfitted.
        task: what is predicted.
        tuner: what searches for better values.
        store: where the bundle is published.
        publish: whether this bundle goes there: ``best``, ``all`` or ``none``.
        extractor: how samples are read and measured.
        tracker: hears of each step.
        source: the config that all this was built from, unresolved.
        notes: what people must know of the model.
        leave_out: facts whose values are left out of training in turn, to judge what was never seen.
    """

    name: str
    seed: int
    dataset: Dataset
    data_name: str
    features: SideBySide
    estimator: Any
    task: Task
    tuner: Tuner
    store: Store
    publish: str
    extractor: Extractor
    tracker: Tracker
    source: DictConfig
    notes: Sequence[str] = ()
    leave_out: Sequence[str] = ()

    @classmethod
    def from_config(cls, config: DictConfig, data_name: str) -> Self:
        """Check a composed config and build its objects.

        Args:
            config: of ``train``.
            data_name: which choice of the group ``dataset`` it holds.

        Raises:
            UsageError: something in it is wrong; nothing has been read or written.
        """
        plain = resolved(config, TrainConfig)
        features = build_features(plain["transformer"])
        publish = str(plain["store"].get("publish", "best"))
        if publish not in PUBLISH:
            raise UsageError(f"store.publish is {publish}", did_you_mean(publish, PUBLISH))
        if (ref := parse_ref(plain["name"])).version is not None:
            raise UsageError(f"name is {ref}", "a name has no @: versions are given by the store")
        tuner = build(plain["tuner"], "tuner")
        check_searched(config, tuner.paths)
        task: Task = build(plain["task"], "task")
        for metric in tuner.metrics:
            task.check_goal(metric)
        experiment = cls(
            name=plain["name"],
            seed=plain["seed"],
            dataset=build(plain["dataset"], "dataset"),
            data_name=data_name,
            features=features,
            estimator=build_estimator(plain["estimator"], features.names),
            task=task,
            tuner=tuner,
            store=build(plain["store"].get("backend", {}), "store.backend"),
            publish=publish,
            extractor=Extractor.from_config(plain),
            tracker=build_tracker(plain["tracker"]),
            source=config,
            notes=plain["notes"],
            leave_out=plain["leave_out"],
        )
        # As a search would set it up: a rule keeps a cut that is searched for.
        current = {path: experiment.value_at(path) for path in tuner.paths}
        task.check_estimator(experiment.with_values(current).estimator)
        return experiment

    @property
    def config(self) -> Mapping[str, Any]:
        """What a bundle may tell of the config: unresolved, so that nothing of the environment is in it."""
        return written(self.source)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Every value of the config by its dotted path, for a tracker."""
        return flat_parameters(self.source)

    def value_at(self, path: str) -> Any:
        """Return a value of the config, resolved, by its dotted path."""
        found = OmegaConf.select(self.source, path)
        return OmegaConf.to_container(found, resolve=True) if OmegaConf.is_config(found) else found

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """Return the experiment with other values, by dotted path, of its estimator and transformers."""
        source = self.source.copy()
        for path, value in values.items():
            OmegaConf.update(source, path, value)
        if "fit_cut" in source.estimator and any(path.startswith(_CUTS) for path in values):
            # Training would move the cut that was just set.
            source.estimator.fit_cut = False
        features = self.features
        if any(path.startswith("transformer.") for path in values):
            features = build_features(_plain(source, "transformer"))
        estimator = build_estimator(_plain(source, "estimator"), features.names)
        return replace(self, source=source, features=features, estimator=estimator)

    def fixed_config(self) -> dict[str, Any]:
        """Return what a search does not change: all that decides a score, but for the values searched."""
        fixed = {group: _plain(self.source, group) for group in ("transformer", "estimator", "task")}
        for path in self.tuner.paths:
            *above, name = path.split(".")
            node: Any = fixed
            for part in above:
                node = node[part]
            del node[name]
        return {**fixed, "seed": self.seed, "dataset": self.data_name}


# Where the parameters of a rule are.
_CUTS = "estimator.parameters."


def _plain(source: DictConfig, group: str) -> dict[str, Any]:
    plain = OmegaConf.to_container(source[group], resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def build_tracker(node: Mapping[str, Any]) -> Tracker:
    """Return the tracker of a config, behind its guard.

    Raises:
        UsageError: there is none, or its class refuses its arguments.
    """
    return Guarded(build(node, "tracker"))
