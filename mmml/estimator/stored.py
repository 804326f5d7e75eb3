"""How each kind of estimator is stored in a bundle: a rule or a formula as YAML, everything else with skops.

Nothing runs code when it is read: rule and formula are parsed (`Expression`), and skops builds only types
that it knows or that are named here after a review.
"""

import io
import logging
import zipfile
from collections.abc import Sequence
from typing import Any

import yaml

from mmml.errors import MmmlError
from mmml.estimator.formula import Formula
from mmml.estimator.readable import Readable
from mmml.estimator.rule import Rule
from mmml.plain_yaml import ERRORS, TreeLoader
from mmml.trust import is_trusted

log = logging.getLogger(__name__)

RULE_FILE, FORMULA_FILE = "rule.yaml", "formula.yaml"
SKOPS_FILE = "estimator.skops"

_LARGEST_TEXT = 1_000_000

# What a model may unpack to: so many times its size, and so many bytes more.
_LARGEST_RATIO = 50
_LARGEST_SMALL = 10_000_000
_MOST_MEMBERS = 100_000

#: Types beyond skops' own list that a bundle may hold. Each was read through: building it from a file sets
#: attributes and calls nothing that the file names; `check_trees` then checks the indices of the trees.
REVIEWED = (
    "numpy.dtype",
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.grower.TreeNode",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.link.MultinomialLogit",
    "sklearn._loss.link.IdentityLink",
    "sklearn._loss.link.Interval",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss._loss.CyHalfMultinomialLoss",
    "sklearn._loss._loss.CyHalfSquaredError",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss.loss.HalfMultinomialLoss",
    "sklearn._loss.loss.HalfSquaredError",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "mmml.estimator.rule.Rule",
    "mmml.estimator.formula.Formula",
    "mmml.estimator.splines.Splines",
)

_READABLE: dict[str, type[Readable]] = {RULE_FILE: Rule, FORMULA_FILE: Formula}


def dump(estimator: Any) -> tuple[str, bytes]:
    """Return the file name and the contents that an estimator is stored as.

    An estimator of the user's own is stored too; it loads only where its module is trusted by name.
    """
    for file, kind in _READABLE.items():
        if isinstance(estimator, kind):
            return file, yaml.safe_dump(_plain(estimator.get_params()), sort_keys=False).encode()
    import skops.io

    data = skops.io.dumps(estimator)
    unknown = sorted(set(skops.io.get_untrusted_types(data=data)) - set(REVIEWED))
    if unknown:
        log.warning("this model loads only with --trust, for it holds %s", ", ".join(unknown))
    return SKOPS_FILE, data


def load(file: str, data: bytes, trust: Sequence[str] = ()) -> Any:
    """Rebuild an estimator from what `dump` returned.

    Args:
        file: the file name, which tells the format.
        data: the contents, already checked against the manifest.
        trust: dotted names of further types that the user trusts.

    Raises:
        MmmlError: an unknown format, a broken file, or types that nobody vouches for.
    """
    if file in _READABLE:
        return _load_text(file, data)
    if file == SKOPS_FILE:
        return _load_skops(data, trust)
    raise MmmlError(f"the bundle stores its model as {file}, a format that mmml does not know")


def _load_text(file: str, data: bytes) -> Readable:
    try:
        if len(data) > _LARGEST_TEXT:
            raise ValueError(f"it has over {_LARGEST_TEXT:,} bytes")
        written = yaml.load(data, Loader=TreeLoader)
        return _READABLE[file](**written)
    except ERRORS as error:
        raise MmmlError(f"the bundle's {file} is broken: {error}") from None


def _load_skops(data: bytes, trust: Sequence[str]) -> Any:
    import skops.io

    from mmml.estimator.trees import check_trees

    try:
        _refuse_bomb(data, _LARGEST_RATIO * len(data) + _LARGEST_SMALL)
        found = set(skops.io.get_untrusted_types(data=data))
        unknown = {name for name in found if name not in REVIEWED and not is_trusted(name, trust)}
        if unknown:
            raise MmmlError(
                f"the bundle's model holds types that nobody vouches for: {', '.join(sorted(unknown))}",
                "if you know where the bundle comes from, name their modules: --trust MODULE",
            )
        estimator = skops.io.loads(data, trusted=sorted(found))
        check_trees(estimator)
    except MmmlError:
        raise
    except Exception as error:  # noqa: BLE001  # there is no end to what a forged file may raise
        raise MmmlError(f"the bundle's {SKOPS_FILE} is broken: {error}") from None
    return estimator


def _refuse_bomb(data: bytes, largest: int) -> None:
    """Refuse a ZIP file that becomes far larger when it is unpacked, by itself or by a ZIP file in it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > largest:
            raise MmmlError(f"the bundle's {SKOPS_FILE} is broken: it unpacks to far more than it is")
        for member in members:
            # Sparse matrices are ZIP files of their own.
            content = archive.read(member)
            if zipfile.is_zipfile(io.BytesIO(content)):
                _refuse_bomb(content, largest)


def _plain(value: Any) -> Any:
    """Return the value in YAML's own types."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
