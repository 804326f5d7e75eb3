"""An experiment: the objects that a composed config describes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from omegaconf import DictConfig, OmegaConf

from mmml.config.build import build, build_estimator, build_features
from mmml.config.check import resolved
from mmml.config.schema import TrainConfig
from mmml.dataset.sample import Dataset
from mmml.engine.extract import Extractor
from mmml.errors import UsageError, did_you_mean
from mmml.features import SideBySide
from mmml.store.base import Store, parse_ref
from mmml.task.base import Task

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
        store: where the bundle is published.
        publish: whether this bundle goes there: ``best``, ``all`` or ``none``.
        extractor: how samples are read and measured.
        config: the config as it was written: what it takes from the environment is not in it.
    """

    name: str
    seed: int
    dataset: Dataset
    data_name: str
    features: SideBySide
    estimator: Any
    task: Task
    store: Store
    publish: str
    extractor: Extractor
    config: Mapping[str, Any]

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
        return cls(
            name=plain["name"],
            seed=plain["seed"],
            dataset=build(plain["dataset"], "dataset"),
            data_name=data_name,
            features=features,
            estimator=build_estimator(plain["estimator"], features.names),
            task=build(plain["task"], "task"),
            store=build(plain["store"].get("backend", {}), "store.backend"),
            publish=publish,
            extractor=Extractor.from_config(plain),
            config=_without_secrets(config),
        )


def _without_secrets(config: DictConfig) -> dict[str, Any]:
    """Return what a bundle may tell of a config: unresolved, and without the place where it is stored."""
    written = OmegaConf.to_container(config, resolve=False)
    assert isinstance(written, dict)
    return {str(key): value for key, value in written.items() if key != "store"}
