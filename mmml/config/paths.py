"""Values of a composed config by their dotted paths."""

from collections.abc import Sequence

from omegaconf import DictConfig, OmegaConf

from mmml.errors import UsageError, did_you_mean

_SEARCHED = ("estimator", "transformer")


def check_searched(config: DictConfig, paths: Sequence[str]) -> None:
    """Refuse paths that are no values of the estimator or of a transformer.

    Args:
        config: composed.
        paths: such as ``estimator.clf.C``, as a tuner is to set them.

    Raises:
        UsageError: names the nearest that exists.
    """
    for path in paths:
        group, _, _ = path.partition(".")
        parent, _, name = path.rpartition(".")
        if group not in _SEARCHED or not parent:
            raise UsageError(
                f"tuner.space.{path}: only values of {' and '.join(_SEARCHED)} can be searched",
                "sweep over the others: mmml train -m …",
            )
        node = OmegaConf.select(config, parent)
        if not isinstance(node, DictConfig):
            known = [one for part in _SEARCHED for one in leaves(config[part], part)]
            raise UsageError(f"tuner.space.{path}: the config has no such value", did_you_mean(path, known))
        if name not in node:
            hint = did_you_mean(name, [str(key) for key in node])
            raise UsageError(f"tuner.space.{path}: the config has no such value", hint)


def leaves(node: DictConfig, path: str) -> list[str]:
    """Return the dotted paths of all values below a node, but for those that Hydra itself reads."""
    found = []
    for name in map(str, node):
        below = node._get_node(name)
        if isinstance(below, DictConfig):
            found.extend(leaves(below, f"{path}.{name}"))
        elif not name.startswith("_"):
            found.append(f"{path}.{name}")
    return found
