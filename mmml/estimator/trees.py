"""Trees from a file: scikit-learn follows their indices unchecked, out of its memory if they say so."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import BaseEnsemble
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree

from mmml.errors import MmmlError

_BROKEN = "the model's tree is broken"


def check_trees(estimator: Any) -> None:
    """Check every tree in an estimator, however deep inside.

    Raises:
        MmmlError: a tree names nodes, features or bitsets that it does not have.
    """
    # An object may be reached again as part of another that gives it fewer columns.
    seen: dict[tuple[int, int, int], Any] = {}
    ahead: list[tuple[Any, Any, int]] = [(estimator, None, 0)]
    while ahead:
        item, owner, columns = ahead.pop()
        key = (id(item), id(owner), columns)
        if key in seen:
            continue
        seen[key] = (item, owner)
        if isinstance(item, Tree):
            _check_tree(item, columns)
        elif isinstance(item, TreePredictor):
            _check_predictor(item, columns, getattr(owner, "_bin_mapper", None))
        elif isinstance(item, dict | list | tuple | set | frozenset | np.ndarray):
            ahead.extend((part, owner, columns) for part in _parts(item))
        elif isinstance(getattr(item, "__dict__", None), dict):
            taken = _columns(item)
            # An ensemble hands its own columns to its trees, whatever these say.
            if isinstance(item, BaseDecisionTree) and isinstance(owner, BaseEnsemble):
                taken = min(taken, columns)
            ahead.extend((part, item, taken) for part in vars(item).values())
            ahead.extend(_subsets(item))


def _parts(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    if isinstance(item, np.ndarray):
        return item.ravel().tolist() if item.dtype == object else ()
    return item  # type: ignore[no-any-return]


def _columns(item: Any) -> int:
    # Without this number scikit-learn would not check how many columns it is given.
    columns = vars(item).get("n_features_in_", 0)
    return int(columns) if isinstance(columns, int | np.integer) else 0


def _subsets(item: Any) -> Iterable[tuple[Any, Any, int]]:
    """Return the members of an ensemble that draws features for each, with the number that each is given."""
    members, drawn = vars(item).get("estimators_"), vars(item).get("estimators_features_")
    if not isinstance(item, BaseEnsemble) or members is None or drawn is None:
        return ()
    _require(len(members) == len(drawn))
    return [(member, item, len(names)) for member, names in zip(members, drawn, strict=True)]


def _check_tree(tree: Tree, columns: int) -> None:
    _require(0 < tree.node_count <= tree.capacity)
    left, right = tree.children_left, tree.children_right
    _check_children(left, right, tree.feature, left != -1, columns)
    # Whoever asks for decision paths is given room for paths of this length.
    _require(int(tree.compute_node_depths().max()) <= tree.max_depth + 1)


def _check_predictor(tree: TreePredictor, columns: int, bins: Any) -> None:
    nodes = tree.nodes
    _require(isinstance(nodes, np.ndarray) and nodes.ndim == 1 and nodes.dtype == PREDICTOR_RECORD_DTYPE)
    _require(len(nodes) > 0)
    inner = nodes["is_leaf"] == 0
    _check_children(nodes["left"], nodes["right"], nodes["feature_idx"], inner, columns)
    sets = nodes[inner & (nodes["is_categorical"] != 0)]
    if not len(sets):
        return
    for bitsets in (tree.binned_left_cat_bitsets, tree.raw_left_cat_bitsets):
        _require(isinstance(bitsets, np.ndarray) and bitsets.ndim == 2 and bitsets.shape[1] == 8)
        _require(bool((sets["bitset_idx"] < len(bitsets)).all()))
    categorical = np.asarray(getattr(bins, "is_categorical_", ()), dtype=bool)
    _require(categorical.shape == (columns,) and bool(categorical[sets["feature_idx"]].all()))


def _check_children(
    left: NDArray[Any], right: NDArray[Any], feature: NDArray[Any], inner: NDArray[np.bool_], columns: int
) -> None:
    # Children stand behind their parents, so that every path comes to an end.
    parents = np.flatnonzero(inner)
    for child in (left[inner].astype(np.int64), right[inner].astype(np.int64)):
        _require(bool(((child > parents) & (child < len(left))).all()))
    _require(bool(((feature[inner] >= 0) & (feature[inner] < columns)).all()))


def _require(holds: bool) -> None:
    if not holds:
        raise MmmlError(_BROKEN, "do not use this bundle; fetch or train it again")
